"""INSEE's code of France (code officiel géographique) as a package of one vintage has it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seed.reference.sources import NPM, rows

Row = dict[str, Any]
# Not counted when all others are: INSEE's pages 3291775 (Mayotte) and 8680702 (Wallis and Futuna, Polynesia, New
# Caledonia), which the package names as its sources.
_COUNTED = {"976": 2017, "986": 2023, "987": 2022, "988": 2025}


@dataclass(frozen=True)
class Vintage:
    """A package, and the year of the populations in it."""

    package: str
    counted: int


CURRENT = Vintage("@etalab/decoupage-administratif", 2023)
OF_2025 = Vintage("decoupage-2025", 2023)
OF_2024 = Vintage("decoupage-2024", 2022)


class Cog:
    """Every commune of a vintage, and what it lay within."""

    def __init__(self, vintage: Vintage) -> None:
        data = NPM / vintage.package / "data"
        self.vintage = vintage
        self.epci, self.departments, self.regions = (
            rows(data / f"{name}.json") for name in ("epci", "departements", "regions")
        )
        kinds = _grouped(rows(data / "communes.json"), "type")
        self.communes = {row["code"]: row for row in kinds["commune-actuelle"]}
        self.districts = kinds["arrondissement-municipal"]
        self.parts = _grouped(kinds["commune-deleguee"] + kinds["commune-associee"], "chefLieu")
        self.in_department = _grouped(self.communes.values(), "departement")
        self.in_region = _grouped(self.communes.values(), "region")
        self.epci_of = {member["code"]: epci["code"] for epci in self.epci for member in epci["membres"]}

    @cached_property
    def former(self) -> dict[str, list[str]]:
        """The former codes of each commune. What a code is part of today outweighs what it once was part of."""
        once = {old: code for code, row in self.communes.items() for old in row.get("anciensCodes", ())}
        today = {part["code"]: code for code, parts in self.parts.items() for part in parts}
        found: dict[str, list[str]] = defaultdict(list)
        for old, code in sorted((once | today).items()):
            if old not in self.communes:
                found[code].append(old)
        return found

    def population(self, row: Row) -> dict[str, int]:
        """How many live there, and when they were counted; nothing where nobody was."""
        if "population" not in row:
            return {}
        year = _COUNTED.get(row["departement"], self.vintage.counted)
        return {"population": row["population"], "population_year": year}

    def total(self, members: Iterable[Row]) -> dict[str, int]:
        """The population of all together, if all were counted in one year."""
        counted = [self.population(row) for row in members]
        years = {found.get("population_year") for found in counted}
        if len(years) != 1 or (year := years.pop()) is None:
            return {}
        return {"population": sum(found["population"] for found in counted), "population_year": year}


def _grouped(found: Iterable[Row], field: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[field]].append(row)
    return groups
