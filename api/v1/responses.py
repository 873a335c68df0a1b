"""How answers leave: as stored bytes, with the ETag that lets a client ask again for nothing."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from math import inf
from typing import Any
from urllib.parse import unquote, urlencode

from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from api import __version__
from api.catalogue import versions
from api.catalogue.changes import Changes
from api.catalogue.paging import Page
from api.catalogue.versions import Version
from api.compression import tag_as_sent
from api.settings import Settings
from api.v1.requests import tags

# A cache answers by itself for ten seconds, then for fifty more while it asks anew, so that nobody waits: what is
# withdrawn is gone everywhere within a minute. While the service is away it may go on for ten (RFC 9111, RFC 5861).
# Not `s-maxage`, after which a shared cache must ask before it answers, as with `proxy-revalidate`.
CACHED = {"Cache-Control": "public, max-age=10, stale-while-revalidate=50, stale-if-error=600"}
# For one caller alone, and in the language that was asked for.
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept-Language"}


def described(description: str, *media_types: str, kind: str = "string") -> dict[int | str, dict[str, Any]]:
    """How the document describes an answer for which there is no model."""
    schema = {"type": kind, "description": description} | ({"maxLength": 2**31 - 1} if kind == "string" else {})
    content = {media_type: {"schema": schema} for media_type in media_types}
    return {HTTPStatus.OK: {"description": description, "content": content}}


def asks_again(request: Request) -> bool:
    """Whether the caller names versions that it has."""
    return "If-None-Match" in request.headers


def unchanged(request: Request, version: Version) -> Response | None:
    """304 where the caller names this version. Its question needs no look: it was in order when the tag was given."""
    named = tags(_if_none_match(request))
    return _not_modified(version) if any(tag == version.tag for _, tag in named) else None


def held(request: Request, version: Version, size: float = inf) -> Response | None:
    """304 where the caller's conditions say that it has this version (RFC 9110, §13.2.2).

    Where they name no tag, it has that of the answer of so many bytes; what leaves in pieces is always compressed.
    """
    if asks_again(request):
        if _if_none_match(request).strip() != "*":
            return unchanged(request, version)
    elif not _is_as_old(version, request.headers.get("If-Modified-Since")):
        return None
    tag = tag_as_sent(version.tag, request.headers.get("Accept-Encoding", ""), size)
    return _not_modified(version._replace(tag=tag))


def unless_held(request: Request, answer: Response, version: Version) -> Response:
    """An answer, or 304."""
    return held(request, version, len(answer.body)) or answer


def document(request: Request, body: bytes, version: Version, media_type: str = "application/json") -> Response:
    """A public document, or 304."""
    return held(request, version, len(body)) or Response(body, media_type=media_type, headers=cached(version))


def negotiated(answer: Response) -> Response:
    """An answer that another `Accept` would have had in another media type: no cache gives it to that one."""
    answer.headers["Vary"] = "Accept"
    return answer


def fixed(request: Request, described: dict[str, Any]) -> Response:
    """A description that changes with the software and its settings alone, or 304. Its bytes are its version."""
    body = to_json(described)
    return document(request, body, versions.of_bytes(body))


def of_file(request: Request, version: Version, media_type: str) -> Version:
    """The version of what names addresses of ours, and the release that made it: with others, the bytes are others.

    So is a tag where the same bytes are sent as another media type (RFC 9110, §8.8.3): that is another representation.
    """
    made = f"{request.state.settings.public_url} {__version__} {media_type}"
    return version._replace(tag=f"{version.tag}-{hashlib.sha256(made.encode()).hexdigest()[:8]}")


def cached(version: Version) -> dict[str, str]:
    """The headers of what caches may keep, and ask for anew."""
    headers = {"ETag": f'"{version.tag}"'} | CACHED
    if date := version.date:
        headers["Last-Modified"] = _http_date(date)
    return headers


def moved(location: str) -> Response:
    """What is asked for has become part of something else, for good."""
    return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": location} | CACHED)


def listing(request: Request, page: Page, version: Version) -> Response:
    """A page of a public list, or 304."""
    return unless_held(request, _linked(request, page, cached(version)), version)


def changes_page(request: Request, page: Changes, version: Version) -> Response:
    """A page of changes, or 304."""
    headers = cached(version)
    if page.next < page.sequence:
        headers["Link"] = f'<{address(request, since=page.next)}>; rel="next"'
    return unless_held(request, Response(page.rendered(), media_type="application/json", headers=headers), version)


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
        headers["Link"] = f'<{address(request, cursor=page.next)}>; rel="next"'
    return Response(page.rendered(), media_type="application/json", headers=headers)


def address(request: Request, **onward: str | int | None) -> str:
    """The same question from there on, or from its beginning where that is None.

    Absolute, from the settings: the Host header is the client's word.
    """
    settings: Settings = request.state.settings
    asked = request.scope["query_string"].decode("ascii").split("&")
    kept = [part for part in asked if part and unquote(part.partition("=")[0]) not in onward]
    kept += [urlencode({name: value}) for name, value in onward.items() if value is not None]
    return f"{settings.public_url}{request.scope['path']}{'?' if kept else ''}{'&'.join(kept)}"


@lru_cache(maxsize=1000)
def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _is_as_old(version: Version, asked: str | None) -> bool:
    """Whether it has not changed since. What is no date is not looked at."""
    if asked is None or version.date is None:
        return False
    try:
        return version.date <= parsedate_to_datetime(asked).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return False


def _if_none_match(request: Request) -> str:
    return ",".join(request.headers.getlist("If-None-Match"))


def _not_modified(version: Version) -> Response:
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{version.tag}"'} | CACHED)
