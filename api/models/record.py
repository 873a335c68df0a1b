"""What was accepted, normalised, and each accepted draft."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from api.models.columns import KEY, UtcDateTime


class Initiative(SQLModel, table=True):
    """An accepted initiative.

    `number` is given at first publication and orders the catalogue; `sequence`, `change` and `changed_at` are those of
    its last public change; `origin` is `external` as one text.
    """

    id: str = Field(primary_key=True, sa_type=KEY)
    number: int = Field(unique=True)
    sequence: int = Field(unique=True)
    change: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    state: str
    code: str | None = None
    merged_into: str | None = Field(default=None, foreign_key="initiative.id", sa_type=KEY)
    kind: str
    title: str
    summary: str | None
    description: str | None = Field(sa_type=Text)
    language: str
    progress: str
    started_on: str | None
    ended_on: str | None
    place: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))
    actors: list[dict[str, Any]] = Field(sa_type=JSON)
    results: list[dict[str, Any]] = Field(sa_type=JSON)
    open_questions: list[str] = Field(sa_type=JSON)
    external: dict[str, str] | None = Field(sa_type=JSON(none_as_null=True))
    origin: str | None = Field(default=None, sa_type=KEY, index=True)
    published_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class InitiativeTerritory(SQLModel, table=True):
    """A territory that takes part, with what the source stated of it, never written over the official figure."""

    __tablename__ = "initiative_territory"

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    territory_id: str = Field(primary_key=True, foreign_key="territory.id", sa_type=KEY, index=True)
    position: int
    role: str
    stated_population: int | None
    stated_on: str | None


class InitiativeTheme(SQLModel, table=True):
    """A theme of an initiative."""

    __tablename__ = "initiative_theme"

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    theme_id: str = Field(primary_key=True, foreign_key="theme.id", sa_type=KEY, index=True)
    position: int


class SourceLink(SQLModel, table=True):
    """A URL that documents an initiative; `comparable` is the same for all that lead to the same page."""

    __tablename__ = "source_link"

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    position: int = Field(primary_key=True)
    url: str
    comparable: str = Field(sa_type=KEY, index=True)
    title: str | None
    publisher: str | None
    kind: str
    language: str | None
    published_on: str | None
    consulted_on: str | None


class Relation(SQLModel, table=True):
    """How an initiative stands to another, in the words of its draft; the other end shows the inverse."""

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY, index=True)


class Revision(SQLModel, table=True):
    """An accepted draft, kept: what the initiative became at this version, and from which submission."""

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    version: int = Field(primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", sa_type=KEY)
    draft: dict[str, Any] = Field(sa_type=JSON)
    code: str | None = None
    accepted_by: str
    accepted_at: datetime = Field(sa_type=UtcDateTime)
