"""The feed: what was last changed first, for readers of feeds and newsletters."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import finding, status, versions
from api.catalogue.paging import Page
from api.catalogue.versions import Version
from api.documents import LICENSE_PAGE, StatusDocument
from api.formats import About, atom
from api.queries import InitiativeFeedQuery
from api.v1.requests import reading
from api.v1.responses import address, asks_again, cached, described, of_file, unchanged, unless_held
from api.v1.routing import StrictRoute

router = APIRouter(route_class=StrictRoute, default_response_class=Response, dependencies=[Depends(auth.anybody)])

_ATOM = described("A page of an Atom feed (RFC 4287, RFC 5005), one entry per initiative.", atom.MEDIA_TYPE)


@router.get("/initiatives.atom", tags=["initiatives"], responses=_ATOM)
def list_initiatives_atom(request: Request, query: Annotated[InitiativeFeedQuery, Query()]) -> Response:
    """Initiatives that match, as a feed to subscribe to: what was last changed first, unless you say otherwise."""
    listed = query.listed(query.limit)
    with reading(request) as session:
        if asks_again(request) and (same := unchanged(request, _version(request, versions.current(session, listed)))):
            return same
        catalogue = status.get(session)
        page, found = finding.page(session, listed, finding.facts(session, listed))
    version = _version(request, found)
    return unless_held(request, _feed(request, page, version, catalogue), version)


def _version(request: Request, listed: Version) -> Version:
    return of_file(request, listed, atom.MEDIA_TYPE)


def _feed(request: Request, page: Page, version: Version, catalogue: StatusDocument) -> Response:
    body = atom.feed(
        page.items,
        About(request.state.settings.public_url, catalogue.sequence, catalogue.updated_at),
        here=address(request),
        first=address(request, cursor=None),
        following=page.next and address(request, cursor=page.next),
    )
    about = {"Catalogue-Sequence": str(catalogue.sequence), "Link": f'<{LICENSE_PAGE}>; rel="license"'}
    return Response(body, media_type=atom.MEDIA_TYPE, headers=cached(version) | about)
