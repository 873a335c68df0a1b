"""The README is run: its commands against a live service, its outputs compared to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Service

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LOCAL = "http://127.0.0.1:8000"


def test_the_readmes_commands_answer_as_it_says(service: Service, database_url: str, tmp_path: Path) -> None:
    script, expected = "set -eu\n", []
    for (language, text), (following, output) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
        if language == "sh" and "make run" not in text:
            script += f"{text}\nprintf '\\n@@@\\n'\n"
            expected.append(output if following == "text" else None)
    bin_folder = Path(sys.executable).parent
    script = script.replace(LOCAL, service.address).replace(".venv/bin", str(bin_folder))
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"TERRITOIRES_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    outputs = [output.strip() for output in ran.stdout.split("@@@")][:-1]
    assert len(outputs) == len(expected)
    for output, said in zip(outputs, expected, strict=True):
        assert said is None or output == said.strip()


def test_the_readmes_python_runs(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = (text for language, text in BLOCKS if language == "python")
    exec(compile(script.replace(LOCAL, service.address), "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "courcy - Courcy\u00a0?",
        "bras-sur-meuse-village-connecte - Bras-sur-Meuse, village connecté",
    ]


def test_every_setting_and_command_is_in_the_readme(service: Service) -> None:
    for name in type(service.settings).model_fields:
        assert f"`TERRITOIRES_{name.upper()}`" in README


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_what_the_documents_link_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:api|seed|tests|migrations|docs)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
