"""Exports: every match of a list in one answer, for copies, spreadsheets and maps.

Each tells the sequence that it stands for; with the changes since then, it is an exact copy.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import exporting
from api.formats import ndjson
from api.queries import InitiativeExportQuery, TerritoryExportQuery
from api.v1.routing import StrictRoute
from api.v1.streams import exported

router = APIRouter(route_class=StrictRoute, default_response_class=Response, dependencies=[Depends(auth.anybody)])


def _file(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "description": description}
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


_NDJSON = _file(ndjson.MEDIA_TYPE, "A JSON document a line.")


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
