"""Answers are compressed for whoever takes gzip, and an ETag tells the two representations apart (RFC 9110).

`"x"` is sent compressed as `"x-gzip"`. Coming back in a condition the coding is taken off again, so that the catalogue
compares versions only: always in `If-Match`, which means the state; in `If-None-Match`, which means the bytes, only
where the caller may be given those bytes.

What no cache may keep is not compressed: beside what a stranger wrote, its length would tell of a secret in it
(BREACH), and the ETag of a submission is its version, as it stands.
"""

from functools import lru_cache
from http import HTTPStatus

from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.weights import weighed

_SMALLEST = 1024  # bytes; below, the headers weigh more than what is saved
_LEVEL = 4  # of a page of 50: 3 times as fast as 6, and a tenth larger
_CODED, _PLAIN = b'-gzip"', b'"'


class Compression:
    """The middleware; what neither takes gzip nor knows our compressed ETags passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = dict(scope["headers"])
        accepted = said.get(b"accept-encoding")
        gzip = accepted is not None and takes_gzip(accepted.decode("latin-1"))
        held = said.get(b"if-none-match", b"") if gzip or accepted is None else b""
        if _CODED in held or _CODED in said.get(b"if-match", b""):
            scope = _without_coding(scope, b"if-match", b"if-none-match" if held else b"")
        elif not gzip:
            return await self.app(scope, receive, send)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell_apart(message, held)
            await send(message)

        onward: Send = send_on

        async def pack(message: Message) -> None:
            nonlocal onward
            if message["type"] == "http.response.start" and _is_worth_it(message):
                responder = GZipResponder(self.app, _SMALLEST, _LEVEL)
                responder.send, onward = send_on, responder.send_with_compression
            await onward(message)

        await self.app(scope, receive, pack if gzip else send_on)
        return None


@lru_cache(maxsize=100)  # browsers are few
def takes_gzip(accept_encoding: str) -> bool:
    """Whether an `Accept-Encoding` header wishes for gzip, by name or by `*`, at least as much as for `identity`."""
    wishes = {coding.removeprefix("x-"): weight for coding, weight in weighed(accept_encoding)}
    gzip = wishes.get("gzip", wishes.get("*", 0.0))
    return gzip > 0 and gzip >= wishes.get("identity", wishes.get("*", 0.0))


def tag_as_sent(tag: str, accept_encoding: str, size: float) -> str:
    """The tag of an answer of so many bytes, which caches may keep, as such a caller is sent it."""
    return f"{tag}-gzip" if size >= _SMALLEST and takes_gzip(accept_encoding) else tag


def _without_coding(scope: Scope, *conditions: bytes) -> Scope:
    headers = [
        (name, value.replace(_CODED, _PLAIN) if name in conditions else value) for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _is_worth_it(message: Message) -> bool:
    """Not what has no body, nor what is private or known to be small; the responder looks at the rest."""
    if message["status"] == HTTPStatus.NOT_MODIFIED:
        return False
    said = dict(message["headers"])
    return b"no-store" not in said.get(b"cache-control", b"") and (
        int(said.get(b"content-length", _SMALLEST)) >= _SMALLEST
    )


def _tell_apart(message: Message, held: bytes) -> None:
    """The ETag of what is compressed, or of what is held compressed and has not changed, names the coding."""
    said = dict(message["headers"])
    tag = said.get(b"etag", b"W/")
    coded = tag[:-1] + _CODED
    unchanged = message["status"] == HTTPStatus.NOT_MODIFIED and coded in held
    if not tag.startswith(b"W/") and (unchanged or said.get(b"content-encoding") == b"gzip"):
        rest = [header for header in message["headers"] if header[0] != b"etag"]
        message["headers"] = [*rest, (b"etag", coded)]
