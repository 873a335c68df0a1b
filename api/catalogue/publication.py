"""The read model: what is public, rendered from the record in the transaction that changes it.

Whoever changes what is public first takes a turn: the counter's row is locked until the commit, so that numbers and
sequences are given in the order of commits, and what is rendered is what is true.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, insert, update
from sqlmodel import SQLModel, col, select

from api.catalogue import search, terms
from api.catalogue.rendering import RENDERER, Rendered, Row, neighbours, render
from api.catalogue.search import Searched
from api.db import ReadSession, WriteSession
from api.errors import Busy
from api.models import (
    Counter,
    Initiative,
    Publication,
    PublicationExtent,
    PublicationRevision,
    PublicationSource,
    PublicationTerm,
    TermCount,
)
from api.types import now
from api.vocabulary import PublicChange

_BATCH = 500
_LEAP = 1_000_000  # sequences: more than can have been given since any backup
_CHILDREN = (PublicationExtent, PublicationRevision, PublicationSource, PublicationTerm)
# All that is made again from the record.
TABLES = [SQLModel.metadata.tables[str(table.__tablename__)] for table in (*_CHILDREN, Publication, TermCount)]


def take_turn(session: WriteSession) -> Counter:
    """Wait until nobody else publishes; from here on the record stands still until the commit.

    Busy where another version has published everything its way: what this one adds would lack what is new there.
    """
    turn = _turn(session)
    if turn.renderer != RENDERER:
        raise Busy
    return turn


def _turn(session: WriteSession) -> Counter:
    session.flush()
    session.expire_all()
    return session.exec(select(Counter).with_for_update()).one()


def next_sequence(turn: Counter) -> int:
    """The sequence of one public change."""
    turn.sequence += 1
    turn.updated_at = moment(turn)
    return turn.sequence


def mark(turn: Counter, initiative: Initiative, change: PublicChange) -> None:
    """Give an initiative the sequence and the time of a public change."""
    initiative.sequence = next_sequence(turn)
    initiative.change, initiative.changed_at = change, turn.updated_at


def moment(turn: Counter) -> datetime:
    """The present, which never goes back, whatever the clock does: numbers are in the order of time."""
    return max(turn.updated_at, now())


def next_number(turn: Counter) -> int:
    """The number of an initiative published for the first time."""
    turn.number += 1
    return turn.number


def refresh(session: WriteSession, turn: Counter, initiative: Initiative, formerly: Sequence[Initiative] = ()) -> None:
    """Publish an initiative as it now stands in the record, and those that show it, or did, if they read otherwise."""
    session.flush()
    was = held(session, [initiative])
    for rendered in render(session, [initiative]):
        _write(session, rendered, was.get(initiative.number))
    around = {one.number: one for one in (*formerly, *neighbours(session, initiative.id))}
    beside = [around[number] for number in sorted(around)]
    was = held(session, beside)
    for rendered in render(session, beside):
        before = was[rendered.initiative.number]
        if rendered.document != before.document:
            mark(turn, rendered.initiative, PublicChange.UPDATED)
            _write(session, rendered, before)


def refresh_all(session: WriteSession, turn: Counter, renamed: AbstractSet[str] = frozenset()) -> None:
    """Publish every initiative as it now stands, after a theme or a territory changed; some of these were `renamed`, by
    names that documents may not show."""
    found_otherwise = {terms.within(territory) for territory in renamed}
    for batch in batches(session):
        was = held(session, batch)
        for rendered in render(session, batch):
            before = was[rendered.initiative.number]
            if rendered.document != before.document:
                mark(turn, rendered.initiative, PublicChange.UPDATED)
            is_as_before = Held(rendered.document, rendered.terms, rendered.extent) == before
            if not is_as_before or not found_otherwise.isdisjoint(rendered.terms):
                _write(session, rendered, before)


def is_current(session: ReadSession) -> bool:
    """Whether all that was ever published is there, made by the present renderer."""
    missing = select(Initiative.number).where(col(Initiative.number).not_in(select(Publication.number)))
    return session.exec(select(Counter.renderer)).one() == RENDERER and not session.exec(missing.limit(1)).first()


def ensure(session: WriteSession, tell: Callable[[int], None]) -> None:
    """Rebuild what is not as the present renderer makes it; of two who ask at once, the second finds it done."""
    _turn(session)
    if not is_current(session):
        rebuild(session, tell)


def rebuild(session: WriteSession, tell: Callable[[int], None]) -> int:
    """Throw the publication away and make it again from the record, byte for byte; tells how far it is.

    What reads otherwise than it did is a public change, which copies of the catalogue must learn of.
    """
    turn = _turn(session)
    older, turn.renderer = turn.renderer != RENDERER, RENDERER
    search.clear(session)
    for table in (*_CHILDREN, TermCount):
        session.execute(delete(table))
    session.execute(delete(Publication).where(col(Publication.number).not_in(select(Initiative.number))))
    done = 0
    for batch in batches(session):
        there = col(Publication.number).between(batch[0].number, batch[-1].number)
        before = dict(session.exec(select(Publication.number, Publication.document).where(there)).all())
        session.execute(delete(Publication).where(there))
        for rendered in (again := render(session, batch)):
            shown, initiative = rendered.document, rendered.initiative
            # What an older version has published is no longer there to be compared, after a backup was restored.
            unknown = b"" if older and shown else shown
            if before.get(initiative.number, unknown) != shown:
                mark(turn, initiative, PublicChange.UPDATED if shown else PublicChange(initiative.change))
        session.flush()
        _insert(session, again)
        session.expunge_all()
        session.add(turn)
        tell(done := done + len(batch))
    counted = session.exec(select(PublicationTerm.term, func.count()).group_by(col(PublicationTerm.term))).all()
    _insert_counts(session, dict(counted))
    return done


def leap(session: WriteSession) -> None:
    """Go on with sequences that were never given, where the next ones may have been: after a backup was restored.

    Every second since the backup makes it longer, so that the same one, restored once more, goes on from elsewhere. No
    tag then stands for two versions, and who may have seen a change that is lost can be told (`changes.page`). What the
    backup has from after an earlier leap leaps along: no sequence between the two bounds is in use.
    """
    turn = _turn(session)
    turn.lost_after = turn.lost_after or turn.sequence
    present = moment(turn)
    turn.sequence += _LEAP + int((present - turn.updated_at).total_seconds())
    turn.updated_at = present
    turn.lost_before = turn.sequence
    later = select(Initiative).where(col(Initiative.sequence) > turn.lost_after).order_by(col(Initiative.sequence))
    for initiative in session.exec(later).all():
        initiative.sequence = next_sequence(turn)


def batches(session: ReadSession) -> Iterator[Sequence[Initiative]]:
    """All initiatives in order, as many at a time as fit in memory."""
    last = 0
    while batch := session.exec(
        select(Initiative).where(col(Initiative.number) > last).order_by(col(Initiative.number)).limit(_BATCH)
    ).all():
        last = batch[-1].number
        yield batch


class Held(NamedTuple):
    """What is published of one initiative."""

    document: bytes | None
    terms: AbstractSet[str]
    extent: Row | None


def held(session: ReadSession, initiatives: Sequence[Initiative]) -> dict[int, Held]:
    """What is published of initiatives, by number."""
    if not initiatives:
        return {}
    numbers = [initiative.number for initiative in initiatives]
    lists: dict[int, set[str]] = {number: set() for number in numbers}
    for posted in session.exec(select(PublicationTerm).where(col(PublicationTerm.number).in_(numbers))):
        lists[posted.number].add(posted.term)
    documents = (
        select(Publication.number, Publication.document, PublicationExtent)
        .outerjoin(PublicationExtent)
        .where(col(Publication.number).in_(numbers))
    )
    return {
        number: Held(document, lists[number], extent.model_dump() if extent else None)
        for number, document, extent in session.exec(documents)
    }


def _write(session: WriteSession, rendered: Rendered, before: Held | None) -> None:
    """Put what is published of one initiative in the place of what was."""
    lists: AbstractSet[str] = frozenset()
    if before is not None:
        lists = before.terms
        search.erase(session, [rendered.initiative.number])
        for table in (*_CHILDREN, Publication):
            session.execute(delete(table).where(col(table.number) == rendered.initiative.number))
    _insert(session, [rendered])
    _count(session, left=lists - rendered.terms, joined=rendered.terms - lists)


def _insert(session: WriteSession, batch: Sequence[Rendered]) -> None:
    """Write what is published of initiatives of which nothing is published."""
    rows = [rendered.rows for rendered in batch]
    for table in (Publication, *_CHILDREN):
        if inserted := [row for one in rows for row in one[table]]:
            session.execute(insert(table), inserted)
    search.write(session, [Searched(one.initiative.number, one.shown, one.other_names) for one in batch if one.shown])


def _count(session: WriteSession, *, left: AbstractSet[str], joined: AbstractSet[str]) -> None:
    """Keep the lengths of the posting lists; an empty list has no row."""
    known = set(session.exec(select(TermCount.term).where(col(TermCount.term).in_(joined))).all())
    _insert_counts(session, dict.fromkeys(joined - known, 0))
    for moved, step in ((joined, 1), (left, -1)):
        if moved:
            changed = update(TermCount).where(col(TermCount.term).in_(moved))
            session.execute(changed.values(length=col(TermCount.length) + step))
    if left:
        session.execute(delete(TermCount).where(col(TermCount.term).in_(left), col(TermCount.length) == 0))


def _insert_counts(session: WriteSession, lengths: Mapping[str, int]) -> None:
    """Write how long posting lists are of which nothing is written, each with the facet that counts it."""
    rows = [{"term": term, "length": length, "facet": terms.facet_of(term)} for term, length in sorted(lengths.items())]
    if rows:
        session.execute(insert(TermCount), rows)
