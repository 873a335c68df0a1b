"""Table Schema (Frictionless): what the columns of a CSV file are, for people and for programs that check it."""

from typing import Any

from api import __version__
from api.documents import LICENSE, LICENSE_PAGE, NAME
from api.formats.comma_separated import joined
from api.formats.tables import Column, Table

_BOUNDS = ("enum", "pattern", "minimum", "maximum")


def schema(table: Table[Any], address: str) -> dict[str, Any]:
    """The schema of a table, of a catalogue with this public address."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": f"territoires-innovants-{table.name}",
        "title": f"{NAME}: {table.title}",
        "description": table.description,
        "version": __version__,
        "homepage": address,
        "path": f"{address}/v1/{table.name}.schema.json",
        "contributors": [{"title": NAME, "path": address, "role": "publisher"}],
        "licenses": [{"name": LICENSE, "title": "Licence Ouverte 2.0", "path": LICENSE_PAGE}],
        "fields": [_field(column) for column in table.columns],
        "primaryKey": "id",
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    known = column.schema
    example = column.example
    if example is None:
        example = known.get("examples", known.get("enum", [known.get("example")]))[0]
    described = {"name": column.name, "title": column.title, "description": column.description}
    if column.is_list:
        several = f"{column.description} Several are joined by ` | `."
        return described | {"description": several, "type": "string", "example": joined([example])}
    form = {"date-time": {"type": "datetime"}, "uri": {"type": "string", "format": "uri"}}
    typed = form.get(known.get("format", ""), {"type": known["type"]})
    constraints: dict[str, Any] = {"required": True} if column.is_required else {}
    constraints |= {bound: known[bound] for bound in _BOUNDS if bound in known}
    if column.name == "id":
        constraints["unique"] = True
    return described | typed | {"example": example, "constraints": constraints}
