"""What may be asked of the lists that have few filters or none, and of a draft that is sent."""

from pydantic import Field

from api.queries.base import Flag, LimitedQuery, PageQuery, Query, Whole
from api.types import Host, InitiativeId
from api.vocabulary import SourceKind, SubmissionState


class ChangeQuery(LimitedQuery):
    """From where on changes are told."""

    since: Whole = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        description="Changes after this sequence: the `next` of the page before, or what an export told as "
        "`Catalogue-Sequence`.",
        json_schema_extra={"format": "int32"},
    )


class RevisionQuery(PageQuery):
    """The list of versions has no filters."""


class ThemeQuery(PageQuery):
    """The list of themes has no filters."""


class EventQuery(PageQuery):
    """The audit trail has no filters."""


class SourceQuery(PageQuery):
    """Filters of the list of source links."""

    host: Host | None = Field(default=None, description="Links of this host, such as `www.lci.fr`.")
    initiative: InitiativeId | None = Field(default=None, description="Links of this initiative.")
    kind: tuple[SourceKind, ...] = Field(default=(), max_length=50, description="Kinds of sources: who speaks in them.")


class QueueQuery(PageQuery):
    """Filters of the moderators' queue."""

    state: SubmissionState = Field(default=SubmissionState.PENDING, description="Submissions in this state.")


class ProvisionalQuery(PageQuery):
    """The list of provisional territories has no filters."""


class SubmissionQuery(PageQuery):
    """The list of what a key sent has no filters."""


class KeyQuery(PageQuery):
    """The list of keys has no filters."""


class CheckQuery(Query):
    """How a draft is taken."""

    check: Flag = Field(default=False, description="Say what the catalogue makes of the draft; store nothing.")
