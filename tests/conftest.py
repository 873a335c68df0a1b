"""Every test that touches the catalogue runs twice: on SQLite and on PostgreSQL, over real HTTP where HTTP is meant."""

import asyncio
import gc
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.catalogue import keys
from api.db import Database
from api.main import create_app
from api.server import ProblemProtocol
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.databases import ENGINES, PostgresDatabases, SqliteFiles, folder_of_a_run, postgres_server

SOAK = "SOAK" in os.environ  # with time for what is long, or left to chance
PUBLIC_URL = "https://catalogue.example"
# The longest tests, the very longest first.
LONG = ("tests/fuzz/", "tests/browser/", "tests/catalogue/test_any_sequence.py", "tests/faults/")
FOLDER = "TERRITOIRES_TEST_FOLDER"
TLS = ssl.create_default_context()  # made once: for each client anew, it would take longer than the requests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that nobody waits for them at the end.

    Of several processes each is given a part of the row, and takes from the end of another's when it is done: each part
    begins with its share of the long ones. Those that share a database stay together.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for start in LONG for item in items if item.nodeid.startswith(start)]
    together = [list(some) for _, some in groupby(long, key=_shared_by)]
    short = [item for item in items if not item.nodeid.startswith(LONG)]
    ends = [len(short) * part // processes for part in range(processes + 1)]
    parts = [(*chain(*together[n::processes]), *short[ends[n] : ends[n + 1]]) for n in range(processes)]
    items[:] = chain(*parts)


def _shared_by(item: pytest.Item) -> object:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return (item.path, params["database_url"]) if "database_url" in params else item.nodeid


def pytest_collection_finish() -> None:
    """What was made up to here stays until the end: each look through it for garbage took a third of a second."""
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Of a run, one folder for all processes: what one of them has made there, the others find."""
    if not hasattr(config, "workerinput"):  # as pytest-xdist's workers have
        run = ExitStack()
        os.environ[FOLDER] = str(run.enter_context(folder_of_a_run()))
        config.add_cleanup(run.close)


@pytest.fixture(scope="session")
def sqlite_files() -> SqliteFiles:
    return SqliteFiles(Path(os.environ[FOLDER]))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    folder = Path(os.environ[FOLDER])
    with postgres_server(folder) as server:
        yield PostgresDatabases(server, folder)


def databases_of(request: pytest.FixtureRequest) -> SqliteFiles | PostgresDatabases:
    """Those of the engine that a fixture is asked for."""
    return request.getfixturevalue({"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param])


@pytest.fixture(params=ENGINES)
def databases(request: pytest.FixtureRequest) -> SqliteFiles | PostgresDatabases:
    """One engine's databases; a test that uses them runs once for each engine."""
    return databases_of(request)


@pytest.fixture
def database_url(databases: SqliteFiles | PostgresDatabases) -> Iterator[str]:
    """A migrated and seeded database of the test's own."""
    with databases.copy() as url:
        yield url


@pytest.fixture
def empty_url(databases: SqliteFiles | PostgresDatabases) -> Iterator[str]:
    """A database without any table."""
    with databases.empty() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Service:
    """A service that runs in this process, on a port of its own."""

    address: str
    settings: Settings

    def client(self, **options: object) -> httpx.Client:
        """A client of version 1."""
        return httpx.Client(base_url=f"{self.address}/v1", timeout=30, verify=TLS, **options)  # type: ignore[arg-type]


class _Server(uvicorn.Server):
    """Ends when it is told to, not when it next looks, a tenth of a second later: there are thousands of tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_end = threading.Event()

    def install_signal_handlers(self) -> None:
        """The tests' process keeps its own."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await asyncio.to_thread(self.told_to_end.wait)


def serving(settings: Settings) -> Iterator[Service]:
    """Serve until the caller is done."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = _Server(
            uvicorn.Config(
                create_app(settings),
                http=ProblemProtocol,
                log_level="error",
                forwarded_allow_ips=settings.trusted_proxies,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            threading.Event().wait(0.005)
        try:
            yield Service(f"http://127.0.0.1:{port}", settings)
        finally:
            server.told_to_end.set()
            thread.join()


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    yield from serving(Settings(database_url=database_url, public_url=PUBLIC_URL, rate_limit_writes="off"))


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """Anybody."""
    with service.client() as client:
        yield client


@pytest.fixture
def moderator(service: Service, database: Database) -> Iterator[httpx.Client]:
    """The holder of a moderator's key."""
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    with service.client(headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


DRAFT = {
    "title": "Un jardin partagé derrière la mairie",
    "summary": "Vingt familles cultivent un ancien parking.",
    "territories": [{"territory": "insee:81004"}],
}


def submitted(client: httpx.Client, **fields: object) -> dict[str, object]:
    """The receipt of a case that was just submitted."""
    answer = client.post("/initiatives", json=DRAFT | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def published(client: httpx.Client, moderator: httpx.Client, **fields: object) -> str:
    """The public id of a case that was just submitted and published."""
    receipt = submitted(client, **fields)
    answer = moderator.post(f"/moderation/submissions/{receipt['id']}/_publish", headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    return answer.json()["initiative"]
