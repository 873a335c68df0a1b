"""Linters that others wrote read the document that the service serves, with every rule on."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from tests.conftest import PUBLIC_URL, serving
from tests.databases import SqliteFiles

HERE = Path(__file__).parent
PROGRAMS = HERE / "node_modules" / ".bin"
QUIET = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

# What a judge finds and we leave, each with its reason. None is an error.
LEFT = {
    # Anybody may read: such an operation never answers 401.
    "owasp:api8:2023-define-error-responses-401",
    # A mistake names an unknown parameter as the caller wrote it.
    "owasp:api4:2023-string-restricted",
}
# Enough for a plain document to be a document: every judge has something to say of it.
PLAIN = {
    "openapi": "3.1.0",
    "info": {"title": "Plain", "version": "1"},
    "paths": {"/things": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}}},
}

Findings = Counter[tuple[str, str]]


def spectral(ruleset: str, document: Path) -> Findings:
    found = json.loads(_run("spectral", "lint", "--quiet", "--format", "json", "--ruleset", ruleset, str(document)))
    return Counter((["error", "warning", "info", "hint"][one["severity"]], one["code"]) for one in found)


def redocly(ruleset: str, document: Path) -> Findings:
    found = json.loads(_run("redocly", "lint", "--format", "json", "--config", ruleset, str(document)))
    return Counter((one["severity"], one["ruleId"]) for one in found["problems"])


def _run(program: str, *arguments: str) -> str:
    if not (PROGRAMS / program).exists():
        told = "no judges: `make test` installs them by tests/judges/package-lock.json where there is Node 20 with npm"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    command = [str(PROGRAMS / program), *arguments]
    done = subprocess.run(command, cwd=HERE, env=QUIET, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: it found something
    return done.stdout


Judge = Callable[[str, Path], Findings]
JUDGES = [(spectral, "oas.yaml"), (spectral, "documentation.yaml"), (spectral, "owasp.yaml"), (redocly, "redocly.yaml")]


@pytest.fixture(scope="session")
def served(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, as a client gets it."""
    file = tmp_path_factory.mktemp("judges") / "openapi.json"
    with sqlite_files.empty() as url:
        for service in serving(Settings(database_url=url, public_url=PUBLIC_URL)):
            file.write_bytes(httpx.get(f"{service.address}/v1/openapi.json").raise_for_status().content)
    return file


@pytest.mark.parametrize(("judge", "ruleset"), JUDGES)
def test_a_judge_finds_nothing_but_what_we_leave(judge: Judge, ruleset: str, served: Path) -> None:
    found = judge(ruleset, served)
    assert not [(severity, code) for severity, code in found if severity == "error" or code not in LEFT], found


@pytest.mark.parametrize(("judge", "ruleset"), JUDGES)
def test_a_judge_is_awake(judge: Judge, ruleset: str, tmp_path: Path) -> None:
    """A linter that finds its rules switched off finds nothing wrong either."""
    (tmp_path / "openapi.json").write_text(json.dumps(PLAIN))
    assert judge(ruleset, tmp_path / "openapi.json").total() >= 3


def test_no_lock_names_a_registry() -> None:
    for lock in HERE.parent.glob("*/package-lock.json"):
        packages = json.loads(lock.read_text())["packages"]
        assert packages
        assert not [name for name, package in packages.items() if "resolved" in package], lock
