"""The service: version 1 at /v1, health checks and known addresses beside it, one database for its whole life."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypedDict

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from api import health, metrics, problems, well_known
from api.catalogue.facets import KeptFacets
from api.compression import Compression
from api.db import Database
from api.every_answer import EveryAnswer
from api.metrics import Measured
from api.rate_limits import RateLimits
from api.settings import Settings
from api.v1.app import create_v1
from api.v1.hot import HotReads

_STATEMENT_TIMEOUT = 30  # seconds
_WRITERS = 30  # at a time, of the 40 threads that there are: while they wait for a lock, others read
_TURNS = 2  # of writers on SQLite: it has one lock, and what is done beside it goes quicker one after the other


class State(TypedDict):
    """What every request finds in `request.state`."""

    database: Database
    settings: Settings
    facets: KeptFacets
    long_reads: CapacityLimiter  # how many at a time
    writers: CapacityLimiter
    turns: CapacityLimiter


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The service, with settings from the environment unless they are given."""
    settings = settings or Settings()
    limited = RateLimits(HotReads(create_v1(settings.public_url, settings.contact)), settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with (
            aclosing(Database(settings.database_url, statement_timeout=_STATEMENT_TIMEOUT)) as database,
            limited.counting(),
        ):
            # With as many threads as there are cores, those that answer at once would wait for the others.
            long_reads = CapacityLimiter(max(1, (os.cpu_count() or 1) // 2))
            metrics.begin(database)
            yield {
                "database": database,
                "settings": settings,
                "facets": KeptFacets(),
                "long_reads": long_reads,
                "writers": CapacityLimiter(_WRITERS),
                "turns": CapacityLimiter(_TURNS if database.is_sqlite else _WRITERS),
            }

    front_doors = (Route(path, _to_docs) for path in ("/", "/docs", "/v1"))
    beside = (*health.routes, *metrics.routes, *well_known.routes, *front_doors)
    app = Starlette(routes=[Mount("/v1", limited), *beside], lifespan=lifespan)
    app.router.redirect_slashes = False
    problems.install(app)
    # Around all of the application, even what answers a fault of ours, which its own middleware would not be.
    return Measured(EveryAnswer(Compression(app), https=settings.public_url.startswith("https:")))


def served() -> ASGIApp:
    """The service of a process that serves nothing else.

    `gc.freeze` exempts what the start has allocated, which stays: to scan it would stall every request for 50 ms.
    """
    app = create_app()
    gc.freeze()
    return app


async def _to_docs(_: Request) -> Response:
    return RedirectResponse("/v1/docs")
