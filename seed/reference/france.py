"""France: the communes, intercommunalities, departments and regions of a vintage of INSEE's code.

An overseas collectivity is a department without a region: INSEE gives it the code of both, people write it where they
write a department's ("Saint-Pierre (975)"), and its communes would else be the only ones without one.
An intercommunality lies within the department where most of its people live: no source tells its seat, but wherever
the SIREN number shows the department of registration, it is that one.
A delegated or associated commune is no territory: its code and its name lead to the commune it is part of.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.catalogue.territories import TerritoryEntry
from api.vocabulary import TerritoryKind
from seed.reference import french_points
from seed.reference.points import Located
from seed.reference.sources import NPM, Place, folded, rows, units

Row = dict[str, Any]
# ISO 3166-1 has codes for these parts of France too; Clipperton has none.
COLLECTIVITIES = {"975": "PM", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC"}
_LEGAL_FORMS = {
    "CC": "Communauté de communes",
    "CA": "Communauté d'agglomération",
    "CU": "Communauté urbaine",
}
_LINKED = re.compile(r"(de|du|des)\b|d['’]", re.IGNORECASE)
_SPEAKS_FOR_ITSELF = re.compile(r"\b(agglo|agglomération|métropole|communauté|intercom|grand)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Vintage:
    """A package of INSEE's code, and the year of the populations in it."""

    package: str
    populations: int


CURRENT = Vintage("@etalab/decoupage-administratif", 2023)
OF_2025 = Vintage("decoupage-2025", 2023)
OF_2024 = Vintage("decoupage-2024", 2022)


class Code:
    """A vintage, read: every commune of then, and what it lies within."""

    def __init__(self, vintage: Vintage) -> None:
        self.vintage = vintage
        data = NPM / vintage.package / "data"
        self.rows = rows(data / "communes.json")
        self.epci, self.departments, self.regions = (
            rows(data / f"{name}.json") for name in ("epci", "departements", "regions")
        )
        self.communes = {row["code"]: row for row in self.rows if row["type"] == "commune-actuelle"}
        self.epci_of = {member["code"]: epci["code"] for epci in self.epci for member in epci["membres"]}

    @cached_property
    def parts(self) -> dict[str, list[Row]]:
        """The delegated and associated communes of each commune."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row["type"] in ("commune-deleguee", "commune-associee"):
                found[row["chefLieu"]].append(row)
        return found

    @cached_property
    def successors(self) -> dict[str, str]:
        """Where each former code leads. What a commune is part of today outweighs what it once was part of."""
        once = {code: row["code"] for row in self.communes.values() for code in row.get("anciensCodes", ())}
        today = {part["code"]: code for code, parts in self.parts.items() for part in parts}
        return {code: successor for code, successor in (once | today).items() if code not in self.communes}

    def year(self, row: Row) -> int | None:
        """Mayotte was last counted in 2017; of the collectivities the package does not say when."""
        if row["zone"] == "com" or "population" not in row:
            return None
        return 2017 if row["departement"] == "976" else self.vintage.populations

    def total(self, members: Iterable[Row]) -> dict[str, int | None]:
        """The population of all together, if it is known of each and counted in one year."""
        counted = [(row.get("population"), self.year(row)) for row in members]
        if any(people is None for people, _ in counted) or len({year for _, year in counted}) != 1:
            return {}
        return {"population": sum(people for people, _ in counted if people), "population_year": counted[0][1]}


def territories(vintage: Vintage, places: Iterable[Place]) -> list[TerritoryEntry]:
    """All of France but the country itself."""
    code = Code(vintage)
    points = french_points.of(code.rows, code.epci_of, places)
    communes = [_commune(code, row, points) for row in code.communes.values()]
    districts = [_district(code, row, points) for row in code.rows if row["type"] == "arrondissement-municipal"]
    return [*_regions(code), *_departments(code), *_intercommunalities(code), *communes, *districts]


def _regions(code: Code) -> Iterable[TerritoryEntry]:
    nuts = {folded(unit.label): unit.code for unit in reversed(_units_of_france()) if unit.level < 3}
    for row in code.regions:
        if row["zone"] != "com":
            members = [commune for commune in code.communes.values() if commune["region"] == row["code"]]
            yield TerritoryEntry(
                id=f"fr-reg-{row['code']}",
                kind=TerritoryKind.REGION,
                name=row["nom"],
                country="FR",
                codes={"nuts": nuts[folded(row["nom"])]},
                within=["fr"],
                **code.total(members),
            )


def _departments(code: Code) -> Iterable[TerritoryEntry]:
    nuts = {folded(unit.label): unit.code for unit in _units_of_france() if unit.level == 3}
    for row in code.departments:
        overseas = row["zone"] == "com"
        iso = {"iso": COLLECTIVITIES[row["code"]]} if row["code"] in COLLECTIVITIES else {}
        members = [commune for commune in code.communes.values() if commune["departement"] == row["code"]]
        yield TerritoryEntry(
            id=f"fr-dep-{row['code']}".lower(),
            kind=TerritoryKind.DEPARTMENT,
            name=row["nom"],
            country="FR",
            codes=iso if overseas else {"nuts": nuts[folded(row["nom"])]},
            within=_around(row)[1:],
            **code.total(members),
        )


def _units_of_france() -> list[Any]:
    return [unit for unit in units() if unit.code.startswith("FR")]


def _intercommunalities(code: Code) -> Iterable[TerritoryEntry]:
    for epci in code.epci:
        members = [code.communes[member["code"]] for member in epci["membres"]]
        people: Counter[str] = Counter()
        for member in members:
            people[member["departement"]] += member["population"]
        most = people.most_common(1)[0][0]
        name, others = _names_of_intercommunality(epci["nom"])
        yield TerritoryEntry(
            id=f"fr-epci-{epci['code']}",
            kind=TerritoryKind.INTERCOMMUNALITY,
            name=name,
            other_names=others,
            country="FR",
            codes={"siren": epci["code"]},
            within=_around(next(member for member in members if member["departement"] == most)),
            **code.total(members),
        )


def _names_of_intercommunality(written: str) -> tuple[str, list[str]]:
    """CA de l'Albigeois (C2A): the form is spelt out unless the name speaks for itself; the rest are other names."""
    short, _, acronym = written.rstrip(")").partition("(")
    short = " ".join(short.split())
    form, _, rest = short.partition(" ")
    name = short
    if form in _LEGAL_FORMS:
        spelt_out = _LINKED.match(rest) or not _SPEAKS_FOR_ITSELF.search(rest)
        name = f"{_LEGAL_FORMS[form]} {rest}" if spelt_out else rest
    return name, [other for other in (short, acronym.strip()) if other and other != name]


def _commune(code: Code, row: Row, points: dict[str, Located]) -> TerritoryEntry:
    parts = code.parts[row["code"]]
    former = {part["code"] for part in parts} | set(row.get("anciensCodes", ()))
    former = {old for old in former if code.successors.get(old) == row["code"]}
    epci = [f"fr-epci-{name}"] if (name := code.epci_of.get(row["code"])) else []
    return TerritoryEntry(
        id=f"fr-{row['code']}".lower(),
        kind=TerritoryKind.MUNICIPALITY,
        name=row["nom"],
        other_names=sorted({part["nom"] for part in parts} - {row["nom"]}),
        codes={"insee": row["code"]} | ({"siren": row["siren"]} if "siren" in row else {}),
        former_codes={"insee": sorted(former)} if former else {},
        within=[*epci, *_around(row)],
        **_common(code, row, points),
    )


def _district(code: Code, row: Row, points: dict[str, Located]) -> TerritoryEntry:
    """An arrondissement of Paris, Lyon or Marseille."""
    commune = row["commune"]
    return TerritoryEntry(
        id=f"fr-{row['code']}",
        kind=TerritoryKind.DISTRICT,
        name=row["nom"],
        codes={"insee": row["code"]},
        within=[f"fr-{commune}", f"fr-epci-{code.epci_of[commune]}", *_around(row)],
        **_common(code, row, points),
    )


def _common(code: Code, row: Row, points: dict[str, Located]) -> dict[str, Any]:
    """What a commune and an arrondissement have alike."""
    where = vars(points[row["code"]]) if row["code"] in points else {}
    return {
        "country": "FR",
        "population": row.get("population"),
        "population_year": code.year(row),
        "postcodes": row.get("codesPostaux", []),
        **where,
    }


def _around(row: Row) -> list[str]:
    """The department, the region and the country of a row; a department calls its own code simply `code`."""
    department = f"fr-dep-{row.get('departement', row['code'])}".lower()
    region = [] if row["zone"] == "com" else [f"fr-reg-{row['region']}"]
    return [department, *region, "fr"]
