"""The tables, storage only: what may be kept is decided by drafts, what is shown by documents.

Three groups: submissions (proposed), the record (accepted), the publication (public, rendered from the record).
Small values that have no identity of their own (actors, results, a place) are JSON columns.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, LargeBinary, String, Text, TypeDecorator, text
from sqlmodel import Field, SQLModel

from api.vocabulary import TerritoryKind

# Keys sort by code point on every database: the order of identifiers and cursors is the same everywhere.
KEY = String().with_variant(String(collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, always UTC: SQLite would give it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


_BLOCKS = {"pages_per_range": 8, "autosummarize": True}
_RARE = ("municipality_id", "larger_region_id")


# --- What an initiative is about -------------------------------------------------------------------------------------


class Territory(SQLModel, table=True):
    """A public body's area, as the reference has it.

    What it lies within is at most one territory of each kind (a statistical region may lie in a larger one), so that
    everything inside another is one index away.
    """

    # PostgreSQL's share of the disk is small: blocks of rows are near each other; few rows have these parents.
    __table_args__ = (
        Index("ix_territory_place", "latitude", "longitude", postgresql_using="brin", postgresql_with=_BLOCKS),
        *(Index(f"ix_territory_{name}", name, postgresql_where=text(f"{name} IS NOT NULL")) for name in _RARE),
    )

    id: str = Field(primary_key=True, sa_type=KEY)
    kind: str = Field(index=True)
    name: str
    other_names: list[str] = Field(sa_type=JSON)
    folded: str  # all its names as they are searched, between bars
    country: str = Field(index=True)
    municipality_id: str | None = Field(sa_type=KEY)
    intercommunality_id: str | None = Field(sa_type=KEY, index=True)
    department_id: str | None = Field(sa_type=KEY, index=True)
    region_id: str | None = Field(sa_type=KEY, index=True)
    larger_region_id: str | None = Field(sa_type=KEY)
    codes: dict[str, str] = Field(sa_type=JSON)
    former_codes: dict[str, list[str]] = Field(sa_type=JSON)
    population: int | None
    population_year: int | None
    latitude: float | None
    longitude: float | None
    precision: str | None
    postcodes: list[str] = Field(sa_type=JSON)
    smallness: int = Field(default=1, index=True)  # minus its population: sorts the larger first, the unknown last

    @property
    def within(self) -> list[str]:
        """What it lies within, from the nearest to the country."""
        nearest_first = (
            self.municipality_id,
            self.intercommunality_id,
            self.department_id,
            self.region_id,
            self.larger_region_id,
            self.country.lower() if self.kind != TerritoryKind.COUNTRY else None,
        )
        return [ancestor for ancestor in nearest_first if ancestor]


class TerritoryWord(SQLModel, table=True):
    """The words of territories' names, folded, and their postcodes; `alone` where a word is one of the names."""

    __tablename__ = "territory_word"
    __table_args__ = {"sqlite_with_rowid": False}  # the key is the table

    word: str = Field(primary_key=True, sa_type=KEY)
    territory_id: str = Field(primary_key=True, foreign_key="territory.id", sa_type=KEY)
    alone: bool


class Spelling(SQLModel, table=True):
    """The longer words of names, each once, forwards and backwards: half of a mistyped word is right."""

    __table_args__ = {"sqlite_with_rowid": False}

    word: str = Field(primary_key=True, sa_type=KEY)
    backwards: str = Field(sa_type=KEY, index=True)


class Reference(SQLModel, table=True):
    """Which file of territories was loaded last, by its SHA-256."""

    id: int = Field(primary_key=True)
    digest: str


class TerritoryCode(SQLModel, table=True):
    """What leads to a territory beside its id: official codes, ids and codes of what it took over, provisional ids."""

    __tablename__ = "territory_code"
    __table_args__ = {"sqlite_with_rowid": False}

    code: str = Field(primary_key=True, sa_type=KEY)
    territory_id: str = Field(foreign_key="territory.id", sa_type=KEY)


class Theme(SQLModel, table=True):
    """An entry of the small taxonomy."""

    id: str = Field(primary_key=True, sa_type=KEY)
    label_fr: str
    label_en: str
    parent_id: str | None = Field(foreign_key="theme.id", sa_type=KEY)


# --- Proposed --------------------------------------------------------------------------------------------------------


class Submission(SQLModel, table=True):
    """A draft on its way in; nothing proposed is anywhere else."""

    __table_args__ = (Index("ix_submission_queue", "state", "created_at", "id"),)

    id: str = Field(primary_key=True, sa_type=KEY)
    state: str
    change: str
    initiative_id: str | None = Field(default=None, foreign_key="initiative.id", sa_type=KEY, index=True)
    draft: dict[str, Any] = Field(sa_type=JSON)
    reason: str | None = Field(default=None, sa_type=Text)
    code: str | None = None
    sent_by: str | None = Field(default=None, sa_type=KEY)
    token_hash: str | None = Field(default=None)
    token_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class ProvisionalTerritory(SQLModel, table=True):
    """A body that no reference has, as one submission names it; all that name the same give it the same id."""

    __tablename__ = "provisional_territory"

    id: str = Field(primary_key=True, sa_type=KEY)
    submission_id: str = Field(primary_key=True, foreign_key="submission.id", sa_type=KEY, index=True)
    name: str
    kind: str
    country: str
    code: str | None


class Contact(SQLModel, table=True):
    """Whom a moderator may ask about a submission; gone with its withdrawal."""

    submission_id: str = Field(primary_key=True, foreign_key="submission.id", sa_type=KEY)
    name: str | None
    email: str | None


class Event(SQLModel, table=True):
    """One transition, for the audit trail."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    submission_id: str | None = Field(default=None, foreign_key="submission.id", sa_type=KEY)
    initiative_id: str | None = Field(default=None, foreign_key="initiative.id", sa_type=KEY)
    territory_id: str | None = Field(default=None, sa_type=KEY)  # the provisional one, which leads to what it became
    reason: str | None = Field(default=None, sa_type=Text)
    code: str | None = None


class AccessKey(SQLModel, table=True):
    """A key's holder; of the key itself only its SHA-256."""

    __tablename__ = "access_key"

    id: str = Field(primary_key=True, sa_type=KEY)
    name: str
    role: str
    hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


# --- Recorded --------------------------------------------------------------------------------------------------------


class Initiative(SQLModel, table=True):
    """An accepted initiative.

    `number` is given at first publication and orders the catalogue; `sequence` is that of its last public change.
    """

    id: str = Field(primary_key=True, sa_type=KEY)
    number: int = Field(unique=True)
    sequence: int = Field(unique=True)
    state: str
    code: str | None = None
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
    """A URL that documents an initiative."""

    __tablename__ = "source_link"

    initiative_id: str = Field(primary_key=True, foreign_key="initiative.id", sa_type=KEY)
    position: int = Field(primary_key=True)
    url: str
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
    accepted_by: str
    accepted_at: datetime = Field(sa_type=UtcDateTime)


# --- Published -------------------------------------------------------------------------------------------------------


class Counter(SQLModel, table=True):
    """The one row that publications lock in turn, so that the order of numbers is the order of commits."""

    id: int = Field(primary_key=True)
    number: int
    sequence: int
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Publication(SQLModel, table=True):
    """A published initiative's document as it is served; without a document, its tombstone."""

    number: int = Field(primary_key=True)
    id: str = Field(unique=True, sa_type=KEY)
    sequence: int = Field(unique=True)
    document: bytes | None = Field(sa_type=LargeBinary)
    code: str | None


class PublicationTerm(SQLModel, table=True):
    """The posting lists of every discrete filter: `theme:tiers-lieux`, `in:fr-reg-44`, `kind:lead`, `all`."""

    __tablename__ = "publication_term"
    __table_args__ = {"sqlite_with_rowid": False}  # the key is the table

    term: str = Field(primary_key=True, sa_type=KEY)
    number: int = Field(primary_key=True, foreign_key="publication.number", index=True)


class TermCount(SQLModel, table=True):
    """How long each posting list is."""

    __tablename__ = "term_count"

    term: str = Field(primary_key=True, sa_type=KEY)
    length: int


class PublicationSource(SQLModel, table=True):
    """A source link of a published initiative, as it is served."""

    __tablename__ = "publication_source"

    number: int = Field(primary_key=True, foreign_key="publication.number")
    position: int = Field(primary_key=True)
    host: str = Field(sa_type=KEY, index=True)
    kind: str
    document: bytes = Field(sa_type=LargeBinary)
