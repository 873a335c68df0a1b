"""What may be asked of a list: one model for each operation; unknown parameters are mistakes, like unknown fields."""

import hashlib
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.extents import BoxText, Kilometres, PointText, RangeText
from api.types import AskedPostcode, CountryCode, Cursor, Host, InitiativeId, SearchText, TerritoryCode, ThemeId
from api.vocabulary import InitiativeKind, Progress, SourceKind, SubmissionState, TerritoryKind

_WINDOW = {"limit", "cursor", "total"}


def _whole(value: object) -> object:
    """Plain digits only: `1_0` and ` 10` are not numbers in a URL."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    return _refused(value, int, "int_type")


def _flag(value: object) -> object:
    return {"true": True, "false": False}[value] if value in ("true", "false") else _refused(value, bool, "bool_type")


def _refused(value: object, already: type, error: str) -> object:
    if type(value) is already:
        return value
    raise PydanticCustomError("given_twice" if isinstance(value, list) else error, "refused")


Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Radius = Annotated[Kilometres, BeforeValidator(_whole)]


class Query(BaseModel):
    """The parameters of an operation; of one without any, this model itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def is_bounded(self) -> bool:
        """Whether the answer takes no more steps in a larger catalogue."""
        return True


class PageQuery(Query):
    """The parameters of every list."""

    limit: Whole = Field(
        default=20, ge=1, le=100, description="How many items a page has.", json_schema_extra={"format": "int32"}
    )
    cursor: Cursor | None = Field(
        default=None, description="The `next` of the page before; only with the same filters and sort."
    )
    total: Flag = Field(default=False, description="Count all that match, in `total`.")

    @cached_property
    def digest(self) -> str:
        """Tells one page from any other."""
        return self._digest(set())

    @cached_property
    def family(self) -> str:
        """The same for all the pages of one list: what a cursor is bound to."""
        return self._digest(_WINDOW)

    def _digest(self, leaving_out: set[str]) -> str:
        asked = type(self).__name__ + self.model_dump_json(exclude=leaving_out, exclude_defaults=True)
        return hashlib.sha256(asked.encode()).hexdigest()[:12]


class InitiativeSort(StrEnum):
    """The order of a list of initiatives."""

    NEWEST = "-published"
    OLDEST = "published"


class InitiativeQuery(PageQuery):
    """Filters of the list of initiatives. Values of one filter are alternatives; all filters must hold."""

    theme: tuple[ThemeId, ...] = Field(
        default=(), max_length=50, description="Themes; the themes below them are included."
    )
    territory: tuple[TerritoryCode, ...] = Field(
        default=(),
        max_length=50,
        description="Territories, by id or official code; everything inside is included.",
    )
    country: tuple[CountryCode, ...] = Field(default=(), max_length=50, description="Countries, ISO 3166-1 alpha-2.")
    progress: tuple[Progress, ...] = Field(default=(), max_length=50, description="How far the case got.")
    kind: tuple[InitiativeKind, ...] = Field(default=(), max_length=50, description="Cases, leads, or both.")
    sort: InitiativeSort = Field(default=InitiativeSort.NEWEST, description="Newest first, unless `published`.")

    def is_bounded(self) -> bool:
        """One posting list is walked as far as the page needs; of several, a long way may hold nothing in common."""
        filters = (self.theme, self.territory, self.country, self.progress, self.kind)
        return not self.total and sum(map(bool, filters)) <= 1


class TerritoryQuery(PageQuery):
    """Filters of the list of territories. Values of one filter are alternatives; all filters must hold."""

    q: SearchText | None = Field(
        default=None,
        description="Words of a name as people write them, or a postcode, each from its beginning; in longer words "
        "one typing error is forgiven. Exact names come first, then the largest populations.",
    )
    kind: tuple[TerritoryKind, ...] = Field(default=(), max_length=50, description="Kinds of territories.")
    country: tuple[CountryCode, ...] = Field(default=(), max_length=50, description="Countries, ISO 3166-1 alpha-2.")
    parent: TerritoryCode | None = Field(default=None, description="Everything inside this territory.")
    postcode: AskedPostcode | None = Field(default=None, description="Territories with this postcode.")
    population: RangeText | None = Field(
        default=None, description="Inhabitants, ends included: `20000/40000`, `100000/..`, `../5000`."
    )
    near: PointText | None = Field(
        default=None, description="Within `radius` of this point: its latitude and longitude."
    )
    radius: Radius | None = Field(default=None, description="Kilometres around `near`; 20 where this says nothing.")
    bbox: BoxText | None = Field(
        default=None,
        description="West, south, east, north; with its west east of its east, it crosses the antimeridian.",
    )

    @field_validator("radius")
    @classmethod
    def _around_something(cls, value: int | None, info: ValidationInfo) -> int | None:
        if info.data.get("near", ...) is None:  # a point that is malformed is told by itself
            raise PydanticCustomError("radius_alone", "no point")
        return value


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
