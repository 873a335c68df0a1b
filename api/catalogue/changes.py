"""What became of every case: each once, at its latest public change, in the order of commits.

Sequences are given in turn, under the counter's lock, and a statement sees one moment: whoever goes on from the last
sequence that they saw misses nothing. Whoever may have seen one that a restored backup lacks is told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json
from sqlalchemy import Row, select, true
from sqlmodel import col

from api.db import ReadSession
from api.errors import Gone
from api.models import Counter, Publication
from api.queries import ChangeQuery
from api.texts import Text


@dataclass(frozen=True)
class Changes:
    """Changes as JSON, where to go on from, and the sequence of the last of all."""

    items: Sequence[bytes]
    next: int
    sequence: int

    def rendered(self) -> bytes:
        """The page as JSON."""
        return b'{"items":[%b],"next":%d,"sequence":%d}' % (b",".join(self.items), self.next, self.sequence)


_LOST = Text(
    "The catalogue was restored from a backup, which may lack what you have seen: take an export again, then follow "
    "its Catalogue-Sequence.",
    "Le catalogue a été rétabli d'après une sauvegarde, où peut manquer ce que vous avez vu : reprenez un export, "
    "puis suivez sa Catalogue-Sequence.",
)
_TOLD = ("sequence", "change", "id", "changed_at", "document", "successor", "code")


def page(session: ReadSession, query: ChangeQuery) -> Changes:
    """What changed after a sequence. Gone where it was given to a change that is lost."""
    later = select(*(col(getattr(Publication, name)) for name in _TOLD)).where(col(Publication.sequence) > query.since)
    found = later.order_by(col(Publication.sequence)).limit(query.limit + 1).subquery()
    # A row even where nothing changed: the counter's.
    whole = (
        select(*found.c, col(Counter.sequence).label("last"), col(Counter.lost_after), col(Counter.lost_before))
        .select_from(Counter)
        .outerjoin(found, true())
        .order_by(found.c.sequence)
    )
    counter, *_ = rows = session.execute(whole).all()
    if counter.lost_after < query.since < counter.lost_before:
        raise Gone(_LOST)
    changed = [row for row in rows if row.sequence is not None]
    shown, more = changed[: query.limit], len(changed) > query.limit
    return Changes(list(map(_item, shown)), shown[-1].sequence if more else counter.last, counter.last)


def _item(row: Row[*tuple[object, ...]]) -> bytes:
    at = f"{row.changed_at:%Y-%m-%dT%H:%M:%SZ}"
    before = to_json({"sequence": row.sequence, "change": row.change, "id": row.id, "at": at})[:-1]
    after = to_json({"successor": row.successor, "reason": row.code})[1:]
    return b'%b,"document":%b,%b' % (before, row.document or b"null", after)
