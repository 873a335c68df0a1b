"""The taxonomy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import themes, versions
from api.documents import ThemePage
from api.queries import ThemeQuery
from api.v1.requests import reading
from api.v1.responses import listing, unchanged
from api.v1.routing import StrictRoute

router = APIRouter(tags=["themes"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])


@router.get("/themes", response_model=ThemePage)
def list_themes(request: Request, query: Annotated[ThemeQuery, Query()]) -> Response:
    """Themes in French and English, with how many initiatives each has, the themes below it included."""
    with reading(request) as session:
        version = versions.current(session, query)
        return unchanged(request, version) or listing(request, themes.page(session, query), version)
