"""Which territories are meant: any mix of words and filters is one query.

Each filter has a list of where to look, and a test. The shortest list is walked, and each territory in it tested; where
none is short, matches are many, and all territories are tested in the order of the answer until the page is full.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    SQLColumnExpression,
    and_,
    case,
    literal,
    not_,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlmodel import col

from api.catalogue import lookup, names, paging, words
from api.catalogue.lookup import Facts, Town
from api.catalogue.nearness import apart, is_in, is_near, squared_chord
from api.catalogue.planning import Keys, among, nearest, tested
from api.catalogue.words import Words
from api.db import ReadSession
from api.extents import ENDLESS, Range
from api.mistakes import in_parameters
from api.models import Territory
from api.queries import TerritoryQuery

Key = Sequence[Any]
Rows = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

_ALL = 40_000  # territories, in round numbers
_MANY = 5_000  # more are not looked up one by one
_FEW = 1_000  # are sorted as quickly as a box is looked through
_CLOSE_BY = 50  # kilometres of a town: of 35,000 communes 300, of which enough for a page are as large, but for cities
_MOST = 12  # words in a question; no name has more
# Of what those like a town are ordered by; those around a point by the last two, all the others by the last.
_KINDS = (int, float, str)

_ID, _SMALLNESS = col(Territory.id), col(Territory.smallness)
_POINT = col(Territory.latitude), col(Territory.longitude)
_POSITION = col(Territory.x), col(Territory.y), col(Territory.z)
PARENTS = [
    col(Territory.municipality_id),
    col(Territory.intercommunality_id),
    col(Territory.department_id),
    col(Territory.region_id),
    col(Territory.larger_region_id),
]
# By what stands in the middle of the parent's id.
_INSIDE = {"epci": PARENTS[1:2], "dep": PARENTS[2:3], "reg": PARENTS[3:]}


def facts(session: ReadSession, query: TerritoryQuery) -> Facts:
    """The sequence, the parent, the town that others are compared with, the length of each list as far as it matters,
    and words like those that are unknown."""
    sought = names.beginnings(query.q or "")
    if query.q and not sought:
        raise in_parameters([("q", "nothing_sought")])
    if len(sought) > _MOST:
        raise in_parameters([("q", "many_words")])
    asked = {"parent": query.parent, "similar": query.similar}
    codes = {name: [code] for name, code in asked.items() if code}
    town = lookup.town(session, query.similar) if query.similar else None
    lists = _lists(query, sought, town, _inside_what_is_called(query.parent) if query.parent else [])
    lengths = [lookup.length(name, ids, _MANY + 1) for name, ids in lists.items()]
    more = [*lengths, *map(lookup.spelling, words.similar(sought))]
    return lookup.look_up(session, territories=codes, more=more, town=town)


def page(query: TerritoryQuery, facts: Facts) -> Rows:
    """The ids of a page and one more, each after what else it is ordered by: with words a tier and the size; for others
    like a town whether it is abroad, and how far; around a point how far."""
    sought = _sought(query, facts)
    ids, tests, shortest = _plan(query, facts, sought)
    if query.q is None:
        return _by_nearness(query, facts.town, _in_order(query, facts.town, ids, tests), tests, shortest)
    key = paging.after(query, int, int, str)
    forms = _forms(query.q, sought)
    exact = words.is_whole(forms)
    if ids is not None:
        return _ranked(query, _tier(exact), ids, tests, key)
    first = _ranked(query, literal(0), words.whole(forms), [*tests, exact], key).subquery()
    rest = _ranked(query, literal(1), None, [*tests, not_(exact)], key).subquery()
    both = union_all(first.select(), rest.select()).subquery()
    return both.select().order_by(*both.c).limit(query.limit + 1)


def key(query: TerritoryQuery, facts: Facts) -> Select[*tuple[Any, ...]]:
    """By what territories stand in the order of the answer."""
    if query.q is None:
        return select(*_order(query, facts.town))
    return select(_tier(words.is_whole(_forms(query.q, _sought(query, facts)))), _SMALLNESS, _ID)


def count(query: TerritoryQuery, facts: Facts) -> Select[int]:
    """How many match in all."""
    ids, tests, _ = _plan(query, facts, _sought(query, facts))
    return paging.counted(_looked_up([_ID], ids, tests))


def match_columns(query: TerritoryQuery, town: Town | None) -> Iterator[SQLColumnExpression[Any]]:
    """What an item tells of its match."""
    if query.near:
        yield squared_chord(_POSITION, query.near.vector)
    if town:
        abroad, away = _likeness(town)
        yield from (away, abroad, col(Territory.population))


def _order(query: TerritoryQuery, town: Town | None) -> Sequence[SQLColumnExpression[Any]]:
    if town:
        return [*_likeness(town), _ID]
    return [squared_chord(_POSITION, query.near.vector), _ID] if query.near else [_ID]


def _tier(exact: ColumnElement[bool]) -> SQLColumnExpression[int]:
    return case((exact, 0), else_=1)


def _likeness(town: Town) -> Sequence[ColumnElement[Any]]:
    """By which those like it are ordered: those of its country first, then the nearest."""
    here = [literal(axis, Float) for axis in town.position]
    return case((col(Territory.country) == town.country, 0), else_=1), apart(_POSITION, here)


def _forms(q: str, sought: Words) -> AbstractSet[str]:
    """How the name that is sought may be written, whole."""
    return names.forms(q) | words.forms(sought)


def _sought(query: TerritoryQuery, facts: Facts) -> Words:
    """The words of a question; of those that begin no known one, what they may mean."""
    return [
        words.corrected(beginnings, facts.spellings) if not facts.lengths[f"word {place}"] else beginnings
        for place, beginnings in enumerate(names.beginnings(query.q or ""))
    ]


class _Plan(NamedTuple):
    """Where to look, if not everywhere, what to test there, and how long the shortest list is, as far as counted."""

    ids: Keys | None
    tests: Sequence[ColumnElement[bool]]
    shortest: int


def _plan(query: TerritoryQuery, facts: Facts, sought: Words) -> _Plan:
    parent = facts.territories[query.parent] if query.parent else ""
    tests = list(_tests(query, sought, facts.town, parent))
    lists = _lists(query, sought, facts.town, _inside(parent))
    shortest = min(lists, key=lambda name: facts.lengths[name], default=None)
    if shortest is None:
        return _Plan(None, tests, _ALL)
    is_worth = _is_worth(query, [facts.lengths[name] for name in lists])
    return _Plan(lists[shortest] if is_worth else None, tests, facts.lengths[shortest])


def _is_worth(query: TerritoryQuery, lengths: Sequence[int]) -> bool:
    """Whether looking up the shortest list is quicker than going through all territories until the page is full.

    How far that goes is known for filters that have nothing to do with each other; often it is farther, and the order
    of ids goes by countries and departments: what is near is all at one place of it.
    """
    # A list that was not counted to its end is taken for a third of all.
    through = query.limit * math.prod(_ALL / max(length, 0.1) if length <= _MANY else 3 for length in lengths)
    return min(lengths) <= (min(_MANY, 2 * through) if query.q else _MANY)


def _looked_up(
    columns: Sequence[SQLColumnExpression[Any]], ids: Keys | None, tests: Sequence[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    found = select(*columns).where(tested(*tests)) if tests else select(*columns)
    return found if ids is None else found.where(among(_ID, ids))


def _in_order(
    query: TerritoryQuery, town: Town | None, ids: Keys | None, tests: Sequence[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    """A page and one more in the order of their ids, of their likeness, or of how near they are."""
    order = _order(query, town)
    key = paging.after(query, *_KINDS[-len(order) :])
    later = [tuple_(*order) > tuple_(*map(literal, key))] if key else []
    return _looked_up(order, ids, tests).where(*later).order_by(*order).limit(query.limit + 1)


def _by_nearness(
    query: TerritoryQuery,
    town: Town | None,
    everything: Select[*tuple[Any, ...]],
    tests: Sequence[ColumnElement[bool]],
    shortest: int,
) -> Rows:
    """The same page, from what is close by where that is enough and quicker."""
    point = town.place if town else query.near
    if point is None or shortest <= _FEW:
        return everything
    around = select(_ID).where(is_in(point.around(_CLOSE_BY), *_POINT))
    at_home = [col(Territory.country) == town.country] if town else []
    close = [*tests, *at_home, is_near(point, _CLOSE_BY, *_POINT, _POSITION)]
    return nearest(_in_order(query, town, around, close), everything, query.limit + 1)


def _ranked(
    query: TerritoryQuery,
    tier: SQLColumnExpression[int],
    ids: Keys | None,
    tests: Sequence[ColumnElement[bool]],
    key: Key | None,
) -> Select[*tuple[Any, ...]]:
    """By tier, the larger first. All territories are gone through in one tier, from where the page can begin."""
    later = [tuple_(tier, _SMALLNESS, _ID) > tuple_(*map(literal, key))] if key else []
    found = _looked_up([tier.label("tier"), _SMALLNESS, _ID], ids, [*later, *tests]).limit(query.limit + 1)
    if ids is not None:
        return found.order_by(text("tier"), _SMALLNESS, _ID)
    from_here = [key[1] if key and key[0] else -ENDLESS, -query.population.most if query.population else -ENDLESS]
    return found.where(_SMALLNESS >= max(from_here)).order_by(_SMALLNESS, _ID)


def _lists(
    query: TerritoryQuery, sought: Words, town: Town | None, parent: Sequence[ColumnElement[bool]]
) -> Mapping[str, Keys]:
    """Where to look by each filter, each by an index: the ids of all that meet it, perhaps of others too."""
    lists: dict[str, Keys] = {name: select(_ID).where(test) for name, test in _of_a_row(query, town).items()}
    if town:
        lists["similar"] = select(_ID).where(_populated(town.about_as_many))
    if query.near:
        around = query.near.around(query.kilometres)
        lists["near"] = select(_ID).where(is_in(around, *_POINT))
    if query.parent:
        lists["parent"] = union_all(*(select(_ID).where(inside) for inside in parent))
    if query.postcode:
        lists["postcode"] = words.with_postcode(query.postcode)
    return lists | {f"word {place}": words.beginning(beginnings) for place, beginnings in enumerate(sought)}


def _tests(query: TerritoryQuery, sought: Words, town: Town | None, parent: str) -> Iterator[ColumnElement[bool]]:
    """What a territory must be, the quickest first."""
    yield from _of_a_row(query, town).values()
    if query.parent:
        yield or_(*_inside(parent))
    if query.postcode:
        yield words.has_postcode(query.postcode)
    yield from map(words.begins, sought)


def _inside(parent: str) -> list[ColumnElement[bool]]:
    """What has it for a parent; its id tells of which kind."""
    if "-" not in parent:
        return [and_(col(Territory.country) == parent.upper(), _ID != parent)]
    return [column == parent for column in _INSIDE.get(parent.split("-")[1], PARENTS)]


def _inside_what_is_called(code: str) -> list[ColumnElement[bool]]:
    """The same before it is known what the code leads to; only that of a country holds its two letters."""
    leads_to = select(lookup.named([lookup.canonical(code)]).cte("parent").c.leads_to).scalar_subquery()
    country = code.removeprefix("iso:").upper()
    return [
        *(column == leads_to for column in PARENTS),
        *([col(Territory.country) == country] if len(country) == 2 else []),
    ]


def _of_a_row(query: TerritoryQuery, town: Town | None) -> Mapping[str, ColumnElement[bool]]:
    """The filters that look at plain columns."""
    tests: dict[str, ColumnElement[bool]] = {}
    if query.kind:
        tests["kind"] = col(Territory.kind).in_(query.kind)
    if query.country:
        tests["country"] = col(Territory.country).in_(query.country)
    if query.population:
        tests["population"] = _populated(query.population)
    if town:
        tests["similar"] = and_(_populated(town.about_as_many), col(Territory.kind) == town.kind, _ID != town.id)
    if query.bbox:
        tests["bbox"] = is_in(query.bbox, *_POINT)
    if query.near:
        tests["near"] = is_near(query.near, query.kilometres, *_POINT, _POSITION)
    return tests


def _populated(range_: Range) -> ColumnElement[bool]:
    return _SMALLNESS.between(-range_.most, -range_.least)
