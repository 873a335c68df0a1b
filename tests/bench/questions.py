"""What a catalogue is asked: of each kind fifty different questions, the same on every run and on either database.

What they ask for is as frequent as their kind says: its shares are read from the catalogue.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlmodel import col, func, select

from api.catalogue import paging
from api.db import ReadSession
from api.extents import ENDLESS
from api.models import Publication, PublicationExtent, TermCount, Territory
from api.queries import InitiativeQuery, InitiativeSort
from api.vocabulary import Facet
from tests.bench.vocabulary import as_frequent

COUNT = 50
COMMON, RARE, ALMOST_NEVER = 0.14, 0.01, 0.0001  # shares of the cases that have a word
# Milliseconds that are wanted on SQLite at 100,000 cases, of a page by the median and at worst.
TYPICAL, WORST = 0.3, 5.0
WORDS, BY_RELEVANCE = 1.0, 15.0
KEPT_FACET, COUNTED_FACET = 1.0, 60.0

Asked = Mapping[str, Any]
_DENSE, _SPARSE = 0.05, 0.0005  # shares of the cases that are on a long and on a short posting list
_FILTERS = {"theme": "theme", "in": "territory", "progress": "progress", "language": "language", "host": "source"}
_BY_NUMBER = (InitiativeSort.NEWEST, InitiativeSort.OLDEST)
_UNFILTERED_SORTS = [sort for sort in InitiativeSort if sort not in ("relevance", "distance", "similarity")]


@dataclass(frozen=True)
class Kind:
    """Questions of one kind, with the milliseconds that the database may take for one, by the median and at worst."""

    name: str
    questions: Sequence[InitiativeQuery]
    wanted: float | None
    at_worst: float | None = None


def kinds(session: ReadSession) -> Iterator[Kind]:
    """All that is measured."""
    asking = _Asking(session)
    yield from _lists(asking)
    yield from _scales(asking)
    yield from _sorts(asking)
    yield from _searches(asking)
    yield from _totals(asking)
    yield from _facets(asking)


class _Asking:
    """Chance, and what there is to ask for."""

    def __init__(self, session: ReadSession) -> None:
        self.chance = Random(5)
        self.newest = session.exec(select(func.max(Publication.number))).one()
        lengths = session.exec(select(TermCount.term, TermCount.length).order_by(TermCount.term)).all()
        self.common = [_filter(term) for term, length in lengths if length > self.newest * _DENSE and _filter(term)]
        few = max(self.newest * _SPARSE, 10)
        self.rare = [_filter(term) for term, length in lengths if 2 < length < few and _filter(term)]
        self.regions = [asked for asked in self.common if asked.get("territory", "").startswith("fr-reg-")]
        leads = select(PublicationExtent.population, PublicationExtent.latitude, PublicationExtent.longitude)
        leads = leads.where(col(PublicationExtent.latitude).is_not(None), PublicationExtent.population < ENDLESS)
        self.leads = session.exec(leads.order_by(PublicationExtent.number).limit(5000)).all()
        towns = select(Territory.id).where(col(Territory.population) > 5000, Territory.kind == "municipality")
        self.towns = session.exec(towns.order_by(Territory.id)).all()

    def kind(
        self, name: str, ask: Callable[[], Asked], wanted: float | None = TYPICAL, at_worst: float | None = WORST
    ) -> Kind:
        """Fifty times asked."""
        return Kind(name, [_query(ask()) for _ in range(COUNT)], wanted, at_worst)

    def one(self) -> Asked:
        """A filter by a long posting list."""
        return self.chance.choice(self.common)

    def three(self) -> Asked:
        """Three filters by long posting lists."""
        chosen: dict[str, Any] = {}
        while len(chosen) < 3:
            chosen |= self.one()
        return chosen

    def disjoint(self) -> Asked:
        """Two long posting lists that have next to nothing in common."""
        return {"country": "BE", **self.chance.choice(self.regions)}

    def population(self, factor: float) -> Asked:
        """As many inhabitants as some town has, to so many times as many."""
        inhabitants, _, _ = self.chance.choice(self.leads)
        return {"population": f"{inhabitants}/{int(inhabitants * factor) + 1}"}

    def near(self, radius: int) -> Asked:
        """Around some case."""
        _, latitude, longitude = self.chance.choice(self.leads)
        return {"near": f"{latitude},{longitude}", "radius": str(radius)}

    def bbox(self, degrees: float) -> Asked:
        """Around some case."""
        _, north, east = self.chance.choice(self.leads)
        edges = (east - degrees, north - degrees, east + degrees, north + degrees)
        return {"bbox": ",".join(f"{edge:.5f}" for edge in edges)}

    def similar(self) -> Asked:
        """Towns like some town."""
        return {"similar": self.chance.choice(self.towns)}

    def day(self) -> str:
        """One of the six years in which cases were published."""
        return f"{self.chance.randint(2020, 2025)}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"

    def word(self, share: float) -> str:
        """A word that is in about this share of the cases."""
        return self.chance.choice(as_frequent(share, COUNT))


def _filter(term: str) -> Asked:
    """The filter that a posting list is of, if there is one for it."""
    family, _, value = term.partition(":")
    name = "country" if family == "in" and len(value) == 2 else _FILTERS.get(family)
    return {name: value.upper() if name == "country" else value} if name else {}


def _query(asked: Asked) -> InitiativeQuery:
    """As it is asked over HTTP; `after` is a number after which the page begins."""
    repeatable = {name for name, field in InitiativeQuery.model_fields.items() if field.default == ()}
    given = {name: [value] if name in repeatable else value for name, value in asked.items() if name != "after"}
    query = InitiativeQuery.model_validate(given)
    after = asked.get("after")
    return query.model_copy(update={"cursor": paging.cursor(query, [after])}) if after else query


def _lists(asking: _Asking) -> Iterator[Kind]:
    chance = asking.chance

    def anywhere() -> Asked:
        return {"after": chance.randint(asking.newest // 2, asking.newest)}

    def two_rare() -> Asked:
        return {**chance.choice(asking.rare), **chance.choice(asking.rare)}

    yield asking.kind("newest first", anywhere)
    yield asking.kind("one common term", lambda: asking.one() | anywhere())
    yield asking.kind("three common terms", asking.three)
    yield asking.kind("two rare terms", two_rare)
    yield asking.kind("a rare and a common term", lambda: asking.one() | chance.choice(asking.rare))
    yield asking.kind("two dense disjoint terms", asking.disjoint, WORST)
    yield asking.kind("the same, narrow population", lambda: asking.disjoint() | asking.population(1.02), WORST)
    yield asking.kind("the same, broad population", lambda: asking.disjoint() | asking.population(20), WORST)


def _scales(asking: _Asking) -> Iterator[Kind]:
    one = asking.one
    asked: Mapping[str, Callable[[], Asked]] = {
        "population, narrow": lambda: asking.population(1.02),
        "population, broad": lambda: asking.population(20),
        "updated, a day": lambda: {"updated": f"{(day := asking.day())}/{day}"},
        "updated, the old end": lambda: {"updated": f"../{asking.day()}"},
        "updated, the new end": lambda: {"updated": f"{asking.day()}/.."},
        "published, a day": lambda: {"published": f"{(day := asking.day())}/{day}"},
        "published, the old end": lambda: {"published": f"../{asking.day()}"},
        "published, the new end": lambda: {"published": f"{asking.day()}/.."},
        "started, a month": lambda: {"started": f"{(month := asking.day()[:7])}/{month}"},
        "started, long ago": lambda: {"started": f"../{asking.chance.randint(1965, 2000)}"},
        "started, ten years": lambda: {"started": f"{(year := asking.chance.randint(1990, 2015))}/{year + 10}"},
        "near, 20 km": lambda: asking.near(20),
        "near, 500 km": lambda: asking.near(500),
        "bbox, half a degree": lambda: asking.bbox(0.25),
        "bbox, ten degrees": lambda: asking.bbox(5),
        "similar": asking.similar,
    }
    for name, ask in asked.items():
        yield asking.kind(name, ask)
        yield asking.kind(f"{name}, one common term", lambda ask=ask: one() | ask())
    yield asking.kind("near, 20 km, by distance", lambda: {"sort": "distance"} | asking.near(20))
    yield asking.kind("near, 500 km, by distance", lambda: {"sort": "distance"} | asking.near(500))


def _sorts(asking: _Asking) -> Iterator[Kind]:
    for sort in _UNFILTERED_SORTS:
        yield asking.kind(f"sort={sort}", lambda sort=sort: {"sort": sort, "limit": asking.chance.randint(15, 25)})
        yield asking.kind(f"sort={sort}, one common term", lambda sort=sort: {"sort": sort} | asking.one())
        yield asking.kind(f"sort={sort}, three common terms", lambda sort=sort: {"sort": sort} | asking.three())


def _searches(asking: _Asking) -> Iterator[Kind]:
    def common() -> str:
        return asking.word(COMMON)

    words: Mapping[str, Callable[[], str]] = {
        "a word in 14 %": lambda: f'"{common()}"',
        "a word in 1 %": lambda: f'"{asking.word(RARE)}"',
        "a word in 0.01 %": lambda: f'"{asking.word(ALMOST_NEVER)}"',
        "a word and beginnings": common,
        "three letters": lambda: common()[:3],
        "two words": lambda: f'{common()} "{common()}"',
        "a phrase": lambda: f'"{asking.word(0.5)} {common()}"',
        "one without another": lambda: f"{common()} -{common()} ",
        "all without a word": lambda: f"-{common()}",
    }
    for name, word in words.items():
        yield asking.kind(f"q: {name}", lambda word=word: {"q": word(), "sort": "-published"}, WORDS)
        yield asking.kind(f"q: {name}, by relevance", lambda word=word: {"q": word()}, BY_RELEVANCE, None)
    with_filters: Mapping[str, Callable[[], Asked]] = {
        "one common term": asking.one,
        "three common terms": asking.three,
        "a rare term": lambda: asking.chance.choice(asking.rare),
        "narrow population": lambda: asking.population(1.02),
        "near, 20 km": lambda: asking.near(20),
    }
    for name, ask in with_filters.items():
        both = lambda ask=ask: {"q": common()} | ask()  # noqa: E731
        yield asking.kind(f"q in 14 % and {name}", lambda both=both: both() | {"sort": "-published"}, WORDS)
        yield asking.kind(f"q in 14 % and {name}, by relevance", both, BY_RELEVANCE, None)


def _totals(asking: _Asking) -> Iterator[Kind]:
    asked: Mapping[str, Callable[[], Asked]] = {
        "newest first": lambda: {"limit": asking.chance.randint(15, 25)},
        "one common term": asking.one,
        "three common terms": asking.three,
        "two dense disjoint terms": asking.disjoint,
        "narrow population": lambda: asking.population(1.02),
        "broad population": lambda: asking.population(20),
        "near, 20 km": lambda: asking.near(20),
        "near, 500 km": lambda: asking.near(500),
        "q in 14 %": lambda: {"q": asking.word(COMMON)},
        "q in 14 % and one common term": lambda: {"q": asking.word(COMMON)} | asking.one(),
    }
    for name, ask in asked.items():
        yield asking.kind(f"total: {name}", lambda ask=ask: {"total": "true"} | ask(), None, None)


def _facets(asking: _Asking) -> Iterator[Kind]:
    asked: Mapping[str, Callable[[], Asked]] = {
        "one common term": asking.one,
        "three common terms": asking.three,
        "broad population": lambda: asking.population(20),
        "q in 14 %": lambda: {"q": asking.word(COMMON)},
    }
    for facet in Facet:
        yield asking.kind(f"facet {facet}", lambda facet=facet: {"facets": facet}, KEPT_FACET)
        for name, ask in asked.items():
            both = lambda ask=ask, facet=facet: {"facets": facet} | ask()  # noqa: E731
            yield asking.kind(f"facet {facet}: {name}", both, COUNTED_FACET, COUNTED_FACET)
