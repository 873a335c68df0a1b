"""A backup taken while others write is whole, and restored into either engine it is the catalogue that it was."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic_core import from_json
from sqlalchemy import delete, text, update
from sqlmodel import Session, SQLModel, col, select

from api import backup, schema
from api.catalogue import changes, publication
from api.db import Database
from api.errors import Gone
from api.models import Counter, Event, Publication, PublicationRevision, PublicationSource, PublicationTerm, TermCount
from api.queries import ChangeQuery
from tests.catalogue.acting import dump, dump_published, publish, searchable
from tests.conftest import Service, databases_of, published, serving
from tests.databases import ENGINES
from tests.faults.processes import command
from tests.faults.test_copies import publishers
from tests.migrating import go_to
from tests.test_cli import complaint, lines, run
from tests.v1.wire import check_problem

MIRROR = Path(__file__).parents[1] / "docs" / "examples" / "mirror.py"
OWN = [table for table in SQLModel.metadata.sorted_tables if table not in publication.TABLES]


@pytest.fixture(params=ENGINES)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of either engine, wherever the backup is from."""
    with databases_of(request).empty() as url:
        yield url


def rows(session: Session) -> dict[str, Any]:
    """All that a backup has, but for the sequences, which go on elsewhere."""
    return dump(session, [table for table in OWN if table.name != "counter"])


def test_a_backup_is_restored_row_by_row_and_published_byte_by_byte_into_either_engine(
    database: Database, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    with database.write() as session:
        publish(session, title="Un jardin de plus", contact={"name": "Anne", "email": "anne@example.org"})
        kept, published, found = rows(session), dump_published(session), searchable(session)
    lines("backup", str(tmp_path / "kept"), url=database_url)
    (told,) = lines("restore", str(tmp_path / "kept"), url=elsewhere)
    assert told.startswith("14 initiatives, as of change ")
    other = Database(elsewhere)
    with other.write() as session:
        assert rows(session) == kept
        assert dump_published(session) == published
        if database.is_sqlite == other.is_sqlite:
            assert searchable(session) == found
        publish(session, title="Un jardin d'après")  # the audit trail is numbered on
        assert len({event.id for event in session.exec(select(Event))}) > len(kept["event"])
    other.close()
    assert run("check", url=elsewhere).exit_code == 0


@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)  # which is as good as any
def test_a_backup_while_several_processes_publish_is_of_one_moment(
    database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    with publishers(database_url, 2):
        lines("backup", str(tmp_path / "kept"), url=database_url)
    lines("restore", str(tmp_path / "kept"), url=elsewhere)
    assert run("check", url=elsewhere).exit_code == 0
    restored = Database(elsewhere)
    with restored.read() as session:
        numbers = session.exec(select(Publication.number).order_by(col(Publication.number))).all()
        sequences = session.exec(select(Publication.sequence)).all()
        counter = session.exec(select(Counter)).one()
    restored.close()
    assert numbers == list(range(1, counter.number + 1))
    assert max(sequences) == counter.lost_after


def test_a_copy_that_knows_more_than_a_restored_backup_is_told_so_and_taken_again(
    service: Service, client: httpx.Client, moderator: httpx.Client, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    lines("backup", str(tmp_path / "kept"), url=database_url)
    as_of = client.get("/changes", params={"since": 0})
    published(client, moderator, title="Perdu")
    ahead, lists = client.get("/changes").json()["sequence"], client.get("/initiatives")
    assert mirrored(service.address, tmp_path) == "equal 14 cases\n"
    lines("restore", str(tmp_path / "kept"), url=elsewhere)
    for restored in serving(service.settings.model_copy(update={"database_url": elsewhere})):
        with restored.client() as anybody:
            lost = anybody.get("/changes", params={"since": ahead}, headers={"Accept-Language": "fr"})
            assert "reprenez un export" in check_problem(lost, 410)["detail"]
            known = anybody.get("/changes", params={"since": as_of.json()["next"]}).json()
            assert known["items"] == []
            assert anybody.get("/changes", params={"since": known["next"]}).json() == known
            assert anybody.get("/initiatives", headers={"If-None-Match": lists.headers["ETag"]}).status_code == 200
        assert mirrored(restored.address, tmp_path) == "equal 13 cases\n"


def mirrored(address: str, folder: Path) -> str:
    """What the example says that keeps a copy in a folder."""
    (folder / "mirror.py").write_text(MIRROR.read_text().replace("http://127.0.0.1:8000", address))
    run = [sys.executable, "mirror.py", "copy.sqlite", "--check"]
    return subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_what_a_first_restored_backup_lacked_is_not_forgotten_with_the_second(database: Database) -> None:
    with database.write() as session:
        first = last_sequence(session)
        publication.leap(session)
        between = last_sequence(session)
    with database.write() as session:
        publish(session, title="Publié entre les deux")
        publish(session, title="Et encore")
    with database.write() as session:
        publication.leap(session)
        publication.rebuild(session, lambda _: None)
        last = last_sequence(session)
    assert last > between + 1_000_000, "more than may have been lost in the same second"
    with database.read() as session:
        for since in (first + 1, between, between + 1, last - 3):
            with pytest.raises(Gone):
                changes.page(session, ChangeQuery(since=since))
        seen, since = [], 0
        while since < last:  # from the beginning, whatever a page is told to go on from is there
            page = changes.page(session, ChangeQuery(since=since, limit=1))
            seen.append(from_json(page.items[0])["id"])
            since = page.next
        assert len(set(seen)) == len(seen) == 15
        assert changes.page(session, ChangeQuery(since=last)).items == []


def test_the_same_backup_restored_twice_goes_on_from_two_sequences(database: Database) -> None:
    with database.write() as session:
        for _ in range(2):  # the second time it is a backup of a catalogue that was restored before
            before = session.exec(select(Counter)).one().model_dump()
            publication.leap(session)
            first = last_sequence(session)
            session.execute(update(Counter).values(before))
            time.sleep(1.1)
            publication.leap(session)
            assert last_sequence(session) > first


def last_sequence(session: Session) -> int:
    return session.exec(select(Counter.sequence)).one()


def test_a_backup_of_an_older_version_is_brought_to_the_present(
    database: Database, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    with database.read() as session:
        documents = session.exec(select(Publication.id, Publication.document).order_by(col(Publication.number))).all()
        last = session.exec(select(Counter.sequence)).one()
    lines("backup", str(tmp_path / "kept"), url=database_url)
    with remade(tmp_path / "kept") as older:
        with older.write() as session:
            session.execute(update(Counter).values(renderer=1))
        go_to(older, "0008")
    lines("restore", str(tmp_path / "kept"), url=elsewhere)
    restored = Database(elsewhere)
    with restored.read() as session:
        found = session.exec(select(Publication.id, Publication.document).order_by(col(Publication.number))).all()
        assert min(session.exec(select(Publication.sequence))) > last, "copies would not learn that it reads otherwise"
    restored.close()
    assert found == documents


@contextmanager
def remade(file: Path) -> Iterator[Database]:
    """A backup that the block changes, as another version would have made it."""
    with closing(Database(f"sqlite:///{file}")) as made:
        yield made
        with made.write() as session:
            session.execute(update(backup._MARK).values(sha256=backup._digest(session)))


def test_a_backup_that_is_served_as_it_is_is_published_first(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    lines("backup", str(tmp_path / "kept"), url=database_url)
    assert run("migrate", url=f"sqlite:///{tmp_path}/kept").stderr == "13 rendered\n"
    served = Database(f"sqlite:///{tmp_path}/kept")
    with database.read() as session, served.read() as other:
        assert dump_published(other) == dump_published(session)
    served.close()


def test_nothing_is_written_over(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    assert "is there already" in complaint("backup", str(tmp_path / "there"), url=database_url)
    assert (tmp_path / "there").read_text() == "mine"
    lines("backup", str(tmp_path / "kept"), url=database_url)
    assert "holds something already" in complaint("restore", str(tmp_path / "kept"), url=database_url)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["kept", "there"]


def test_a_database_of_another_schema_or_of_others_is_left_as_it_is(
    databases: Any, database: Database, database_url: str, tmp_path: Path
) -> None:
    lines("backup", str(tmp_path / "kept"), url=database_url)
    go_to(database, "0008")
    assert "holds something already" in complaint("restore", str(tmp_path / "kept"), url=database_url)
    with database.read() as session:
        assert schema.current(session) == "0008"
    with databases.empty() as url, closing(Database(url)) as others:
        with others.write() as session:
            session.execute(text("CREATE TABLE accounts (id INTEGER)"))
        assert "holds something already" in complaint("restore", str(tmp_path / "kept"), url=url)


def test_a_backup_that_is_killed_leaves_no_file_of_its_name(database_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    running = command(database_url, "backup", str(kept))
    while running.poll() is None and not any(tmp_path.iterdir()):
        time.sleep(0.01)
    assert not kept.exists()
    running.kill()
    running.communicate()
    assert not kept.exists()
    lines("backup", str(kept), url=database_url)


def spoilt(kept: bytes) -> Iterator[tuple[str, bytes]]:
    place = kept.index(b"Vennestraat")
    yield "cut short", kept[: len(kept) // 2]
    yield "one letter", kept[:place] + b"X" + kept[place + 1 :]
    yield "a page of nothing", kept[:8192] + bytes(4096) + kept[12288:]
    yield "empty", b""
    yield "something else", b"PK" + kept[2:]


def test_a_damaged_backup_is_refused_in_one_line_and_leaves_nothing(
    databases: Any, database_url: str, tmp_path: Path
) -> None:
    lines("backup", str(tmp_path / "kept"), url=database_url)
    for name, content in spoilt((tmp_path / "kept").read_bytes()):
        (tmp_path / name).write_bytes(content)
        with databases.empty() as url:
            assert "is damaged" in complaint("restore", str(tmp_path / name), url=url), name
            empty = Database(url)
            with empty.read() as session:
                assert schema.current(session) is None
            empty.close()


def test_a_backup_of_a_newer_version_is_refused(databases: Any, database_url: str, tmp_path: Path) -> None:
    lines("backup", str(tmp_path / "kept"), url=database_url)
    with remade(tmp_path / "kept") as newer, newer.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with databases.empty() as url:
        assert "newer version" in complaint("restore", str(tmp_path / "kept"), url=url)


FAULTS = {
    "cannot be rendered": text("UPDATE initiative SET title = '' WHERE number = 3"),
    "has another document": update(Publication).where(col(Publication.number) == 3).values(document=b"{}"),
    "is in other posting lists": delete(PublicationTerm).where(
        col(PublicationTerm.number) == 3, col(PublicationTerm.term) == "kind:case"
    ),
    "changed otherwise": update(Publication).where(col(Publication.number) == 3).values(change="merged"),
    "has other source links": delete(PublicationSource).where(
        col(PublicationSource.number) == 3, col(PublicationSource.position) == 0
    ),
    "has other versions": update(PublicationRevision)
    .where(col(PublicationRevision.number) == 3)
    .values(document=b"{}"),
    "is not found by its words": text("DELETE FROM publication_search WHERE rowid = 3"),
    "kind:case: counted 40": update(TermCount).where(col(TermCount.term) == "kind:case").values(length=40),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_published_otherwise_than_recorded_is_found(database: Database, database_url: str, fault: str) -> None:
    assert run("check", url=database_url).exit_code == 0
    with database.write() as session:
        session.execute(FAULTS[fault])
    found = run("check", url=database_url)
    assert found.exit_code == 1
    assert fault in found.stdout
