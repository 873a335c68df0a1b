"""Statements that find published cases: one for each form of question, made once; what is asked for are its values.

Something is walked, the shortest way there is, and each number on it is tested by all the rest. `finding` chooses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    bindparam,
    literal,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from api.catalogue import paging, scales, search, terms
from api.catalogue.planning import among, looked_up, nearest, tested
from api.glance import parameters
from api.models import Publication, PublicationExtent, PublicationTerm, TermCount
from api.queries import InitiativeSort

Numbered = Select[*tuple[Any, ...]]
Number = SQLColumnExpression[int]

_NUMBER = col(PublicationExtent.number)


class Way(Enum):
    """What is walked."""

    ALL = "the publication itself"
    LIST = "the first posting list"
    SCALE = "the first of the conditions on scales, by its index"
    HITS = "what is found by words"
    ORDER = "the index of the order that is asked for"


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, which is also what its cursors hold."""

    by: tuple[SQLColumnExpression[Any], ...]
    kinds: tuple[type, ...]
    descending: bool = False

    def after(self, columns: Sequence[SQLColumnExpression[Any]]) -> ColumnElement[bool]:
        """That a row comes after the one that the parameters name."""
        here, there = tuple_(*columns), tuple_(*(bindparam(f"after_{place}") for place in range(len(columns))))
        return here < there if self.descending else here > there

    def sorting(self, columns: Sequence[SQLColumnExpression[Any]]) -> list[ColumnElement[Any]]:
        return [column.desc() if self.descending else column.asc() for column in columns]


ORDERS: Mapping[InitiativeSort, Order] = {
    InitiativeSort.NEWEST: Order((_NUMBER,), (int,), descending=True),
    InitiativeSort.OLDEST: Order((_NUMBER,), (int,)),
    InitiativeSort.CHANGED: Order((col(PublicationExtent.updated), _NUMBER), (int, int), descending=True),
    InitiativeSort.TITLE: Order((col(PublicationExtent.title), _NUMBER), (str, int)),
    InitiativeSort.LARGEST: Order((col(PublicationExtent.smallness), _NUMBER), (int, int)),
    InitiativeSort.SMALLEST: Order((col(PublicationExtent.population), _NUMBER), (int, int)),
    InitiativeSort.DISTANCE: Order((scales.AWAY, _NUMBER), (float, int)),
    InitiativeSort.SIMILARITY: Order((scales.ABROAD, scales.APART, _NUMBER), (int, float, int)),
    InitiativeSort.RELEVANCE: Order((literal(0), -_NUMBER), (int, int)),  # by its tier, which `_by_tier` knows
}
BY_NUMBER = (InitiativeSort.NEWEST, InitiativeSort.OLDEST)
# Orders that an index has.
INDEXED = (*BY_NUMBER, *(InitiativeSort.CHANGED, InitiativeSort.TITLE, InitiativeSort.LARGEST, InitiativeSort.SMALLEST))


@dataclass(frozen=True)
class Form:
    """The form of a question: how many alternatives each posting list is, which conditions, what is walked."""

    way: Way
    sizes: tuple[int, ...]
    conditions: tuple[str, ...]
    numbered: bool  # between two numbers
    sought: bool  # by words
    sort: InitiativeSort
    near: bool
    similar: bool
    later: bool
    counting: bool
    nearest: bool  # so many would be sorted by how near they are that what is close is looked through first
    located: bool = False

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    @property
    def end_of_keys(self) -> int:
        """Where in a row of a page the keys of the order end."""
        return 2 + len(self.order.kinds)

    def alternatives(self, place: int) -> list[BindParameter[Any]]:
        return parameters(f"list_{place}", self.sizes[place])

    @property
    def is_plain(self) -> bool:
        """Whether nothing narrows it but posting lists."""
        return not (self.conditions or self.numbered or self.sought)


@lru_cache(maxsize=2000)
def page(form: Form) -> Numbered:
    """Numbers and documents, then the keys of the order, and how near and how alike where that is asked;
    last the total, where that is asked."""
    number, document = col(Publication.number), col(Publication.document)
    shown = (number, document)
    if form.way is Way.ALL and form.sort in BY_NUMBER:
        there = select(*shown, number.label("key_0"), *_match_columns(form)).where(
            document.is_not(None), *_tests(form, number)
        )
        found = _paged(form, _scaled(form, there, number), [number])
        if form.located and form.later:  # PostgreSQL would go through the scales from their end, to where the page is
            found = found.where(form.order.after([_NUMBER]))
    else:
        numbers = _numbers(form).subquery()
        keys = [numbers.c[f"key_{place}"] for place in range(len(form.order.by))]
        found = select(*shown, *keys, *_match_columns(form)).join(numbers, number == numbers.c.number)
        found = _scaled(form, found, number)
        found = found.order_by(*form.order.sorting(keys)).limit(bindparam("limit"))
    if not form.counting:
        return found
    sign = "-" if form.order.descending else ""
    return paging.with_total(found, _counted(form), *(f"{sign}key_{place}" for place in range(len(form.order.by))))


@lru_cache(maxsize=2000)
def matching(form: Form) -> Select[int]:
    """The numbers of all that match, in no order, each once."""
    if form.way is Way.LIST:
        found = _posted(form, form.alternatives(0), whole=True)
        return found.distinct() if form.sizes[0] > 1 else found
    if form.way is Way.HITS:
        hits = search.hits(None)
        return hits.where(*_tests(form, hits.selected_columns.number, whole=True))
    return _on_scales(form, _NUMBER, whole=True)


@lru_cache(maxsize=2000)
def key(form: Form) -> Numbered:
    """Where the case of an id stands in the order that is asked for."""
    number = select(col(Publication.number)).where(col(Publication.id) == bindparam("id"))
    if form.sort is InitiativeSort.RELEVANCE:
        found = _by_tier(form).subquery()
        return select(found.c.key_0, found.c.key_1).where(found.c.key_1 == -number.scalar_subquery())
    return number if form.sort in BY_NUMBER else select(*form.order.by).where(_NUMBER == number.scalar_subquery())


def _scaled(form: Form, found: Numbered, number: Number) -> Numbered:
    """With its place on every scale beside it, where something is told of that."""
    told = form.near or form.similar or form.located
    return found.join(PublicationExtent, _NUMBER == number) if told else found


def _match_columns(form: Form) -> Iterator[ColumnElement[Any]]:
    """What an item tells of its match, and of where it is."""
    if form.near:
        yield scales.AWAY.label("away")
    if form.similar:
        yield scales.APART.label("apart")
        yield scales.ABROAD.label("abroad")
        yield col(PublicationExtent.population).label("population")
    if form.located:
        yield col(PublicationExtent.longitude).label("longitude")
        yield col(PublicationExtent.latitude).label("latitude")


def _numbers(form: Form) -> Numbered | CompoundSelect[*tuple[Any, ...]]:
    """The numbers of a page and one more, each with its keys."""
    if form.sort is InitiativeSort.RELEVANCE:
        return _by_tier(form)
    if form.sort in BY_NUMBER and form.way is Way.HITS:
        hits = search.hits(None)
        number = hits.selected_columns.number
        keyed = hits.add_columns(number.label("key_0"))
        return _paged(form, keyed.where(*_tests(form, number, whole=True)), [number])
    if form.sort in BY_NUMBER and form.way is Way.LIST:
        return _by_posting_lists(form)
    keys: list[SQLColumnExpression[Any]] = [key.label(f"key_{place}") for place, key in enumerate(form.order.by)]
    keyed = _on_scales(form, _NUMBER, *keys)
    everything = _paged(form, keyed, form.order.by)
    if not form.nearest:
        return everything
    around = select(_NUMBER).where(scales.CLOSE)
    close = _on_scales(replace(form, way=Way.ORDER), _NUMBER, *keys)
    close = close.where(among(_NUMBER, around), tested(scales.IS_CLOSE[form.sort]))
    return nearest(_paged(form, close, form.order.by), everything, bindparam("limit"))


def _by_posting_lists(form: Form) -> Numbered:
    """Each alternative is walked only as far as the page could need it."""
    posted = (_posted(form, [term]) for term in form.alternatives(0))
    walks = [_paged(form, walk, [walk.selected_columns.number]).subquery() for walk in posted]
    found = union(*(select(walk.c.number) for walk in walks)).subquery() if len(walks) > 1 else walks[0]
    return select(found.c.number, found.c.number.label("key_0"))


def _by_tier(form: Form) -> Numbered:
    """All words in the title, then in title and summary, then anywhere; the newest first within each."""
    tiers = []
    for tier in search.LEVELS:
        hits = search.hits(tier)
        number = hits.selected_columns.number
        keyed = hits.add_columns(literal(tier).label("key_0"), (-number).label("key_1"))
        walk = keyed.where(*_tests(form, number, whole=True)).order_by(number.desc()).limit(bindparam("limit"))
        if form.later:
            in_it = (bindparam("after_0") == tier) & (number < -bindparam("after_1"))
            walk = walk.where(in_it | (bindparam("after_0") < tier))
        tiers.append(select(walk.subquery()))
    found = union_all(*tiers).subquery()
    return select(found).order_by(found.c.key_0, found.c.key_1).limit(bindparam("limit"))


def _paged(form: Form, numbered: Numbered, keys: Sequence[SQLColumnExpression[Any]]) -> Numbered:
    if form.later:
        numbered = numbered.where(form.order.after(keys))
    return numbered.order_by(*form.order.sorting(keys)).limit(bindparam("limit"))


def _counted(form: Form) -> Select[int]:
    """How many match: of one posting list alone, its kept length."""
    if not form.is_plain or form.sizes not in ((), (1,)):
        return paging.counted(matching(form))
    term = form.alternatives(0)[0] if form.sizes else terms.ALL
    return select(col(TermCount.length)).where(col(TermCount.term) == term)


def _posted(form: Form, alternatives: Sequence[BindParameter[Any]], *, whole: bool = False) -> Select[int]:
    """Numbers in the posting list of any of these terms that pass all tests."""
    number = col(PublicationTerm.number)
    return select(number).where(col(PublicationTerm.term).in_(alternatives), *_tests(form, number, whole=whole))


def _on_scales(form: Form, *columns: SQLColumnExpression[Any], whole: bool = False) -> Numbered:
    """What is walked by its scales, or gathered first and then looked up there."""
    found = select(*columns)
    if form.way is Way.SCALE:
        gathered = select(_NUMBER).where(scales.CONDITIONS[form.conditions[0]])
        found = found.where(among(_NUMBER, gathered))
    elif form.way is Way.LIST:
        found = found.where(among(_NUMBER, _posted_in(form, 0)))
    elif form.way is Way.HITS:
        found = found.where(among(_NUMBER, search.hits(None)))
    return found.where(*_tests(form, _NUMBER, whole=whole))


def _posted_in(form: Form, place: int) -> Select[int]:
    return select(col(PublicationTerm.number)).where(col(PublicationTerm.term).in_(form.alternatives(place)))


def _tests(form: Form, number: Number, *, whole: bool = False) -> Iterator[ColumnElement[bool]]:
    """All that is not walked, the quickest first; of a way that is walked to its end, `whole`."""
    if form.numbered:
        yield number.between(bindparam("first"), bindparam("last"))
    for place in range(1 if form.way is Way.LIST else 0, len(form.sizes)):
        held = aliased(PublicationTerm)
        there = col(held.term).in_(form.alternatives(place)), col(held.number) == number
        yield _is_there(select(literal(1)).where(*there), whole=whole)
    walked = 1 if form.way is Way.SCALE else 0
    conditions = [scales.CONDITIONS[name] for name in form.conditions[walked:]]
    if conditions and number is _NUMBER:
        yield tested(*conditions)
    elif conditions:
        yield _is_there(select(literal(1)).where(number == _NUMBER, *conditions), whole=whole)
    if form.sought and form.way is not Way.HITS:
        yield search.matches(number)


def _is_there(there: Numbered, *, whole: bool) -> ColumnElement[bool]:
    return tested(there.exists()) if whole else looked_up(there)
