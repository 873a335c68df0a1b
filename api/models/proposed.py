"""Submissions, what goes with them, and who may send and decide."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from api.models.columns import KEY, UtcDateTime


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
