"""Pages go by keyset: a cursor holds the key of the last item shown, and the list that it belongs to."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Row, Select, func, select, true

from api.db import ReadSession
from api.mistakes import in_parameters
from api.queries import PageQuery

KeyPart = str | int | float | datetime
Key = Sequence[KeyPart]
Columns = tuple[Any, ...]
AnyRow = TypeVar("AnyRow", bound=Sequence[Any])


@dataclass(frozen=True)
class Page:
    """Rendered items, and where the next page begins."""

    items: Sequence[bytes]
    next: str | None = None
    total: int | None = None
    facets: bytes = b"null"

    def rendered(self) -> bytes:
        """The page as JSON. Joined once: it may be long."""
        tail = b'],"next":%b,"total":%b,"facets":%b}' % (to_json(self.next), to_json(self.total), self.facets)
        parts = list(self.items) or [b""]
        parts[0] = b'{"items":[' + parts[0]
        parts[-1] += tail
        return b",".join(parts)


def page(query: PageQuery, keyed: Sequence[tuple[Key, bytes]], total: int | None) -> Page:
    """A page of items with their keys, of which one more than the limit was fetched."""
    shown = keyed[: query.limit]
    more = len(keyed) > query.limit
    return Page([item for _, item in shown], cursor(query, shown[-1][0]) if more else None, total)


def fetch(
    session: ReadSession, query: PageQuery, found: Select[*Columns], counted: Select[int], *order: str
) -> tuple[Sequence[Row[*Columns]], int | None]:
    """The rows of a page and one more, with how many match in all where that is asked.

    `order` names the columns by which `found` is sorted, with a minus for descending: then it is one statement. Without
    it, a page that turns out empty takes a second one for its total.
    """
    if not query.total:
        return session.execute(found.limit(query.limit + 1)).all(), None
    if order:
        return split(session.execute(with_total(found.limit(query.limit + 1), counted, *order)).all())
    total = counted.scalar_subquery().label("total")
    rows = session.execute(found.add_columns(total).limit(query.limit + 1)).all()
    return rows, rows[0].total if rows else session.scalar(counted)


def with_total(page: Select[*Columns], counted: Select[int], *order: str) -> Select[*Columns]:
    """The rows of a page, each with the total beside it; of an empty page, one row that has nothing but the total."""
    rows, one = page.subquery(), select(counted.scalar_subquery().label("total")).subquery()
    whole = select(*rows.c, one.c.total).select_from(one.outerjoin(rows, true()))
    return whole.order_by(*(_sorting(rows.c[name.lstrip("-")], name) for name in order))


def split(rows: Sequence[AnyRow]) -> tuple[Sequence[AnyRow], int]:
    """What `with_total` finds, as the rows of the page and the total."""
    return [row for row in rows if row[0] is not None], rows[0][-1] or 0


def _sorting(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return column.desc() if name.startswith("-") else column.asc()


def counted(matching: Select[*Columns]) -> Select[int]:
    """How many rows there are."""
    return select(func.count()).select_from(matching.subquery())


def after(query: PageQuery, *kinds: type[KeyPart]) -> list[Any] | None:
    """The key after which the page begins, its parts of the given kinds; None for the first page."""
    if query.cursor is None:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        family, *parts = from_json(base64.urlsafe_b64decode(padded))
        if family == query.family:
            return [_read(part, kind) for part, kind in zip(parts, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError):
        pass
    raise in_parameters([("cursor", "bad_cursor")])


def is_id(cursor: str | None) -> bool:
    """Whether an id stands in the place of a cursor, which is base64 of `["…` and so begins with `WyI`."""
    return cursor is not None and cursor == cursor.lower()


def _read(part: Any, kind: type[KeyPart]) -> KeyPart:
    """A part of a key, whose cursor may be forged: ValueError for another kind, or what a database would choke on."""
    match part:
        case str() if kind is datetime:
            return datetime.fromisoformat(part).astimezone(UTC)
        case str() if kind is str and part.isprintable():
            return part
        case int() | float() if type(part) is kind and -(2**31) <= part < 2**31:
            return part
    raise ValueError


def cursor(query: PageQuery, key: Key) -> str:
    packed = to_json([query.family, *key])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")
