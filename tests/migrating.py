"""Databases of another revision than the newest."""

from alembic import command

from api import schema
from api.db import Database


def go_to(database: Database, revision: str) -> None:
    """Bring a database up or down to a revision: its number, how many from here (-1), or `base`."""
    with database.read() as session:
        down = revision == "base" or revision < (schema.current(session) or "")  # as `-1` is, too
    move = command.downgrade if down else command.upgrade
    with schema.alembic(database) as config:
        move(config, revision)
