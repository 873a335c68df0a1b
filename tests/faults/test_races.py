"""Two workers, eight clients, one moment: everybody is heard, nobody wins twice, and nobody is answered a 5xx."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from sqlmodel import col, func, select

from api.catalogue import drafting, keys, submissions
from api.catalogue.keys import ANYBODY
from api.db import Database, WriteSession
from api.models import Event, Initiative, Territory
from api.vocabulary import KeyRole, TerritoryKind
from tests.conftest import DRAFT
from tests.faults.processes import Processes

ROUNDS, RIVALS = 200, 8
ROUNDS_A_CONNECTION = 20

Rivals = list[httpx.AsyncClient]


def test_cases_of_one_title_published_at_once_get_the_bare_id_and_the_next_numbers(
    processes: Processes, database: Database
) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Races")
        before = session.scalar(select(func.count()).select_from(Initiative))
        # A title for each round, so that each has a bare id to win; its number stands where it is never taken for a
        # suffix. And a territory of its own as far as there are enough: receipts compare a case with all of its place.
        towns = select(Territory.id).where(Territory.kind == TerritoryKind.MUNICIPALITY)
        places = itertools.cycle(session.exec(towns.order_by(col(Territory.id)).limit(ROUNDS)).all())
        cases = [
            [case for case, _ in waiting(session, f"Jardin {n} de la course", next(places), RIVALS)]
            for n in range(ROUNDS)
        ]

    async def publish(rivals: Rivals, n: int) -> None:
        answers = await asyncio.gather(
            *(
                rival.post(f"/moderation/submissions/{case}/_publish", headers={"If-Match": '"1"'})
                for rival, case in zip(rivals, cases[n], strict=True)
            )
        )
        assert [answer.status_code for answer in answers] == [200] * RIVALS, [answer.text for answer in answers]
        bare, *others = sorted((answer.json()["initiative"] for answer in answers), key=lambda name: (len(name), name))
        assert bare.endswith(f"jardin-{n}-de-la-course")
        assert others == [f"{bare}-{suffix}" for suffix in range(2, RIVALS + 1)]

    asyncio.run(run_rounds(processes, key, publish))
    assert processes.complaints == ""
    with processes.client() as anybody:
        listed = anybody.get("/initiatives", params={"total": "true", "limit": 1}).json()["total"]
    with database.read() as session:
        numbers = session.exec(select(Initiative.number).order_by(col(Initiative.number))).all()
    assert listed == len(numbers) == before + ROUNDS * RIVALS
    assert numbers == list(range(1, len(numbers) + 1))


def test_of_edits_of_one_version_at_once_one_wins_and_the_others_are_stale(
    processes: Processes, database: Database
) -> None:
    with database.write() as session:
        [(case, token)] = waiting(session, "Un seul jardin", "fr-81004", 1)

    async def edit(rivals: Rivals, n: int) -> None:
        read = {"If-Match": f'"{n + 1}"', "Content-Type": "application/merge-patch+json"}
        summaries = [f"Tour {n}, client {rival}." for rival in range(RIVALS)]
        answers = await asyncio.gather(
            *(
                rival.patch(f"/submissions/{case}", json={"summary": summary}, headers=read)
                for rival, summary in zip(rivals, summaries, strict=True)
            )
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: RIVALS - 1}, [
            answer.text for answer in answers
        ]
        won = next(summary for summary, answer in zip(summaries, answers, strict=True) if answer.status_code == 200)
        stands = await rivals[n % RIVALS].get(f"/submissions/{case}")
        assert stands.headers["ETag"] == f'"{n + 2}"'
        assert stands.json()["draft"]["summary"] == won

    asyncio.run(run_rounds(processes, token, edit))
    assert processes.complaints == ""
    with database.read() as session:
        actions = session.exec(select(Event.action).where(col(Event.submission_id) == case)).all()
    assert Counter(actions) == {"submitted": 1, "edited": ROUNDS}


def waiting(session: WriteSession, title: str, territory: str, number: int) -> list[tuple[str, str]]:
    """Submissions of the same draft that wait for their moderator, each with its edit token."""
    draft = drafting.read(session, DRAFT | {"title": title, "territories": [{"territory": territory}]})
    sent = [submissions.submit(session, draft, ANYBODY) for _ in range(number)]
    return [(submission.id, token) for submission, token in sent]


async def run_rounds(processes: Processes, secret: str, race: Callable[[Rivals, int], Awaitable[None]]) -> None:
    """All rounds, with new connections now and then: which worker gets which is chance."""
    for first in range(0, ROUNDS, ROUNDS_A_CONNECTION):
        async with connected(processes, secret) as rivals:
            for n in range(first, first + ROUNDS_A_CONNECTION):
                await race(rivals, n)


@asynccontextmanager
async def connected(processes: Processes, secret: str) -> AsyncIterator[Rivals]:
    """Clients with a connection each, opened one after the other, or one worker would take them all."""
    async with AsyncExitStack() as stack:
        rivals = []
        for _ in range(RIVALS):
            rival = processes.async_client(headers={"Authorization": f"Bearer {secret}"})
            rivals.append(await stack.enter_async_context(rival))
            assert (await rival.get("/status")).status_code == 200
        yield rivals
