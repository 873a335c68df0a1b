"""The catalogue described as a whole, for portals of open data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api import auth
from api.catalogue import coverage, versions
from api.formats import dcat
from api.settings import Settings
from api.v1.requests import NoParameters, reading, wanted_type
from api.v1.responses import document, negotiated
from api.v1.routing import StrictRoute

router = APIRouter(tags=["catalog"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])

_DESCRIPTION = {
    "description": "The description, in DCAT-AP 3.",
    "content": {
        dcat.JSON_LD: {
            "schema": {
                "type": "object",
                "description": "JSON-LD 1.1 with its context in it.",
                "required": ["@context", "@id", "@type"],
                "properties": {
                    "@context": {"type": "object"},
                    "@id": {"type": "string", "format": "uri", "maxLength": 2000},
                    "@type": {"enum": ["dcat:Catalog"]},
                },
            }
        },
        dcat.TURTLE: {"schema": {"type": "string", "maxLength": 1_000_000}},
    },
}


@router.get("/catalog", response_class=Response, responses={200: _DESCRIPTION})
def get_catalog(request: Request, _: NoParameters, wanted: Annotated[str, Depends(wanted_type)]) -> Response:
    """The catalogue, its datasets, their files and this API, as portals of open data harvest them (DCAT-AP 3)."""
    settings: Settings = request.state.settings
    with reading(request) as session:
        described = dcat.catalog(coverage.measured(session), f"{settings.public_url}/v1", settings.contact)
    body = dcat.written(described, wanted)
    return negotiated(document(request, body, versions.of_bytes(body), wanted))
