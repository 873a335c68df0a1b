"""More clients than threads, more threads than connections: everybody is served all the same."""

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import col, func, select

from api.db import Database
from api.models import Submission
from tests.conftest import DRAFT, SOAK
from tests.faults.processes import Processes

CLIENTS, SECONDS = ((128, 1000), 60) if SOAK else ((128,), 4)
ROOM = 32  # MiB that a worker may take more between the middle and the end
READS = (
    "/initiatives",
    "/initiatives?limit=5&total=true",
    "/initiatives?theme=tiers-lieux&country=FR",
    "/initiatives?territory=fr-reg-76&progress=running",
    "/initiatives/albi-autosuffisance-alimentaire",
    "/territories/insee:81004",
    "/themes",
)
ONE_POST_IN = 25


@pytest.mark.parametrize("clients", CLIENTS)
def test_many_clients_at_once_meet_no_error_and_take_no_more_memory_with_time(
    processes: Processes, database: Database, clients: int
) -> None:
    answers, memory = asyncio.run(load(processes, clients))
    assert answers.keys() == {("GET", 200), ("POST", 201)}, answers
    assert processes.complaints == ""
    assert processes.ready()
    halfway, end = memory
    assert end < halfway + ROOM, f"from {halfway} MiB to {end}"
    with database.read() as session:
        stored = session.scalar(select(func.count()).where(col(Submission.state) == "pending"))
    assert stored == answers["POST", 201]


async def load(processes: Processes, clients: int) -> tuple[Counter[tuple[str, int]], list[int]]:
    """How often each method was answered with each status, by all clients together, and the memory at half time and in
    the end. An error of transport is raised."""
    answers: Counter[tuple[str, int]] = Counter()
    memory = []
    begun = time.monotonic()
    async with asyncio.TaskGroup() as together:
        for _ in range(clients):
            together.create_task(ask(processes, begun + SECONDS, answers))
        for part in (SECONDS / 2, SECONDS):
            await asyncio.sleep(begun + part - time.monotonic())
            memory.append(processes.memory())
    return answers, memory


async def ask(processes: Processes, end: float, answers: Counter[tuple[str, int]]) -> None:
    """One client, on a connection that it keeps."""
    async with processes.async_client() as client:
        while time.monotonic() < end:
            if random.randrange(ONE_POST_IN):
                answer = await client.get(random.choice(READS))
            else:
                answer = await client.post("/initiatives", json=DRAFT)
            answers[answer.request.method, answer.status_code] += 1


WAITING = 50  # who submit at once: more than there are threads
PATIENCE = 5 + 5  # seconds for the lock: of those who have a thread, then of the others
SLACK = 2  # seconds of a busy machine


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_waits_for_a_lock_takes_no_thread_from_who_reads(client: httpx.Client, database: Database) -> None:
    with ThreadPoolExecutor(WAITING) as pool:
        with database.exclusive():
            sent = [pool.submit(client.post, "/initiatives", json=DRAFT) for _ in range(WAITING)]
            time.sleep(1)
            assert {client.get(path).status_code for path in ("/themes", "/territories/insee:81004")} == {200}
        # Had they to wait for a thread, the lock would be held for too long.
        assert {answer.result().status_code for answer in sent} == {201}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_needs_no_lock_is_answered_while_others_wait_for_it(client: httpx.Client, database: Database) -> None:
    with ThreadPoolExecutor(WAITING) as pool:
        with database.exclusive():
            sent = [pool.submit(client.post, "/initiatives", json=DRAFT) for _ in range(4)]
            time.sleep(1)
            checked, refused = client.post("/initiatives?check=true", json=DRAFT), client.post("/initiatives", json={})
        assert (checked.status_code, refused.status_code) == (200, 400)
        assert max(answer.elapsed.total_seconds() for answer in (checked, refused)) < SLACK
        assert {answer.result().status_code for answer in sent} == {201}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_waits_behind_others_for_a_lock_is_soon_told_to_come_again(
    client: httpx.Client, database: Database
) -> None:
    with database.exclusive(), ThreadPoolExecutor(WAITING) as pool:
        answers = [*pool.map(lambda _: client.post("/initiatives", json=DRAFT), range(WAITING))]
    assert {answer.status_code for answer in answers} == {503}
    assert max(answer.elapsed.total_seconds() for answer in answers) < PATIENCE + SLACK
