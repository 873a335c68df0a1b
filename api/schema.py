"""The database's schema: brought to the newest revision by a command, never by a request."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import api.models  # noqa: F401  # whose tables they are
from api.db import Database, ReadSession

_ROOT = Path(__file__).parents[1]
# The search is of another sort in each database, and has no model.
_TABLES = {*SQLModel.metadata.tables, "publication_search"}
_MIGRATORS = 0x7465727269  # names the advisory lock: one migrator at a time


@cache
def head() -> str:
    """The revision that this code is written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(session: ReadSession) -> str | None:
    """The revision that the database has; None for an empty one."""
    return MigrationContext.configure(session.connection()).get_current_revision()


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
        return f"the schema is {found}, not {head()}: run `territoires migrate`"
    if lost := _TABLES - {*inspect(session.connection()).get_table_names()}:
        return f"tables are missing from the database, {', '.join(sorted(lost))}: restore a backup"
    return None


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision. Of two who try at once, one waits and then finds nothing to do.

    Raises ValueError where the database is ahead of this code.
    """
    with database.read() as session:
        if _is_newer(current(session)):
            raise ValueError(trouble(session))
    config = _config()
    with database.exclusive(), database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATORS})
            connection.commit()  # the lock is the connection's, and outlives its transactions
        config.attributes["connection"] = connection
        try:
            if revision == "base" or revision.startswith("-"):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
        finally:
            connection.rollback()
            connection.invalidate()  # gives the lock back, and the foreign keys their check


def _is_newer(revision: str | None) -> bool:
    """Whether it is none of those that this code comes with."""
    return revision is not None and revision not in _revisions()


@cache
def _revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    return Config(_ROOT / "alembic.ini")
