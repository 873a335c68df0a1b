"""Source links."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import sources, versions
from api.documents import SourcePage
from api.queries import SourceQuery
from api.v1.requests import reading
from api.v1.responses import listing, unchanged
from api.v1.routing import StrictRoute

router = APIRouter(tags=["sources"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])


@router.get("/sources", response_model=SourcePage)
def list_sources(request: Request, query: Annotated[SourceQuery, Query()]) -> Response:
    """Web pages that document published initiatives, the newest initiative's first."""
    with reading(request) as session:
        version = versions.current(session, query)
        return unchanged(request, version) or listing(request, sources.page(session, query), version)
