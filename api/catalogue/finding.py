"""Public reads of initiatives and their sources: stored bytes, found through posting lists.

Any mix of filters is one query: the shortest list is walked, and each number in it must be in the other filters' lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, SQLColumnExpression, exists, literal, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from api import __version__
from api.catalogue import lookup, paging, terms
from api.catalogue.lookup import Facts
from api.catalogue.paging import Page
from api.db import ReadSession
from api.documents import StatusDocument
from api.errors import Gone, NotFound
from api.models import Counter, Publication, PublicationSource, PublicationTerm, TermCount
from api.queries import InitiativeQuery, InitiativeSort, SourceQuery
from api.texts import Text

NO_INITIATIVE = Text("No published initiative has this id.", "Aucune initiative publiée ne porte cet identifiant.")
WITHDRAWN = Text("This initiative is no longer published.", "Cette initiative n'est plus publiée.")

Lists = Sequence[Sequence[str]]  # all of them must hold a number; in each of them, one of its terms


@dataclass(frozen=True)
class Found:
    """A document as it is served, and the sequence of its last change."""

    document: bytes
    sequence: int


def get(session: ReadSession, initiative_id: str) -> Found:
    """The document of a published initiative; a withdrawn one is gone, with its reason code."""
    row = session.execute(
        select(col(Publication.document), col(Publication.sequence), col(Publication.code)).where(
            col(Publication.id) == initiative_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(NO_INITIATIVE)
    if row.document is None:
        raise Gone(WITHDRAWN, code=row.code)
    return Found(row.document, row.sequence)


def facts(session: ReadSession, query: InitiativeQuery) -> Facts:
    """What `page` needs to know."""
    return lookup.look_up(session, themes=query.theme, territories=query.territory, lists=_plain_terms(query))


def page(session: ReadSession, query: InitiativeQuery, facts: Facts) -> Page:
    """The documents that match, in the order of their first publication."""
    shortest, *others = sorted(
        _lists(query, facts), key=lambda terms: sum(facts.lengths.get(term, 0) for term in terms)
    )
    numbers = _walk(query, shortest, others).subquery()
    number = col(Publication.number)
    found = select(number, col(Publication.document)).join(numbers, numbers.c.number == number)
    if len(shortest) == 1 and not others:
        counted = select(literal(facts.lengths.get(shortest[0], 0)))
    else:
        counted = paging.counted(_matching(shortest, others).distinct())
    order = "-number" if query.sort is InitiativeSort.NEWEST else "number"
    rows, total = paging.fetch(session, query, found.order_by(_direction(query, number)), counted, order)
    return paging.page(query, [((row.number,), row.document) for row in rows], total)


def _plain_terms(query: InitiativeQuery) -> list[str]:
    """The posting lists that need no looking up of names."""
    return [
        terms.ALL,
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
    return [sorted(set(alternatives)) for alternatives in asked if alternatives] or [[terms.ALL]]


def _matching(alternatives: Sequence[str], others: Lists) -> Select[int]:
    """Numbers in the posting list of any of these terms that one of each of the other lists holds too."""
    numbers = select(col(PublicationTerm.number)).where(col(PublicationTerm.term).in_(alternatives))
    for other in others:
        held = aliased(PublicationTerm)
        numbers = numbers.where(
            exists().where(col(held.term).in_(other), col(held.number) == col(PublicationTerm.number))
        )
    return numbers


def _walk(query: InitiativeQuery, alternatives: Sequence[str], others: Lists) -> Select[int]:
    """The first numbers that match: each list is walked only as far as the page could need it."""
    number, key = col(PublicationTerm.number), paging.after(query, int)
    walks = []
    for term in alternatives:
        numbers = _matching([term], others).order_by(_direction(query, number)).limit(query.limit + 1)
        if key is not None:
            newest_first = query.sort is InitiativeSort.NEWEST
            numbers = numbers.where(number < key[0] if newest_first else number > key[0])
        walk = numbers.subquery()
        walks.append(select(walk.c.number))
    return select(union(*walks).subquery().c.number) if len(walks) > 1 else walks[0]


def _direction(query: InitiativeQuery, number: SQLColumnExpression[int]) -> SQLColumnExpression[int]:
    return number.desc() if query.sort is InitiativeSort.NEWEST else number.asc()


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
