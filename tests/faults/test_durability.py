"""What is acknowledged is on the disk: the databases' settings, and the commit before the answer."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import schema
from api.catalogue import keys
from api.db import Database, ReadSession
from api.main import create_app
from api.models import Submission
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.conftest import DRAFT
from tests.databases import PostgresDatabases, SqliteFiles
from tests.migrating import go_to

PROMISED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}  # 2 is FULL
AT_ONCE = 3  # connections, so that not only a pool's first is looked at


@pytest.fixture
def sqlite_database(sqlite_files: SqliteFiles) -> Iterator[Database]:
    with sqlite_files.copy() as url:
        opened = Database(url)
        yield opened
        opened.close()


def pragmas(session: ReadSession) -> dict[str, object]:
    connection = session.connection()
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (*PROMISED, "query_only")}


def test_every_sqlite_reader_has_the_promised_settings(sqlite_database: Database) -> None:
    with ExitStack() as stack:
        sessions = [stack.enter_context(sqlite_database.read()) for _ in range(AT_ONCE)]
        assert [pragmas(session) for session in sessions] == [PROMISED | {"query_only": 1}] * AT_ONCE


def test_every_sqlite_writer_has_the_promised_settings(sqlite_database: Database) -> None:
    for _ in range(AT_ONCE):
        with sqlite_database.write() as session:
            assert pragmas(session) == PROMISED | {"query_only": 0}
            session.rollback()
        sqlite_database.engine.dispose()  # writers take turns on one connection: the next one is new


def test_sqlite_writers_have_the_promised_settings_after_a_migration_on_the_same_engine(
    sqlite_database: Database,
) -> None:
    go_to(sqlite_database, "base")
    schema.migrate(sqlite_database)
    with sqlite_database.write() as session:
        assert pragmas(session) == PROMISED | {"query_only": 0}


def test_postgresql_is_not_asked_to_acknowledge_before_the_disk(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.empty() as url:
        database = Database(url)
        with database.write() as session:
            assert session.scalar(text("SHOW synchronous_commit")) == "on"
        database.close()


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.execute(text("DELETE FROM event"))
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM event")) > 0


def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE submission SET initiative_id = 'nothing'"))


class Witness:
    """When the answer to a change begins to leave, notes what a connection of its own sees of the submission."""

    def __init__(self, app: ASGIApp, state: dict[str, Any], database: Database) -> None:
        self.app = app
        self.state = state
        self.database = database
        self.seen: list[tuple[str, int] | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def look(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["method"] != "GET":
                self.seen.append(self.look_up(f"{scope['path']} {message['headers']}"))
            await send(message)

        await self.app(scope | {"state": dict(self.state)}, receive, look)

    def look_up(self, where: str) -> tuple[str, int] | None:
        """State and version of the submission whose id stands in the path or in Location."""
        named = re.search(r"s-[0-9a-z]{10}", where)
        with self.database.read() as session:
            found = session.get(Submission, named[0]) if named else None
            return found and (found.state, found.version)


SUMMARY, REASON = {"summary": "Autrement dit."}, {"reason": "Trop court."}
CHANGES: list[tuple[str, str, Any, tuple[str, int]]] = [
    ("POST", "/initiatives", DRAFT, ("pending", 1)),
    ("PATCH", "/submissions/{id}", SUMMARY, ("pending", 2)),
    ("POST", "/moderation/submissions/{id}/_request-changes", REASON, ("changes_requested", 3)),
    ("PATCH", "/submissions/{id}", SUMMARY, ("pending", 4)),
    ("POST", "/moderation/submissions/{id}/_publish", {}, ("accepted", 5)),
    ("POST", "/initiatives", DRAFT, ("pending", 1)),
    ("DELETE", "/submissions/{id}", None, ("withdrawn", 2)),
    ("POST", "/initiatives", DRAFT, ("pending", 1)),
    ("POST", "/moderation/submissions/{id}/_reject", REASON, ("rejected", 2)),
]


def test_every_change_is_committed_before_its_answer_begins_to_leave(database_url: str, database: Database) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    told, seen = asyncio.run(changes_witnessed(Settings(database_url=database_url), database, key))
    assert told == [outcome for *_, outcome in CHANGES]
    assert seen == told


async def changes_witnessed(
    settings: Settings, database: Database, key: str
) -> tuple[list[tuple[str, int]], list[tuple[str, int] | None]]:
    """What the answers to all changes tell, and what the witness saw as each began to leave."""
    app = create_app(settings)
    inner = app.app.app.app  # type: ignore[attr-defined]
    async with inner.router.lifespan_context(inner) as state:
        witness = Witness(app, state, database)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(witness), base_url="http://test/v1") as client:
            told, receipt, tag = [], {}, "*"
            for method, path, body, _ in CHANGES:
                secret = key if path.startswith("/moderation") else receipt.get("edit_token")
                headers = {"If-Match": tag, "Content-Type": f"application/{'merge-patch+' * (method == 'PATCH')}json"}
                if path != "/initiatives":
                    headers["Authorization"] = f"Bearer {secret}"
                answer = await client.request(method, path.format(**receipt), json=body, headers=headers)
                receipt, tag = receipt | answer.json(), answer.headers["ETag"]
                told.append((receipt["state"], receipt["version"]))
    return told, witness.seen
