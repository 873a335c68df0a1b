"""Clients that ask all the time while something befalls the service, and what they were answered when."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import httpx
from sqlmodel import select

from api.db import Database
from api.models import Submission
from tests.conftest import DRAFT
from tests.faults.processes import Processes

READS = ("/initiatives", "/initiatives/courcy", "/themes")
PAUSE = 0.02  # seconds between two reads: what befalls the service is what is to be slow, not their number
SOON = 1  # second within which all must be well again, on a machine that does nothing else


class Answer(NamedTuple):
    """A status, with the moments at which it was asked for and came; 0 for a connection that was cut."""

    method: str
    asked: float
    came: float
    status: int


class Load:
    """Some who read and one who submits."""

    def __init__(self, processes: Processes, *, cut: bool = False) -> None:
        """Where connections may be cut, that is no failure of the test."""
        self.answers: list[Answer] = []
        self.acknowledged: list[str] = []  # submissions, by their ids
        self._processes = processes
        self._cut = cut
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of them, until the block ends."""
        with ThreadPoolExecutor(8) as pool:
            tasks = [*(pool.submit(self._read, path) for path in READS * 2), pool.submit(self._write)]
            try:
                yield
            finally:
                self._over.set()
            for task in tasks:
                task.result()

    def statuses(self, method: str) -> set[int]:
        """What was answered, at any time."""
        return {answer.status for answer in self.answers if answer.method == method}

    def check(self, begun: float, over: float, soon: float = SOON) -> None:
        """503 at worst, and none too early or too late; soon after the end both kinds succeed."""
        assert {answer.status for answer in self.answers} <= {200, 201, 503} | ({0} if self._cut else set())
        wrong = [one for one in self.answers if one.status not in (200, 201)]
        assert not [one for one in wrong if one.came < begun or one.asked > over + soon], (begun, over)
        for status in (200, 201):
            assert min(one.came for one in self.answers if one.came > over and one.status == status) < over + soon

    def check_kept(self, database: Database) -> None:
        """Whatever was acknowledged is there."""
        with database.read() as session:
            kept = {*session.exec(select(Submission.id))}
        assert self.acknowledged
        assert {*self.acknowledged} <= kept

    def _read(self, path: str) -> None:
        with self._processes.client() as client:
            while not self._over.is_set():
                self._ask(client, "GET", path)
                time.sleep(PAUSE)

    def _write(self) -> None:
        with self._processes.client() as client:
            while not self._over.is_set():
                answer = self._ask(client, "POST", "/initiatives", json=DRAFT)
                if answer and answer.status_code == httpx.codes.CREATED:
                    self.acknowledged.append(answer.json()["id"])
                time.sleep(0.05)

    def _ask(self, client: httpx.Client, method: str, path: str, **said: object) -> httpx.Response | None:
        asked = time.monotonic()
        try:
            answer = client.request(method, path, **said)
        except httpx.TransportError:
            if not self._cut:
                raise
            answer = None
        status = answer.status_code if answer else 0
        self.answers.append(Answer(method, asked, time.monotonic(), status))
        assert answer is None or status != httpx.codes.SERVICE_UNAVAILABLE or answer.headers["Retry-After"]
        return answer
