"""More clients than threads, more threads than connections: everybody is served all the same."""

import asyncio
import random
import time
from collections import Counter

import pytest
from sqlmodel import col, func, select

from api.db import Database
from api.models import Submission
from tests.conftest import DRAFT
from tests.faults.processes import Processes

CLIENTS, SECONDS = 128, 10
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


@pytest.fixture
def workers() -> int:
    """One, that meets all of the load by itself: threads that wait for each other's connections would stand still."""
    return 1


def test_128_clients_at_once_meet_no_error_for_ten_seconds(processes: Processes, database: Database) -> None:
    answers = asyncio.run(load(processes))
    assert answers.keys() == {("GET", 200), ("POST", 201)}, answers
    assert processes.complaints == ""
    assert processes.ready()
    with database.read() as session:
        stored = session.scalar(select(func.count()).where(col(Submission.state) == "pending"))
    assert stored == answers["POST", 201]


async def load(processes: Processes) -> Counter[tuple[str, int]]:
    """How often each method was answered with each status, by all clients together. An error of transport is raised."""
    answers: Counter[tuple[str, int]] = Counter()
    end = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(ask(processes, end, answers))
    return answers


async def ask(processes: Processes, end: float, answers: Counter[tuple[str, int]]) -> None:
    """One client, on a connection that it keeps."""
    async with processes.async_client() as client:
        while time.monotonic() < end:
            if random.randrange(ONE_POST_IN):
                answer = await client.get(random.choice(READS))
            else:
                answer = await client.post("/initiatives", json=DRAFT)
            answers[answer.request.method, answer.status_code] += 1
