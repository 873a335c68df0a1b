"""Two ways into the database: `read` sees one moment and writes nothing, `write` commits before it returns.

`glance` is for the hottest reads, `glance_at_once` for those on the event loop.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from prometheus_client import Gauge, Histogram
from sqlalchemy import Engine, Executable, create_engine, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from api import postgresql, sqlite
from api.errors import Busy
from api.glance import Glance, Parameters, Rows

log = logging.getLogger(__name__)

_WAIT = 5  # seconds that a request waits for the database before a 503
# Connections at most; the thread pool is larger and waits. More readers of one file than a few hinder each other.
_POOL = {"sqlite": 4, "postgresql": 12}

USES = Gauge(
    "territoires_database_uses",
    "What reads or writes now, or waits for a connection.",
    ("use",),
    multiprocess_mode="livesum",
    registry=None,
)
TIMES = Histogram(
    "territoires_database_use_seconds",
    "From wanting a connection to giving it back.",
    ("use",),
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=None,
)
_MEASURES = {use: (USES.labels(use), TIMES.labels(use)) for use in ("read", "glance", "write")}


class ReadSession(Session):
    """Sees one moment of the database; the database refuses its writes."""

    @property
    def is_sqlite(self) -> bool:
        return self.get_bind().dialect.name == "sqlite"

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        """The rows of a statement for these values of its parameters.

        Past what a session does for objects, which costs more than SQLite's answer: what is pending is not flushed.
        """
        return self.connection().execute(statement, values).all()


class WriteSession(ReadSession):
    """One transaction: committed as a whole when its block ends, or not at all."""

    def advisory_lock(self, name: str) -> None:
        """Until the commit, nobody else takes a lock of this name. SQLite has one writer anyway."""
        if not self.is_sqlite:
            self.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


class Database:
    """The engines of one database. Opened by `create_app` and by the command, closed by them."""

    def __init__(self, address: str, *, wait: int = _WAIT, statement_timeout: int = 0) -> None:
        """Nobody waits more than `wait` seconds for a lock.

        `statement_timeout`: seconds, of pauses within a transaction too; 0 for none. PostgreSQL alone has it.
        """
        url = make_url(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            path = Path(url.database or "").absolute()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock: sqlite.WriteLock | None = sqlite.WriteLock(path.with_name(path.name + ".lock"), wait)
            driver = {"module": sqlite.driver, "connect_args": {"timeout": wait, "check_same_thread": False}}
            self._writer = sqlite.tune(_engine(url, **driver), "BEGIN IMMEDIATE", *sqlite.WRITING)
            self._reader = self._single = sqlite.tune(_engine(url, **driver), "BEGIN", *sqlite.READING)
        else:
            self._lock = None
            url = url.set(drivername="postgresql+psycopg")
            # What is found is looked up in a table of hashes: one that is thought too large for the memory is not made,
            # and all is looked through each time instead. Enough for two million cases.
            bounds = f"-c lock_timeout={wait}s -c statement_timeout={statement_timeout}s"
            bounds += f" -c idle_in_transaction_session_timeout={statement_timeout}s"
            options = f"{bounds} -c hash_mem_multiplier=16"
            waits = {"connect_timeout": _WAIT, "options": options, **postgresql.ALIVE}
            self._writer = postgresql.refuse_lost(_engine(url, connect_args=waits))
            self.awaited = postgresql.Awaited(url, connect_args=waits)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._single = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def connections(self) -> int:
        """How many are open at most: on SQLite, also the writer's and the event loop's."""
        return _POOL[self._reader.dialect.name] + (2 if self.is_sqlite else postgresql.AWAITED)

    @property
    def engine(self) -> Engine:
        """For migrations, under `exclusive`."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A session that sees one moment."""
        with _used("read"), ReadSession(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Glance]:
        """Statements that are compiled once, each of which sees its own moment."""
        with _used("glance"), self._single.connect() as connection:
            driver: Any = connection.connection.driver_connection

            def run(sql: str, values: Parameters) -> Rows:
                if self.is_sqlite:
                    return connection.exec_driver_sql(sql, values).all()
                try:
                    rows: Rows = driver.execute(sql, values, binary=True).fetchall()  # documents not in hexadecimal
                except psycopg.OperationalError:
                    if driver.closed:
                        connection.exec_driver_sql(sql, values)  # fails too, and SQLAlchemy gives all up that are lost
                    raise
                return rows

            yield Glance(connection.dialect, run)

    @contextmanager
    def glance_at_once(self) -> Iterator[Glance]:
        """The same on the event loop. PostgreSQL is awaited, in a greenlet; SQLite raises Busy where it would wait."""
        with _used("glance"):
            if self.is_sqlite:
                yield Glance(self._reader.dialect, partial(sqlite.run, self._at_hand))
            else:
                with self.awaited.connection() as run:
                    yield Glance(self._reader.dialect, run)

    @cached_property
    def _at_hand(self) -> sqlite3.Connection:
        """The event loop's own connection to the file, kept for as long as the database is open."""
        return sqlite.impatient(self._reader)

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator[WriteSession]:
        """A session that is committed, durably, when the block ends; rolled back when it raises, or is not to keep."""
        with _used("write"), self.exclusive(), WriteSession(self._writer, expire_on_commit=False) as session:
            yield session
            if keep:
                session.commit()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody else writes to the SQLite file meanwhile. PostgreSQL needs no such thing."""
        if self._lock is None:
            yield
        else:
            with self._lock.held():
                yield

    def empty_log(self) -> bool:
        """Leave nothing of what was erased beside an SQLite file; whether that is so: not while it is being read."""
        with self.exclusive():
            return not self.is_sqlite or sqlite.truncate_log(self._writer)

    def close(self) -> None:
        """The last connection to leave an SQLite file checkpoints it: under the lock too."""
        with self.exclusive():
            if "_at_hand" in vars(self):
                self._at_hand.close()
            self._reader.dispose()
            self._writer.dispose()

    async def aclose(self) -> None:
        """The same on the event loop, with the connections that it used."""
        if not self.is_sqlite:
            await self.awaited.close()
        self.close()


def _engine(url: URL, **options: Any) -> Engine:
    return create_engine(
        url,
        pool_size=_POOL[url.get_backend_name()],
        max_overflow=0,
        pool_timeout=_WAIT,
        json_serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
        hide_parameters=True,  # in the log: they are drafts and contacts
        **options,
    )


@contextmanager
def _used(use: str) -> Iterator[None]:
    """Measured; a database that is locked, full or away is a 503, to be tried again; anything else a fault of ours."""
    uses, times = _MEASURES[use]
    start = perf_counter()
    uses.inc()
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite.driver.Error, psycopg.Error) as error:
        if not _is_transient(error):
            raise
        log.warning("the database cannot be had: %s", error)
        raise Busy from error
    finally:
        uses.dec()
        times.observe(perf_counter() - start)


def _is_transient(error: Exception) -> bool:
    """Whether it may be otherwise at the next try."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite.driver.Error):
        return sqlite.is_transient(cause)
    return isinstance(error, OperationalError | PoolTimeout | psycopg.OperationalError) or getattr(
        error, "connection_invalidated", False
    )
