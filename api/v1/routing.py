"""How requests reach an endpoint: read strictly, so that nothing is misunderstood in silence; every mistake is told."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from anyio import CapacityLimiter, move_on_after
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Scope

from api.errors import BadInput, CatalogueError, Mistake
from api.metrics import ROUTE
from api.mistakes import mistaken
from api.problems import is_unreadable, mistakes_of
from api.v1 import bodies
from api.v1.requests import REHEARSAL, asked, refuse_coded

BODY_LIMIT = 256 * 1024  # bytes
_PATIENCE = 0.25  # seconds that a writer waits for a turn


class _StrictParams(QueryParams):
    """A parameter given twice reaches validation as a list, and is refused there unless a list is meant."""

    def get(self, key: Any, default: Any = None) -> Any:
        values = self.getlist(key)
        return values if len(values) > 1 else super().get(key, default)


class _StrictRequest(Request):
    async def stream(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > BODY_LIMIT:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
            yield chunk

    async def body(self) -> bytes:
        body = await super().body()
        if body:
            refuse_coded(self)
        return body

    async def json(self) -> Any:
        return bodies.read(await self.body())

    @property
    def query_params(self) -> QueryParams:
        return _StrictParams(asked(self.scope))


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """Reads the query strictly and no more of a body than it may have, and tells all the mistakes of both."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            setattr(request.state, ROUTE, self.path_format)
            strict = _StrictRequest(request.scope, request.receive)
            async with _writer_place(strict):
                try:
                    return await handle(strict)
                except RequestValidationError as error:
                    raise mistaken(await _all_mistakes(handle, strict, error)) from None

        return handle_strictly


@asynccontextmanager
async def _writer_place(request: Request) -> AsyncIterator[None]:
    """One of the few places for those who may write, so that threads are left for those who read.

    It is taken when the body has come: who sends slowly keeps nobody waiting. Then writers take turns, which is quicker
    than all at once; but not for long, since those before may wait for a lock that others have no need of.
    """
    if request.method in ("GET", "HEAD"):
        yield
        return
    with suppress(ClientDisconnect):
        await request.body()
    turns: CapacityLimiter = request.state.turns
    async with request.state.writers:
        with move_on_after(_PATIENCE) as waiting:
            await turns.acquire()
        try:
            yield
        finally:
            if not waiting.cancelled_caught:
                turns.release()


async def _all_mistakes(handle: Handler, request: Request, error: Exception | None) -> list[Mistake]:
    """What was found wrong, and what it hid: the request is rehearsed without it, as long as that finds more.

    A malformed parameter, `If-Match` or `Idempotency-Key` hides the mistakes of a body, an unreadable body those of the
    parameters. A cursor belongs to the parameters that it came with, a radius to its point, and neither is tried with
    fewer.
    """
    found: list[Mistake] = []
    scope = _without_conditions(request.scope)
    parameters, body, readable = asked(scope), await request.body(), True
    while news := [one for one in mistakes_of(error) if one not in found and (readable or one.parameter)]:
        found += news
        wrong = {"cursor", *(mistake.parameter for mistake in news)}
        wrong |= {"radius"} if "near" in wrong else set()
        fewer = [pair for pair in parameters if pair[0] not in wrong]
        if is_unreadable(error):
            readable, body = False, b"{}"
        elif len(fewer) == len(parameters) and not wrong & {"If-Match", "Idempotency-Key"}:
            break
        parameters = fewer
        error = await _rehearsed(handle, scope, urlencode(parameters, errors="surrogateescape"), body)
    return found


def _without_conditions(scope: Scope) -> Scope:
    """The request as one of any version, that was not sent before."""
    others = [header for header in scope["headers"] if header[0] not in (b"if-match", b"idempotency-key")]
    return {**scope, "headers": [*others, (b"if-match", b"*")]}


async def _rehearsed(handle: Handler, scope: Scope, query: str, body: bytes) -> Exception | None:
    """The mistakes that such a request would have; nothing that it does is kept."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    try:
        await handle(_StrictRequest({**scope, REHEARSAL: True, "query_string": query.encode()}, receive))
    except (RequestValidationError, BadInput) as error:
        return error
    except (CatalogueError, HTTPException):
        pass
    return None
