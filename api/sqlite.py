"""What SQLite needs of us: a driver, its settings, and one writer at a time across threads and processes.

Writers queue for a lock on a file beside the database, held from before BEGIN IMMEDIATE until after the commit and the
checkpoint that it may run. (Versions 3.7.0 to 3.51.2 of SQLite can corrupt a database when two processes checkpoint at
once; and SQLite's own waiting is a sleep without a queue.)
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, cast

from sqlalchemy import Connection, Engine, event

from api.errors import Busy
from api.glance import Parameters, Rows

try:  # a newer SQLite than the system's, where the wheel exists
    import pysqlite3.dbapi2 as _newest
except ImportError:
    _newest = sqlite3
try:
    import fcntl
except ImportError:  # Windows: one process only
    fcntl = None  # type: ignore[assignment]

# Pages are read where the kernel holds them, not copied one by one: a third of the time of a page of documents.
READING = ("PRAGMA query_only = ON", "PRAGMA mmap_size = 1073741824")
driver = _newest

_TUNING = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")
# What is deleted, such as a contact, is overwritten: it would stay in the file until its place is used again.
WRITING = ("PRAGMA secure_delete = ON",)
_EMPTY = "PRAGMA wal_checkpoint(TRUNCATE)"
# What passes by waiting; anything else is a fault of ours, or a spoilt file.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def tune(engine: Engine, begin: str, *pragmas: str) -> Engine:
    """Every connection of the engine is set up so, and its transactions begin with these words."""

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where the driver guesses
        for pragma in (*_TUNING, *pragmas):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def impatient(engine: Engine) -> sqlite3.Connection:
    """A connection that waits for nobody, for its caller to keep and to close."""
    pooled = engine.raw_connection()
    connection = cast("sqlite3.Connection", pooled.driver_connection)
    pooled.detach()
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def truncate_log(engine: Engine) -> bool:
    """Empty the log beside the file, where what was erased stays until it is written over; whether that was possible.

    Who reads the file as it was before is not waited for: those who write would wait too.
    """
    with closing(impatient(engine)) as connection:
        busy, _, _ = connection.execute(_EMPTY).fetchone()
    return not busy


def run(connection: sqlite3.Connection, sql: str, values: Parameters) -> Rows:
    """All rows of a statement."""
    return connection.execute(sql, values).fetchall()


def may_spoil_a_file(version: tuple[int, ...]) -> bool:
    """Whether a version of SQLite has the WAL-reset bug: two processes that checkpoint at once can corrupt a file."""
    return (3, 7, 0) <= version <= (3, 51, 2)


def is_transient(error: BaseException) -> bool:
    """Whether a fault of the driver may be gone at the next try."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _PASSING


class WriteLock:
    """One holder among all threads and processes that use the same file."""

    def __init__(self, path: Path, wait: float) -> None:
        self._path = path
        self._wait = wait
        self._here = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        end = monotonic() + self._wait  # of both waits together
        if not self._here.acquire(timeout=self._wait):
            raise Busy
        try:
            # A file description of its own for each holder: it is released when the process dies.
            with self._path.open("a") as file:
                if fcntl:
                    _queue_for(file, max(0, end - monotonic()))
                yield
        finally:
            self._here.release()


def _queue_for(file: IO[str], wait: float) -> None:
    """Wait in the kernel's queue, but not for ever.

    A thread that is left waiting has the last descriptor of the file: it gives up the lock as soon as it has it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        locked = threading.Event()
        threading.Thread(target=_lock, args=(os.dup(file.fileno()), locked), daemon=True).start()
        if not locked.wait(wait):
            raise Busy from None


def _lock(file: int, locked: threading.Event) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        locked.set()
    finally:
        os.close(file)
