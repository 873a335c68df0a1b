"""Runs the migrations on the connection that the command hands over, or on TERRITOIRES_DATABASE_URL.

Each migration is a transaction on both databases. SQLite rebuilds tables to alter them: its foreign keys are off
meanwhile, or dropping the old table would delete what refers to it, and are checked as a whole at the end.
"""

from alembic import context
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
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        if broken := _directly(connection, "PRAGMA foreign_key_check"):
            raise RuntimeError(f"The migration broke {len(broken)} references.")
        _directly(connection, "PRAGMA foreign_keys = ON")


def _directly(connection: Connection, pragma: str) -> list[object]:
    """SQLite ignores this pragma within a transaction."""
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
