"""Source links."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import lookup, sources, versions
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
        tag = versions.of_list(lookup.look_up(session).sequence, query)
        return unchanged(request, tag) or listing(request, sources.page(session, query), tag)
