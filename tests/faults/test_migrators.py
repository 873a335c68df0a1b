"""Of two migrators one works and one waits; and nobody serves on a schema that is not the code's, or not whole."""

import time
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import text

from api import schema
from api.db import Database
from tests.conftest import SOAK
from tests.databases import PostgresDatabases, SqliteFiles
from tests.faults.processes import PATIENCE, command, free_port
from tests.migrating import go_to

MIGRATORS, ROUNDS = (4, 20) if SOAK else (2, 1)


def test_two_migrators_at_once_both_succeed_and_leave_the_newest_schema(
    databases: SqliteFiles | PostgresDatabases,
) -> None:
    for _ in range(ROUNDS):
        with databases.empty() as url:
            migrators = [command(url, "migrate") for _ in range(MIGRATORS)]
            ended = [(*migrator.communicate(timeout=PATIENCE), migrator.returncode) for migrator in migrators]
            assert ended == [(f"schema: {schema.head()}\n", "", 0)] * MIGRATORS
            assert revisions(url) == [schema.head()]


def revisions(url: str) -> list[str]:
    """What the database says of its schema, and that the tables are there."""
    database = Database(url)
    with database.read() as session:
        assert session.execute(text("SELECT number, sequence FROM counter")).all() == [(0, 0)]
        found = list(session.execute(text("SELECT version_num FROM alembic_version")).scalars())
    database.close()
    return found


def refusal(url: str) -> str:
    """The one line with which `serve` refuses to start."""
    process = command(url, "serve", "--port", str(free_port()), "--workers", "2")
    output, line = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, line.count("\n")) == (1, "", 1), line
    return line


def test_serve_refuses_a_postgresql_database_without_a_schema(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.empty() as url:
        assert refusal(url) == f"Error: the schema is not there, not {schema.head()}: run `territoires migrate`\n"


def test_serve_refuses_a_stale_postgresql_database(postgres_databases: PostgresDatabases) -> None:
    said = f"Error: the schema is 0008, not {schema.head()}: run `territoires migrate`\n"
    assert refusal_after("UPDATE alembic_version SET version_num = '0008'", postgres_databases) == said


def test_serve_refuses_a_postgresql_database_that_another_version_has_published(
    postgres_databases: PostgresDatabases,
) -> None:
    said = "Error: another version has published what is public: run `territoires migrate`\n"
    assert refusal_after("UPDATE counter SET renderer = 0", postgres_databases) == said


def test_serve_refuses_a_database_of_a_newer_version(databases: SqliteFiles | PostgresDatabases) -> None:
    said = f"Error: the schema is 9999, of a newer version than this, which knows {schema.head()}: run that one\n"
    assert refusal_after("UPDATE alembic_version SET version_num = '9999'", databases) == said


@pytest.mark.parametrize("table", ["source_link", "publication_search"])
def test_serve_refuses_a_database_that_has_lost_a_table(databases: SqliteFiles | PostgresDatabases, table: str) -> None:
    said = f"Error: tables are missing from the database, {table}: restore a backup\n"
    assert refusal_after(f"DROP TABLE {table}", databases) == said


def refusal_after(change: str, databases: SqliteFiles | PostgresDatabases) -> str:
    with databases.copy() as url:
        database = Database(url)
        with database.write() as session:
            session.execute(text(change))
        database.close()
        return refusal(url)


def test_who_reads_a_table_hardly_waits_for_a_migration_that_waits_for_a_backup(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.empty() as url, closing(Database(url)) as database:
        go_to(database, "0008")
        with psycopg.connect(url) as backup, psycopg.connect(url, autocommit=True) as reader:
            backup.execute("SELECT count(*) FROM publication")  # and its transaction goes on
            reader.execute("SET statement_timeout = '3s'")
            migrator, end, waits = command(url, "migrate"), time.monotonic() + 6, []
            while time.monotonic() < end:
                begun = time.monotonic()
                reader.execute("SELECT count(*) FROM publication")
                waits.append(time.monotonic() - begun)
                time.sleep(0.05)
            assert migrator.poll() is None, "nobody waited"
            backup.rollback()
            migrator.communicate(timeout=PATIENCE)
        assert (migrator.returncode, revisions(url)) == (0, [schema.head()])
        assert max(waits) > 0.5, "nobody waited behind it"
