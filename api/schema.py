"""The database's schema: brought to the newest revision by a command, never by a request."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from api.db import Database, ReadSession

_ROOT = Path(__file__).parents[1]
_MIGRATORS = 0x7465727269  # names the advisory lock: one migrator at a time


def head() -> str:
    """The revision that this code is written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(session: ReadSession) -> str | None:
    """The revision that the database has; None for an empty one."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision. Of two who try at once, one waits and then finds nothing to do."""
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


def _config() -> Config:
    return Config(_ROOT / "alembic.ini")
