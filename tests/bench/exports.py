"""How quickly all of the catalogue is exported, what memory that takes, and how long others wait meanwhile."""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlsplit

import httpx

from tests.bench.load import SECONDS, Measured, Server, load, ours
from tests.bench.reads import SAMPLE, newest, page_before

PATH = "/v1/initiatives.ndjson"
PACE = 2**20  # bytes a second of who reads slowly
SLOW, HANGING_UP = 8, 20  # how many of them at once, and one after the other
WATCHED = 10  # seconds
_BUFFER = 2**18


def exported(url: str, rounds: int) -> Iterator[str]:
    """Tables of speed, memory, and of what others are answered."""
    with ours(url, workers=1) as server:
        rows = httpx.get(f"{server.address}/v1/status").json()["initiatives"]
        rates, memory = [], []
        for _ in range(rounds):
            with _watching(server) as grown:
                start = time.perf_counter()
                size = _read(server)
                rates.append(rows / (time.perf_counter() - start))
            memory.append(grown())
        yield f"\nAll as NDJSON, {size / 2**20:,.0f} MiB, one worker, medians of {rounds} rounds:\n"
        yield f"- {median(rates):,.0f} rows a second"
        yield f"- anonymous memory at most: + {median(memory):.0f} MiB with one reader,"
        with _watching(server) as grown:
            _together([lambda: _read(server, pace=PACE, seconds=WATCHED)] * SLOW)
        yield f"  + {grown():.0f} MiB with {SLOW} who read a MiB a second, "
        with _watching(server) as grown:
            for _ in range(HANGING_UP):
                _read(server, seconds=0.1)
        yield f"  + {grown():.0f} MiB with {HANGING_UP} who hang up\n"
        yield from _others(server, url, rounds)


def _others(server: Server, url: str, rounds: int) -> Iterator[str]:
    """What others are answered while one export follows the other."""
    chance, last = Random(8), newest(url)
    numbers = [chance.randint(last // 2, last) for _ in range(SAMPLE)]
    kinds = {
        "details": [f"/v1/initiatives/cas-{number}" for number in numbers],
        "pages of 50": [page_before(number, {}) for number in numbers],
    }
    yield "| others | p99 ms alone | p99 ms meanwhile | ratio |"
    yield "|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
        for name, paths in kinds.items():
            file = Path(folder, "paths")
            file.write_text("\n".join(paths))
            found = [_beside(server, file) for _ in range(rounds)]
            alone, beside = (median(one[place].p99 for one in found) for place in (0, 1))
            ratio = median(with_export.p99 / without.p99 for without, with_export in found)
            yield f"| {name} | {alone:.1f} | {beside:.1f} | {ratio:.1f} |"


def _beside(server: Server, paths: Path) -> tuple[Measured, Measured]:
    alone, done = load(server.address, paths, SECONDS), threading.Event()

    def export() -> None:
        while not done.is_set():
            _read(server, seconds=SECONDS)

    exporting = threading.Thread(target=export)
    exporting.start()
    beside = load(server.address, paths, SECONDS)
    done.set()
    exporting.join()
    return alone, beside


def _read(server: Server, *, pace: float = float("inf"), seconds: float = float("inf")) -> int:
    """Read an export at most so quickly and so long, then hang up; how many bytes came."""
    parts, buffer, size, start = urlsplit(server.address), bytearray(_BUFFER), 0, time.monotonic()
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        while time.monotonic() - start < seconds and (came := connection.recv_into(buffer)):
            size += came
            time.sleep(max(0.0, size / pace - (time.monotonic() - start)))
    return size


def _together(readers: list[Callable[[], int]]) -> None:
    threads = [threading.Thread(target=reader) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _watching(server: Server) -> Iterator[Callable[[], int]]:
    """By how many MiB the anonymous memory has grown at most since the block began."""
    before, seen, done = server.anonymous_memory(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            seen.append(server.anonymous_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield lambda: max(0, max(seen) - before)
    done.set()
    watcher.join()
