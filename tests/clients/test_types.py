"""Clients that others' generators make of the served document are typed to the last field.

tests/test_docs.py uses them, by the programs of docs/clients.md.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.packages import link_packages
from tests.conftest import Service

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BIN = Path(sys.executable).parent
# The generator's own template, of which nothing depends on the document.
EXITS = re.compile(r'territoires/client\.py:\d+: error: Argument 1 to "__a?exit__" of "(Async)?Client" .*\[arg-type\]')

# A client knows nothing of the database behind the service.
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def run(folder: Path, *words: str, codes: tuple[int, ...] = (0,)) -> list[str]:
    """The lines that a program prints."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    ran = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode in codes, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def copy_example(folder: Path, name: str) -> None:
    """The program as it is, and with a field misspelt."""
    program = (EXAMPLES / name).read_text(encoding="utf-8")
    (folder / name).write_text(program, encoding="utf-8")
    assert program.count(".started_on") == 2
    (folder / f"misspelt{Path(name).suffix}").write_text(program.replace(".started_on", ".startd_on"), encoding="utf-8")


def test_the_python_client_is_typed_strictly(service: Service, tmp_path: Path) -> None:
    document = f"{service.address}/v1/openapi.json"
    generate = ("openapi-python-client", "generate", "--url", document, "--meta", "none", "--fail-on-warning")
    run(tmp_path, *generate, "--config", str(EXAMPLES / "generator.yaml"), "--output-path", "territoires")
    copy_example(tmp_path, "catalogue.py")
    *told, _ = run(tmp_path, "mypy", "--strict", "--config-file=", "--cache-dir=mypy", ".", codes=(1,))
    told = [line for line in told if not EXITS.match(line)]
    assert len(told) == 2, told
    assert all(re.match(r'misspelt\.py:\d+: error: .* has no attribute "startd_on"', line) for line in told), told


def test_the_typescript_client_is_typed_strictly(service: Service, tmp_path: Path) -> None:
    link_packages(tmp_path)
    document = f"{service.address}/v1/openapi.json"
    run(tmp_path, "npx", "openapi-typescript", document, "--default-non-nullable", "false", "--output", "schema.d.ts")
    copy_example(tmp_path, "catalogue.ts")
    strictly = ("--strict", "--noEmit", "--target", "es2022", "--module", "nodenext")
    told = run(tmp_path, "npx", "tsc", *strictly, "catalogue.ts", "misspelt.ts", codes=(2,))
    told = [line for line in told if not line.startswith(" ")]
    assert len(told) == 2, told
    assert all(re.match(r"misspelt\.ts\(\d+,\d+\): error TS2551: Property 'startd_on'", line) for line in told), told
