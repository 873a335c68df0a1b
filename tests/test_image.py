"""The Dockerfile agrees with the project: nothing here builds it, so what it names is looked up."""

import json
import re
import tomllib
from pathlib import Path

from packaging.specifiers import SpecifierSet

from api.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LET_THROUGH = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", DOCKERFILE, re.MULTILINE)


def test_what_the_image_needs_goes_in_and_nothing_else() -> None:
    code = {package.partition(".")[0] for package in PYPROJECT["tool"]["setuptools"]["packages"]} | {"migrations"}
    described = {PROJECT["readme"], *PROJECT["license-files"], "pyproject.toml"}
    assert set(LET_THROUGH) == code | described | {"alembic.ini", "requirements.txt"}
    assert all((ROOT / name).exists() for name in LET_THROUGH)


def test_both_stages_have_one_python_that_the_project_takes() -> None:
    bases = [base.split()[0] for base in instructions("FROM")]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    version = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", bases[0])
    assert version
    assert version[1] in SpecifierSet(PROJECT["requires-python"])


def test_it_runs_as_an_ordinary_user_from_hash_checked_packages() -> None:
    assert instructions("USER") == ["10001:10001"]
    installs = [step for step in instructions("RUN") if "pip install" in step]
    assert "--require-hashes --no-deps -r requirements.txt" in installs[0]
    assert all("--no-deps" in step for step in installs)


def test_its_settings_are_ours_and_keep_data_in_its_volume() -> None:
    given = dict(line.partition("=")[::2] for line in instructions("ENV") if line.startswith("TERRITOIRES_"))
    settings = Settings(**{name.removeprefix("TERRITOIRES_").lower(): value for name, value in given.items()})
    assert set(given) <= {f"TERRITOIRES_{name.upper()}" for name in Settings.model_fields}
    (volume,) = instructions("VOLUME")
    assert settings.database_url.startswith(f"sqlite:///{volume}/")
    assert instructions("WORKDIR")[-1] == volume


def test_it_says_whether_it_can_work() -> None:
    (check,) = instructions("HEALTHCHECK")
    (port,) = instructions("EXPOSE")
    command = json.loads(check.partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert f":{port}/health/ready" in command[2]
