"""What the service does, for Prometheus: how often each route was asked, with which status, how long that and the
database's part of it took, and how much of the database is in use.

Labels are few and known beforehand: a route's template, never an address. With several workers `serve` names a folder
in which all of them count, and each tells of all (PROMETHEUS_MULTIPROC_DIR, read when prometheus-client is imported).
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from time import perf_counter

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.catalogue import status
from api.db import TIMES, USES, Database
from api.types import now

ROUTE = "route"  # where a request's state holds the template of its route
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client looks, in each worker

_METHODS = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_ANSWERED = Histogram(
    "territoires_http_request_duration_seconds",
    "From the request's head to the end of its answer.",
    ("method", "route", "status"),
    buckets=_SECONDS,
    registry=None,
)
_CONNECTIONS = Gauge(
    "territoires_database_connections",
    "How many may be open at once.",
    multiprocess_mode="livesum",
    registry=None,
)


def begin(database: Database) -> None:
    """What a worker tells of itself."""
    _CONNECTIONS.set(database.connections)


class Measured:
    """The middleware around everything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start, code = perf_counter(), 500

        async def send_on(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            _of(method, scope["state"].get(ROUTE, "other"), code).observe(perf_counter() - start)
        return None


@lru_cache(maxsize=1000)
def _of(method: str, route: str, code: int) -> Histogram:
    return _ANSWERED.labels(method, route, str(code))


class _Now(Collector):
    """What stands in the database at the moment."""

    def __init__(self, values: dict[str, tuple[str, float]]) -> None:
        self._values = values

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (said, value) in self._values.items():
            yield GaugeMetricFamily(f"territoires_{name}", said, value)


def metrics(request: Request) -> Response:
    """All of it, in Prometheus' text format. For inside: a proxy does not pass it on."""
    registry, database = CollectorRegistry(), request.state.database
    if SHARED in os.environ:
        _forget_the_dead(Path(os.environ[SHARED]))
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for measure in (_ANSWERED, TIMES, USES, _CONNECTIONS):
            registry.register(measure)
    registry.register(_Now(_values(database)))
    headers = {"Cache-Control": "no-store"}
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers=headers)


def _forget_the_dead(folder: Path) -> None:
    """What workers that were killed had in use. Nobody else tells the library."""
    for file in folder.glob("gauge_live*.db"):
        process = int(file.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)  # asks only
        except ProcessLookupError:
            mark_process_dead(process)  # type: ignore[no-untyped-call]


def _values(database: Database) -> dict[str, tuple[str, float]]:
    with database.read() as session:
        found, waiting = status.get(session), status.waiting(session)
    age = (now() - waiting.since).total_seconds() if waiting.since else 0
    return {
        "initiatives": ("Published initiatives.", found.initiatives),
        "sequence": ("That of the last public change.", found.sequence),
        "pending_submissions": ("Submissions that wait for a decision.", waiting.number),
        "oldest_pending_seconds": ("For how long the oldest of them has waited.", age),
    }


routes = [Route("/metrics", metrics)]
