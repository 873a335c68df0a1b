"""The catalogue at a glance."""

from fastapi import APIRouter, Depends, Request, Response

from api import auth
from api.catalogue import status, versions
from api.documents import StatusDocument
from api.v1.requests import NoParameters, reading
from api.v1.responses import document, unchanged
from api.v1.routing import StrictRoute

router = APIRouter(tags=["status"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])


@router.get("/status", response_model=StatusDocument)
def get_status(request: Request, _: NoParameters) -> Response:
    """How many initiatives there are, and when the catalogue last changed."""
    with reading(request) as session:
        found = status.get(session)
    tag = f"{versions.of_document(found.sequence)}-{found.version}"
    return unchanged(request, tag) or document(found.model_dump_json().encode(), tag)
