"""Exports: every match of a list in one answer, for copies, spreadsheets and maps.

Each tells the sequence that it stands for; with the changes since then, it is an exact copy. What goes on from a cursor
can be appended to what was there before; GeoJSON, which has an end, is always whole.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import exporting
from api.catalogue.exporting import Export
from api.formats import About, comma_separated, geojson, ndjson, table_schema
from api.formats.initiatives import INITIATIVES
from api.formats.tables import Item, Table
from api.formats.territories import TERRITORIES
from api.queries import (
    InitiativeExportQuery,
    InitiativeFilters,
    InitiativeTableQuery,
    TerritoryExportQuery,
    TerritoryFilters,
    TerritoryTableQuery,
)
from api.v1.requests import NoParameters, media_type
from api.v1.responses import described, fixed, negotiated
from api.v1.routing import StrictRoute
from api.v1.streams import exported

router = APIRouter(route_class=StrictRoute, default_response_class=Response, dependencies=[Depends(auth.anybody)])


_JSON = "application/json"
_NDJSON = described("One JSON document per line.", ndjson.MEDIA_TYPE)
_CSV = described("One line per item, after one with the names of the columns.", "text/csv")
# GDAL wants it as JSON, by its Accept.
_GEOJSON = described("A FeatureCollection (RFC 7946), one feature per item.", geojson.MEDIA_TYPE, _JSON, kind="object")
_SCHEMA = described("A Table Schema (Frictionless), one field per column.", _JSON, kind="object")


@router.get("/initiatives.ndjson", tags=["initiatives"], responses=_NDJSON)
def export_initiatives_ndjson(request: Request, query: Annotated[InitiativeExportQuery, Query()]) -> Response:
    """Every initiative that matches: the documents of the list, to the byte, one a line."""
    export = exporting.initiatives(request.state.database, query)
    documents = ([item.document for item in batch] for batch in export.batches)
    return exported(request, query, export, ndjson.MEDIA_TYPE, ndjson.written(documents))


@router.get("/territories.ndjson", tags=["territories"], responses=_NDJSON)
def export_territories_ndjson(request: Request, query: Annotated[TerritoryExportQuery, Query()]) -> Response:
    """Every territory that matches: the documents of the list, to the byte, one a line."""
    export = exporting.all_territories(request.state.database, query)
    return exported(request, query, export, ndjson.MEDIA_TYPE, ndjson.written(export.batches))


@router.get("/initiatives.csv", tags=["initiatives"], responses=_CSV)
def export_initiatives_csv(request: Request, query: Annotated[InitiativeTableQuery, Query()]) -> Response:
    """Toutes les initiatives trouvées, pour un tableur. Every initiative that matches, for a spreadsheet.

    Several values in a cell are joined by ` | `. The columns are described by `initiatives.schema.json`.
    """
    return _table(request, query, INITIATIVES, exporting.initiatives(request.state.database, query))


@router.get("/territories.csv", tags=["territories"], responses=_CSV)
def export_territories_csv(request: Request, query: Annotated[TerritoryTableQuery, Query()]) -> Response:
    """Tous les territoires trouvés, pour un tableur. Every territory that matches, for a spreadsheet.

    Several values in a cell are joined by ` | `. The columns are described by `territories.schema.json`.
    """
    return _table(request, query, TERRITORIES, exporting.all_territories(request.state.database, query))


@router.get("/initiatives.geojson", tags=["initiatives"], responses=_GEOJSON)
def export_initiatives_geojson(request: Request, query: Annotated[InitiativeFilters, Query()]) -> Response:
    """Every initiative that matches, for a map: a point where it says it is, else where its lead territory lies.

    What lies nowhere has no geometry. The properties are the columns of the CSV file.
    """
    return _map(request, query, INITIATIVES, exporting.initiatives(request.state.database, query))


@router.get("/territories.geojson", tags=["territories"], responses=_GEOJSON)
def export_territories_geojson(request: Request, query: Annotated[TerritoryFilters, Query()]) -> Response:
    """Every territory that matches, for a map: a point each. The properties are the columns of the CSV file."""
    return _map(request, query, TERRITORIES, exporting.all_territories(request.state.database, query))


@router.get("/initiatives.schema.json", tags=["initiatives"], responses=_SCHEMA)
def get_initiatives_schema(request: Request, _: NoParameters) -> Response:
    """What the columns of `initiatives.csv` are: names, types, bounds, examples."""
    return fixed(request, table_schema.schema(INITIATIVES, request.state.settings.public_url))


@router.get("/territories.schema.json", tags=["territories"], responses=_SCHEMA)
def get_territories_schema(request: Request, _: NoParameters) -> Response:
    """What the columns of `territories.csv` are: names, types, bounds, examples."""
    return fixed(request, table_schema.schema(TERRITORIES, request.state.settings.public_url))


def _table(
    request: Request, query: InitiativeTableQuery | TerritoryTableQuery, table: Table[Item], export: Export[Item]
) -> Response:
    headed = query.cursor is None
    about, separator = _about(request, export), query.separator
    chunks = comma_separated.written(table, export.batches, about, separator=separator, headed=headed)
    schema = about.page(f"{table.name}.schema.json")
    return exported(request, query, export, comma_separated.media_type(headed=headed), chunks, described_by=schema)


def _map(
    request: Request, query: InitiativeFilters | TerritoryFilters, table: Table[Item], export: Export[Item]
) -> Response:
    chunks = geojson.written(table, export.batches, _about(request, export))
    return negotiated(exported(request, query, export, media_type(request), chunks))


def _about(request: Request, export: Export[Any]) -> About:
    return About(request.state.settings.public_url, export.sequence, export.updated_at)
