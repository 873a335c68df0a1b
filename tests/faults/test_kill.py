"""The service is killed, not stopped, while it takes submissions in: what it acknowledged it has, once and whole."""

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from sqlmodel import col, select

from api.catalogue import keys
from api.db import Database
from api.models import Event, Submission
from tests.conftest import DRAFT
from tests.faults.processes import Processes

ENOUGH, KILLS = (50_000, 200) if "SOAK" in os.environ else (1000, 3)
CLIENTS = 8
SOON = 5 if "SOAK" in os.environ else 30  # seconds until it is ready again, alone on the machine or beside other tests


@dataclass
class Posts:
    """What the clients sent, each under a title of its own, and what they were told; nothing is sent twice."""

    processes: Processes
    receipts: dict[str, dict[str, str]] = field(default_factory=dict)  # by title
    unanswered: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    _titles: Iterator[str] = field(default_factory=lambda: map("Jardin numéro {}".format, itertools.count()))

    @contextmanager
    def coming_in(self) -> Iterator[None]:
        """All clients post until there is enough, or the block fails."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._send_all) for _ in range(CLIENTS)]
            try:
                yield
            except BaseException:
                self.over.set()
                raise
            for client in clients:
                client.result()

    def wait_for(self, number: int) -> None:
        while len(self.receipts) < number:
            assert not self.refusals, self.refusals
            time.sleep(random.uniform(0, 0.01))

    def _send_all(self) -> None:
        with self.processes.client() as client:
            while len(self.receipts) < ENOUGH and not self.refusals and not self.over.is_set():
                self._send(client, next(self._titles))

    def _send(self, client: httpx.Client, title: str) -> None:
        try:
            answer = client.post("/initiatives", json=DRAFT | {"title": title})
        except httpx.ConnectError:
            time.sleep(0.02)  # the service is down: nothing was sent
        except httpx.TransportError:
            self.unanswered.add(title)
        else:
            if answer.status_code == httpx.codes.CREATED:
                self.receipts[title] = answer.json()
            else:
                self.refusals.append(answer.text)


def test_no_acknowledged_submission_is_lost_or_doubled_by_kills_of_all_processes(
    processes: Processes, database: Database
) -> None:
    posts, waits = Posts(processes), list[float]()
    with posts.coming_in():
        for moment in sorted(random.sample(range(20, ENOUGH - 20), KILLS)):
            posts.wait_for(moment)
            processes.kill()
            again = time.monotonic()
            processes.start()
            waits.append(time.monotonic() - again)
    assert max(waits) < SOON, f"ready after {max(waits):.1f} s"
    assert posts.refusals == []
    assert len(posts.receipts) >= ENOUGH
    assert posts.unanswered, "no kill met a request under way"
    assert processes.ready()

    with database.read() as session:
        stored = [row for row in session.exec(select(Submission)) if row.draft["title"].startswith("Jardin numéro ")]
        submitted = session.exec(select(Event.submission_id).where(col(Event.action) == "submitted")).all()
        if database.is_sqlite:
            assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    titles = Counter(row.draft["title"] for row in stored)
    assert posts.receipts.keys() <= titles.keys() <= posts.receipts.keys() | posts.unanswered
    assert max(titles.values()) == 1
    # Whole: as the receipt says, under its token, with its line in the audit trail.
    kept = {row.id: (row.draft["title"], row.state, row.version, row.token_hash) for row in stored}
    for title, receipt in posts.receipts.items():
        assert kept[receipt["id"]] == (title, "pending", 1, keys.hash_of(receipt["edit_token"]))
    events = Counter(submitted)
    assert {events[row.id] for row in stored} == {1}
