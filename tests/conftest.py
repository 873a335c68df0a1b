"""Every test that touches the catalogue runs twice: on SQLite and on PostgreSQL, over real HTTP where HTTP is meant."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from api.catalogue import keys
from api.db import Database
from api.main import create_app
from api.server import ProblemProtocol
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.databases import ENGINES, PostgresDatabases, SqliteFiles, postgres_server

PUBLIC_URL = "https://catalogue.example"
TLS = ssl.create_default_context()  # made once: for each client anew, it would take longer than the requests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that nobody waits for them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/faults", "tests/fuzz")))


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    with postgres_server() as server:
        databases = PostgresDatabases(server)
        yield databases
        databases.clean()


@pytest.fixture(params=ENGINES)
def databases(request: pytest.FixtureRequest) -> SqliteFiles | PostgresDatabases:
    """One engine's databases; a test that uses them runs once for each engine."""
    return request.getfixturevalue({"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param])


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
    def install_signal_handlers(self) -> None:
        """The tests' process keeps its own."""


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
            server.should_exit = True
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
