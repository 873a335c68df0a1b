"""Two ways into the database: `read` sees one moment and writes nothing, `write` commits before it returns.

SQLite is tuned here: WAL, every commit synced to the disk, foreign keys on, and one writer at a time across threads and
processes, in a queue: a lock on a file beside the database is held from before BEGIN IMMEDIATE until after the commit
and the checkpoint that it may run. (Versions 3.7.0 to 3.51.2 of SQLite can corrupt a database when two processes
checkpoint at once; and SQLite's own waiting is a sleep without a queue.)
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from sqlalchemy import Connection, Engine, Executable, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from api.errors import Busy
from api.snapshot import Parameters, Rows, Snapshot

try:  # a newer SQLite than the system's, where the wheel exists
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    sqlite = sqlite3
try:
    import fcntl
except ImportError:  # Windows: one process only
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_WAIT = 5  # seconds that anybody waits for the database before a 503
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# Connections at most; the thread pool is larger and waits. More readers of one file than a few hinder each other.
_POOL = {"sqlite": 4, "postgresql": 20}


class ReadSession(Session):
    """Sees one moment of the database; the database refuses its writes."""

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        """The rows of a statement for these values of its parameters."""
        return self.execute(statement, values).all()


class WriteSession(ReadSession):
    """One transaction: committed as a whole when its block ends, or not at all."""


class Database:
    """The engines of one database. Opened by `create_app` and by the command, closed by them."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(f"{url.get_backend_name()} is not served: use sqlite:/// or postgresql://")
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if url.database in (None, "", ":memory:"):
                raise ValueError("an SQLite database is a file: sqlite:///path")
            path = Path(url.database or "").absolute()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock: _WriteLock | None = _WriteLock(path.with_name(path.name + ".lock"))
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE")
            self._reader = self._single = _sqlite_engine(url, "BEGIN", "PRAGMA query_only = ON")
        else:
            self._lock = None
            waits = {"connect_timeout": _WAIT, "options": f"-c lock_timeout={_WAIT}s"}
            self._writer = _engine(url.set(drivername="postgresql+psycopg"), connect_args=waits)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._single = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> Engine:
        """For migrations, under `exclusive`."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A session that sees one moment."""
        with _known_faults(), ReadSession(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self, *, single: bool = False) -> Iterator[Snapshot]:
        """One moment, for statements that are compiled once; a single one sees one without a transaction around it."""
        with _known_faults(), (self._single if single else self._reader).connect() as connection:
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

            yield Snapshot(connection.dialect, run)

    @contextmanager
    def snapshot_at_once(self) -> Iterator[Snapshot]:
        """The same for the event loop, on SQLite: it waits for nobody, and raises Busy where it would have to."""
        with _known_faults():
            kept = self._at_hand
            kept.execute("BEGIN")
            try:
                yield Snapshot(self._reader.dialect, lambda sql, values: kept.execute(sql, values).fetchall())
            finally:
                kept.rollback()

    @cached_property
    def _at_hand(self) -> sqlite3.Connection:
        """The event loop's own connection, kept for as long as the database is open."""
        pooled = self._reader.raw_connection()
        connection = cast("sqlite3.Connection", pooled.driver_connection)
        pooled.detach()
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator[WriteSession]:
        """A session that is committed, durably, when the block ends; rolled back when it raises, or is not to keep."""
        with _known_faults(), self.exclusive(), WriteSession(self._writer, expire_on_commit=False) as session:
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

    def close(self) -> None:
        """The last connection to leave an SQLite file checkpoints it: under the lock too."""
        with self.exclusive():
            if "_at_hand" in vars(self):
                self._at_hand.close()
            self._reader.dispose()
            self._writer.dispose()


class _WriteLock:
    """One holder among all threads and processes that use the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._here = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        if not self._here.acquire(timeout=_WAIT):
            raise Busy
        try:
            # A file description of its own for each holder: it is released when the process dies.
            with self._path.open("a") as file:
                if fcntl:
                    _queue_for(file)
                yield
        finally:
            self._here.release()


def _queue_for(file: IO[str]) -> None:
    """Wait in the kernel's queue, but not for ever.

    A thread that is left waiting gets the lock of a file that is closed meanwhile, and so gives it up at once.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        locked = threading.Event()
        threading.Thread(target=_lock, args=(file.fileno(), locked), daemon=True).start()
        if not locked.wait(_WAIT):
            raise Busy from None


def _lock(file: int, locked: threading.Event) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
    locked.set()


def _engine(url: URL, **options: Any) -> Engine:
    return create_engine(
        url,
        pool_size=_POOL[url.get_backend_name()],
        max_overflow=0,
        pool_timeout=_WAIT,
        json_serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
        **options,
    )


def _sqlite_engine(url: URL, begin: str, *pragmas: str) -> Engine:
    engine = _engine(url, module=sqlite, connect_args={"timeout": _WAIT, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def tune(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where the driver guesses
        for pragma in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            *pragmas,
        ):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _known_faults() -> Iterator[None]:
    """A database that is locked, full or away is a 503, to be tried again; anything else is a fault of ours."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite.Error, psycopg.Error) as error:
        if not _passes(error):
            raise
        log.warning("the database cannot be had: %s", error)
        raise Busy from error


def _passes(error: Exception) -> bool:
    """Whether it may be otherwise at the next try."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite.Error):
        return getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _PASSING
    return isinstance(error, OperationalError | PoolTimeout | psycopg.OperationalError) or getattr(
        error, "connection_invalidated", False
    )
