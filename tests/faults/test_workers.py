"""A worker that dies is replaced; clients that hang up leave nothing behind that others would wait for."""

import asyncio
import socket
import struct
import time

import psycopg
import pytest
from pydantic_core import to_json

from api.db import Database
from tests.conftest import DRAFT, SOAK
from tests.faults.load import Load
from tests.faults.processes import PATIENCE, Processes
from tests.test_metrics import told, wait_for_both

SOON = 1 if SOAK else PATIENCE  # seconds
HANG_UPS = 500
AT_ONCE = 50
BODY = to_json(DRAFT)
POST = b"POST /v1/initiatives HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
# What is sent before the line is cut: whole requests, for which there is work to do, and a half of one.
SENT = (
    POST % len(BODY) + BODY,
    POST % len(BODY) + BODY[:20],
    b"GET /v1/initiatives?q=jardin&facets=theme&total=true HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/initiatives.ndjson HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/territories.csv HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/initiatives/courcy HTTP/1.1\r\nHost: a\r\n\r\n",
)
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no farewell


@pytest.mark.parametrize("workers", [2])
def test_each_worker_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost(
    processes: Processes, database: Database
) -> None:
    load = Load(processes, cut=True)
    with load.running():
        time.sleep(1)
        wait_for_both(processes, database)
        begun = time.monotonic()
        processes.kill_a_worker()
        wait_for_both(processes, database)  # until the other is not needed
        over = time.monotonic()
        processes.kill_a_worker()
        time.sleep(1)
    load.check(begun, over, SOON)
    load.check_kept(database)
    assert 0 in {answer.status for answer in load.answers}, "nobody was cut off: the kills met no worker"


def test_clients_that_hang_up_leave_every_connection_free_and_no_transaction_open(
    processes: Processes, database: Database
) -> None:
    asyncio.run(hang_up(processes.port))
    end = time.monotonic() + PATIENCE
    while any(told(processes.address)[f'territoires_database_uses{{use="{use}"}}'] for use in ("read", "write")):
        assert time.monotonic() < end, "who hung up still holds connections"
        time.sleep(0.1)
    if not database.is_sqlite:
        with psycopg.connect(processes.database_url) as connection:
            idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
            assert connection.execute(idle).fetchone() == (0,)
    statuses = asyncio.run(ask(processes))
    assert statuses == {200, 201}
    assert processes.complaints == ""


async def hang_up(port: int) -> None:
    """Clients who send and are gone, some at once, some when the answer begins."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(n: int) -> None:
        async with free:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.write(SENT[n % len(SENT)])
            await writer.drain()
            if n % 3 == 0:
                await asyncio.sleep(0.02 * (n % 5))
            if n % len(SENT) != 1 and n % 4 == 0:
                await reader.read(100)
            writer.transport.abort()

    async with asyncio.TaskGroup() as clients:
        for n in range(HANG_UPS):
            clients.create_task(one(n))


async def ask(processes: Processes) -> set[int]:
    """As many at once as there are threads: with a connection missing, some would be refused."""
    async with processes.async_client() as client:
        reads = [client.get("/initiatives", params={"q": "jardin", "total": "true"}) for _ in range(AT_ONCE)]
        writes = [client.post("/initiatives", json=DRAFT) for _ in range(10)]
        return {answer.status_code for answer in await asyncio.gather(*reads, *writes)}
