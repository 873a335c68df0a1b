"""Thousands of connections that send nothing, or half a head, are cut off while everybody else is served as before."""

import asyncio
import socket
import time
from pathlib import Path

import httpx

from tests.databases import SqliteFiles
from tests.faults.processes import Processes, serving

DAWDLERS = 9000
WITHIN = 15  # seconds
CALM = 3  # seconds before


def test_dawdlers_are_cut_off_and_nobody_else_notices(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.copy() as url, serving(url, 1, tmp_path / "log") as processes:
        before, memory = asyncio.run(asked(processes, CALM)), processes.memory()
        meanwhile, left, grown = asyncio.run(beside_dawdlers(processes))
        seen = f"without: {told(before)}; beside {DAWDLERS}: {told(meanwhile)}; {left} left, {grown - memory} MiB more"
        print(f"\n{seen}")  # noqa: T201
        assert left <= DAWDLERS / 100
        assert meanwhile[len(meanwhile) * 99 // 100] < 0.05
        assert grown < memory + 128


async def beside_dawdlers(processes: Processes) -> tuple[list[float], int, int]:
    """How long others waited, how many dawdlers were left in the end, and the memory at the height."""
    dawdlers = [await dawdle(processes.port, head=number % 2 == 0) for number in range(DAWDLERS)]
    begun, grown = time.monotonic(), processes.memory()
    waits = await asked(processes, WITHIN)
    assert time.monotonic() - begun < WITHIN + 5
    left = 0
    for reader, writer in dawdlers:
        try:
            await asyncio.wait_for(reader.read(), 0.001)
        except TimeoutError:
            left += 1
        except ConnectionError:
            pass
        writer.close()
    return waits, left, grown


async def dawdle(port: int, *, head: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    connection = socket.create_connection(("127.0.0.1", port))
    if head:
        connection.sendall(b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX: ")
    return await asyncio.open_connection(sock=connection)


async def asked(processes: Processes, seconds: float) -> list[float]:
    """How long each of a plain reader's requests took, the quickest first."""
    waits, end = [], time.monotonic() + seconds
    async with processes.async_client() as client:
        while time.monotonic() < end:
            begun = time.monotonic()
            answer = await client.get("/initiatives/courcy")
            waits.append(time.monotonic() - begun)
            assert answer.status_code == httpx.codes.OK
            await asyncio.sleep(0.02)
    return sorted(waits)


def told(waits: list[float]) -> str:
    return f"p50 {waits[len(waits) // 2] * 1000:.0f} ms, p99 {waits[len(waits) * 99 // 100] * 1000:.0f} ms"
