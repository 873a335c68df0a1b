"""A catalogue of the first release, with a bit of everything in it, is carried to the newest on either engine."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, DateTime, LargeBinary, MetaData, Table, select
from sqlmodel import col

from api.catalogue import moderation
from api.db import Database
from api.decisions import PublishDraft
from api.models import Event, Publication, Submission
from seed import loader
from tests.catalogue.acting import MODERATOR, assert_true_to_the_record, document, published_ids
from tests.databases import TERRITORIES
from tests.migrating import go_to
from tests.test_cli import run

# Every row of every table, as the first release left them at schema 0001: the seed and what came after, published,
# revised, withdrawn, waiting and refused.
ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    gzip.decompress(Path(__file__).with_name("first-release.json.gz").read_bytes())
)["rows"]
DOCUMENTS = {
    row["id"]: json.loads(base64.b64decode(row["document"]["bytes"])) for row in ROWS["publication"] if row["document"]
}


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = Database(empty_url)
    go_to(opened, "0001")
    with opened.write() as session:
        first = MetaData()
        first.reflect(session.connection())
        for table in first.sorted_tables:
            if table.name == "counter":
                session.execute(table.delete())
            if rows := [typed(table, row) for row in ROWS.get(table.name, ())]:
                session.execute(table.insert(), rows)
    yield opened
    opened.close()


def typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row as SQLite's text had it, as its table wants it. Events are numbered by the database, in their order."""
    return {
        name: as_typed(table.c[name], value) for name, value in row.items() if (table.name, name) != ("event", "id")
    }


def as_typed(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case DateTime():
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case JSON():
            return json.loads(value)
        case LargeBinary():
            return base64.b64decode(value["bytes"])
    return value


def test_every_document_tells_after_the_upgrade_what_it_told_before(database: Database, empty_url: str) -> None:
    assert run("migrate", url=empty_url).stderr == f"{len(ROWS['initiative'])} rendered\n"
    with database.write() as session:
        for case, before in DOCUMENTS.items():
            after = document(session, case)
            assert {name: after[name] for name in before} == before
        gone = select(col(Publication.id), col(Publication.code)).where(col(Publication.document).is_(None))
        assert [tuple(row) for row in session.execute(gone)] == [("albi-un-cas-retire", "legal")]
        assert_true_to_the_record(session)


def test_after_the_upgrade_what_waited_is_published_the_seed_is_loaded_and_the_audit_trail_goes_on(
    database: Database, empty_url: str
) -> None:
    run("migrate", url=empty_url)
    with database.write() as session:
        waiting = session.exec(select(col(Submission.id)).where(col(Submission.state) == "pending")).scalars().one()
        moderation.publish(session, waiting, PublishDraft(), MODERATOR, expected=None)
        loader.load(session, loader.CASES, lambda _: None, TERRITORIES)
        assert {*published_ids(session)} > DOCUMENTS.keys()
        trail = [event.id for event in session.exec(select(Event).order_by(col(Event.id))).scalars()]
        assert trail[: len(ROWS["event"])] == [row["id"] for row in ROWS["event"]]
        assert len(trail) > len(ROWS["event"])
        assert_true_to_the_record(session)
