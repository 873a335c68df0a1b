"""What it costs to hear that nothing changed: 304s beside the 200s that they replace, from the same addresses."""

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


def compared(url: str, workers: int, rounds: int) -> Iterator[str]:
    """A table of the three reads, whole and unchanged in turn."""
    found: dict[str, list[tuple[Measured, Measured]]] = {read: [] for read in READS}
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder, ours(url, workers) as server:
        files = {read: _written(Path(folder), server.address, read, newest(url)) for read in READS}
        for _ in range(rounds):
            for read, (whole, unchanged) in files.items():
                one, other = (load(server.address, file, SECONDS) for file in (whole, unchanged))
                found[read].append((one, other))
    yield f"\n{workers} worker(s), medians of {rounds} rounds:\n"
    yield "| read | 200s a second | p99 ms | 304s a second | p99 ms | 304s / 200s |"
    yield "|---|---|---|---|---|---|"
    for read, pairs in found.items():
        cells = [f"{median(one[n] for one in them):,.{n // 2}f}" for them in zip(*pairs, strict=True) for n in (0, 2)]
        ratio = median(unchanged.per_second / whole.per_second for whole, unchanged in pairs)
        yield f"| {read} | {' | '.join(cells)} | {ratio:.2f} |"


def _written(folder: Path, address: str, read: str, last: int) -> tuple[Path, Path]:
    """Files of addresses for wrk, without and with the ETag of each."""
    chance = Random(3)
    whole, unchanged = folder / f"{read}-200", folder / f"{read}-304"
    asked = [READS[read](chance.randint(last // 2, last)) for _ in range(SAMPLE)]
    with httpx.Client(base_url=address, headers={"Accept-Encoding": "identity"}) as client:
        tags = [client.get(path).raise_for_status().headers["etag"] for path in asked]
        held = [client.get(path, headers={"If-None-Match": tag}) for path, tag in zip(asked, tags, strict=True)]
    assert {answer.status_code for answer in held} == {304}
    whole.write_text("\n".join(asked) + "\n")
    unchanged.write_text("\n".join(f"{path} {tag}" for path, tag in zip(asked, tags, strict=True)) + "\n")
    return whole, unchanged
