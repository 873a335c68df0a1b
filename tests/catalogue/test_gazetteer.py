"""Search in the whole reference: the same on both engines, what a look at every territory finds, in little work."""

import itertools
import math
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import Float, Integer, column, func, select, values
from sqlmodel import col

from api.catalogue import territories
from api.catalogue.nearness import is_near, squared_chord
from api.catalogue.paging import Page
from api.db import Database
from api.extents import Point
from api.extents import distance as kilometres_of
from api.models import Territory
from api.queries import TerritoryQuery
from seed.reference import table
from tests.catalogue.looking import Gazetteer, asked, distance
from tests.conftest import SOAK
from tests.databases import PostgresDatabases, SqliteFiles, prepare_whole


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(table.read(table.FILE))


@pytest.fixture(scope="module")
def whole(sqlite_files: SqliteFiles, postgres_databases: PostgresDatabases) -> Iterator[Any]:
    """Both engines, with every territory."""
    with sqlite_files.copy(prepare_whole) as file, postgres_databases.copy(prepare_whole) as server:
        engines = {"sqlite": Database(file), "postgresql": Database(server)}
        yield engines
        for database in engines.values():
            database.close()


def turned(database: Database, query: Mapping[str, Any]) -> Page:
    """A page."""
    read = TerritoryQuery.model_validate(query)
    with database.read() as session:
        return territories.page(session, read, territories.facts(session, read))


def ids(page: Page) -> list[str]:
    return [item.partition(b'"id":"')[2].partition(b'"')[0].decode() for item in page.items]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("oeuilly", "fr-51410"),
        ("ŒUILLY", "fr-51410"),
        ("la queue lez yvelines", "fr-78513"),
        ("La Queue-les-Yvelines", "fr-78513"),
        ("saint etienne du rouvray", "fr-76575"),
        ("st étienne rouvray", "fr-76575"),
        ("chalon s/saone", "fr-71076"),
        ("Αττική", "gr-reg-el3"),
        ("marseile", "fr-13055"),
        ("monptellier", "fr-34172"),
        ("le mans", "fr-72181"),
        ("mans le", "fr-72181"),
        ("aix en provence", "fr-13001"),
        ("leuven", "be-24062"),
        ("louvain", "be-24062"),
        ("seixal", "pt-1510"),
    ],
)
def test_what_is_meant_comes_first(whole: Mapping[str, Database], q: str, first: str) -> None:
    assert {ids(turned(database, {"q": q}))[:1] == [first] for database in whole.values()} == {True}, {
        name: ids(turned(database, {"q": q}))[:5] for name, database in whole.items()
    }


def test_a_territory_is_on_the_first_page_of_its_own_name_kind_and_parent(
    whole: Mapping[str, Database], gazetteer: Gazetteer
) -> None:
    for engine, entry in zip(itertools.cycle(whole), Random(5).sample(gazetteer.entries, 150), strict=False):
        parent = {"parent": entry.within[-2]} if entry.within[1:] else {}
        query = {"q": entry.name, "kind": [entry.kind.value], **parent}
        assert entry.id in ids(turned(whole[engine], query)), entry


def test_both_engines_answer_the_same_whatever_is_asked(whole: Mapping[str, Database], gazetteer: Gazetteer) -> None:
    dice = Random(11)
    for _ in range(5000 if SOAK else 100):
        query = asked(dice, gazetteer.entries) | {"limit": dice.choice(["5", "20"])}
        answers = [turned(database, query) for database in whole.values()]
        assert answers[0] == answers[1], query
        if cursor := answers[0].next:
            following = [turned(database, query | {"cursor": cursor}) for database in whole.values()]
            assert following[0] == following[1], query


def test_any_mix_finds_what_a_look_at_every_territory_finds(
    whole: Mapping[str, Database], gazetteer: Gazetteer
) -> None:
    dice, hits = Random(3), 0
    for _ in range(20):
        query = asked(dice, gazetteer.entries) | {"total": "true", "limit": "50"}
        page, expected = turned(whole["sqlite"], query), gazetteer.found(query)
        assert (ids(page), page.total) == (expected[:50], len(expected)), query
        hits += bool(expected)
    assert hits > 10


def test_what_is_near_is_walked_by_distance_beyond_what_is_looked_for_first(
    whole: Mapping[str, Database], gazetteer: Gazetteer
) -> None:
    query = {"near": "48.857,2.352", "radius": "65"}
    expected = gazetteer.found(query)
    for database in whole.values():
        page = turned(database, query | {"limit": "100"})
        found = ids(page)
        while page.next:
            page = turned(database, query | {"limit": "100", "cursor": page.next})
            found += ids(page)
        assert found == expected
    assert len(expected) > 1400


# Paris; Lerwick; Longyearbyen and the North Cape; Mata-Utu beyond the antimeridian, Suva before it; where nobody lives.
CENTRES = [(48.857, 2.352), (60.155, -1.145), (78.223, 15.647), (71.17, 25.78), (-13.28, -176.17), (-18.14, 178.44)]
CENTRES += [(89.9, 0), (0, 180), (90, 0), (-90, 12)]
_ROUNDING = 1e-6  # kilometres: a millimetre


@pytest.mark.parametrize("kilometres", [1, 20, 100, 500])
@pytest.mark.parametrize("centre", CENTRES, ids=str)
def test_near_is_what_the_great_circle_says(
    whole: Mapping[str, Database], gazetteer: Gazetteer, centre: tuple[float, float], kilometres: int
) -> None:
    position = col(Territory.x), col(Territory.y), col(Territory.z)
    near = is_near(Point(*centre), kilometres, col(Territory.latitude), col(Territory.longitude), position)
    answers = []
    for database in whole.values():
        with database.read() as session:
            answers.append(set(session.scalars(select(Territory.id).where(near))))
    assert answers[0] == answers[1]
    for entry in gazetteer.entries:
        if entry.latitude is None or entry.longitude is None:
            assert entry.id not in answers[0]
        elif abs((away := distance(centre, (entry.latitude, entry.longitude))) - kilometres) > _ROUNDING:
            assert (entry.id in answers[0]) == (away < kilometres), (entry.id, away)


EDGES = [(48.857, 2.352), (90, 0), (-90, 77), (89.99, -30), (0, 180), (0, -180), (-17, 179.999), (71.2, -179.99)]


def around(centre: tuple[float, float], kilometres: float) -> list[tuple[float, float]]:
    """Places in all directions, of this distance."""
    angle, (latitude, longitude) = kilometres / 6371.0088, map(math.radians, centre)
    found = []
    for bearing in map(math.radians, range(0, 360, 15)):
        north = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing)
        y = math.sin(bearing) * math.sin(angle) * math.cos(latitude)
        east = longitude + math.atan2(y, math.cos(angle) - math.sin(latitude) * north)
        found.append((math.degrees(math.asin(north)), (math.degrees(east) + 180) % 360 - 180))
    return found


@pytest.mark.parametrize("kilometres", [1, 20, 500])
@pytest.mark.parametrize("centre", EDGES, ids=str)
def test_near_is_exact_to_the_metre_everywhere(
    whole: Mapping[str, Database], centre: tuple[float, float], kilometres: int
) -> None:
    places = [*around(centre, kilometres - 0.001), *around(centre, kilometres + 0.001)]
    columns = [column(name, Float) for name in ("latitude", "longitude", *"xyz")]
    rows = [(number, *place, *Point(*place).vector) for number, place in enumerate(places)]
    number, latitude, longitude, *position = values(column("number", Integer), *columns).data(rows).cte("places").c
    near = is_near(Point(*centre), kilometres, latitude, longitude, position)
    for database in whole.values():
        with database.read() as session:
            assert set(session.scalars(select(number).where(near))) == {*range(len(places) // 2)}
            told = session.execute(select(number, squared_chord(position, Point(*centre).vector)))
            assert all(abs(kilometres_of(away) - distance(centre, places[one])) < 0.001 for one, away in told)


def test_the_reference_takes_little_room(whole: Mapping[str, Database]) -> None:
    tables = ("territory", "territory_word", "territory_code", "spelling", "reference")
    with whole["postgresql"].read() as session:
        sizes = {name: session.scalar(select(func.pg_total_relation_size(name))) for name in tables}
    assert sum(sizes.values()) <= 30 * 2**20, sizes  # a megabyte as PostgreSQL counts it
