"""The database's schema: brought to the newest revision by a command, never by a request.

Revisions are numbered, one after the other. Alembic is imported only where there is something to do: it would be a
sixth of the time of a start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from psycopg.errors import LockNotAvailable
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

import api.models  # noqa: F401  # whose tables they are
from api.db import Database, ReadSession

if TYPE_CHECKING:
    from alembic.config import Config

_ROOT = Path(__file__).parents[1]
# The search is of another sort in each database, and has no model.
_TABLES = {*SQLModel.metadata.tables, "publication_search"}
_MIGRATORS = 0x7465727269  # names the advisory lock: one migrator at a time
_PATIENCE, _PAUSE = 600, 1  # seconds, for a table that is in use, and between two tries


class Newer(ValueError):
    """The database is of a newer version than this code."""


def head() -> str:
    """The revision that this code is written for."""
    return max(_revisions())


def current(session: ReadSession) -> str | None:
    """The revision that the database has; None for an empty one."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    return session.scalars(text("SELECT version_num FROM alembic_version")).one_or_none()


def suits(session: ReadSession) -> bool:
    """Whether code that runs already can go on: a migration suits the version before it, too."""
    found = current(session)
    return found == head() or _is_newer(found)


def trouble(session: ReadSession) -> str | None:
    """Why this code should not start to work with the database, and what to do; None where all is well."""
    found = current(session)
    if _is_newer(found):
        return f"the schema is {found}, of a newer version than this, which knows {head()}: run that one"
    if found != head():
        return f"the schema is {found or 'not there'}, not {head()}: run `territoires migrate`"
    if lost := _TABLES - {*inspect(session.connection()).get_table_names()}:
        return f"tables are missing from the database, {', '.join(sorted(lost))}: restore a backup"
    return None


def is_fresh(database: Database) -> bool:
    """Whether there is no table yet, or all that there are are ours, of this version."""
    with database.read() as session:
        found = current(session)
        return found == head() or not (found or inspect(session.connection()).get_table_names())


def migrate(database: Database) -> None:
    """Bring the database to the newest revision. Of two who try at once, one waits and then finds nothing to do.

    Raises Newer where the database is ahead of this code.
    """
    with database.read() as session:
        found = current(session)
        if _is_newer(found):
            raise Newer(trouble(session))
    if found != head():
        with alembic(database) as config:
            _upgrade(config)


def _upgrade(config: "Config") -> None:
    """To the newest revision, trying again while a table is in use, as by a backup.

    Who would change a table waits for all who read it, and all who come later wait behind: never for long.
    """
    from alembic import command, util  # noqa: PLC0415

    end = monotonic() + _PATIENCE
    while True:
        try:
            return command.upgrade(config, head())
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or monotonic() > end:
                raise
            config.attributes["connection"].rollback()
            sleep(_PAUSE)
        except util.CommandError as error:  # what a migration needs and does not find
            raise ValueError(str(error)) from None


@contextmanager
def alembic(database: Database) -> "Iterator[Config]":
    """What Alembic's commands need to work on the database, while nobody else migrates it."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config(_ROOT / "alembic.ini")
    with database.exclusive(), database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATORS})
            connection.execute(text("SET lock_timeout = '1s'"))
            connection.commit()  # the lock is the connection's, and outlives its transactions
        config.attributes["connection"] = connection
        try:
            yield config
        finally:
            connection.rollback()
            connection.invalidate()  # gives the lock back, and the foreign keys their check


def _is_newer(revision: str | None) -> bool:
    """Whether it is none of those that this code comes with."""
    return revision is not None and revision not in _revisions()


@cache
def _revisions() -> set[str]:
    return {path.name[:4] for path in (_ROOT / "migrations" / "versions").glob("[0-9]*.py")}
