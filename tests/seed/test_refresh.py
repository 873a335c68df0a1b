"""A new vintage of the reference moves names and figures, and breaks no id in use."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from api import schema
from api.catalogue import publication, reference, themes
from api.catalogue.reference import TerritoryEntry
from api.db import Database
from api.settings import Settings
from seed import loader
from seed.reference import table
from tests.conftest import PUBLIC_URL, published, serving, submitted
from tests.databases import PostgresDatabases, SqliteFiles
from tests.v1.wire import bearer

HERE = Path(__file__).parent
# The departments in which communes of 2024 merged, parted, were renamed, or went to another intercommunality.
PLACES = ("15", "79", "82", "85")
DEPARTMENTS = {f"fr-dep-{place}" for place in PLACES}


@cache
def part(file: Path) -> list[TerritoryEntry]:
    """What lies in these departments or around it."""
    entries = table.read(file)
    kept = {entry.id for entry in entries if DEPARTMENTS & {entry.id, *entry.within}}
    kept |= {ancestor for entry in entries if entry.id in kept for ancestor in entry.within}
    kept &= {entry.id for entry in entries}
    return [
        entry.model_copy(update={"within": [ancestor for ancestor in entry.within if ancestor in kept]})
        for entry in entries
        if entry.id in kept
    ]


BEFORE, NOW = HERE / "territories-2024.csv.gz", table.FILE


def load(database: Database, entries: list[TerritoryEntry], digest: str) -> None:
    """As `territoires seed` does it."""
    with database.write() as session:
        publication.ensure(session, lambda _: None)  # as migrate leaves it
        turn = publication.take_turn(session)
        renamed = reference.load(session, entries, digest)
        publication.next_sequence(turn)
        publication.refresh_all(session, turn, renamed)


@pytest.fixture
def clients(databases: SqliteFiles | PostgresDatabases) -> Iterator[tuple[Database, httpx.Client, httpx.Client]]:
    """A catalogue on the reference of 2024, anybody, and a moderator."""
    from api.catalogue import keys
    from api.vocabulary import KeyRole

    with databases.empty() as url:
        database = Database(url)
        schema.migrate(database)
        with database.write() as session:
            themes.load(session, loader._entries(loader.CASES.parent / "themes.yaml", themes.ThemeEntry))
            key = keys.create(session, KeyRole.MODERATOR, "Test")
        load(database, part(BEFORE), "2024")
        for service in serving(Settings(database_url=url, public_url=PUBLIC_URL, rate_limit_writes="off")):
            with service.client() as anybody, service.client(headers=bearer(key)) as moderator:
                yield database, anybody, moderator
        database.close()


def test_what_merged_parted_and_was_renamed_is_found_by_every_id_that_was_in_use(
    clients: tuple[Database, httpx.Client, httpx.Client],
) -> None:
    database, anybody, moderator = clients

    def case(*territories: str) -> str:
        places = [{"territory": territory} for territory in territories]
        return published(anybody, moderator, title=f"Un jardin à {territories}", territories=places)

    merged = case("fr-79060")
    both = case("fr-79060", "fr-79307")
    moved = case("insee:82098")
    parted = case("fr-15141")
    waiting = submitted(anybody, territories=[{"territory": "fr-85076", "role": "partner"}, {"territory": "fr-85021"}])
    tags = {name: anybody.get(f"/initiatives/{name}").headers["etag"] for name in (merged, moved)}

    load(database, part(NOW), "2026")

    # Caunay is part of Sauzé-entre-Bois now: the same case, told of there.
    answer = anybody.get("/territories/fr-79060")
    assert (answer.status_code, answer.headers["location"]) == (308, "/v1/territories/fr-79307")
    shown = anybody.get(f"/initiatives/{merged}")
    assert shown.headers["etag"] != tags[merged]
    assert [(place["id"], place["name"], place["role"]) for place in shown.json()["territories"]] == [
        ("fr-79307", "Sauzé-entre-Bois", "lead")
    ]
    assert shown.json()["version"] == 1
    assert [(place["id"], place["role"]) for place in anybody.get(f"/initiatives/{both}").json()["territories"]] == [
        ("fr-79307", "lead")
    ]
    for code in ("fr-79060", "insee:79060", "fr-79307"):
        found = anybody.get("/initiatives", params={"territory": code, "total": "true"}).json()
        assert (found["total"], {item["id"] for item in found["items"]}) == (2, {merged, both})

    # Léojac went to another intercommunality, whose cases it now is among.
    assert "fr-epci-248200099" in anybody.get(f"/initiatives/{moved}").json()["territories"][0]["within"]
    for epci, cases in (("fr-epci-248200099", [moved]), ("fr-epci-200066884", [])):
        found = anybody.get("/initiatives", params={"territory": f"siren:{epci.rpartition('-')[2]}"}).json()
        assert [item["id"] for item in found["items"]] == cases, epci

    # Celles left Neussargues, which was renamed; codes lead where they belong today.
    assert anybody.get(f"/initiatives/{parted}").json()["territories"][0]["name"] == "Neussargues-Moissac"
    assert anybody.get("/territories/insee:15031").json()["name"] == "Celles"
    assert anybody.get("/territories/siren:934324591").json()["id"] == "fr-79307"
    assert anybody.get("/territories/fr-79307").json()["population_year"] == 2023

    # What was on its way in is published where its place is now.
    answer = moderator.post(f"/moderation/submissions/{waiting['id']}/_publish", headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    shown = anybody.get(f"/initiatives/{answer.json()['initiative']}").json()
    assert [(place["name"], place["role"]) for place in shown["territories"]] == [("Cugand-la-Bernardière", "lead")]


def test_what_is_published_after_a_new_vintage_is_what_a_rebuild_gives(
    clients: tuple[Database, httpx.Client, httpx.Client],
) -> None:
    database, anybody, moderator = clients
    names = [
        published(anybody, moderator, territories=[{"territory": code}])
        for code in ("fr-79060", "fr-82098", "fr-15141")
    ]
    load(database, part(NOW), "2026")
    before = [anybody.get(f"/initiatives/{name}").content for name in names]
    with database.write() as session:
        publication.rebuild(session, lambda _: None)
    assert [anybody.get(f"/initiatives/{name}").content for name in names] == before


def test_a_name_that_no_document_shows_is_found_from_the_new_vintage_on(
    clients: tuple[Database, httpx.Client, httpx.Client],
) -> None:
    database, anybody, moderator = clients
    case = published(anybody, moderator, territories=[{"territory": "fr-82098"}])
    tag = anybody.get(f"/initiatives/{case}").headers["etag"]
    same = part(BEFORE)
    for other_names, found in (["Quercyville"], [case]), ([], []):
        further = {"other_names": other_names}
        newer = [entry.model_copy(update=further if entry.id == "fr-82098" else {}) for entry in same]
        load(database, newer, "newer")
        items = anybody.get("/initiatives", params={"q": "quercyville"}).json()["items"]
        assert [item["id"] for item in items] == found
    assert anybody.get(f"/initiatives/{case}").headers["etag"] == tag
