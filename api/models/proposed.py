"""Submissions, what goes with them, and who may send and decide."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from api.models.columns import KEY, UtcDateTime


class Submission(SQLModel, table=True):
    """A draft on its way in; nothing proposed is anywhere else."""

    __table_args__ = (
        Index("ix_submission_queue", "state", "precedence", "created_at", "id"),
        Index("ix_submission_sender", "sent_by", "created_at", "id"),
    )

    id: str = Field(primary_key=True, sa_type=KEY)
    state: str
    change: str
    initiative_id: str | None = Field(default=None, foreign_key="initiative.id", sa_type=KEY, index=True)
    based_on: int | None = None  # the version of the initiative that a revision was made of
    precedence: int = 1  # 0 goes before 1 in the queue
    draft: dict[str, Any] = Field(sa_type=JSON)
    template: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    code: str | None = None
    sent_by: str | None = Field(default=None, sa_type=KEY)
    sent_from: str | None = Field(default=None, index=True)  # an address, as long as it is pending
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
    """One transition, for the audit trail: the database refuses to change or delete it, and it outlives its subject."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(sa_type=KEY, index=True)
    action: str
    submission_id: str | None = Field(default=None, sa_type=KEY)
    initiative_id: str | None = Field(default=None, sa_type=KEY)
    territory_id: str | None = Field(default=None, sa_type=KEY)  # the provisional one, which leads to what it became
    key_id: str | None = Field(default=None, sa_type=KEY)
    template: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    code: str | None = None


class AccessKey(SQLModel, table=True):
    """A key's holder; of the key itself only its SHA-256."""

    __tablename__ = "access_key"

    id: str = Field(primary_key=True, sa_type=KEY)
    name: str
    role: str
    territories: list[str] = Field(sa_type=JSON)  # a contributor's: ids, which may have become parts of others since
    hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Idempotency(SQLModel, table=True):
    """What a client that asks again with the same Idempotency-Key is answered, for a day."""

    key: str = Field(primary_key=True, sa_type=KEY)  # SHA-256 of the id of the sender's key and of the Idempotency-Key
    request: str  # SHA-256 of what was asked
    submission_id: str = Field(sa_type=KEY)  # written after this row, which whoever comes second waits for
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Switch(SQLModel, table=True):
    """Who may submit, where an operator has said otherwise than the settings: at once, in every process."""

    id: int = Field(primary_key=True)
    submissions: str
