"""What has changed: the way to an exact copy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import changes, versions
from api.documents import ChangePage
from api.queries import ChangeQuery
from api.v1.requests import reading
from api.v1.responses import changes_page, unchanged
from api.v1.routing import StrictRoute

router = APIRouter(tags=["changes"], route_class=StrictRoute, dependencies=[Depends(auth.anybody)])


@router.get("/changes", response_model=ChangePage)
def list_changes(request: Request, query: Annotated[ChangeQuery, Query()]) -> Response:
    """All that was published, updated, archived, restored or merged since, in the order in which it was.

    Each case is told once, at its latest change: with its document, or without one, as no longer public. Take an
    export, then follow the changes since its `Catalogue-Sequence`: the copy is exact. After the catalogue was restored
    from a backup, who may have seen a change that the backup lacks is told with a 410: take an export again.
    """
    with reading(request) as session:
        version = versions.current(session, query)
        return unchanged(request, version) or changes_page(request, changes.page(session, query), version)
