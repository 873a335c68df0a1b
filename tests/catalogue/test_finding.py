"""Any mix of filters, in any order, finds what a look at every case would find, page by page."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import Executable

from api import schema
from api.catalogue import finding, publication, scales, versions
from api.catalogue.lookup import Facts, Town
from api.catalogue.walking import Way
from api.db import Database
from api.errors import BadInput
from api.extents import Point
from api.glance import Reader, Rows
from api.queries import InitiativeQuery, InitiativeSort
from tests.catalogue.acting import publish
from tests.catalogue.cases import Catalogue, lead, write
from tests.catalogue.looking import distance
from tests.catalogue.properties import given
from tests.conftest import databases_of
from tests.databases import ENGINES

CASES = 120


@dataclass(frozen=True)
class Filled:
    """A database with cases of every sort, and these cases."""

    database: Database
    catalogue: Catalogue


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest) -> Iterator[Filled]:
    with databases_of(request).copy() as url:
        database = Database(url)
        with database.write() as session:
            write(session, Random(6), CASES)
        with database.write() as session:
            publication.rebuild(session, lambda _: None)
            catalogue = Catalogue(session)
        yield Filled(database, catalogue)
        database.close()


# --- Questions -------------------------------------------------------------------------------------------------------

_WORDS = ["jardin", "ecole", "l'école", "velos", "partag", "tiers lieux", "coeur", "travail", "albi", "mob", "de"]
_LISTS = {
    "theme": ["tiers-lieux", "circuit-court", "revitalisation", "developpement-durable"],
    "territory": ["fr-81004", "fr-reg-44", "fr-dep-55", "pt", "be"],
    "country": ["FR", "BE", "PT"],
    "progress": ["idea", "running", "completed"],
    "kind": ["case", "lead"],
    "language": ["fr", "nl", "de"],
    "source": ["www.example.org", "example.com", "presse.example.net"],
}
_VALUES = {
    "evidence": ["0/0", "1/..", "../2", "3/3", "7/9"],
    "population": ["../500", "100/5000", "50000/..", "0/0", "31592/57587"],
    "near": ["43.93,2.15", "49.2,5.4", "-17,-179.95", "50.9,5.5", "90,0"],
    "bbox": ["-5,42,8,51", "179,-20,-179,-10", "-180,-90,180,90", "2.1,43.9,2.2,44"],
    "similar": ["fr-11262", "fr-55043", "be-71016", "fr-dep-55", "pt-0105"],
    "published": ["1971/1975", "1970-06-01/1978-02", "../1972", "1979/..", "2030/.."],
    "updated": ["../1975", "2020/..", "1972-01-01T00:00:00Z/1980"],
    "started": ["2000/2010", "2005-11-15/2005-11-20", "../1999", "2019-12-31/..", "2004/2005-10"],
    "related": ["gand-refill", "no-such-case", *map(str, range(12))],  # of the cases that have relations
}
_NEEDS = {"relevance": "q", "distance": "near", "similarity": "similar"}


@st.composite
def questions(draw: st.DrawFn, most: int = 4) -> dict[str, Any]:
    """Any mix of filters, an order and a page size."""
    names = draw(st.lists(st.sampled_from(["q", *_LISTS, *_VALUES]), max_size=most, unique=True))
    query: dict[str, Any] = {}
    for name in names:
        if name == "q":
            words = st.sampled_from(_WORDS).map(lambda word: draw(st.sampled_from(["", "", "-"])) + word)
            phrase = st.sampled_from(['"jardin partagé"', '"tiers lieu"', '-"école municipale"'])
            query[name] = " ".join(draw(st.lists(words | phrase, max_size=3)))
        elif name in _LISTS:
            query[name] = draw(st.lists(st.sampled_from(_LISTS[name]), min_size=1, max_size=3))
        else:
            query[name] = draw(st.sampled_from(_VALUES[name]))
    if "near" in query:
        query["radius"] = draw(st.sampled_from(["1", "20", "500"]))
    sorts = [sort for sort in InitiativeSort if _NEEDS.get(sort, "") in ("", *query)]
    query["sort"] = draw(st.sampled_from([None, *map(str, sorts)]))
    return {name: value for name, value in query.items() if value is not None}


def walk(reader: Reader, query: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Every item, page after page, by cursors."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        asks = InitiativeQuery.model_validate({**query, "cursor": cursor, "total": True, "limit": limit})
        page, _ = finding.page(reader, asks, finding.facts(reader, asks))
        found += map(json.loads, page.items)
        assert len(page.items) == limit or page.next is None
        if page.next is None:
            assert page.total == len(found)
            return found
        cursor = page.next


def check(filled: Filled, query: Mapping[str, Any], limit: int) -> None:
    """What is found is what a look at each case finds, in its order, with true reasons."""
    expected = filled.catalogue.found(query)
    with filled.database.glance() as glance:
        found = walk(glance, query, limit if len(expected) < 40 else 100)
    assert [case["id"] for case in found] == expected, query
    for case in found:
        check_match(filled.catalogue, query, case)


def test_each_value_of_each_filter_is_answered_as_a_look_at_each_case_answers_it(filled: Filled) -> None:
    for name, values in {"q": _WORDS, **_LISTS, **_VALUES}.items():
        for value in values:
            check(filled, {name: [value] if name in _LISTS else value}, 100)


@pytest.mark.parametrize("sort", [*map(str, InitiativeSort)])
def test_each_order_is_walked_one_by_one_as_a_look_at_each_case_sorts_them(filled: Filled, sort: str) -> None:
    needed = {"q": {"q": "jardin"}, "near": {"near": "43.93,2.15", "radius": "500"}, "similar": {"similar": "fr-11262"}}
    query = {"sort": sort, "kind": ["case"], "progress": ["running", "idea"]} | needed.get(_NEEDS.get(sort, ""), {})
    assert len(filled.catalogue.found(query)) > 3
    with filled.database.glance() as glance:
        assert [case["id"] for case in walk(glance, query, 1)] == filled.catalogue.found(query)


@pytest.mark.parametrize("close", [25, 300, 600])
@pytest.mark.parametrize(
    "query",
    [
        *({"near": near, "radius": "500", "sort": "distance"} for near in _VALUES["near"]),
        *({"similar": town} for town in _VALUES["similar"]),
        {"similar": "fr-11262", "near": "43.93,2.15", "radius": "500"},
        {"similar": "fr-81004", "kind": ["case"]},
        {"near": "43.93,2.15", "radius": "500", "sort": "distance", "kind": ["case"], "theme": ["tiers-lieux"]},
        {"near": "43.93,2.15", "radius": "500", "sort": "distance", "kind": ["case"], "q": "jardin"},
    ],
    ids=str,
)
def test_where_many_are_near_the_nearest_come_first_all_the_same(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, query: dict[str, Any], close: int
) -> None:
    """From what is close as long as that fills a page, or else from all: in the order of all."""
    monkeypatch.setattr(finding, "_MOST", 0)
    monkeypatch.setattr(scales, "_CLOSE_BY", close)
    monkeypatch.setattr(scales, "_CLOSER", close / 600)
    expected = filled.catalogue.found(query)
    with filled.database.glance() as glance:
        for limit in range(1, min(len(expected) + 2, 60)):
            asks = InitiativeQuery.model_validate(query | {"limit": limit})
            page, _ = finding.page(glance, asks, finding.facts(glance, asks))
            assert [json.loads(item)["id"] for item in page.items] == expected[:limit], limit
        assert [case["id"] for case in walk(glance, query, 3)] == expected


@given(questions(), st.sampled_from([1, 2, 7, 100]))
def test_every_question_is_answered_as_a_look_at_each_case_answers_it(
    filled: Filled, query: dict[str, Any], limit: int
) -> None:
    catalogue = filled.catalogue
    if query.get("related", "").isdigit():
        related = [case["id"] for case in catalogue.cases.values() if case["relations"]]
        query = query | {"related": related[int(query["related"])]}
    check(filled, query, limit)


def check_match(catalogue: Catalogue, query: Mapping[str, Any], case: dict[str, Any]) -> None:
    """An item is the case's document, with true reasons where a place or a town was asked for."""
    match = case.pop("match", None)
    assert case in catalogue.cases.values()
    assert (match is None) == ("near" not in query and "similar" not in query)
    here = catalogue.place_of(case)
    if "near" in query:
        latitude, longitude = map(float, query["near"].split(","))
        assert match["distance"] == pytest.approx(distance((latitude, longitude), here), abs=0.0011)
    if "similar" in query:
        town, led, told = catalogue.towns[query["similar"]], lead(case), match["similarity"]
        assert told["same_country"] == (town.country == led["country"])
        assert told["population_ratio"] == pytest.approx(led["population"] / town.population, abs=0.0006)
        apart = distance((town.latitude, town.longitude), here) if here and town.latitude is not None else None
        assert told["distance"] == (apart if apart is None else pytest.approx(apart, abs=0.0011))


# --- While others publish --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", [*InitiativeSort])
def test_who_walks_a_list_sees_each_case_once_that_others_leave_as_it_is(database: Database, sort: str) -> None:
    needed = {"q": {"q": "ville"}, "near": {"near": "48.9,2.3", "radius": "500"}, "similar": {"similar": "fr-11262"}}
    query: dict[str, Any] = {"sort": sort} | needed.get(_NEEDS.get(sort, ""), {})
    seen: list[str] = []
    cursor = None
    with database.read() as session:
        before = [case["id"] for case in walk(session, query, 100)]
    while True:
        asks = InitiativeQuery.model_validate({**query, "cursor": cursor, "limit": 2})
        with database.glance() as glance:
            page, _ = finding.page(glance, asks, finding.facts(glance, asks))
        seen += [json.loads(item)["id"] for item in page.items]
        if (cursor := page.next) is None:
            break
        with database.write() as session:
            publish(session, title=f"Une ville {len(seen)}", territories=[{"territory": "insee:40192"}])
    assert len(before) > 2
    assert [case for case in seen if case in before] == before
    assert len(set(seen)) == len(seen)


# --- Ways ------------------------------------------------------------------------------------------------------------


class Listening:
    """A reader that remembers what it was asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        self.statement, self.values = str(statement), values
        return self._reader.rows(statement, values)


def way_of(lengths: Mapping[str, int], **filters: Any) -> Way:
    """What is walked for a question, in a catalogue of these lengths."""
    query = InitiativeQuery.model_validate(filters)
    town = Town("fr-81004", "municipality", "FR", 50_000, Point(43.93, 2.15))
    known = defaultdict(int, {"all": 100_000, "in:fr": 90_000, "theme:tiers-lieux": 20_000, **lengths})
    facts = Facts(1, "2026-11-23 08:00:00", known, {"fr": "fr"}, town=town)
    return finding._asked(query, facts)[0].way


@pytest.mark.parametrize(
    ("filters", "lengths", "way"),
    [
        ({}, {}, Way.ALL),
        ({"published": "2020/.."}, {}, Way.ALL),
        ({"theme": ["tiers-lieux"], "country": ["FR"]}, {}, Way.LIST),
        ({"population": "../500"}, {"population": 2000}, Way.SCALE),
        ({"population": "../500"}, {"population": 2001}, Way.ORDER),
        ({"population": "../500", "country": ["FR"]}, {"population": 2001}, Way.LIST),
        ({"population": "../500", "country": ["FR"]}, {"population": 2000}, Way.SCALE),
        ({"population": "../500", "country": ["FR"]}, {"population": 2000, "in:fr": 1000}, Way.LIST),
        ({"q": "vélo"}, {}, Way.HITS),
        ({"q": "vélo", "country": ["FR"], "sort": "-published"}, {}, Way.HITS),
        ({"q": "vélo", "country": ["FR"], "sort": "-published"}, {"in:fr": 2000}, Way.LIST),
        ({"q": "vélo", "sort": "title"}, {}, Way.HITS),
        ({"q": "…", "sort": "relevance"}, {}, Way.ALL),
        ({"sort": "title"}, {}, Way.ORDER),
        ({"sort": "title", "theme": ["tiers-lieux"]}, {}, Way.ORDER),
        ({"sort": "title", "theme": ["tiers-lieux"]}, {"theme:tiers-lieux": 1000}, Way.LIST),
        ({"sort": "-population", "theme": ["tiers-lieux"], "kind": ["lead"]}, {"kind:lead": 4000}, Way.LIST),
        ({"similar": "fr"}, {"similar": 300}, Way.SCALE),
        ({"similar": "fr"}, {"similar": 2001}, Way.ORDER),
        ({"similar": "fr", "theme": ["tiers-lieux"]}, {"similar": 2001}, Way.LIST),
    ],
)
def test_the_shortest_way_is_walked(filters: dict[str, Any], lengths: dict[str, int], way: Way) -> None:
    assert way_of(lengths, **filters) is way


def test_the_rarest_list_is_walked_and_the_others_are_looked_into(filled: Filled) -> None:
    query = InitiativeQuery.model_validate({"kind": ["case"], "country": ["FR"], "theme": ["tiers-lieux"]})
    with filled.database.read() as session:
        listening = Listening(session)
        finding.page(listening, query, finding.facts(session, query))
    assert listening.values["list_0_0"] == "theme:tiers-lieux"
    tables = re.findall(r"(\w+)\.term IN \(:(list_\w+)\)", listening.statement)
    assert tables == [
        ("publication_term", "list_0_0"),
        ("publication_term_1", "list_1_0"),
        ("publication_term_2", "list_2_0"),
    ]


# --- What may be asked -----------------------------------------------------------------------------------------------


def test_all_unknown_names_are_refused_beside_known_ones(filled: Filled) -> None:
    asked = {"theme": ["no-such", "tiers-lieux"], "territory": ["insee:00000", "fr"], "similar": "zz"}
    query = InitiativeQuery.model_validate(asked)
    with filled.database.read() as session, pytest.raises(BadInput) as refused:
        finding.facts(session, query)
    assert [mistake.parameter for mistake in refused.value.mistakes] == ["theme", "territory", "similar"]


def test_a_town_of_unknown_population_has_no_like(filled: Filled) -> None:
    query = InitiativeQuery.model_validate({"similar": "es"})
    with filled.database.read() as session, pytest.raises(BadInput, match="population"):
        finding.facts(session, query)


DATED = {"published": "2020-01-01/..", "total": True}


@pytest.mark.parametrize("filters", [{}, DATED, {"updated": "2020/.."}, {"q": "ville"}, {"sort": "title"}])
def test_a_tag_is_never_newer_than_what_it_stands_for(database: Database, filters: dict[str, Any]) -> None:
    """Where others publish while a page is looked for, it may have what they published, or not: the tag has not."""
    query = InitiativeQuery.model_validate(filters)
    with database.glance() as glance:
        before = finding.facts(glance, query)
    with database.write() as session:
        publish(session, title="Une ville entre-temps")
    with database.glance() as glance:
        _, meanwhile = finding.page(glance, query, before)
        _, afterwards = finding.page(glance, query, finding.facts(glance, query))
        assert afterwards == versions.current(glance, query)
    assert meanwhile == versions.of_list(before.sequence, before.changed, query) != afterwards


def test_what_is_sorted_and_filtered_is_empty_where_nothing_is_public(empty_url: str) -> None:
    with closing(Database(empty_url)) as database:
        schema.migrate(database)
        asked = {"kind": ["case"], "population": "1/5", "total": True}
        for sort in {*InitiativeSort} - {InitiativeSort.SIMILARITY}:
            besides = {InitiativeSort.RELEVANCE: {"q": "ville"}, InitiativeSort.DISTANCE: {"near": "49.21,5.37"}}
            query = InitiativeQuery.model_validate(asked | {"sort": sort} | besides.get(sort, {}))
            with database.glance() as glance:
                page, _ = finding.page(glance, query, finding.facts(glance, query))
            assert (page.items, page.next, page.total) == ([], None, 0)
