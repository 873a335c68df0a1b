"""Public reads of initiatives and their sources: stored bytes, found through posting lists.

Any mix of filters is one query: the shortest list is walked, and each number in it must be in the other filters' lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, SQLColumnExpression, bindparam, exists, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from api import __version__
from api.catalogue import lookup, paging, terms
from api.catalogue.lookup import Facts
from api.catalogue.paging import Page
from api.db import ReadSession
from api.documents import StatusDocument
from api.errors import Gone, NotFound
from api.glance import Reader, parameters
from api.models import Counter, Publication, PublicationSource, PublicationTerm, TermCount
from api.queries import InitiativeQuery, InitiativeSort, SourceQuery
from api.texts import Text

NO_INITIATIVE = Text("No published initiative has this id.", "Aucune initiative publiée ne porte cet identifiant.")
WITHDRAWN = Text("This initiative is no longer published.", "Cette initiative n'est plus publiée.")

Lists = Sequence[Sequence[str]]  # each of them must hold a number, under one of its terms; none: all there is


@dataclass(frozen=True)
class Found:
    """A document as it is served, and the sequence of its last change."""

    document: bytes
    sequence: int
    successor: str | None = None  # the case that it was merged into: then there is no document


_DOCUMENT = select(
    col(Publication.document), col(Publication.sequence), col(Publication.code), col(Publication.successor)
).where(col(Publication.id) == bindparam("id"))


def get(reader: Reader, initiative_id: str) -> Found:
    """The document of a published initiative; a withdrawn one is gone, with its reason code."""
    for document, sequence, code, successor in reader.rows(_DOCUMENT, {"id": initiative_id}):
        if successor is not None:
            return Found(b"", sequence, successor)
        if document is None:
            raise Gone(WITHDRAWN, code=code)
        return Found(document, sequence)
    raise NotFound(NO_INITIATIVE)


def facts(reader: Reader, query: InitiativeQuery) -> Facts:
    """What `page` needs to know."""
    return lookup.look_up(reader, themes=query.theme, territories=query.territory, lists=_plain_terms(query))


def page(reader: Reader, query: InitiativeQuery, facts: Facts) -> tuple[Page, int]:
    """The documents that match, in the order of their first publication, and the sequence that they are true of.

    One statement tells both. Of an empty page the sequence is that of the facts, which were read before: a tag may
    be older than what it stands for, and is then asked about once more; never newer.
    """
    lists = sorted(_lists(query, facts), key=lambda terms: sum(facts.lengths.get(term, 0) for term in terms))
    key = paging.after(query, int)
    values = {f"list_{place}_{n}": term for place, terms in enumerate(lists) for n, term in enumerate(terms)}
    walk = _Walk(
        sizes=tuple(map(len, lists)),
        newest_first=query.sort is InitiativeSort.NEWEST,
        later=key is not None,
        counting=query.total,
    )
    rows = reader.rows(_statement(walk), values | {"limit": query.limit + 1, "after": key and key[0]})
    rows, total = paging.split(rows) if query.total else (rows, None)
    shown, more = rows[: query.limit], len(rows) > query.limit
    following = paging.cursor(query, [shown[-1][0]]) if more else None
    return Page([row[1] for row in shown], following, total), shown[0][2] if shown else facts.sequence


def _plain_terms(query: InitiativeQuery) -> list[str]:
    """The posting lists that need no looking up of names."""
    return [
        *map(terms.country, query.country),
        *map(terms.progress, query.progress),
        *map(terms.kind, query.kind),
    ]


def _lists(query: InitiativeQuery, facts: Facts) -> Lists:
    asked = [
        [terms.theme(theme) for theme in query.theme],
        [terms.within(facts.territories[code]) for code in query.territory],
        [terms.country(code) for code in query.country],
        [terms.progress(value) for value in query.progress],
        [terms.kind(value) for value in query.kind],
    ]
    return [sorted(set(alternatives)) for alternatives in asked if alternatives]


@dataclass(frozen=True)
class _Walk:
    """The form of a question: how many alternatives each posting list is, the one that is walked first."""

    sizes: tuple[int, ...]
    newest_first: bool
    later: bool
    counting: bool

    def alternatives(self, place: int) -> list[BindParameter[Any]]:
        return parameters(f"list_{place}", self.sizes[place])

    def ordered(self, number: SQLColumnExpression[int]) -> SQLColumnExpression[int]:
        return number.desc() if self.newest_first else number.asc()


@lru_cache(maxsize=1000)
def _statement(walk: _Walk) -> Select[*tuple[Any, ...]]:
    """Numbers, documents and the sequence, in order of the numbers; with the total where that is asked."""
    number, document = col(Publication.number), col(Publication.document)
    shown = (number, document, select(col(Counter.sequence)).scalar_subquery().label("sequence"))
    if walk.sizes:
        walks = [_paged(walk, _matching(walk, [term])) for term in walk.alternatives(0)]
        first = union(*(select(one.subquery().c.number) for one in walks)) if len(walks) > 1 else walks[0]
        numbers = first.subquery()
        found = select(*shown).join(numbers, number == numbers.c.number)
        found = found.order_by(walk.ordered(numbers.c.number)).limit(bindparam("limit"))
    else:  # all that is there: nothing is quicker than the publication itself
        found = _paged(walk, select(*shown).where(document.is_not(None)))
    if not walk.counting:
        return found
    return paging.with_total(found, _counted(walk), "-number" if walk.newest_first else "number")


def _paged(walk: _Walk, numbered: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The first of what has numbers: each list is walked only as far as the page could need it."""
    number = numbered.selected_columns.number
    if walk.later:
        after: BindParameter[int] = bindparam("after")
        numbered = numbered.where(number < after if walk.newest_first else number > after)
    return numbered.order_by(walk.ordered(number)).limit(bindparam("limit"))


def _counted(walk: _Walk) -> Select[int]:
    """How many match: of one posting list alone, its kept length."""
    if walk.sizes not in ((), (1,)):
        return paging.counted(_matching(walk, walk.alternatives(0)).distinct())
    term = walk.alternatives(0)[0] if walk.sizes else terms.ALL
    return select(col(TermCount.length)).where(col(TermCount.term) == term)


def _matching(walk: _Walk, alternatives: Sequence[BindParameter[Any]]) -> Select[int]:
    """Numbers in the posting list of any of these terms that one of each of the other lists holds too."""
    numbers = select(col(PublicationTerm.number)).where(col(PublicationTerm.term).in_(alternatives))
    for place in range(1, len(walk.sizes)):
        held = aliased(PublicationTerm)
        there = col(held.term).in_(walk.alternatives(place)), col(held.number) == col(PublicationTerm.number)
        numbers = numbers.where(exists().where(*there))
    return numbers


def sources(session: ReadSession, query: SourceQuery) -> Page:
    """Source links of published initiatives, the newest initiative's first."""
    number, position = col(PublicationSource.number), col(PublicationSource.position)
    conditions = []
    if query.host:
        conditions.append(col(PublicationSource.host) == query.host)
    if query.kind:
        conditions.append(col(PublicationSource.kind).in_(query.kind))
    if query.initiative:
        conditions.append(number.in_(select(col(Publication.number)).where(col(Publication.id) == query.initiative)))
    found = select(number, position, col(PublicationSource.document)).where(*conditions)
    if key := paging.after(query, int, int):
        found = found.where((number < key[0]) | ((number == key[0]) & (position > key[1])))
    counted = paging.counted(select(number, position).where(*conditions))
    rows, total = paging.fetch(session, query, found.order_by(number.desc(), position), counted, "-number", "position")
    return paging.page(query, [((row.number, row.position), row.document) for row in rows], total)


def status(session: ReadSession) -> StatusDocument:
    """The catalogue at a glance."""
    row = session.execute(
        select(col(Counter.sequence), col(Counter.updated_at), col(TermCount.length)).outerjoin(
            TermCount, col(TermCount.term) == terms.ALL
        )
    ).one()
    return StatusDocument(
        status="ok",
        version=__version__,
        sequence=row.sequence,
        initiatives=row.length or 0,
        updated_at=row.updated_at,
    )
