"""A database that is locked, a disk that is full, a clock that is set back: 503 at worst, soon over, nothing lost."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import published
from tests.databases import PostgresDatabases, SqliteFiles, postgres_server
from tests.faults.load import Load
from tests.faults.processes import Processes, serving
from tests.test_cli import check_sound
from tests.v1.wire import bearer

CALM = 1  # second before and after
LOCKED = 6  # seconds, one more than anybody waits


# --- Locked ----------------------------------------------------------------------------------------------------------


def test_a_file_that_another_program_locks_is_read_all_the_same(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.copy() as url, serving(url, 2, tmp_path / "log") as processes:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            load, begun, over = locked(
                processes, lambda: other.execute("BEGIN EXCLUSIVE"), lambda: other.execute("ROLLBACK")
            )
        check(load, begun, over, url)
        assert load.statuses("GET") == {200}


def test_a_command_that_writes_for_long_holds_up_no_reader(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.copy() as url, serving(url, 2, tmp_path / "log") as processes, closing(Database(url)) as own:
        held = own.exclusive()
        load, begun, over = locked(processes, held.__enter__, lambda: held.__exit__(None, None, None))
        check(load, begun, over, url)
        assert load.statuses("GET") == {200}


def test_tables_that_another_session_locks_are_503(postgres_databases: PostgresDatabases, tmp_path: Path) -> None:
    with postgres_databases.copy() as url, serving(url, 2, tmp_path / "log") as processes:
        with psycopg.connect(url) as other:
            load, begun, over = locked(
                processes, lambda: other.execute("LOCK TABLE submission, publication"), other.rollback
            )
        check(load, begun, over, url)


def locked(processes: Processes, lock: Callable[[], object], unlock: Callable[[], object]) -> tuple[Load, float, float]:
    """Who asked meanwhile, and from when to when it was locked."""
    load = Load(processes)
    with load.running():
        time.sleep(CALM)
        begun = time.monotonic()
        lock()
        time.sleep(LOCKED)
        unlock()
        over = time.monotonic()
        time.sleep(2 * CALM)
    assert 503 in load.statuses("POST")
    return load, begun, over


def check(load: Load, begun: float, over: float, url: str) -> None:
    load.check(begun, over)
    with closing(Database(url)) as database:
        load.check_kept(database)
    check_sound(url)


# --- Full ------------------------------------------------------------------------------------------------------------

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@as_root
def test_a_full_disk_is_503_to_who_submits_and_nothing_to_who_reads_on_sqlite(
    sqlite_files: SqliteFiles, disk: Path, tmp_path: Path
) -> None:
    with sqlite_files.copy() as url:
        shutil.copy(url.removeprefix("sqlite:///"), disk / "catalogue.sqlite")
    url = f"sqlite:///{disk}/catalogue.sqlite"
    with serving(url, 2, tmp_path / "log") as processes:
        check(*filled(processes, disk), url)


@as_root
def test_a_full_disk_is_503_to_who_submits_and_nothing_to_who_reads_on_postgresql(disk: Path, tmp_path: Path) -> None:
    with postgres_server(tmp_path, durable=True) as server, PostgresDatabases(server, tmp_path).copy() as url:
        owner = (tmp_path / "data").stat()
        os.chown(disk, owner.st_uid, owner.st_gid)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            connection.execute(f"ALTER DATABASE {url.rpartition('/')[2].partition('?')[0]} SET TABLESPACE small")
        with serving(url, 2, tmp_path / "log") as processes:
            check(*filled(processes, disk), url)


def filled(processes: Processes, disk: Path) -> tuple[Load, float, float]:
    """Who asked while the disk was full, and from when to when it was."""
    load = Load(processes)
    with load.running():
        time.sleep(CALM)
        begun = time.monotonic()
        with (disk / "filler").open("wb") as filler:
            fill(filler.fileno())
            while 503 not in load.statuses("POST"):  # there is some room left in the files themselves
                assert time.monotonic() < begun + 60, "nobody noticed"
                time.sleep(0.1)
                fill(filler.fileno())
            time.sleep(CALM)
            filler.truncate(0)
        over = time.monotonic()
        time.sleep(2 * CALM)
    assert load.statuses("GET") == {200}
    return load, begun, over


def fill(file: int) -> None:
    """To the last page."""
    try:
        while os.write(file, bytes(4096)):
            pass
    except OSError:
        pass


# --- Set back --------------------------------------------------------------------------------------------------------

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
LEAD = {"title": "Une piste", "kind": "lead"}
SETTINGS = ("+0d", "-1d", "+1d", "-400d", "+0d")


@contextmanager
def by_another_clock(url: str, folder: Path) -> Iterator[tuple[Processes, Callable[[str], object]]]:
    """The service, and what sets the clock that it reads, by so much as in `-1d`."""
    clock = folder / "clock"
    environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock)}
    environment |= {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    clock.write_text("+0d")
    with serving(url, 2, folder / "log", **environment) as processes:
        yield processes, clock.write_text


@pytest.mark.skipif(not FAKETIME.exists(), reason="needs libfaketime (apt-get install faketime)")
def test_a_clock_that_is_set_back_changes_no_order_and_refuses_nobody(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    once = {"Idempotency-Key": "one-clock-or-another"}
    with (
        by_another_clock(database_url, tmp_path) as (processes, set_clock),
        processes.client() as anybody,
        processes.client(headers=bearer(key)) as moderator,
    ):
        since = anybody.get("/status").json()["sequence"]
        cases, days, load = [], set(), Load(processes)
        with load.running():
            first = anybody.post("/initiatives", json=LEAD, headers=once).json()
            for setting in SETTINGS:
                set_clock(setting)
                cases.append(published(anybody, moderator, title=f"Au jour {setting}"))
                assert anybody.get(f"/initiatives/{cases[-1]}").status_code == 200
                time.sleep(2 * CALM)
                days.add(anybody.get("/status").headers["date"][:16])  # which is made once a second
            again = anybody.post("/initiatives", json=LEAD, headers=once).json()
        assert len(days) == len({*SETTINGS}), "the clock was not set"
        assert first["id"] == again["id"]
        assert load.statuses("GET") == {200}
        assert load.statuses("POST") == {201}
        changes = anybody.get("/changes", params={"since": since}).json()["items"]
        assert [change["id"] for change in changes] == cases
        own = anybody.get(f"/submissions/{first['id']}", headers=bearer(again["edit_token"]))
        assert own.status_code == 200
    load.check_kept(database)
    check_sound(database_url)
