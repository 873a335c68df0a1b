"""What it costs to hear that nothing changed: 304s beside the 200s that they replace, from the same addresses.

As clients ask who take no compression, and as nearly all do.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from statistics import median

import httpx

from tests.bench.load import SECONDS, Measured, load, ours
from tests.bench.reads import SAMPLE, newest, page_before

READS: Mapping[str, Callable[[int], str]] = {
    "detail": lambda number: f"/v1/initiatives/cas-{number}",
    "page of 20": lambda number: page_before(number, {}, limit=20),
    "page of 50": lambda number: page_before(number, {}),
}
CODINGS = ("identity", "gzip")


def compared(url: str, workers: int, rounds: int) -> Iterator[str]:
    """A table of the three reads, whole and unchanged in turn."""
    kinds = [(read, coding) for coding in CODINGS for read in READS]
    found: dict[tuple[str, str], list[tuple[Measured, Measured]]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder, ours(url, workers) as server:
        files = {kind: _written(Path(folder), server.address, *kind, newest(url)) for kind in kinds}
        for _ in range(rounds):
            for (read, coding), pair in files.items():
                one, other = (load(server.address, file, SECONDS, accepting=coding) for file in pair)
                found[read, coding].append((one, other))
    yield f"\n{workers} worker(s), medians of {rounds} rounds:\n"
    yield "| read | coding | 200s a second | p99 ms | 304s a second | p99 ms | 304s / 200s |"
    yield "|---|---|---|---|---|---|---|"
    for (read, coding), pairs in found.items():
        cells = [f"{median(one[n] for one in them):,.{n // 2}f}" for them in zip(*pairs, strict=True) for n in (0, 2)]
        ratio = median(unchanged.per_second / whole.per_second for whole, unchanged in pairs)
        yield f"| {read} | {coding} | {' | '.join(cells)} | {ratio:.2f} |"


def _written(folder: Path, address: str, read: str, coding: str, last: int) -> tuple[Path, Path]:
    """Files of addresses for wrk, without and with the ETag of each."""
    chance = Random(3)
    whole, unchanged = folder / f"{read}-{coding}-200", folder / f"{read}-{coding}-304"
    asked = [READS[read](chance.randint(last // 2, last)) for _ in range(SAMPLE)]
    with httpx.Client(base_url=address, headers={"Accept-Encoding": coding}) as client:
        tags = [client.get(path).raise_for_status().headers["etag"] for path in asked]
        held = [client.get(path, headers={"If-None-Match": tag}) for path, tag in zip(asked, tags, strict=True)]
    assert {answer.status_code for answer in held} == {304}
    whole.write_text("\n".join(asked) + "\n")
    unchanged.write_text("\n".join(f"{path} {tag}" for path, tag in zip(asked, tags, strict=True)) + "\n")
    return whole, unchanged
