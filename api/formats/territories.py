"""Territories as a table: a row a public body's area, with a column for each scheme of official codes."""

from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from api.documents import LICENSE, NAME
from api.formats import About
from api.formats.tables import Address, Column, Row, Table
from api.types import (
    Count,
    CountryCode,
    Latitude,
    Longitude,
    OfficialCode,
    Population,
    Postcode,
    TerritoryId,
    Year,
)
from api.vocabulary import Precision, TerritoryKind

# Each scheme of official codes, and an example of one.
_SCHEMES = {
    "insee": ("INSEE", "French commune, or arrondissement of Paris, Lyon or Marseille", "81004"),
    "siren": ("SIREN", "French public body", "218100048"),
    "nis": ("NIS", "Belgian municipality, province or region", "71016"),
    "dicofre": ("DICOFRE", "Portuguese municipality or district", "0105"),
    "nuts": ("NUTS", "statistical region of the European Union", "FRJ27"),
    "iso": ("ISO 3166-1", "country", "FR"),
}
# Kinds of territories around another that have columns.
_KINDS = {
    TerritoryKind.INTERCOMMUNALITY: ("fr-epci-248100737", "CA de l'Albigeois (C2A)"),
    TerritoryKind.DEPARTMENT: ("fr-dep-81", "Tarn"),
    TerritoryKind.REGION: ("fr-reg-76", "Occitanie"),
}


def _row(document: bytes, about: About) -> Row:
    territory: dict[str, Any] = from_json(document)
    return territory | {
        "url": about.page("territories", territory["id"]),
        "nearest": {around["kind"]: around for around in reversed(territory["within"])},
        "license": LICENSE,
        "attribution": NAME,
    }


def _code(scheme: str) -> Callable[[Row], str | None]:
    return lambda row: row["codes"].get(scheme)


def _nearest(kind: str, field: str) -> Callable[[Row], str | None]:
    return lambda row: row["nearest"][kind][field] if kind in row["nearest"] else None


def _former(row: Row) -> list[str]:
    return [f"{scheme}:{code}" for scheme, codes in row["former_codes"].items() for code in codes]


_CODES = tuple(
    Column(scheme, OfficialCode | None, name, f"Code of a {what}.", _code(scheme), example)
    for scheme, (name, what, example) in _SCHEMES.items()
)
_AROUND = tuple(
    column
    for kind, (id_, name) in _KINDS.items()
    for column in (
        Column(
            f"{kind}_id",
            TerritoryId | None,
            kind.capitalize(),
            "The nearest one in which it lies, by id.",
            _nearest(kind, "id"),
            id_,
        ),
        Column(f"{kind}_name", str | None, f"Name of the {kind}", "The official one.", _nearest(kind, "name"), name),
    )
)
_COLUMNS = (
    Column("id", TerritoryId, "Identifier", "Lasting, public, and the same on every installation."),
    Column(
        "url",
        Address,
        "Address",
        "Where the territory is read, as JSON.",
        example="https://catalogue.example/v1/territories/fr-81004",
    ),
    Column("kind", TerritoryKind, "Kind", "What sort of public body's area it is."),
    Column("name", str, "Name", "The official one.", example="Albi"),
    Column("other_names", list[str], "Other names", "In other languages, or in use.", example="Brussel"),
    Column("country", CountryCode, "Country", "ISO 3166-1 alpha-2."),
    *_CODES,
    Column(
        "former_codes",
        list[str],
        "Former codes",
        "Of what was merged into it, each after its scheme.",
        _former,
        "insee:55073",
    ),
    *_AROUND,
    Column("population", Population | None, "Population", "Inhabitants, the official figure."),
    Column("population_year", Year | None, "Year of the population", "In which they were counted."),
    Column("longitude", Longitude | None, "Longitude", "WGS 84, degrees."),
    Column("latitude", Latitude | None, "Latitude", "WGS 84, degrees."),
    Column("precision", Precision | None, "Precision", "What the coordinates stand for."),
    Column("postcodes", list[Postcode], "Postcodes", "Those of its addresses."),
    Column("initiatives", Count, "Initiatives", "How many are published in it, everything inside included."),
    Column("license", str, "Licence", "SPDX identifier.", example=LICENSE),
    Column("attribution", str, "Attribution", "The source to be named.", example=NAME),
)
TERRITORIES = Table("territories", "Territories", "Public bodies' areas, with their official codes.", _COLUMNS, _row)
