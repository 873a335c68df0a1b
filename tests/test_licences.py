"""NOTICE names all that the service is made with, each under the licence that its package tells."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Of those who tell it in words, or in a file alone, as an SPDX expression.
READ = {"pysqlite3": "Zlib", "PyStemmer": "MIT AND BSD-3-Clause", "uvloop": "MIT OR Apache-2.0"}


def required() -> set[str]:
    """The names of what is installed with the service, on any machine."""
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][\w.-]*)(?:\[.*?\])?==", locked, re.MULTILINE))


def noticed() -> dict[str, str]:
    """Names and licences of NOTICE's list."""
    return dict(re.findall(r"^  ([\w.-]+): (.+)$", (ROOT / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE))


def test_notice_names_all_that_is_installed_with_the_service_and_nothing_else() -> None:
    assert {name.lower().replace("_", "-") for name in noticed()} == required()


def test_notice_tells_the_licence_that_each_package_tells() -> None:
    for name, licence in noticed().items():
        try:
            told = metadata(name)
        except PackageNotFoundError:  # of another machine or Python
            continue
        assert licence == READ.get(name, told.get("License-Expression") or told.get("License")), name
