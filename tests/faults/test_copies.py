"""An export and the changes since are the publication, byte for byte, while several processes publish."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic_core import from_json, to_json
from sqlmodel import col, select

from api.catalogue import publication
from api.db import Database
from api.models import Counter, Publication
from tests.bench import corpus
from tests.conftest import SOAK
from tests.faults.processes import PATIENCE, Processes, free_port

ROOT = Path(__file__).parents[2]
MIRROR = ROOT / "docs" / "examples" / "mirror.py"
CASES = 600  # so that an export has several batches
ROUNDS, PUBLISHERS = (60, 4) if SOAK else (3, 2)
ENOUGH = 10 * PUBLISHERS  # changes meanwhile, for it to prove anything
PACE = 0.02  # seconds between what is read of an export: long enough for a few publications

Copy = dict[str, bytes]


@pytest.mark.parametrize("workers", [2])
def test_an_export_and_the_changes_since_are_the_publication_byte_for_byte_while_several_processes_publish(
    processes: Processes, database: Database, database_url: str
) -> None:
    with database.write() as session:
        corpus.fill(session, CASES)
        publication.rebuild(session, lambda _: None)
    with processes.client(headers={"Accept-Encoding": "identity"}) as client:
        started = client.get("/status").json()["sequence"]
        with publishers(database_url, PUBLISHERS):
            behind, end = [export(client) for _ in range(ROUNDS)], time.monotonic() + PATIENCE
            # Each goes on while they publish, by small steps and by large ones, until there was enough to miss.
            while True:
                behind = [follow(client, *behind[n], limit=1 + 11 * n % 100, pages=3) for n in range(ROUNDS)]
                if client.get("/status").json()["sequence"] > started + ENOUGH or time.monotonic() > end:
                    break
        copies = [follow(client, *copy, limit=100) for copy in behind]
    with database.read() as session:
        published = select(col(Publication.id), col(Publication.document)).where(col(Publication.document).is_not(None))
        whole = dict(map(tuple, session.execute(published)))
        last = session.scalars(select(Counter.sequence)).one()
    assert last > started + ENOUGH, "too little was published for this to prove anything"
    for copy, sequence in copies:
        assert sequence == last
        assert copy == whole
    assert processes.complaints == ""


def test_the_example_keeps_a_copy_and_proves_it_equal_while_others_publish(
    processes: Processes, database_url: str, tmp_path: Path
) -> None:
    program = MIRROR.read_text().replace("http://127.0.0.1:8000", processes.address)
    (tmp_path / "mirror.py").write_text(program)
    run = [sys.executable, "mirror.py", "copy.sqlite"]
    with publishers(database_url, 1):
        for _ in range(2):
            subprocess.run(run, cwd=tmp_path, check=True)
    said = subprocess.run([*run, "--check"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    with processes.client() as client:
        assert said == f"equal {client.get('/status').json()['initiatives']} cases\n"


def test_the_example_ends_where_there_is_no_service(tmp_path: Path) -> None:
    (tmp_path / "mirror.py").write_text(MIRROR.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{free_port()}"))
    run = [sys.executable, "mirror.py", "copy.sqlite"]
    done = subprocess.run(run, cwd=tmp_path, timeout=PATIENCE, capture_output=True, text=True, check=False)
    assert (done.returncode, "ConnectError" in done.stderr) == (1, True)


def export(client: httpx.Client) -> tuple[Copy, int]:
    """All that is public, read slowly, and the sequence that it tells."""
    held = b""
    with client.stream("GET", "/initiatives.ndjson") as answer:
        for chunk in answer.iter_bytes():
            held += chunk
            time.sleep(PACE)
    return {from_json(line)["id"]: line for line in held.splitlines()}, int(answer.headers["catalogue-sequence"])


def follow(client: httpx.Client, copy: Copy, since: int, *, limit: int, pages: int = sys.maxsize) -> tuple[Copy, int]:
    """Go on with the changes, to the last or for so many pages."""
    for _ in range(pages):
        page = from_json(client.get("/changes", params={"since": since, "limit": limit}).content)
        for change in page["items"]:
            copy.pop(change["id"], None)
            if change["document"]:
                copy[change["id"]] = to_json(change["document"])
        since = page["next"]
        if since == page["sequence"]:
            break
    return copy, since


@contextmanager
def publishers(database_url: str, count: int) -> Iterator[None]:
    """So many processes that publish, from when each has done so once until the end of the block."""
    module = [sys.executable, "-m", "tests.faults.publisher", database_url]
    running = [subprocess.Popen([*module, str(n)], cwd=ROOT, stdout=subprocess.PIPE) for n in range(count)]
    try:
        for process in running:
            assert process.stdout
            assert process.stdout.readline()
        yield
        assert [process.poll() for process in running] == [None] * count, "a publisher has failed"
    finally:
        for process in running:
            process.kill()
            process.communicate()
