"""Whether what is public is what the record says, byte for byte. Nothing is changed."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, inspect
from sqlmodel import SQLModel, col, select

from api.catalogue import publication, search
from api.catalogue.rendering import Rendered, Row, Rows, render
from api.db import ReadSession
from api.models import (
    Initiative,
    Publication,
    PublicationExtent,
    PublicationRevision,
    PublicationSource,
    PublicationTerm,
    TermCount,
)

_CHILDREN: Mapping[type[SQLModel], str] = {
    PublicationTerm: "is in other posting lists",
    PublicationExtent: "lies elsewhere on the scales",
    PublicationSource: "has other source links",
    PublicationRevision: "has other versions",
}
_TABLES: Sequence[type[SQLModel]] = (Publication, *_CHILDREN)


def differences(session: ReadSession) -> Iterator[str]:
    """A line for each thing that is published otherwise than the record says."""
    found = search.numbers(session)
    for batch in publication.batches(session):
        held = _held(session, batch)
        whole, spoilt = _rendered(session, batch)
        yield from (f"{name}: cannot be rendered, a value of it is spoilt" for name in spoilt)
        for rendered in whole:
            number, name = rendered.initiative.number, rendered.initiative.id
            yield from (f"{name}: {what}" for what in _otherwise(rendered.rows, held[number]))
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


def _held(session: ReadSession, batch: Sequence[Initiative]) -> Mapping[int, Rows]:
    """What stands in each table, in the order of its key, by number."""
    rows: dict[int, dict[type[SQLModel], list[Row]]]
    rows = {initiative.number: {model: [] for model in _TABLES} for initiative in batch}
    for model in _TABLES:
        table = inspect(model).local_table
        found = table.select().where(table.c.number.in_(rows)).order_by(*table.primary_key)
        for row in session.execute(found):
            rows[row.number][model].append(row._asdict())
    return rows


def _otherwise(rendered: Rows, held: Rows) -> Iterator[str]:
    (row,), kept = rendered[Publication], held[Publication]
    if not kept:
        yield "is not published"
        return
    if kept[0]["document"] != row["document"]:
        yield "has another document"
    if {**kept[0], "document": row["document"]} != row:
        yield "changed otherwise"
    yield from (what for model, what in _CHILDREN.items() if held[model] != rendered[model])


def _miscounted(session: ReadSession) -> Iterator[str]:
    """Posting lists whose kept length is not their length."""
    term = col(PublicationTerm.term)
    real = dict(session.exec(select(term, func.count()).group_by(term)).all())
    kept = dict(session.exec(select(TermCount.term, TermCount.length)).all())
    for name in sorted(name for name in real.keys() | kept.keys() if real.get(name) != kept.get(name)):
        yield f"{name}: counted {kept.get(name, 0)}, not {real.get(name, 0)}"
