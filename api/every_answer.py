"""What holds for every answer, whatever its route: HEAD is GET without its body (RFC 9110), and some headers are there.

The outermost of all that is ours, so that a 500 has them too. Each request pays for it: the headers are bytes made
once, and those of the route are looked at once.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import __version__, logs

_EXPOSED = (
    "Accept-Patch, Accept-Post, Age, Allow, API-Version, Catalogue-Sequence, Content-Disposition, Content-Language, "
    "ETag, Link, Location, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, "
    "Retry-After, WWW-Authenticate, X-Request-ID"
)
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "API-Version": __version__,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
# For what is no page; the documentation's page says its own.
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_ENCODING = b"Accept-Encoding"
# The mark of a request that wants no body: a long one need not be made.
HEAD = "territoires.head"

RawHeaders = list[tuple[bytes, bytes]]


class EveryAnswer:
    """The middleware."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        always = _ALWAYS | (_HTTPS_ONLY if https else {})
        self._always: RawHeaders = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        head = scope["method"] == "HEAD"
        request_id = (b"x-request-id", logs.begin_request())

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._completed(message.get("headers", ()), request_id)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", HEAD: True} if head else scope, receive, send_on)
        return None

    def _completed(self, own: Iterable[tuple[bytes, bytes]], request_id: tuple[bytes, bytes]) -> RawHeaders:
        said = dict(own)
        vary = said.get(b"vary", b"")
        if not vary:
            rest = [*own, (b"vary", _ENCODING)]
        elif _ENCODING.lower() in vary.lower():
            rest = [*own]
        else:
            rest = [header for header in own if header[0] != b"vary"]
            rest.append((b"vary", vary + b", " + _ENCODING))
        if b"content-security-policy" not in said:
            rest.append(_POLICY)
        rest.append(request_id)
        return rest + self._always
