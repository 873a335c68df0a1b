"""Schemathesis asks every operation of the document for whatever it can think of, with every check that it has.

In `make test` for a moment and always the same, a moderator on one database and anybody on the other; `make soak` gives
it ten minutes, each caller on each database, and new random numbers.
"""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import httpx
import pytest

from tests.conftest import Service, submitted
from tests.databases import ENGINES

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("st")
TABLES = HERE.parents[1] / ".hypothesis"  # of Unicode, which it would make anew in each folder
SOAK = os.environ.get("SOAK")  # seconds for each of the runs
HOW_LONG = ("--max-time", SOAK, "--generation-database", "none") if SOAK else ("--generation-deterministic", "-n", "3")

CALLERS = ("moderator", "anybody")
RUNS = [*product(ENGINES, CALLERS)] if SOAK else [*zip(ENGINES, CALLERS, strict=True)]


@pytest.fixture
def folder(client: httpx.Client, tmp_path: Path) -> Path:
    """Where Schemathesis finds its settings, with proposals to decide on: nobody may decide on his own."""
    ids = [submitted(client)["id"] for _ in range(20)]
    settings = (HERE / "schemathesis.toml").read_text() + f"\n[dictionaries.submissions]\nvalues = {json.dumps(ids)}\n"
    (tmp_path / "schemathesis.toml").write_text(settings)
    return tmp_path


@pytest.mark.parametrize(("databases", "caller"), RUNS, indirect=["databases"])
def test_whatever_is_asked_the_answer_is_one_that_the_document_describes(
    service: Service, moderator: httpx.Client, caller: str, folder: Path
) -> None:
    url = f"{service.address}/v1"
    key = ("--header", f"Authorization: {moderator.headers['Authorization']}") if caller == "moderator" else ()
    # The coverage phase tries what is refused before any database is asked: for a moment, the caller who is not refused
    # everything is enough.
    everything = SOAK or caller == "moderator"
    phases = () if everything else ("--phases", "examples,fuzzing,stateful")
    told = ("--no-color", "run", f"{url}/openapi.json", "--url", url, "--checks", "all")
    ran = subprocess.run(
        [SCHEMATHESIS, *told, *key, *phases, *HOW_LONG],
        cwd=folder,
        env=os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "HYPOTHESIS_STORAGE_DIRECTORY": str(TABLES)},
        capture_output=not SOAK,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout or "Schemathesis tells above what it found"
