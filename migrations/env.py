"""Runs the migrations on the connection that the command hands over, or on TERRITOIRES_DATABASE_URL.

Each migration is a transaction on both databases. SQLite rebuilds tables to alter them: its foreign keys are off
meanwhile, or dropping the old table would delete what refers to it, and are checked as a whole before the commit.
"""

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from api import models
from api.db import Database
from api.settings import Settings

assert models  # fills the metadata


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        _directly(connection, "PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=sqlite,
        transactional_ddl=True,
        transaction_per_migration=True,
        include_name=_is_modelled,
        on_version_apply=_check_references,
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        _directly(connection, "PRAGMA foreign_keys = ON")


def _is_modelled(name: str | None, kind: str, parents: object) -> bool:  # noqa: ARG001
    """The search is a table of another sort in each database (FTS5 adds some beside it), and has no model."""
    return kind != "table" or not (name or "").startswith("publication_search")


def _check_references(ctx: MigrationContext, step: object, heads: object, run_args: object) -> None:  # noqa: ARG001
    """Within the migration's transaction: what broke a reference is rolled back."""
    assert ctx.connection is not None
    if ctx.dialect.name == "sqlite" and (broken := _directly(ctx.connection, "PRAGMA foreign_key_check")):
        raise RuntimeError(f"The migration broke {len(broken)} references.")


def _directly(connection: Connection, pragma: str) -> list[object]:
    """On the driver's connection: SQLite ignores `foreign_keys` within a transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return list(driver.execute(pragma))


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    database = Database(Settings().database_url)
    with database.exclusive(), database.engine.connect() as own:
        run(own)
