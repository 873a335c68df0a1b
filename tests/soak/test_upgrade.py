"""An upgrade under load: the version before serves on while this one migrates, and until this one serves."""

import io
import subprocess
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from api import schema
from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import published
from tests.faults.load import Load
from tests.faults.processes import command, serving
from tests.test_cli import check_sound
from tests.v1.wire import bearer

ROOT = Path(__file__).parents[2]
CALM = 2  # seconds


@pytest.fixture
def version_before(tmp_path: Path) -> Path:
    """The code as it was before the newest migration, from the project's history."""
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", "--", "migrations/versions").decode().strip()
    if not newest:
        pytest.skip("needs the history of the project: clone it whole")
    with tarfile.open(fileobj=io.BytesIO(git("archive", f"{newest}~"))) as archive:
        archive.extractall(tmp_path / "before", filter="data")
    return tmp_path / "before"


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def test_the_workers_of_the_version_before_serve_on_while_this_one_migrates_and_takes_over(
    version_before: Path, empty_url: str, tmp_path: Path
) -> None:
    then = {"PYTHONPATH": str(version_before)}
    done(empty_url, "migrate", **then)
    done(empty_url, "seed", **then)
    with closing(Database(empty_url)) as database, serving(empty_url, 2, tmp_path / "earlier", **then) as earlier:
        with database.read() as session:
            assert schema.current(session) < schema.head()
        load = Load(earlier)
        with load.running():
            time.sleep(CALM)
            done(empty_url, "migrate")
            time.sleep(CALM)
            assert earlier.ready()
            with database.write() as session:
                key = keys.create(session, KeyRole.MODERATOR, "Test")
            with serving(empty_url, 2, tmp_path / "later") as later:
                with later.client() as anybody, later.client(headers=bearer(key)) as moderator:
                    case = published(anybody, moderator)
                with earlier.client() as anybody:
                    assert anybody.get(f"/initiatives/{case}").status_code == 200
                time.sleep(CALM)
        assert load.statuses("GET") == {200}
        assert load.statuses("POST") == {201}
        load.check_kept(database)
    check_sound(empty_url)


def done(database_url: str, *words: str, **environment: str) -> None:
    """Run a command to its end."""
    running = command(database_url, *words, **environment)
    said = running.communicate()
    assert running.returncode == 0, said
