"""What every question has: the page that is wanted, and how plain its values are."""

import hashlib
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, to_json

from api.types import Cursor
from api.vocabulary import Separator

_DIGITS = 10  # of what databases call an integer
_WINDOW = {"limit", "cursor", "total", "facets"}


def whole(value: object) -> object:
    """Plain digits only: `1_0` and ` 10` are not numbers in a URL."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value)
    return refused(value, int, "digits")


def _flag(value: object) -> object:
    return {"true": True, "false": False}[value] if value in ("true", "false") else refused(value, bool, "bool_type")


def refused(value: object, already: type, error: str) -> object:
    """A value that was read before; of anything else, why it cannot be."""
    if type(value) is already:
        return value
    raise PydanticCustomError("given_twice" if isinstance(value, list) else error, "refused")


Whole = Annotated[int, BeforeValidator(whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Query(BaseModel):
    """The parameters of an operation; of one without any, this model itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def is_bounded(self) -> bool:
        """Whether the answer takes no more steps in a larger catalogue."""
        return True

    @cached_property
    def digest(self) -> str:
        """Tells one question from any other."""
        return self._digest(self.model_dump_json(exclude_defaults=True).encode())

    def _digest(self, asked: bytes) -> str:
        return hashlib.sha256(type(self).__name__.encode() + asked).hexdigest()[:12]


class LimitedQuery(Query):
    """The parameters of whatever is answered part by part."""

    limit: Whole = Field(
        default=20, ge=1, le=100, description="How many items a page has.", json_schema_extra={"format": "int32"}
    )


# Of an export that was interrupted.
RESUMED = Field(
    default=None,
    description="Go on after this one: the id of the last that you have, or the `next` of a list with the same filters "
    "and sort. Where the sort is one in which a change can move a case, such as `title`, the id stands for where its "
    "case is now; with `published` or `-published` it never moves.",
)


# Of an export as CSV.
SEPARATOR = Field(
    default=Separator.SEMICOLON,
    description="What stands between cells: `semicolon`, as spreadsheets set to French expect it, or `comma`.",
)


class PageQuery(LimitedQuery):
    """The parameters of every list."""

    cursor: Cursor | None = Field(
        default=None, description="The `next` of the page before; only with the same filters and sort."
    )
    total: Flag = Field(default=False, description="Count all that match, in `total`.")

    @cached_property
    def family(self) -> str:
        """The same for all the pages of one list, however it is asked for: what a cursor is bound to."""
        return self._digest(to_json(dict(sorted(self.meant().items()))))

    def meant(self) -> dict[str, Any]:
        """The filters that are set, with their values in any order, and what else tells this list from others."""
        asked = self.model_dump(mode="json", exclude=_WINDOW, exclude_defaults=True)
        return {name: sorted(set(value)) if isinstance(value, list) else value for name, value in asked.items()}
