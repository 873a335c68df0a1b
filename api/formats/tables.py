"""Documents as a table: its columns are declared once, and every format of rows is read off them.

A column's type is that of the document's field: whether it may be empty or holds several values, its form, its bounds
and its example are known from there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from pydantic import Field, TypeAdapter

from api.formats import About

# A document, with what a table tells beside it, `longitude` and `latitude` in any case.
Row = Mapping[str, Any]
Item = TypeVar("Item")

# One of our own pages.
Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]


@dataclass(frozen=True)
class Column:
    """A column. Its values are those of the row's field of the same name, unless `value` finds them."""

    name: str
    type: Any  # as an annotation says it: `Population | None`, `list[ThemeId]`
    title: str
    description: str
    value: Callable[[Row], Any] | None = None
    example: Any = None

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several texts."""
        return get_origin(self.type) is list

    @property
    def is_required(self) -> bool:
        """Whether no cell is empty."""
        return not self.is_list and NoneType not in get_args(self.type)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of one of its values."""
        parts = [part for part in get_args(self.type) if part is not NoneType]
        return TypeAdapter(parts[0] if self.is_list or not self.is_required else self.type).json_schema()

    def of(self, row: Row) -> Any:
        """Its value: a text, a number, a list of texts, or None."""
        return self.value(row) if self.value else row[self.name]


@dataclass(frozen=True)
class Table(Generic[Item]):
    """A table of what a list holds. `row` reads an item of that list."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    row: Callable[[Item, About], Row]

    def values(self, row: Row) -> Iterator[Any]:
        """The row's values, in the order of the columns."""
        return (column.of(row) for column in self.columns)
