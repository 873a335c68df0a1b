"""What became of every case: each once, at its latest public change, in the order of commits.

Sequences are given in turn, under the counter's lock, and a statement sees one moment: whoever goes on from the last
sequence that they saw misses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json
from sqlalchemy import Row, select, true
from sqlmodel import col

from api.db import ReadSession
from api.models import Counter, Publication
from api.queries import ChangeQuery


@dataclass(frozen=True)
class Changes:
    """Changes as JSON, where to go on from, and the sequence of the last of all."""

    items: Sequence[bytes]
    next: int
    sequence: int

    def rendered(self) -> bytes:
        """The page as JSON."""
        return b'{"items":[%b],"next":%d,"sequence":%d}' % (b",".join(self.items), self.next, self.sequence)


_TOLD = ("sequence", "change", "id", "changed_at", "document", "successor", "code")


def page(session: ReadSession, query: ChangeQuery) -> Changes:
    """What changed after a sequence."""
    later = select(*(col(getattr(Publication, name)) for name in _TOLD)).where(col(Publication.sequence) > query.since)
    found = later.order_by(col(Publication.sequence)).limit(query.limit + 1).subquery()
    # A row even where nothing changed: the counter's.
    whole = select(*found.c, col(Counter.sequence).label("last")).select_from(Counter).outerjoin(found, true())
    rows = session.execute(whole.order_by(found.c.sequence)).all()
    changed = [row for row in rows if row.sequence is not None]
    shown, more, last = changed[: query.limit], len(changed) > query.limit, rows[0].last
    return Changes(list(map(_item, shown)), shown[-1].sequence if more else last, last)


def _item(row: Row[*tuple[object, ...]]) -> bytes:
    at = f"{row.changed_at:%Y-%m-%dT%H:%M:%SZ}"
    before = to_json({"sequence": row.sequence, "change": row.change, "id": row.id, "at": at})[:-1]
    after = to_json({"successor": row.successor, "reason": row.code})[1:]
    return b'%b,"document":%b,%b' % (before, row.document or b"null", after)
