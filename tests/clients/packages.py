"""What the TypeScript client takes from npm."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_TOLD = "no TypeScript: `make test` installs it by tests/clients/package-lock.json where there is Node 20 with npm"


def link_packages(folder: Path) -> None:
    """Make a folder the project that the packages are installed in."""
    if not (HERE / "node_modules" / ".package-lock.json").exists():
        pytest.fail(_TOLD) if os.environ.get("CI") else pytest.skip(_TOLD)
    for name in ("package.json", "node_modules"):
        (folder / name).symlink_to(HERE / name)
