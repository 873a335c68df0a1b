"""The service is killed, not stopped, while cases are submitted and published: what it acknowledged it has, once and
whole, and after each start what is public is what the record says."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from sqlmodel import col, select

from api.catalogue import keys
from api.db import Database
from api.models import Event, Publication, Submission
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, SOAK
from tests.faults.processes import PATIENCE, Processes
from tests.test_cli import check_sound
from tests.v1.wire import bearer

ENOUGH, KILLS = (50_000, 200) if SOAK else (400, 2)
CLIENTS = 8
PUBLISHED = "99"  # how the titles end of those that are published: one in a hundred
SOON = 5 if SOAK else PATIENCE  # seconds until it is ready again


@dataclass
class Posts:
    """What the clients sent, each under a title of its own, and what they were told; nothing is sent twice."""

    processes: Processes
    moderator: dict[str, str]
    receipts: dict[str, dict[str, str]] = field(default_factory=dict)  # by title
    unanswered: set[str] = field(default_factory=set)
    published: dict[str, str] = field(default_factory=dict)  # ids of cases by title, or "" where no answer came
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
            if answer.status_code != httpx.codes.CREATED:
                self.refusals.append(answer.text)
                return
            self.receipts[title] = answer.json()
            if title.endswith(PUBLISHED):
                self._publish(client, title)

    def _publish(self, client: httpx.Client, title: str) -> None:
        where = f"/moderation/submissions/{self.receipts[title]['id']}/_publish"
        try:
            answer = client.post(where, headers=self.moderator)
        except httpx.TransportError:
            self.published[title] = ""
        else:
            if answer.status_code != httpx.codes.OK:
                self.refusals.append(answer.text)
                return
            self.published[title] = answer.json()["initiative"]


@pytest.mark.parametrize("workers", [2])
def test_nothing_acknowledged_is_lost_doubled_or_torn_by_kills_of_all_processes(
    processes: Processes, database: Database
) -> None:
    with database.write() as session:
        moderator = bearer(keys.create(session, KeyRole.MODERATOR, "Kills")) | {"If-Match": '"1"'}
    database.engine.dispose()  # nobody but who was killed holds the file: it is mended at the start
    posts, waits = Posts(processes, moderator), list[float]()
    with posts.coming_in():
        for moment in sorted(random.sample(range(20, ENOUGH - 20), KILLS)):
            posts.wait_for(moment)
            processes.kill()
            again = time.monotonic()
            processes.start()
            waits.append(time.monotonic() - again)
            check_sound(processes.database_url)
    assert posts.refusals == []
    assert len(posts.receipts) >= ENOUGH
    assert posts.unanswered, "no kill met a request under way"
    assert processes.ready()
    check_kept(posts, database)
    assert max(waits) < SOON, f"ready after {max(waits):.1f} s"


def check_kept(posts: Posts, database: Database) -> None:
    """Each submission once, as its receipt says, its token, with its lines in the audit trail; public if accepted."""
    with database.read() as session:
        stored = [row for row in session.exec(select(Submission)) if row.draft["title"].startswith("Jardin numéro ")]
        events = Counter(session.exec(select(Event.submission_id, Event.action)).all())
        public = {*session.exec(select(Publication.id).where(col(Publication.document).is_not(None)))}
    titles = Counter(row.draft["title"] for row in stored)
    assert posts.receipts.keys() <= titles.keys() <= posts.receipts.keys() | posts.unanswered
    assert max(titles.values()) == 1
    for row in stored:
        title, accepted = row.draft["title"], row.state == "accepted"
        assert (row.state, row.version) == (("accepted", 2) if accepted else ("pending", 1))
        assert [events[row.id, "submitted"], events[row.id, "accepted"]] == [1, int(accepted)]
        assert (row.initiative_id in public) == accepted
        assert title in posts.published or not accepted
        if receipt := posts.receipts.get(title):
            assert (row.id, row.token_hash) == (receipt["id"], keys.hash_of(receipt["edit_token"]))
        if case := posts.published.get(title):
            assert row.initiative_id == case
