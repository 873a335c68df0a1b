"""A process with those that it has started, as Linux tells of them."""

import re
from pathlib import Path


def children(pid: int) -> list[int]:
    """Those that it has started itself."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int) -> list[int]:
    """MiB that each of them holds itself, without mapped files."""
    told = (Path(f"/proc/{one}/status").read_text() for one in (pid, *children(pid)))
    return [int(found[1]) // 1024 for one in told if (found := re.search(r"RssAnon:\s+(\d+)", one))]
