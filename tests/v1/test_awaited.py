"""The hottest reads leave the event loop to others while PostgreSQL works, and outlive its connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from api import db
from api.settings import Settings
from tests.conftest import PUBLIC_URL, Service, serving
from tests.databases import PostgresDatabases
from tests.v1.wire import check_problem

READS = ("/initiatives/courcy", "/initiatives?limit=3", "/initiatives?theme=tiers-lieux&country=FR")
WAIT = 1  # seconds, instead of five
MANY = 24  # requests, of which only some find a connection


@pytest.fixture
def patient(postgres_databases: PostgresDatabases) -> Iterator[Service]:
    """A service on PostgreSQL."""
    with postgres_databases.copy() as url:
        yield from serving(Settings(database_url=url, public_url=PUBLIC_URL, rate_limit_writes="off"))


@pytest.fixture
def hurried(postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """One that waits for less long than usual."""
    monkeypatch.setattr(db, "_WAIT", WAIT)
    with postgres_databases.copy() as url:
        yield from serving(Settings(database_url=url, public_url=PUBLIC_URL, rate_limit_writes="off"))


@contextmanager
def beside(service: Service) -> Iterator[psycopg.Connection]:
    """A connection of somebody else's to the same database."""
    url = make_url(service.settings.database_url).render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        yield connection


def many(service: Service, path: str) -> list[httpx.Response]:
    """The answers to many who ask at once."""
    with service.client() as client, ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(client.get, [path] * MANY))


@pytest.mark.parametrize("path", READS)
def test_while_the_database_keeps_reads_waiting_others_are_answered(patient: Service, path: str) -> None:
    with beside(patient) as other, patient.client() as client, ThreadPoolExecutor() as pool:
        other.execute("LOCK TABLE publication IN ACCESS EXCLUSIVE MODE")
        waiting = pool.submit(client.get, path)
        for _ in range(5):
            assert client.get(f"{patient.address}/health/live").status_code == 200
        assert not waiting.done()
        other.rollback()
        assert waiting.result().status_code == 200


def test_who_cannot_be_answered_in_time_is_told_to_come_back_and_is_answered_then(hurried: Service) -> None:
    with beside(hurried) as other:
        other.execute("LOCK TABLE publication IN ACCESS EXCLUSIVE MODE")
        for answer in many(hurried, "/initiatives/courcy"):
            check_problem(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
    assert {answer.status_code for answer in many(hurried, "/initiatives/courcy")} == {200}


def test_connections_that_were_lost_are_replaced(patient: Service) -> None:
    """One request may notice the loss; after it, everybody is answered."""
    assert {answer.status_code for answer in many(patient, "/initiatives/courcy")} == {200}
    with beside(patient) as other:
        mine, name = other.info.backend_pid, other.info.dbname
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid != %s", [name, mine]
        )
    with patient.client() as client:
        assert client.get("/initiatives/courcy").status_code in (200, 503)
        assert {client.get(path).status_code for path in READS * 6} == {200}
