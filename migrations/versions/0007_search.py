"""Cases are searched by the words of their texts: a full-text index, as each database has it.

`territoires migrate` fills it, when all is published anew.
"""

from typing import Any

from alembic import op
from alembic.util import CommandError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLE = {
    "sqlite": [
        (
            "CREATE VIRTUAL TABLE publication_search USING fts5"
            """(lexemes, content='', contentless_delete=1, tokenize="ascii tokenchars '='")"""
        )
    ],
    "postgresql": [
        "CREATE TABLE publication_search (rowid integer PRIMARY KEY REFERENCES publication, lexemes tsvector NOT NULL)",
        "CREATE INDEX ix_publication_search_lexemes ON publication_search USING gin (lexemes) WITH (fastupdate = off)",
    ],
}


def upgrade() -> None:
    dialect = op.get_context().dialect
    if dialect.name == "sqlite":
        _look_for_contentless_delete(dialect)
    for statement in _TABLE[dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE publication_search")


def _look_for_contentless_delete(dialect: Any) -> None:
    if dialect.dbapi.sqlite_version_info < (3, 43):
        found = dialect.dbapi.sqlite_version
        raise CommandError(f"the search needs SQLite 3.43 or newer, not {found}: install pysqlite3 or a newer Python")
