"""Which published initiatives a draft may repeat, with a score and the reasons in the caller's language.

Each sign that holds makes the rest of the doubt smaller: a score is 1 - (1 - a) · (1 - b) …, of
- the same identifier in the same system that both come from: 1, certain;
- a page that both have as a source: 0.8;
- a similar title in the same territory, or one inside or around it (a country is around all and tells nothing): 0.9 of
  the likeness of the titles, folded, from 0.6 on.
Each sign is looked up for all drafts at once, by an index. The statements are constants: to put one together takes
longer than the database needs to answer it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from math import prod
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CompoundSelect, Executable, Select, bindparam, select, union_all
from sqlmodel import col

from api.catalogue import gazetteer, terms
from api.catalogue.names import slug
from api.catalogue.record import origin
from api.db import ReadSession
from api.drafts import InitiativeDraft
from api.models import Initiative, InitiativeTerritory, PublicationTerm, SourceLink, Territory
from api.receipts import PossibleDuplicate
from api.texts import Language, Text
from api.vocabulary import InitiativeState, TerritoryKind
from api.webpages import comparable

_ALIKE = 0.6  # of titles: below it, likeness is chance
_CERTAIN, _STRONG, _OF_TITLES = 1.0, 0.8, 0.9
_MOST = 1000  # published initiatives that are compared for each sign, the newest first
_SHOWN = 10
_CASE = (col(Initiative.id), col(Initiative.title))
_KEYS: BindParameter[Any] = bindparam("keys")
_SAME_ORIGIN = Text("The same identifier in the same system.", "Même identifiant dans le même système.")
_SAME_PAGE = Text("The same web page as a source.", "Même page web parmi les sources.")
_SAME_TITLE = Text(
    "A similar title, in the same territory or in one inside or around it.",
    "Titre proche, dans le même territoire ou dans un territoire qu'il contient ou qui le contient.",
)


class _Case(NamedTuple):
    """A published initiative."""

    id: str
    title: str


_Found = Mapping[str, Collection[_Case]]  # by what they were sought by
_Sign = tuple[_Case, float, Text]


def possible(
    session: ReadSession, drafts: Sequence[InitiativeDraft], language: Language
) -> list[list[PossibleDuplicate]]:
    """For each draft, the published initiatives that it may repeat, the likeliest first."""
    if not drafts:
        return []
    places = _places(session, drafts)
    near = _found(session, _NEAR, {key for keys in places for key in keys})
    pages = _found(session, _WITH_PAGE, {page for draft in drafts for page in _pages(draft)})
    origins = _found(session, _FROM_ORIGIN, {key for draft in drafts if (key := origin(draft))})
    return [
        _ranked([*_by_origin(draft, origins), *_by_page(draft, pages), *_by_title(draft, keys, near)], language)
        for draft, keys in zip(drafts, places, strict=True)
    ]


def _ranked(signs: Sequence[_Sign], language: Language) -> list[PossibleDuplicate]:
    by_case: defaultdict[_Case, list[tuple[float, Text]]] = defaultdict(list)
    for case, weight, reason in signs:
        by_case[case].append((weight, reason))
    scores = {case: round(1 - prod(1 - weight for weight, _ in held), 2) for case, held in by_case.items()}
    return [
        PossibleDuplicate(
            id=case.id,
            title=case.title,
            score=scores[case],
            reasons=[reason.said_in(language) for _, reason in by_case[case]],
        )
        for case in sorted(scores, key=lambda case: (-scores[case], case.id))[:_SHOWN]
    ]


def _by_origin(draft: InitiativeDraft, found: _Found) -> Iterator[_Sign]:
    for case in found.get(origin(draft) or "", ()):
        yield case, _CERTAIN, _SAME_ORIGIN


def _by_page(draft: InitiativeDraft, found: _Found) -> Iterator[_Sign]:
    for case in {case for page in _pages(draft) for case in found.get(page, ())}:
        yield case, _STRONG, _SAME_PAGE


def _by_title(draft: InitiativeDraft, places: Collection[str], near: _Found) -> Iterator[_Sign]:
    matcher = SequenceMatcher(b=slug(draft.title))
    for case in {case for place in places for case in near.get(place, ())}:
        if (likeness := _likeness(matcher, case.title)) >= _ALIKE:
            yield case, _OF_TITLES * likeness, _SAME_TITLE


def _likeness(matcher: SequenceMatcher[str], title: str) -> float:
    """From 0 to 1; bounds that are quickly had spare most titles the long comparison."""
    matcher.set_seq1(slug(title))
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0
    return matcher.ratio()


def _pages(draft: InitiativeDraft) -> set[str]:
    return {comparable(source.url) for source in draft.sources}


def _places(session: ReadSession, drafts: Sequence[InitiativeDraft]) -> list[set[str]]:
    """For each draft, what it is near to: the posting lists of its territories, and the territories around them."""
    ids = {part.territory_id for draft in drafts for part in draft.territories} - {None}
    found = session.rows(_LIES_IN, {"ids": list(ids)}) if ids else ()
    near = {here: {terms.within(here), *filter(None, around)} for here, *around in found}
    return [
        {key for part in draft.territories for key in near.get(part.territory_id or "", {part.territory_id or ""})}
        for draft in drafts
    ]


def _found(session: ReadSession, statement: Executable, keys: Collection[str]) -> _Found:
    cases: defaultdict[str, list[_Case]] = defaultdict(list)
    for key, initiative, title in session.rows(statement, {"keys": list(keys)}) if keys else ():
        cases[key].append(_Case(initiative, title))
    return cases


def _newest(found: Select[Any, str, str]) -> Select[Any, str, str]:
    published = found.where(col(Initiative.state) == InitiativeState.PUBLISHED)
    return published.order_by(col(Initiative.number).desc()).limit(_MOST)


def _around() -> CompoundSelect[Any, str, str]:
    """What the posting lists hold, and what the territories themselves have."""
    term, number, place = col(PublicationTerm.term), col(PublicationTerm.number), col(InitiativeTerritory.territory_id)
    listed = select(term, number).where(term.in_(_KEYS)).order_by(number.desc()).limit(_MOST).subquery()
    inside = select(listed.c.term, *_CASE).join_from(listed, Initiative, col(Initiative.number) == listed.c.number)
    around = select(place, *_CASE).join(Initiative).where(place.in_(_KEYS))
    return union_all(inside, _newest(around).subquery().select())


_PAGE, _ORIGIN = col(SourceLink.comparable), col(Initiative.origin)
_LIES_IN = select(col(Territory.id), *gazetteer.PARENTS).where(
    col(Territory.id).in_(bindparam("ids")), col(Territory.kind) != TerritoryKind.COUNTRY
)
_NEAR = _around()
_WITH_PAGE = _newest(select(_PAGE, *_CASE).join(Initiative).where(_PAGE.in_(_KEYS)))
_FROM_ORIGIN = _newest(select(_ORIGIN, *_CASE).where(_ORIGIN.in_(_KEYS)))
