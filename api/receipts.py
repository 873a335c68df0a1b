"""What goes out to one caller alone: to senders, about their submissions, and to moderators."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.documents import Document, Page
from api.drafts import InitiativeDraft
from api.types import Change, Count, InitiativeState, ReasonCode, SubmissionState, Version


class Missing(Document):
    """Something that would make the case more useful."""

    field: str
    why: str
    example: str


class Completeness(Document):
    """How much of a case is told, out of 100."""

    score: Annotated[int, Field(ge=0, le=100)]
    missing: list[Missing]


class PossibleDuplicate(Document):
    """A published initiative that may be the same."""

    id: str
    title: str
    score: Annotated[float, Field(ge=0, le=1)]
    reasons: list[str]


class Identified(Document):
    """Base of what has an id; it stands first."""

    id: str


class CheckedDocument(Document):
    """A submission as it would be: what the catalogue makes of a draft, with nothing stored."""

    state: SubmissionState
    change: Change
    initiative: str | None = Field(description="The public id, once there is one.")
    draft: InitiativeDraft = Field(description="The body as it was understood, territories resolved.")
    completeness: Completeness
    possible_duplicates: list[PossibleDuplicate]
    reason: str | None
    code: ReasonCode | None
    created_at: datetime
    updated_at: datetime
    version: Version


class SubmissionDocument(CheckedDocument, Identified):
    """A draft on its way in."""


class Contact(Document):
    """Whom a moderator may ask. Never public."""

    name: str | None
    email: str | None


class QueuedDocument(SubmissionDocument):
    """A submission as moderators see it."""

    contact: Contact | None


class ReceiptDocument(SubmissionDocument):
    """A submission as its sender gets it back, once, with the token that follows it."""

    edit_token: str = Field(description="Shown in this answer only: keep it to follow, correct or withdraw.")


class ModeratedInitiative(Document):
    """An initiative's state after a moderator's decision."""

    id: str
    state: InitiativeState
    sequence: Count


class EventDocument(Document):
    """One line of the audit trail."""

    at: datetime
    actor: str
    action: str
    submission: str | None
    initiative: str | None
    reason: str | None
    code: ReasonCode | None


class QueuePage(Page):
    """One page of the moderators' queue."""

    items: list[QueuedDocument]


class EventPage(Page):
    """One page of the audit trail."""

    items: list[EventDocument]
