"""The file of territories says all that it should, and says it once. `make soak` makes it again from its sources."""

import gzip
import zlib
from collections import defaultdict
from pathlib import Path

import pytest

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import Precision, TerritoryKind
from seed.reference import checks, points, table

Entries = list[TerritoryEntry]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def entries() -> Entries:
    return table.read(table.FILE)


@pytest.fixture(scope="module")
def known(entries: Entries) -> dict[str, TerritoryEntry]:
    return {name: entry for entry in entries for name in entry.names()}


def communes(entries: Entries) -> Entries:
    return [entry for entry in entries if entry.country == "FR" and entry.kind == TerritoryKind.MUNICIPALITY]


def test_what_must_hold_of_the_file_holds(entries: Entries) -> None:
    assert checks.faults(entries) == []


@pytest.mark.parametrize(
    ("which", "update", "told"),
    [
        ("fr-55073", {"kind": TerritoryKind.OTHER}, "FR municipality: 34968 instead of 34969"),
        ("fr-55073", {"codes": {"insee": "55074"}}, "insee:55074: leads to 2 territories"),
        ("fr-55073", {"former_codes": {"nis": ["71016"]}}, "nis:71016: leads to 2 territories"),
        ("fr-55073", {"longitude": None}, "fr-55073: a point is told by halves"),
        (
            "fr-55073",
            {"within": ["fr-dep-55", "fr-reg-00", "fr"]},
            "fr-55073: is within ['fr-reg-00'], which do not come",
        ),
        ("fr-55073", {"within": ["fr-dep-55", "fr-reg-44"]}, "fr-55073: its country does not come last"),
        ("fr-75101", {"within": ["fr-75056", "fr"]}, "fr-75101: is not within all that its ancestors are within"),
        ("pt-0105", {"within": ["pt-dep-01", "pt-reg-pt11", "pt"]}, "pt11: 87 instead of 86"),
        ("fr-85076", {"former_codes": {}}, "former communes: 4239 instead of 4240"),
    ],
)
def test_a_broken_reference_is_told(entries: Entries, which: str, update: dict[str, object], told: str) -> None:
    broken = [entry.model_copy(update=update) if entry.id == which else entry for entry in entries]
    assert any(told in fault for fault in checks.faults(broken))


def test_arrondissements_in_the_middle_of_their_city_are_told(entries: Entries) -> None:
    middle = {"latitude": 48.85341, "longitude": 2.3488, "precision": Precision.POSTCODE}
    broken = [entry.model_copy(update=middle) if entry.id.startswith("fr-751") else entry for entry in entries]
    assert checks.faults(broken) == ["(48.85341, 2.3488): 20 arrondissements lie there"]


def test_a_reference_that_knows_too_little_is_told(entries: Entries) -> None:
    lost = {"latitude": None, "longitude": None, "precision": None, "population": None, "postcodes": []}
    faults = checks.faults(
        [entry.model_copy(update=lost) if entry.id.startswith("fr-7") else entry for entry in entries]
    )
    assert [fault.rpartition(" have ")[2] for fault in faults] == ["a population", "coordinates", "a postcode"]


def test_a_child_before_its_parent_is_told(entries: Entries) -> None:
    assert "fr-reg-44: is within ['fr'], which do not come before it" in checks.faults(entries[::-1])


@pytest.mark.parametrize(
    "file", [table.FILE, HERE / "territories-2024.csv.gz", HERE / "territories-2025.csv.gz"], ids=lambda file: file.name
)
def test_equal_rows_are_equal_bytes(file: Path) -> None:
    written = file.read_bytes()
    assert written[3:8] == bytes(5), "the name of a file, or a time"
    packed = table.packed(table.read(file)[::-1])
    assert gzip.decompress(packed) == gzip.decompress(written)
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:  # which packs in its own way
        assert packed == written


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in table.FILE.parent.iterdir() if file.is_file()) < 1_500_000
    assert sum(file.stat().st_size for file in HERE.glob("*.gz")) < 60_000


def test_a_former_code_leads_to_the_commune_of_today(known: dict[str, TerritoryEntry]) -> None:
    # Renumbered in 2019, merged in 2025, merged since 2024; what it is part of today outweighs what it once was.
    assert known["nis:55022"].id == "be-58001"
    assert known["nis:37012"].id == "be-37021"
    assert known["insee:85233"].name == "Saint-Jean-d'Hermine"
    assert known["insee:60455"].name == "Les Hauts-Talican"
    assert "La Neuville-Garnier" in known["fr-60694"].other_names


def test_a_commune_that_delegates_to_itself_has_no_former_code_of_its_own(entries: Entries) -> None:
    assert all(entry.codes["insee"] not in entry.former_codes.get("insee", ()) for entry in communes(entries))


def test_an_intercommunality_has_as_many_people_as_its_communes(entries: Entries) -> None:
    people: dict[str, int] = defaultdict(int)
    for commune in communes(entries):
        people[commune.within[0]] += commune.population or 0
    totals = [entry for entry in entries if entry.kind == TerritoryKind.INTERCOMMUNALITY]
    assert all(entry.population == people[entry.id] and entry.population_year for entry in totals)


def test_a_population_tells_when_it_was_counted(known: dict[str, TerritoryEntry]) -> None:
    assert (known["fr-06088"].population_year, known["fr-97611"].population_year) == (2023, 2017)
    assert known["fr-reg-06"].population_year == 2017
    assert known["fr"].population is None


def test_a_point_that_is_far_from_its_neighbours_is_dropped_but_overseas(entries: Entries) -> None:
    exact = {commune.id: commune for commune in communes(entries) if commune.precision == Precision.POINT}
    where = {name: (commune.latitude or 0.0, commune.longitude or 0.0) for name, commune in exact.items()}
    far = points.mistaken(where, {name: commune.within[0] for name, commune in exact.items()})
    assert "fr-97356" in far, "Camopi, in the forest of Guyane"
    assert all(name.startswith(("fr-97", "fr-98")) for name in far)


def test_the_overseas_collectivities_are_departments_without_a_region(known: dict[str, TerritoryEntry]) -> None:
    assert known["iso:pf"].id == "fr-dep-987"
    assert known["fr-98735"].within == ["fr-dep-987", "fr"]
    assert (known["fr-98735"].population, known["fr-98735"].population_year) == (26_654, 2022)


def test_belgian_names_are_in_the_language_of_the_place(known: dict[str, TerritoryEntry]) -> None:
    assert (known["be-44021"].name, known["be-44021"].other_names) == ("Gent", ["Gand", "Ghent"])
    assert (known["be-57081"].name, known["be-57081"].other_names) == ("Tournai", ["Doornik"])
    assert (known["be-63040"].name, known["be-63040"].other_names) == ("Kelmis", ["La Calamine"])
    assert (known["be-21004"].name, known["be-21004"].within) == ("Bruxelles", ["be-reg-04000", "be"])


def test_facts_that_no_package_holds_are_there(known: dict[str, TerritoryEntry]) -> None:
    facts = {
        name: (known[name].population, known[name].population_year) for name in ("be-71016", "pt-0105", "be-44021")
    }
    assert facts == {"be-71016": (67_877, 2024), "pt-0105": (80_954, 2021), "be-44021": (265_086, None)}
    assert known["pt-0105"].within == ["pt-dep-01", "pt-reg-pt19", "pt"]


def test_elsewhere_regions_lie_in_regions(known: dict[str, TerritoryEntry]) -> None:
    assert known["nuts:de212"].within == ["de-reg-de21", "de-reg-de2", "de"]
    assert known["nuts:el303"].within == ["gr-reg-el30", "gr-reg-el3", "gr"]
    assert known["nuts:ukn12"].within == ["gb-reg-ukn0", "gb-reg-ukn", "gb"]
    assert known["iso:it"].name == "Italie"
    assert {"Italy", "Italia", "Itália"} <= set(known["iso:it"].other_names)
