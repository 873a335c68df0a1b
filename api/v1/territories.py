"""Territories: listed, and shown by id or official code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import auth
from api.catalogue import territories, versions
from api.documents import TerritoryDocument, TerritoryPage
from api.queries import TerritoryQuery
from api.types import TerritoryCode
from api.v1 import examples
from api.v1.requests import NoParameters, reading
from api.v1.responses import asks_again, document, listing, moved, unchanged
from api.v1.routing import StrictRoute

router = APIRouter(tags=["territories"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])

Territory = Annotated[
    TerritoryCode,
    Path(description="The id of a territory or an official code.", openapi_examples=examples.TERRITORY),
]


@router.get("/territories", response_model=TerritoryPage)
def list_territories(request: Request, query: Annotated[TerritoryQuery, Query()]) -> Response:
    """Territories in the order of their ids, with how many initiatives each has, everything inside included.

    With `near` the nearest come first. With `similar`, towns like one: those of its country first, then the nearest.
    """
    with reading(request) as session:
        if asks_again(request) and (held := unchanged(request, versions.current(session, query))):
            return held
        facts = territories.facts(session, query)
        version = versions.of_list(facts.sequence, facts.changed, query)
        return listing(request, territories.page(session, query, facts), version)


@router.get("/territories/{territory}", response_model=TerritoryDocument)
def get_territory(request: Request, territory: Territory, _: NoParameters) -> Response:
    """One territory, by our id or by an official code such as `insee:81004`.

    One that was merged into another redirects there (308).
    """
    with reading(request) as session:
        version = versions.current(session)
        if held := unchanged(request, version):
            return held
        found = territories.get(session, territory)
    return moved(f"/v1/territories/{found.id}") if found.moved else document(request, found.document, version)
