"""The documentation is run: its commands and programs against a live service, its outputs compared to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.vocabulary import ReasonTemplate
from tests.clients.packages import link_packages
from tests.conftest import Service

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = ("clients.md", "reusing.md")  # what is told to those who write programs
SECTIONS = [
    (name, section)
    for name in PROGRAMS
    for section in (ROOT / "docs" / name).read_text(encoding="utf-8").split("\n## ")[1:]
]
GUIDES = [f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]
EXAMPLES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "examples").iterdir()}
LOCAL = "http://127.0.0.1:8000"
INSTALLING = ("make run", "npm install")  # what the tests have done before
RUN = {"python": "python", "js": "node --input-type=module"}
END = "@@@"

Blocks = list[tuple[str, str]]


def script_of(blocks: Blocks) -> tuple[str, list[str | None]]:
    """What to run, block after block in one shell, and what each prints: the `text` block after it, if there is one."""
    script, expected = "set -eu\n", []
    for (language, text), (following, output) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "text" or text in EXAMPLES.values() or any(words in text for words in INSTALLING):
            continue
        script += text if language == "sh" else f"{RUN[language]} - <<'PROGRAM'\n{text}PROGRAM\n"
        script += f"printf '\\n{END}\\n'\n"
        expected.append(output if following == "text" else None)
    return script, expected


def check(markdown: str, service: Service, database_url: str, folder: Path) -> None:
    """Run a text's blocks in a folder that has the examples, and compare what they print with what it says."""
    script, expected = script_of(re.findall(r"^```(\w+)\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL))
    for name, program in EXAMPLES.items():
        (folder / name).write_text(program.replace(LOCAL, service.address), encoding="utf-8")
    bin_folder = Path(sys.executable).parent
    ran = subprocess.run(
        ["bash", "-c", script.replace(LOCAL, service.address).replace(".venv/bin", str(bin_folder))],
        cwd=folder,
        env=os.environ | {"TERRITOIRES_DATABASE_URL": database_url, "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    outputs = [output.strip() for output in ran.stdout.split(END)][:-1]
    assert len(outputs) == len(expected)
    for output, said in zip(outputs, expected, strict=True):
        assert said is None or output == said.strip()


def test_the_readmes_commands_and_programs_answer_as_it_says(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    check(README, service, database_url, tmp_path)


# A client knows nothing of the database behind the service: one engine is enough.
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("guide", "section"), SECTIONS, ids=lambda part: part.partition("\n")[0])
def test_the_guides_commands_and_programs_answer_as_it_says(
    service: Service, database_url: str, tmp_path: Path, guide: str, section: str
) -> None:
    if "npx" in section:
        link_packages(tmp_path)
    check(section, service, database_url, tmp_path)


# They wait for answers of the catalogue alone, which the tests of either engine look at closely.
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["catalogues.md", "contribuer.md", "finding.md", "moderating.md", "operations.md"])
def test_what_the_guides_of_senders_moderators_and_operators_tell_is_so(
    service: Service, database_url: str, tmp_path: Path, name: str
) -> None:
    check((ROOT / "docs" / name).read_text(encoding="utf-8"), service, database_url, tmp_path)


def test_every_template_of_a_reason_is_in_the_moderators_guide() -> None:
    guide = (ROOT / "docs" / "moderating.md").read_text(encoding="utf-8")
    assert all(f"`{template}`" in guide for template in ReasonTemplate)


def test_every_example_is_in_a_guide() -> None:
    for name, program in EXAMPLES.items():
        assert any(f"\n{program}```\n" in section for _, section in SECTIONS), name


def test_every_setting_and_command_is_in_the_readme(service: Service) -> None:
    for name in type(service.settings).model_fields:
        assert f"`TERRITOIRES_{name.upper()}`" in README


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", *GUIDES])
def test_what_the_documents_link_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / document).parent.joinpath(target).exists(), target
    for path in re.findall(r"`((?:api|seed|tests|migrations|docs)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
