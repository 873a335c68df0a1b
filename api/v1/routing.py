"""How requests reach an endpoint: strictly, so that nothing is misunderstood in silence, and with every mistake told.

`StrictRoute` is FastAPI's route with a stricter reading; `HotRoute` spares the hottest reads what FastAPI does for each
request, as long as there is nothing unusual about it.
"""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.errors import BadInput, Busy, CatalogueError, Mistake
from api.mistakes import mistaken
from api.problems import is_unreadable, mistakes_of
from api.queries import Query
from api.v1.requests import AT_ONCE, REHEARSAL, json_answers

BODY_LIMIT = 256 * 1024  # bytes


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

    async def json(self) -> Any:
        """As RFC 8259 has it: UTF-8, without NaN, and of a depth that can be read."""
        try:
            return json.loads((await self.body()).decode(), parse_constant=_no_constant)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("not JSON that can be read", "", 0) from None

    @property
    def query_params(self) -> QueryParams:
        return _StrictParams(self.scope["query_string"])


def _no_constant(name: str) -> None:
    raise ValueError(name)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """Reads the query strictly and no more of a body than it may have, and tells all the mistakes of both."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            strict = _StrictRequest(request.scope, request.receive)
            try:
                return await handle(strict)
            except RequestValidationError as error:
                raise mistaken(await _all_mistakes(handle, strict, error)) from None

        return handle_strictly


async def _all_mistakes(handle: Handler, request: Request, error: Exception | None) -> list[Mistake]:
    """What was found wrong, and what it hid: the request is rehearsed without it, as long as that finds more.

    A malformed parameter hides the mistakes of a body, an unreadable body those of the parameters. A cursor belongs to
    the parameters that it came with, and is not tried with fewer.
    """
    found: list[Mistake] = []
    asked, body, readable = _asked(request.scope), await request.body(), True
    while news := [one for one in mistakes_of(error) if one not in found and (readable or one.parameter)]:
        found += news
        wrong = {"cursor", *(mistake.parameter for mistake in news)}
        fewer = [pair for pair in asked if pair[0] not in wrong]
        if is_unreadable(error):
            readable, body = False, b"{}"
        elif len(fewer) == len(asked):
            break
        asked = fewer
        error = await _rehearsed(handle, request.scope, urlencode(asked), body)
    return found


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


def _asked(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


class HotRoute(StrictRoute):
    """Answers what is plainly right by itself, and leaves the rest to FastAPI: solving dependencies costs more than
    these reads.

    Its endpoints take the request, parameters of the path, and one query model, `query`. On SQLite, what takes a
    bounded number of steps is answered on the event loop: a thread would cost more, too.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        hints = get_type_hints(self.endpoint, include_extras=True)
        self._in_path = {name: TypeAdapter[str](hints[name]) for name in self.param_convertors}
        self._query: type[Query] = get_args(hints["query"])[0]
        self._lists = {name for name, at in self._query.model_fields.items() if get_origin(at.annotation) is tuple}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive)) if scope["method"] == "GET" else None
        if answer is None:
            await super().handle(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """None for what is not plainly right."""
        json_answers(request)
        scope = request.scope
        try:
            path = {name: kind.validate_python(scope["path_params"][name]) for name, kind in self._in_path.items()}
            query = self._query.model_validate(self._given(scope))
            if request.state.database.is_sqlite and query.is_bounded():
                with suppress(Busy):
                    return self._endpoint(Request({**scope, AT_ONCE: True}), query=query, **path)
            return await run_in_threadpool(self._endpoint, request, query=query, **path)
        except ValidationError:
            return None

    @property
    def _endpoint(self) -> Callable[..., Response]:
        return self.endpoint

    def _given(self, scope: Scope) -> dict[str, Any]:
        """The parameters: a list where a list is meant, or where one was given twice, which validation refuses."""
        given: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in _asked(scope):
            given[name].append(value)
        return {name: values if name in self._lists or len(values) > 1 else values[0] for name, values in given.items()}
