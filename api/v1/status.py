"""The catalogue at a glance."""

from fastapi import APIRouter, Depends, Request, Response

from api import auth
from api.catalogue import status, versions
from api.catalogue.versions import Version
from api.documents import StatusDocument
from api.v1.requests import NoParameters, reading
from api.v1.responses import document
from api.v1.routing import StrictRoute

router = APIRouter(tags=["status"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])


@router.get("/status", response_model=StatusDocument)
def get_status(request: Request, _: NoParameters) -> Response:
    """How many initiatives there are, and when the catalogue last changed."""
    with reading(request) as session:
        found = status.get(session)
    version = Version(f"{versions.of_document(found.sequence)}-{found.version}", found.updated_at)
    return document(request, found.model_dump_json().encode(), version)
