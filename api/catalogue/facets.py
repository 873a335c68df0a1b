"""Facets: how many of the matches have each value of a filter, each facet as if its own filter were not set.

What nothing else filters was counted when it was published. All else is counted when it is asked for, and kept for as
long as nothing is published.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, and_, bindparam, func, or_, select
from sqlmodel import col

from api.catalogue import finding, labels, question, terms
from api.catalogue.lookup import Facts
from api.catalogue.planning import among, tested
from api.documents import Facets, FacetValue
from api.glance import Reader, parameters
from api.models import PublicationTerm, TermCount, Territory, Theme
from api.queries import InitiativeQuery, InitiativeSort
from api.vocabulary import Facet

_MOST = 1000
_KEPT = 200  # answers, of some kilobytes each
_FEW = 2000  # matches; of more, it is quicker to walk all posting lists
# The filter that a facet leaves out.
_OWN = {facet: facet.value for facet in Facet} | {
    Facet.REGION: "territory",
    Facet.DEPARTMENT: "territory",
    Facet.DECADE: "started",
    Facet.SIZE: "population",
}
# What has nothing to do with how many there are.
_WINDOW: Mapping[str, Any] = {"limit": 20, "cursor": None, "total": False, "sort": InitiativeSort.NEWEST}
_UNFILTERED = InitiativeQuery(sort=InitiativeSort.NEWEST)

_TERM, _FACET = col(TermCount.term), col(TermCount.facet)
_POSTED, _NUMBER = col(PublicationTerm.term), col(PublicationTerm.number)

Rows = Select[*tuple[Any, ...]]


class KeptFacets:
    """The facets that were asked for last, of all threads of the application."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, InitiativeQuery], bytes] = OrderedDict()
        self._lock = Lock()

    def of(self, reader: Reader, query: InitiativeQuery, facts: Facts) -> bytes:
        """The facets that are asked for, as JSON; the reader sees one moment, and the facts are of it."""
        key = facts.sequence, query.model_copy(update=_WINDOW)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = counted(reader, query, facts).model_dump_json(exclude_unset=True).encode()
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def counted(reader: Reader, query: InitiativeQuery, facts: Facts) -> Facets:
    """The values of each facet that is asked for, the most frequent first."""
    values: dict[str, list[FacetValue]] = {}
    for filters, facets in _alike(query).items():
        values |= {facet: [] for facet in facets}
        for facet, term, count, *names in _rows(reader, filters, facets, facts):
            if count:
                value = terms.value_of(term)
                label = labels.of(Facet(facet), value, *names)
                values[facet].append(FacetValue(value=value, label=label, count=count))
    return Facets(**{facet: sorted(found, key=_frequency)[:_MOST] for facet, found in values.items()})


def _frequency(found: FacetValue) -> tuple[int, str]:
    return -found.count, found.value


def _alike(query: InitiativeQuery) -> Mapping[InitiativeQuery, Sequence[Facet]]:
    """All filters but its own of each facet; of many they are the same."""
    alike: defaultdict[InitiativeQuery, list[Facet]] = defaultdict(list)
    sought = query.q if question.read(query.q or "").asks else None
    filters = query.model_copy(update={**_WINDOW, "facets": None, "q": sought})
    for facet in query.facets.names if query.facets else ():
        own = _OWN[facet]
        alike[filters.model_copy(update={own: getattr(_UNFILTERED, own)})].append(facet)
    return alike


def _rows(reader: Reader, filters: InitiativeQuery, facets: Sequence[Facet], facts: Facts) -> Sequence[Sequence[Any]]:
    """Rows of a facet, a posting list, how many matches are on it, and its names in English and French."""
    asked = {f"counted_{place}": facet for place, facet in enumerate(facets)}
    if filters == _UNFILTERED:
        return reader.rows(_lengths(len(facets)), asked)
    matching, values = finding.matching(filters, facts)
    few = len(reader.rows(_some(matching), values | {"some": _FEW + 1})) <= _FEW
    return reader.rows((_of_few if few else _of_many)(matching, len(facets)), asked | values)


@lru_cache
def _lengths(facets: int) -> Rows:
    """Where nothing filters: the kept lengths of the posting lists."""
    return _named(col(TermCount.length), facets)


@lru_cache(maxsize=1000)
def _some(matching: Select[int]) -> Select[int]:
    return matching.limit(bindparam("some"))


@lru_cache(maxsize=1000)
def _of_few(matching: Select[int], facets: int) -> Rows:
    """Of each match the posting lists that it is in are looked up."""
    in_a_facet = select(_TERM).where(_FACET.in_(parameters("counted", facets)))
    posted = select(_POSTED, func.count().label("shared")).where(
        among(_NUMBER, matching), tested(_POSTED.in_(in_a_facet))
    )
    shared = posted.group_by(_POSTED).subquery()
    return _named(shared.c.shared, facets).join(shared, shared.c.term == _TERM)


@lru_cache(maxsize=1000)
def _of_many(matching: Select[int], facets: int) -> Rows:
    """Where matches are many: each posting list is walked, and each number on it looked for among them."""
    shared = select(func.count()).where(_POSTED == _TERM, tested(_NUMBER.in_(matching)))
    return _named(shared.correlate(TermCount).scalar_subquery(), facets)


def _named(count: SQLColumnExpression[int], facets: int) -> Rows:
    """The posting lists of so many facets, with a count, and the names of themes and territories."""
    name, both = col(Territory.name), (col(Theme.label_en), col(Theme.label_fr))
    theme, territory = (func.substr(_TERM, len(prefix) + 1) for prefix in (terms.theme(""), terms.within("")))
    area = or_(_FACET == Facet.REGION, _FACET == Facet.DEPARTMENT)
    return (
        select(_FACET, _TERM, count, *(func.coalesce(label, name) for label in both))
        .outerjoin(Theme, and_(_FACET == Facet.THEME, col(Theme.id) == theme))
        .outerjoin(Territory, and_(area, col(Territory.id) == territory))
        .where(_FACET.in_(parameters("counted", facets)))
    )
