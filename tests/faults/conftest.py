"""The service in processes of its own, one worker unless a test asks for more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Processes, serving


@pytest.fixture
def workers() -> int:
    """How many; a test may say otherwise."""
    return 1


@pytest.fixture
def processes(database_url: str, workers: int, tmp_path: Path) -> Iterator[Processes]:
    """`territoires serve` on a migrated and seeded database of the test's own."""
    with serving(database_url, workers, tmp_path / "serve.log") as running:
        yield running
