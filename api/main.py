"""The service: version 1 mounted at /v1, health checks beside it, one database for its whole life."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import __version__, health, problems
from api.db import Database
from api.settings import Settings
from api.v1.app import create_v1

_VERSION = __version__.encode()
_EXPOSED = ["API-Version", "Allow", "Content-Language", "ETag", "Link", "Location", "Retry-After"]
_SENT = ["Accept-Language", "Authorization", "Content-Type", "If-Match", "If-None-Match"]


class State(TypedDict):
    """What every request finds in `request.state`."""

    database: Database
    settings: Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, with settings from the environment unless they are given."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        database = Database(settings.database_url)
        yield {"database": database, "settings": settings}
        database.close()

    app = FastAPI(
        title="Territoires innovants", version=__version__, lifespan=lifespan, openapi_url=None, redirect_slashes=False
    )
    problems.install(app)
    app.include_router(health.router)
    for path in ("/", "/docs", "/v1"):
        app.add_route(path, _to_docs, include_in_schema=False)
    app.mount("/v1", create_v1(settings))
    # Outermost first: every answer may be read by a page of any origin, errors included.
    app.add_middleware(EveryAnswer)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=_SENT,
        expose_headers=_EXPOSED,
        max_age=86400,
    )
    return app


async def _to_docs(_: object) -> Response:
    return RedirectResponse("/v1/docs")


class EveryAnswer:
    """What holds for every route: HEAD is GET without its body (RFC 9110), and `API-Version` names the contract's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        head = scope["method"] == "HEAD"

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"api-version", _VERSION)]
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if head else scope, receive, send_on)
        return None
