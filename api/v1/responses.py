"""How answers leave: as stored bytes, with the ETag that lets a client ask again for nothing."""

from http import HTTPStatus
from urllib.parse import unquote

from fastapi import Request, Response
from pydantic import BaseModel

from api.catalogue.paging import Page
from api.settings import Settings
from api.v1.requests import tags

# Caches keep it, and ask each time whether it still holds: a withdrawn case is gone at once.
_CACHED = "public, no-cache"
# For one caller alone, and in the language that was asked for.
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept-Language"}


def asks_again(request: Request) -> bool:
    """Whether the caller has some version already."""
    return "If-None-Match" in request.headers


def unchanged(request: Request, tag: str) -> Response | None:
    """304 where the caller has this version already."""
    asked = ",".join(request.headers.getlist("If-None-Match"))
    if asked and (asked.strip() == "*" or any(held == tag for _, held in tags(asked))):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_cached(tag))
    return None


def document(body: bytes, tag: str, media_type: str = "application/json") -> Response:
    """A public document."""
    return Response(body, media_type=media_type, headers=_cached(tag))


def negotiated(answer: Response) -> Response:
    """An answer that another `Accept` would have had in another media type: no cache gives it to that one."""
    answer.headers["Vary"] = "Accept"
    return answer


def moved(location: str) -> Response:
    """What is asked for has become part of something else, for good."""
    return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": location, "Cache-Control": _CACHED})


def listing(request: Request, page: Page, tag: str) -> Response:
    """A page of a public list."""
    return _linked(request, page, _cached(tag))


def private_listing(request: Request, page: Page) -> Response:
    """A page for the holder of a key alone."""
    return _linked(request, page, dict(_PRIVATE))


def private(
    body: BaseModel, tag: str | None = None, status: HTTPStatus = HTTPStatus.OK, location: str | None = None
) -> Response:
    """An answer for its caller alone."""
    headers = dict(_PRIVATE)
    if tag is not None:
        headers["ETag"] = f'"{tag}"'
    if location is not None:
        headers["Location"] = location
    return Response(body.model_dump_json(), status_code=status, media_type="application/json", headers=headers)


def _linked(request: Request, page: Page, headers: dict[str, str]) -> Response:
    if page.next is not None:
        headers["Link"] = f'<{_next_address(request, page.next)}>; rel="next"'
    return Response(page.rendered(), media_type="application/json", headers=headers)


def _next_address(request: Request, cursor: str) -> str:
    """The same question from this cursor on. Absolute, from the settings: the Host header is the client's word."""
    settings: Settings = request.state.settings
    asked = request.scope["query_string"].decode("ascii").split("&")
    kept = [part for part in asked if part and unquote(part.partition("=")[0]) != "cursor"]
    return f"{settings.public_url}{request.scope['path']}?{'&'.join([*kept, f'cursor={cursor}'])}"


def _cached(tag: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"', "Cache-Control": _CACHED}
