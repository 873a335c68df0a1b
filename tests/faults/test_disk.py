"""What the service asks of the system, as strace sees it: an answer waits for the disk, a write for the lock."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import DRAFT
from tests.databases import SqliteFiles
from tests.faults.processes import serving

POSTS = 150  # enough for SQLite to carry its log over into the file, which it does after a thousand pages
CALLS = "trace=pwrite64,fsync,fdatasync,flock,close,sendto,sendmsg,writev"

needs_strace = pytest.mark.skipif(
    not shutil.which("strace") and not os.environ.get("CI"), reason="needs strace (apt-get install strace)"
)


class Call(NamedTuple):
    """A system call that is done, of any thread: its name, its file where there is one, and all that strace says."""

    name: str
    file: str
    said: str


@pytest.fixture(scope="module")
def calls(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """All that one worker asked of the system while submissions came in, in order."""
    folder = tmp_path_factory.mktemp("strace")
    trace = folder / "trace"
    strace = ("strace", "-D", "-f", "-y", "-s", "16", "-e", CALLS, "-o", str(trace))
    with (
        sqlite_files.copy() as url,
        serving(url, 1, folder / "log", under=strace) as processes,
        processes.client() as client,
    ):
        assert {client.post("/initiatives", json=DRAFT).status_code for _ in range(POSTS)} == {201}
    return [*done(trace.read_text().splitlines())]


def done(lines: list[str]) -> Iterator[Call]:
    """Those that succeeded, at the moment at which they returned; what leaves, at the moment at which it began to."""
    begun: dict[str, str] = {}
    for line in lines:
        thread, _, said = line.partition(" ")
        said = said.strip()
        if said.endswith("<unfinished ...>"):
            begun[thread] = said.removesuffix("<unfinished ...>").strip()
            said = begun[thread] if said.startswith("send") else ""
        elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", said):
            said = begun.pop(thread) + resumed[1]
            said = "" if said.startswith("send") else said
        if (call := re.match(r"(\w+)\(\d+<([^>]*)>", said)) and "= -1" not in said:
            yield Call(call[1], Path(call[2]).name, said)


@needs_strace
def test_a_submission_is_acknowledged_after_the_disk_has_it(calls: list[Call]) -> None:
    acknowledged, written, kept = 0, False, True
    for call in calls:
        if call.file == "catalogue.sqlite-wal":
            written |= call.name == "pwrite64"
            kept = call.name in ("fsync", "fdatasync") or (kept and call.name != "pwrite64")
        elif "HTTP/1.1 201" in call.said:
            assert written, "acknowledged before it was written"
            assert kept, "acknowledged before the disk had it"
            acknowledged, written = acknowledged + 1, False
    assert acknowledged == POSTS


@needs_strace
def test_nothing_is_written_to_the_database_but_under_the_lock(calls: list[Call]) -> None:
    held, written = False, set()
    for call in calls:
        if call.file == "catalogue.sqlite.lock":
            held = call.name == "flock"
        elif call.name == "pwrite64" and call.file in ("catalogue.sqlite", "catalogue.sqlite-wal"):
            assert held, call.said
            written.add(call.file)
    assert written == {"catalogue.sqlite", "catalogue.sqlite-wal"}
