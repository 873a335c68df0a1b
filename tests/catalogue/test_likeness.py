"""Towns like one: of its kind, about as large, those of its country first, then the nearest; wherever they lie."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from api.catalogue import finding, gazetteer, reference, scales, territories
from api.catalogue.reference import TerritoryEntry
from api.db import Database
from api.queries import InitiativeQuery, TerritoryQuery
from api.vocabulary import TerritoryKind
from seed.reference import table
from tests.catalogue.acting import publish
from tests.databases import TERRITORIES

ALBI = "fr-81004"


def town(name: str, *place: float, population: int = 51_000, country: str = "FR") -> TerritoryEntry:
    """A municipality that no file has."""
    latitude, longitude = place or (None, None)
    return TerritoryEntry(
        id=f"{country.lower()}-{name}",
        kind=TerritoryKind.MUNICIPALITY,
        name=name,
        country=country,
        codes={},
        population=population,
        latitude=latitude,
        longitude=longitude,
    )


def add(database: Database, *entries: TerritoryEntry) -> None:
    with database.write() as session:
        for entry in entries:
            reference.add(session, entry)


def turned(database: Database, **query: Any) -> Mapping[str, Any]:
    """A page, by default one that holds them all."""
    read = TerritoryQuery.model_validate({"limit": "100", **query})
    with database.read() as session:
        page: dict[str, Any] = json.loads(territories.page(session, read, territories.facts(session, read)).rendered())
    return page


def ids(page: Mapping[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def likeness(page: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By id, in order, how alike they are."""
    return {item["id"]: item["match"]["similarity"] for item in page["items"]}


def test_half_and_twice_as_many_inhabitants_are_still_alike(database: Database) -> None:
    sizes = {"less": 25_500, "half": 25_501, "itself": 51_001, "twice": 102_002, "more": 102_003}
    add(database, *(town(name, 44.0, 2.0, population=size) for name, size in sizes.items()))
    found = likeness(turned(database, similar="fr-itself"))
    assert found.keys() & {f"fr-{name}" for name in sizes} == {"fr-half", "fr-twice"}
    assert (found["fr-half"]["population_ratio"], found["fr-twice"]["population_ratio"]) == (0.5, 2.0)


def test_of_a_town_without_inhabitants_no_ratio_is_told(database: Database) -> None:
    add(database, *(town(name, 49.2, 5.4, population=0) for name in ("one", "another")), town("hamlet", population=1))
    found = likeness(turned(database, similar="fr-one"))
    assert found["fr-another"] == {"population_ratio": None, "same_country": True, "distance": 0.0}
    assert "fr-hamlet" not in found


def test_those_whose_place_is_not_known_come_last_in_their_country(database: Database) -> None:
    add(database, town("zz"), town("aa"), town("farthest", -17.5, 178.1), town("nowhere", country="BE"))
    found = likeness(turned(database, similar=ALBI))
    here = [one for one, like in found.items() if like["same_country"]]
    assert here[-3:] == ["fr-farthest", "fr-aa", "fr-zz"]
    assert [*found][: len(here)] == here
    assert [*found][-1] == "be-nowhere"
    assert {one for one, like in found.items() if like["distance"] is None} == {"fr-aa", "fr-zz", "be-nowhere"}


# Of a population that nobody else has, in the order of their likeness to the first. One is within 50 km; those in
# a corner of the box around it are not, and come after the one that is due north, outside of it.
AROUND = {
    "fr-centre": (44.0, 2.0),
    "fr-near": (44.1, 2.0),
    "fr-north": (44.5, 2.0),
    "fr-other-corner": (43.62, 1.5),
    "fr-corner": (44.4, 2.55),
    "fr-northern": (44.62, 2.1),
    "fr-far": (48.0, 2.0),
    "be-near": (44.05, 2.0),
    "be-beside": (44.06, 2.0),
}


def add_around(database: Database) -> list[str]:
    """Their ids, without that of the centre."""
    for here, place in AROUND.items():
        add(database, town(here[3:], *place, population=30_000_001, country=here[:2].upper()))
    return [*AROUND][1:]


@pytest.mark.parametrize("few", [0, 1_000])
def test_on_pages_of_any_length_the_nearest_towns_come_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(gazetteer, "_FEW", few)
    expected = add_around(database)
    for limit in range(1, len(expected) + 1):
        assert ids(turned(database, similar="fr-centre", limit=str(limit))) == expected[:limit]


@pytest.mark.parametrize("besides", [{}, {"near": "44.45,2.0", "radius": "450"}], ids=str)
def test_on_pages_of_any_length_cases_of_the_nearest_towns_come_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, besides: dict[str, str]
) -> None:
    monkeypatch.setattr(finding, "_MOST", 0)  # as if they were thousands
    monkeypatch.setattr(scales, "_CLOSE_BY", 50)
    monkeypatch.setattr(scales, "_CLOSER", 1 / 6)
    expected = add_around(database)
    with database.write() as session:
        cases = [publish(session, territories=[{"territory": here, "role": "lead"}]).id for here in expected]
    for limit in range(1, len(cases) + 1):
        query = InitiativeQuery.model_validate(besides | {"similar": "fr-centre", "sort": "similarity", "limit": limit})
        with database.glance() as glance:
            page, _ = finding.page(glance, query, finding.facts(glance, query))
        assert [json.loads(item)["id"] for item in page.items] == cases[:limit]


def test_where_the_town_itself_lies_nowhere_the_ids_decide(database: Database) -> None:
    add(database, town("nowhere"))
    found = likeness(turned(database, similar="fr-nowhere"))
    assert [*found] == sorted(found, key=lambda one: (not found[one]["same_country"], one))
    assert len(found) > 5
    assert {like["distance"] for like in found.values()} == {None}


def test_the_nearest_may_be_beyond_the_antimeridian(database: Database) -> None:
    add(database, town("here", -17.0, 179.9), town("beside", -17.0, -179.9), town("farther", -17.0, 179.0))
    found = likeness(turned(database, similar="fr-here"))
    assert [*found][:2] == ["fr-beside", "fr-farther"]
    assert 21 < found["fr-beside"]["distance"] < 22


def test_towns_that_are_added_meanwhile_make_no_page_repeat_or_skip(database: Database) -> None:
    before = ids(turned(database, similar=ALBI))
    page = turned(database, similar=ALBI, limit="3")
    add(database, town("beside", 43.93, 2.15), town("far", 48.5, 7.7, population=90_000))
    walked = ids(page)
    while page["next"]:
        page = turned(database, similar=ALBI, limit="3", cursor=page["next"])
        walked += ids(page)
    assert [here for here in walked if here != "fr-far"] == before
    assert "fr-far" in walked


def test_what_is_added_lies_where_it_says(database: Database) -> None:
    add(database, town("pole", 89.95, 179.9), town("nowhere"))
    for query in ({"near": "89.95,-179.9"}, {"near": "90,0"}, {"near": "89.9,0", "similar": ALBI}):
        assert ids(turned(database, **query)) == ["fr-pole"]
    with database.write() as session:
        reference.load(session, table.read(TERRITORIES), "anew")
    assert ids(turned(database, near="90,0")) == ["fr-pole"]
