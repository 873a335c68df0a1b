"""Two workers, eight clients, one moment: everybody is heard, nobody wins twice, and nobody is answered a 5xx."""

import asyncio
import itertools
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from sqlmodel import col, func, select

from api.catalogue import drafting, keys, submissions
from api.catalogue.keys import ANYBODY
from api.db import Database, WriteSession
from api.models import AccessKey, Event, Initiative, Submission, Territory
from api.vocabulary import KeyRole, TerritoryKind
from tests.conftest import DRAFT, SOAK, databases_of
from tests.databases import ENGINES
from tests.faults.processes import Processes, serving

ROUNDS, RIVALS = (1000, 16) if SOAK else (15, 8)
# Of the moves of one submission: as many rounds as there are, of fewer clients.
MOVES, FEW = (1000, 16) if SOAK else (15, 4)
ROUNDS_A_CONNECTION = 5

READ = {"If-Match": '"1"'}  # the version that all have read

Rivals = list[httpx.AsyncClient]


@pytest.fixture(scope="module", params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One database for all races, which are run by one service: each has its own cases."""
    with databases_of(request).copy() as url:
        yield url


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def processes(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with serving(database_url, 2, tmp_path_factory.mktemp("races") / "serve.log") as running:
        yield running


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


def test_of_requests_with_one_key_of_decisions_and_of_edits_at_once_one_wins(
    processes: Processes, database: Database
) -> None:
    """A round: one Idempotency-Key with two bodies; then the sender's edit against a publication; then two moderators,
    of whom one publishes and the other refuses."""
    with database.write() as session:
        judges = [{"Authorization": f"Bearer {keys.create(session, KeyRole.MODERATOR, name)}"} for name in "AB"]
        disputed = [case for case, _ in waiting(session, "Disputé", "fr-81004", MOVES)]
    acknowledged = asyncio.run(run_moves(processes, judges, disputed))
    assert processes.complaints == ""
    with database.read() as session:
        of_submissions = select(Event.submission_id, Event.action).where(col(Event.submission_id).is_not(None))
        told = Counter(session.exec(of_submissions))
        states = dict(session.exec(select(Submission.id, Submission.state)).all())
    cases = {case for case, _ in acknowledged}
    assert {number for (case, _), number in told.items() if case in cases} == {1}, "each transition has one event"
    for case, moves in acknowledged:
        assert {action for submission, action in told if submission == case} == {"submitted", *moves}
        assert states[case] in {"pending", *moves}


async def run_moves(
    processes: Processes, judges: list[dict[str, str]], disputed: list[str]
) -> list[tuple[str, set[str]]]:
    """All rounds; gives each submission with the moves that were acknowledged."""
    acknowledged = []
    async with connected(processes, "", FEW) as rivals:
        for n, case in enumerate(disputed):
            sent, token = await send_at_once(rivals, n)
            acknowledged.append((sent, await edit_against_publication(rivals, sent, token, judges[0])))
            acknowledged.append((case, await two_decisions(rivals, case, judges)))
    return acknowledged


async def send_at_once(rivals: Rivals, n: int) -> tuple[str, str]:
    """One Idempotency-Key, two bodies: one of them is taken, once; gives the submission and its last token."""
    bodies = [DRAFT | {"title": f"Tour {n}, texte {rival % 2}"} for rival in range(len(rivals))]
    once = {"Idempotency-Key": str(uuid.uuid4())}
    answers = await asyncio.gather(
        *(rival.post("/initiatives", json=body, headers=once) for rival, body in zip(rivals, bodies, strict=True))
    )
    won = [answer.json() for answer in answers if answer.status_code == 201]
    assert Counter(answer.status_code for answer in answers) == {201: FEW // 2, 422: FEW // 2}, answers
    assert len({one["id"] for one in won}) == len({one["draft"]["title"] for one in won}) == 1
    again = await rivals[0].post("/initiatives", json=DRAFT | {"title": won[0]["draft"]["title"]}, headers=once)
    return again.json()["id"], again.json()["edit_token"]


async def edit_against_publication(rivals: Rivals, case: str, token: str, judge: dict[str, str]) -> set[str]:
    """The sender edits, a moderator publishes, both what they have read."""
    patch = READ | {"Content-Type": "application/merge-patch+json", "Authorization": f"Bearer {token}"}
    answers = await asyncio.gather(
        rivals[0].patch(f"/submissions/{case}", json={"summary": "Mieux."}, headers=patch),
        rivals[1].post(f"/moderation/submissions/{case}/_publish", headers=judge | READ),
    )
    edited, accepted = (answer.status_code for answer in answers)
    assert (edited, accepted) in ((200, 412), (412, 200)), answers
    return {"edited"} if edited == 200 else {"accepted"}


async def two_decisions(rivals: Rivals, case: str, judges: list[dict[str, str]]) -> set[str]:
    """Of two moderators who have read the same version, one decides."""
    answers = await asyncio.gather(
        *(
            rival.post(f"/moderation/submissions/{case}/{verb}", json={"reason": "r"}, headers=judge | READ)
            for rival, verb, judge in zip(rivals, ("_publish", "_reject"), judges, strict=False)
        )
    )
    accepted, rejected = (answer.status_code for answer in answers)
    assert (accepted, rejected) in ((200, 412), (412, 200)), answers
    return {"accepted"} if accepted == 200 else {"rejected"}


def test_a_revoked_key_is_refused_by_every_worker_within_a_second(processes: Processes, database: Database) -> None:
    with database.write() as session:
        secret = keys.create(session, KeyRole.MODERATOR, "Revoked")
        key = session.exec(select(AccessKey.id).where(AccessKey.name == "Revoked")).one()

    async def ask() -> None:
        async with connected(processes, secret) as rivals:
            before = await asyncio.gather(*(rival.get("/moderation/submissions") for rival in rivals))
            assert {answer.status_code for answer in before} == {200}
            with database.write() as session:
                keys.revoke(session, key, keys.OPERATOR)
            revoked = time.monotonic()
            after = await asyncio.gather(*(rival.get("/moderation/submissions") for rival in rivals))
            assert {answer.status_code for answer in after} == {401}
            assert time.monotonic() - revoked < 1

    asyncio.run(ask())


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
async def connected(processes: Processes, secret: str, number: int = RIVALS) -> AsyncIterator[Rivals]:
    """Clients with a connection each, opened one after the other, or one worker would take them all."""
    async with AsyncExitStack() as stack:
        rivals = []
        for _ in range(number):
            rival = processes.async_client(headers={"Authorization": f"Bearer {secret}"} if secret else {})
            rivals.append(await stack.enter_async_context(rival))
            assert (await rival.get("/status")).status_code == 200
        yield rivals
