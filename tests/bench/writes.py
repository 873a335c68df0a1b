"""How long a submission takes while others submit, beside what a commit of bare SQLite takes on the same disk."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from pydantic_core import to_json
from sqlalchemy import update
from sqlmodel import col

from api.db import Database
from api.models import Submission
from api.vocabulary import SubmissionState
from tests.bench import corpus
from tests.bench.load import ours

WRITERS = 8
SECONDS = 10  # of a round
BODIES = 5000
COMMITS = 1000
WANTED = (100, 250)  # ms for 99 and 99.9 of 100
HEADERS = {"Content-Type": "application/json"}
UNLIMITED = {"TERRITOIRES_RATE_LIMIT_WRITES": "off", "TERRITOIRES_PENDING_LIMIT": "off"}


def submitted(url: str, workers: int, rounds: int) -> Iterator[str]:
    """A table of submissions from so many at once, and of bare commits."""
    times, commits = list[float](), list[float]()
    with closing(Database(url)) as database, ours(url, workers, **UNLIMITED) as server:
        with database.read() as session:
            drafts = corpus.drafts(BODIES, corpus.Towns(session), corpus.taxonomy(session), seed=9)
            bodies = [to_json(draft) for draft in drafts]
        for _ in range(rounds):
            commits += _commits()
            times += _sent(server.address, bodies)
            with database.write() as session:  # moderators come after them
                waiting = col(Submission.state) == SubmissionState.PENDING
                session.execute(update(Submission).where(waiting).values(state=SubmissionState.WITHDRAWN))
    yield f"\n{WRITERS} writers, {workers} worker(s), {rounds} rounds of {SECONDS} s:\n"
    yield "| | a second | p50 ms | p99 ms | p99.9 ms | longest |"
    yield "|---|---|---|---|---|---|"
    yield _row("submissions", times, len(times) / rounds / SECONDS)
    yield _row("commits of bare SQLite, one after the other", commits, len(commits) / sum(commits))
    yield f"\nWanted on SQLite: p99 at most {WANTED[0]} ms, p99.9 at most {WANTED[1]}."


def _row(name: str, times: Sequence[float], rate: float) -> str:
    thousandths = quantiles(times, n=1000)
    told = (median(times), thousandths[989], thousandths[998], max(times))
    return f"| {name} | {rate:,.0f} | {' | '.join(f'{one * 1000:,.1f}' for one in told)} |"


def _sent(address: str, bodies: Sequence[bytes]) -> list[float]:
    """Seconds that each answer took, to writers who send the next when they have it."""
    host = urlsplit(address).netloc
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = []
        for n in range(WRITERS):
            connection = HTTPConnection(host)
            connection.request("GET", "/health/live")  # one after the other, or one worker would take them all
            connection.getresponse().read()
            writers.append((connection, bodies[n::WRITERS]))
        end = time.perf_counter() + SECONDS
        return [one for times in pool.map(lambda writer: _send(*writer, end), writers) for one in times]


def _send(connection: HTTPConnection, bodies: Sequence[bytes], end: float) -> list[float]:
    times = []
    with closing(connection):
        for body in bodies:
            start = time.perf_counter()
            if start > end:
                break
            connection.request("POST", "/v1/initiatives", body, HEADERS)
            answer = connection.getresponse()
            told = answer.read()
            times.append(time.perf_counter() - start)
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {told.decode()}")
    return times


def _commits() -> Iterator[float]:
    """Seconds that a row takes to be on the disk when nobody else writes."""
    with (
        tempfile.TemporaryDirectory(prefix="territoires-") as folder,
        closing(sqlite3.connect(Path(folder, "bare.sqlite"), isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (body TEXT)")
        for _ in range(COMMITS):
            start = time.perf_counter()
            connection.execute("INSERT INTO bare VALUES (?)", ["x" * 2000])
            yield time.perf_counter() - start
