"""Every match of a question, batch after batch.

Each batch is a short read of its own, made when it is asked for: whoever takes it slowly holds no connection. What
changes meanwhile is among the changes since the sequence that the export tells, which is read before the first batch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from api.catalogue import finding, status, territories
from api.db import Database
from api.formats import Located
from api.queries import InitiativeFilters, InitiativeQuery, TerritoryFilters, TerritoryQuery

Item = TypeVar("Item")
Question = TypeVar("Question", InitiativeQuery, TerritoryQuery)

_BATCH = 200  # items: half a megabyte or so


@dataclass(frozen=True)
class Export(Generic[Item]):
    """What a list holds, and the last public change when that was asked."""

    sequence: int
    updated_at: datetime
    batches: Iterator[Sequence[Item]]


def initiatives(database: Database, asked: InitiativeFilters) -> Export[Located]:
    """All published initiatives that match, in the order that is asked for."""
    with database.read() as session:
        last = status.get(session)
        query = asked.listed(_BATCH)
        facts = finding.facts(session, query)
        query = finding.resumed(session, query, facts)

    def batch(query: InitiativeQuery) -> tuple[Sequence[Located], str | None]:
        with database.glance() as glance:
            return finding.located(glance, query, facts)

    return Export(last.sequence, last.updated_at, _batches(batch, query))


def all_territories(database: Database, asked: TerritoryFilters) -> Export[bytes]:
    """All territories that match, in the order of the list."""
    with database.read() as session:
        last = status.get(session)
        query = asked.listed(_BATCH)
        facts = territories.facts(session, query)
        query = territories.resumed(session, query, facts)

    def batch(query: TerritoryQuery) -> tuple[Sequence[bytes], str | None]:
        with database.read() as session:
            page = territories.page(session, query, facts)
        return page.items, page.next

    return Export(last.sequence, last.updated_at, _batches(batch, query))


def _batches(
    batch: Callable[[Question], tuple[Sequence[Item], str | None]], query: Question
) -> Iterator[Sequence[Item]]:
    while True:
        items, cursor = batch(query)
        yield items
        if cursor is None:
            return
        query = query.model_copy(update={"cursor": cursor})
