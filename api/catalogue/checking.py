"""Whether what is public is what the record says, byte for byte. Nothing is changed."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, inspect
from sqlmodel import SQLModel, col, select

from api.catalogue import publication, search
from api.catalogue.publication import Held
from api.catalogue.rendering import Rendered, render
from api.db import ReadSession
from api.models import Initiative, Publication, PublicationRevision, PublicationSource, PublicationTerm, TermCount

Part = TypeVar("Part", PublicationSource, PublicationRevision)


def differences(session: ReadSession) -> Iterator[str]:
    """A line for each thing that is published otherwise than the record says."""
    found = search.numbers(session)
    for batch in publication.batches(session):
        held, rows = publication.held(session, batch), _rows(session, batch)
        sources, versions = _of(session, PublicationSource, batch), _of(session, PublicationRevision, batch)
        whole, spoilt = _rendered(session, batch)
        yield from (f"{name}: cannot be rendered, a value of it is spoilt" for name in spoilt)
        for rendered in whole:
            number, name = rendered.initiative.number, rendered.initiative.id
            yield from (f"{name}: {what}" for what in _otherwise(rendered, held.get(number), rows.get(number)))
            if [*map(_plain, rendered.sources)] != sources[number]:
                yield f"{name}: has other source links"
            if [*map(_plain, rendered.revisions)] != versions[number]:
                yield f"{name}: has other versions"
            if (rendered.document is not None) != (number in found):
                yield f"{name}: {'is found, but not public' if number in found else 'is not found by its words'}"
    unknown = select(Publication.id).where(col(Publication.number).not_in(select(Initiative.number)))
    yield from (f"{name}: is published, but not in the record" for name in session.exec(unknown))
    yield from _miscounted(session)


def _rendered(session: ReadSession, batch: Sequence[Initiative]) -> tuple[list[Rendered], list[str]]:
    """What can be rendered, and the ids of what cannot."""
    try:
        return render(session, batch), []
    except ValueError:
        if len(batch) == 1:
            return [], [batch[0].id]
    parts = [_rendered(session, [one]) for one in batch]
    return [one for whole, _ in parts for one in whole], [name for _, spoilt in parts for name in spoilt]


def _rows(session: ReadSession, batch: Sequence[Initiative]) -> dict[int, Publication]:
    numbers = [initiative.number for initiative in batch]
    return {row.number: row for row in session.exec(select(Publication).where(col(Publication.number).in_(numbers)))}


def _of(session: ReadSession, table: type[Part], batch: Sequence[Initiative]) -> dict[int, list[dict[str, Any]]]:
    """The rows of these initiatives in a table, in order, by number."""
    rows: dict[int, list[dict[str, Any]]] = {initiative.number: [] for initiative in batch}
    for row in session.exec(select(table).where(col(table.number).in_(rows)).order_by(*inspect(table).primary_key)):
        rows[row.number].append(_plain(row))
    return rows


def _plain(row: SQLModel) -> dict[str, Any]:
    """Two rows of a table are never equal, what they hold is."""
    return row.model_dump()


def _otherwise(rendered: Rendered, held: Held | None, row: Publication | None) -> Iterator[str]:
    if held is None or row is None:
        yield "is not published"
        return
    if held.document != rendered.document:
        yield "has another document"
    if held.terms != rendered.terms:
        yield "is in other posting lists"
    if held.extent != rendered.extent:
        yield "lies elsewhere on the scales"
    initiative = rendered.initiative
    told = (initiative.id, initiative.sequence, initiative.change, initiative.changed_at)
    if (*told, initiative.code, initiative.merged_into) != (
        *(row.id, row.sequence, row.change, row.changed_at),
        *(row.code, row.successor),
    ):
        yield "changed otherwise"


def _miscounted(session: ReadSession) -> Iterator[str]:
    """Posting lists whose kept length is not their length."""
    term = col(PublicationTerm.term)
    real = dict(session.exec(select(term, func.count()).group_by(term)).all())
    kept = dict(session.exec(select(TermCount.term, TermCount.length)).all())
    for name in sorted(name for name in real.keys() | kept.keys() if real.get(name) != kept.get(name)):
        yield f"{name}: counted {kept.get(name, 0)}, not {real.get(name, 0)}"
