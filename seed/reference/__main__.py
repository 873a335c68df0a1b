"""python -m seed.reference [--check]: build the file, and the tests' parts of older ones, from the installed sources.

`make reference` installs the sources first. With --check nothing is written: it tells which files the sources do not
give.
"""

import gzip
import sys
from pathlib import Path

from seed.reference import build, checks, cog, table

_TESTS = table.FILE.parents[2] / "tests" / "seed"
# Departments in which communes merged, parted or changed their names or their intercommunality since.
_OF_2024 = {"fr-dep-15", "fr-dep-79", "fr-dep-82", "fr-dep-85"}
_OF_2025 = {"fr-dep-50", "fr-dep-95"}


def main(arguments: list[str]) -> str | None:
    """What went wrong, if anything did."""
    entries = table.ordered(build.everything())
    if faults := checks.faults(entries):
        return "\n".join(faults)
    files = {
        table.FILE: table.packed(entries),
        _TESTS / "territories-2024.csv.gz": table.packed(build.part(cog.OF_2024, _OF_2024)),
        _TESTS / "territories-2025.csv.gz": table.packed(build.part(cog.OF_2025, _OF_2025)),
    }
    changed = [file for file, packed in files.items() if _differs(file, packed)]
    if "--check" in arguments:
        return "\n".join(f"{file.name} is not what its sources give: make reference" for file in changed) or None
    for file in changed:
        file.write_bytes(files[file])
    return None


def _differs(file: Path, packed: bytes) -> bool:
    """Whether the rows do: two versions of zlib may pack the same ones in two ways."""
    return not file.exists() or gzip.decompress(file.read_bytes()) != gzip.decompress(packed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
