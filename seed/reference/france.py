"""France: communes, intercommunalities, departments and regions.

An overseas collectivity is a department without a region: INSEE gives it the code of both, people write it where they
write a department's ("Saint-Pierre (975)"), and its communes would else be the only ones without one.
An intercommunality lies within the department where most of its people live: no source tells its seat, but wherever
the SIREN number shows the department of registration, it is that one.
A delegated or associated commune is no territory: its code and its name lead to the commune it is part of.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import TerritoryKind
from seed.reference import french_points
from seed.reference.cog import Cog, Row, Vintage
from seed.reference.points import Located
from seed.reference.sources import Place, folded, units

# ISO 3166-1 has codes for these parts of France too; Clipperton has none.
_COLLECTIVITIES = {"975": "PM", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC"}
_LEGAL_FORMS = {
    "CC": "Communauté de communes",
    "CA": "Communauté d'agglomération",
    "CU": "Communauté urbaine",
}
_LINKED = re.compile(r"(de|du|des)\b|d['’]", re.IGNORECASE)
_SPEAKS_FOR_ITSELF = re.compile(r"\b(agglo|agglomération|métropole|communauté|intercom|grand)\b", re.IGNORECASE)


def territories(vintage: Vintage, places: Iterable[Place]) -> list[TerritoryEntry]:
    """All of France but the country itself."""
    cog = Cog(vintage)
    points = french_points.of(cog, places)
    communes = [_commune(cog, row, points) for row in cog.communes.values()]
    districts = [_district(cog, row, points) for row in cog.districts]
    return [*_regions(cog), *_departments(cog), *_intercommunalities(cog), *communes, *districts]


def _nuts(*levels: int) -> dict[str, str]:
    """The codes of NUTS by name; a region that has one of level 1 has that one."""
    found = [unit for unit in units() if unit.code.startswith("FR") and unit.level in levels]
    return {folded(unit.label): unit.code for unit in sorted(found, key=lambda unit: -unit.level)}


def _regions(cog: Cog) -> Iterator[TerritoryEntry]:
    nuts = _nuts(1, 2)
    for row in cog.regions:
        if row["zone"] != "com":
            yield TerritoryEntry(
                id=f"fr-reg-{row['code']}",
                kind=TerritoryKind.REGION,
                name=row["nom"],
                country="FR",
                codes={"nuts": nuts[folded(row["nom"])]},
                within=["fr"],
                **cog.total(cog.in_region[row["code"]]),
            )


def _departments(cog: Cog) -> Iterator[TerritoryEntry]:
    nuts = _nuts(3)
    for row in cog.departments:
        code = row["code"]
        iso = {"iso": _COLLECTIVITIES[code]} if code in _COLLECTIVITIES else {}
        department, *around = _around(row | {"departement": code})
        yield TerritoryEntry(
            id=department,
            kind=TerritoryKind.DEPARTMENT,
            name=row["nom"],
            country="FR",
            codes=iso if row["zone"] == "com" else {"nuts": nuts[folded(row["nom"])]},
            within=around,
            **cog.total(cog.in_department[code]),
        )


def _intercommunalities(cog: Cog) -> Iterator[TerritoryEntry]:
    for epci in cog.epci:
        members = [cog.communes[member["code"]] for member in epci["membres"]]
        people: Counter[str] = Counter()
        for member in members:
            people[member["departement"]] += member["population"]
        most = people.most_common(1)[0][0]
        name, *others = _names_of_intercommunality(epci["nom"])
        yield TerritoryEntry(
            id=f"fr-epci-{epci['code']}",
            kind=TerritoryKind.INTERCOMMUNALITY,
            name=name,
            other_names=others,
            country="FR",
            codes={"siren": epci["code"]},
            within=_around(cog.in_department[most][0]),
            **cog.total(members),
        )


def _names_of_intercommunality(written: str) -> list[str]:
    """CA de l'Albigeois (C2A): the form is spelt out unless the name speaks for itself; the rest are other names."""
    short, _, acronym = written.replace('"', "").rstrip(")").partition("(")
    short = " ".join(short.split())
    form, _, rest = short.partition(" ")
    names = [short, acronym.strip()]
    if form in _LEGAL_FORMS:
        spelt_out = _LINKED.match(rest) or not _SPEAKS_FOR_ITSELF.search(rest)
        names.insert(0, f"{_LEGAL_FORMS[form]} {rest}" if spelt_out else rest)
    return [name for name in names if name]


def _commune(cog: Cog, row: Row, points: dict[str, Located]) -> TerritoryEntry:
    code = row["code"]
    epci = [f"fr-epci-{cog.epci_of[code]}"] if code in cog.epci_of else []
    return TerritoryEntry(
        kind=TerritoryKind.MUNICIPALITY,
        other_names=sorted({part["nom"] for part in cog.parts[code]} - {row["nom"]}),
        codes={"insee": code} | ({"siren": row["siren"]} if "siren" in row else {}),
        former_codes={"insee": cog.former[code]} if code in cog.former else {},
        within=[*epci, *_around(row)],
        **_common(cog, row, points),
    )


def _district(cog: Cog, row: Row, points: dict[str, Located]) -> TerritoryEntry:
    """An arrondissement of Paris, Lyon or Marseille."""
    commune = row["commune"]
    return TerritoryEntry(
        kind=TerritoryKind.DISTRICT,
        codes={"insee": row["code"]},
        within=[f"fr-{commune}", f"fr-epci-{cog.epci_of[commune]}", *_around(row)],
        **_common(cog, row, points),
    )


def _common(cog: Cog, row: Row, points: dict[str, Located]) -> dict[str, Any]:
    """What a commune and an arrondissement have alike."""
    return {
        "id": f"fr-{row['code']}".lower(),
        "name": row["nom"],
        "country": "FR",
        "postcodes": row.get("codesPostaux", []),
        **cog.population(row),
        **(vars(points[row["code"]]) if row["code"] in points else {}),
    }


def _around(row: Row) -> list[str]:
    """The department of a row, its region and the country."""
    region = [] if row["zone"] == "com" else [f"fr-reg-{row['region']}"]
    return [f"fr-dep-{row['departement']}".lower(), *region, "fr"]
