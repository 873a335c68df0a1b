"""What goes out to one caller alone: to senders, about their submissions, and to moderators."""

from pydantic import Field

from api.documents import Difference, Document, Page
from api.drafts import InitiativeDraft
from api.types import (
    Count,
    CountryCode,
    Email,
    InitiativeId,
    KeyId,
    Moment,
    ProvisionalId,
    Reason,
    SchemedCode,
    Sentence,
    Share,
    ShortText,
    Slug,
    SubmissionId,
    TerritoryId,
    TerritoryName,
    Title,
    ToldReason,
    Version,
    Word,
)
from api.vocabulary import Change, InitiativeState, KeyRole, ReasonCode, ReasonTemplate, SubmissionState, TerritoryKind


class Missing(Document):
    """Something that would make the case more useful."""

    field: Word
    why: Sentence
    example: Sentence = Field(examples=["The page of the town's site or a press article."])


class Completeness(Document):
    """How much of a case is told, out of 100."""

    score: int = Field(ge=0, le=100, examples=[64], json_schema_extra={"format": "int32"})
    missing: list[Missing] = Field(max_length=50, description="The weightiest first.")


class PossibleDuplicate(Document):
    """A published initiative that may be the same."""

    id: InitiativeId
    title: Title
    score: Share
    reasons: list[Sentence] = Field(max_length=10, examples=[["The same web page as a source."]])


class Identified(Document):
    """Base of what has an id; it stands first."""

    id: SubmissionId


class ProposedDifference(Difference):
    """A field that a revision changes: as it is in public, and as it is proposed."""

    conflict: bool = Field(
        description="Whether it was changed in another way since: it is not published so before its sender has edited "
        "the submission."
    )


class ToldTerritory(Document):
    """A territory of a draft, so that its sender sees whether it is the one that was meant."""

    id: TerritoryId
    name: ShortText = Field(examples=["Courcy"])
    kind: TerritoryKind
    parent: ShortText | None = Field(
        description="The name of what it lies in: its department, if it has one.", examples=["Marne"]
    )


class CheckedDocument(Document):
    """A submission as it would be: what the catalogue makes of a draft, with nothing stored."""

    state: SubmissionState
    change: Change
    initiative: InitiativeId | None = Field(description="The public id, once there is one.")
    draft: InitiativeDraft = Field(description="The body as it was understood, territories resolved.")
    territories: list[ToldTerritory] = Field(
        max_length=50,
        description="Which territories its ids are: those that are in no reference are told in the draft.",
    )
    completeness: Completeness
    possible_duplicates: list[PossibleDuplicate] = Field(
        max_length=10, description="The likeliest first; none once it is decided."
    )
    differences: list[ProposedDifference] = Field(
        max_length=50, description="Of a revision, what it changes of the published case, field by field."
    )
    position: int | None = Field(
        ge=1,
        le=2**31 - 1,
        examples=[3],
        json_schema_extra={"format": "int32"},
        description="Its place in the moderators' queue while it is pending: 1 is next.",
    )
    reason: ToldReason | None = Field(description="What the moderator says to the sender.")
    code: ReasonCode | None
    created_at: Moment
    updated_at: Moment
    version: Version


class SubmissionDocument(CheckedDocument, Identified):
    """A draft on its way in."""


class Contact(Document):
    """Whom a moderator may ask. Never public."""

    name: ShortText | None = Field(examples=["Service environnement"])
    email: Email | None


class QueuedDocument(SubmissionDocument):
    """A submission as moderators see it."""

    contact: Contact | None


class ReceiptDocument(SubmissionDocument):
    """A submission as its sender gets it back, once, with the token that follows it."""

    edit_token: str = Field(
        pattern=r"^te_[0-9a-f]{72}$",
        max_length=75,
        description="Shown in this answer only: keep it to follow, correct or withdraw.",
    )


class ModeratedInitiative(Document):
    """An initiative's state after a moderator's decision."""

    id: InitiativeId
    state: InitiativeState
    sequence: Count


class ModeratedDocument(ModeratedInitiative):
    """An initiative as moderators see it, public or hidden."""

    code: ReasonCode | None
    merged_into: InitiativeId | None
    published_at: Moment
    updated_at: Moment
    version: Version
    draft: InitiativeDraft = Field(description="As it was last accepted.")


class EventDocument(Document):
    """One line of the audit trail."""

    at: Moment
    actor: Slug = Field(examples=["k-0123456789"], description="The id of a key, or who else it was.")
    action: Word = Field(examples=["accepted"])
    submission: SubmissionId | None
    initiative: InitiativeId | None
    territory: ProvisionalId | None = Field(description="A provisional territory.")
    key: KeyId | None = Field(description="A key that was made, rotated or revoked.")
    template: ReasonTemplate | None
    reason: Reason | None
    code: ReasonCode | None


class ProvisionalDocument(Document):
    """A body that no reference has, as submissions name it; nothing of it is public."""

    id: ProvisionalId
    name: TerritoryName
    kind: TerritoryKind
    country: CountryCode
    code: SchemedCode | None
    submissions: list[SubmissionId] = Field(
        max_length=100, description="Undecided submissions that name it, those that wait longest first."
    )
    created_at: Moment = Field(description="When it was first named in one of these.")


class SettledTerritory(Document):
    """What became of a provisional territory."""

    id: ProvisionalId
    territory: TerritoryId


class KeyDocument(Document):
    """A key's holder; the key itself is not kept."""

    id: KeyId
    name: ShortText = Field(examples=["Ville d'Albi"])
    role: KeyRole
    territories: list[TerritoryId] = Field(max_length=50, description="Where a contributor may submit.")
    created_at: Moment = Field(description="When it was made, or last rotated.")
    expires_at: Moment
    revoked_at: Moment | None
    last_used_at: Moment | None = Field(description="When it last changed something; reading leaves no trace.")


class IssuedKeyDocument(KeyDocument):
    """A key, in this answer only."""

    key: str = Field(
        pattern=r"^ti_[0-9a-f]{72}$", max_length=75, description="Shown in this answer only: hand it to its holder."
    )


class SubmissionPage(Page):
    """One page of what a key sent."""

    items: list[SubmissionDocument] = Field(max_length=100)


class KeyPage(Page):
    """One page of the keys."""

    items: list[KeyDocument] = Field(max_length=100)


class QueuePage(Page):
    """One page of the moderators' queue."""

    items: list[QueuedDocument] = Field(max_length=100)


class EventPage(Page):
    """One page of the audit trail."""

    items: list[EventDocument] = Field(max_length=100)


class ProvisionalPage(Page):
    """One page of the provisional territories."""

    items: list[ProvisionalDocument] = Field(max_length=100)
