"""The two hottest reads, answered before FastAPI sees them, as long as the request is plainly right.

They are endpoints like any other, documented and read by FastAPI; but what it does for each request costs several times
what these answers do. Whatever is unusual, an error above all, goes its way.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, get_origin

from anyio import to_thread
from fastapi import Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from api.db import Database
from api.errors import Busy, CatalogueError
from api.metrics import ROUTE
from api.queries import InitiativeQuery, Query
from api.types import Slug
from api.v1.initiatives import get_initiative, list_initiatives
from api.v1.requests import AT_ONCE, asked, preferred_type

_LIST = "/v1/initiatives"
_SLUG = TypeAdapter[str](Slug)


class HotReads:
    """The middleware around version 1."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(_LIST):
            try:
                answer = await _answer(scope)
            except Busy:
                raise  # it has waited long enough
            except (ValidationError, CatalogueError):
                pass
        await (answer or self.app)(scope, receive, send)


class _Read(NamedTuple):
    """An endpoint, with what it is asked."""

    endpoint: Callable[..., Response]
    query: Query
    path: tuple[str, ...] = ()
    counting: bool = False


def _read(scope: Scope) -> _Read | None:
    name = scope["path"].removeprefix(_LIST)
    if not name:
        query = InitiativeQuery.model_validate(_parameters(scope))
        return _Read(list_initiatives, query, counting=query.facets is not None)
    if name[0] == "/" and not scope["query_string"]:
        return _Read(get_initiative, Query(), (_SLUG.validate_python(name[1:]),))
    return None


async def _answer(scope: Scope) -> Response | None:
    """On the event loop where that holds nobody up: a thread would cost more than the answer.

    What may take long queues for a thread, so that it leaves a processor to what is answered at once.
    """
    if (read := _read(scope)) is None:
        return None
    scope["state"][ROUTE] = "/initiatives/{initiative}" if read.path else "/initiatives"
    request = Request({**scope, AT_ONCE: True})
    preferred_type(request, "application/json")
    endpoint = partial(read.endpoint, request, *read.path, query=read.query)
    database: Database = scope["state"]["database"]
    if not (database.is_sqlite or read.counting):
        return await database.awaited.call(endpoint)
    if read.query.is_bounded() and not read.counting:
        with suppress(Busy):
            return endpoint()
    del request.scope[AT_ONCE]
    return await to_thread.run_sync(endpoint, limiter=scope["state"]["long_reads"])


_MANY = {name for name, field in InitiativeQuery.model_fields.items() if get_origin(field.annotation) is tuple}


def _parameters(scope: Scope) -> dict[str, Any]:
    """A list where a list is meant, or where a parameter was given twice, which validation refuses."""
    given: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in asked(scope):
        given[name].append(value)
    return {name: values if name in _MANY or len(values) > 1 else values[0] for name, values in given.items()}
