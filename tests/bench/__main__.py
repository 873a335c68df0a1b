"""`make bench`: how near the service comes to what its database and its server can do.

Ours, the bare server and the floor of the database are loaded in turn, round after round, in one run on one machine;
what counts are the ratios, and of those the medians.
"""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median

import click
import httpx
from sqlmodel import func, select

from api.catalogue import moderation, paging, publication, submissions
from api.catalogue.drafting import read
from api.catalogue.keys import Caller
from api.db import Database
from api.decisions import PublishDraft
from api.models import Publication
from api.queries import InitiativeQuery
from api.sqlite import driver
from api.vocabulary import KeyRole
from tests.bench import corpus
from tests.bench.load import Measured, Server, load, serving
from tests.databases import ENGINES, postgres_server, prepare

SECONDS = 3  # of one measurement
SAMPLE = 500  # different addresses of each kind
FILTERS = {"theme": "developpement-durable", "country": "FR"}
READS = ("detail", "page of 50", "filtered page")
MODERATOR = Caller(key_id="k-bench", role=KeyRole.MODERATOR)


@click.command()
@click.option("--cases", type=int, multiple=True, default=[10_000], show_default=True, help="Size of the catalogue.")
@click.option("--engine", type=click.Choice(ENGINES), multiple=True, default=ENGINES, show_default=True)
@click.option("--workers", type=int, multiple=True, default=[1, 2], show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--submitted", default=2000, show_default=True, help="Cases through submit and publish, timed.")
def bench(cases: list[int], engine: list[str], workers: list[int], rounds: int, submitted: int) -> None:
    """Measure, and print a report in Markdown."""
    click.echo(_machine())
    for name in engine:
        for count in cases:
            with _database(name) as url:
                _told(f"{name}, {count:,} cases: building")
                click.echo(f"\n### {name}, {count:,} cases\n")
                for line in _built(url, count, submitted):
                    click.echo(line)
                for processes in workers:
                    _told(f"{name}, {count:,} cases, {processes} worker(s): measuring")
                    click.echo("\n".join(_measured(name, url, processes, rounds)))


def _told(line: str) -> None:
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {line}", err=True)


def _machine() -> str:
    libraries = ("fastapi", "starlette", "pydantic", "sqlalchemy", "psycopg", "asyncpg", "uvicorn", "uvloop")
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}, SQLite {driver.sqlite_version}, {versions}"
    )


@contextmanager
def _database(engine: str) -> Iterator[str]:
    """The address of an empty database on a disk that is synced as in production."""
    if engine == "postgresql":
        with postgres_server(durable=True) as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite"


def _built(url: str, count: int, submitted: int) -> Iterator[str]:
    """Fill the database: a first part as POST and `_publish` do it, the rest in bulk; tells how long it took."""
    prepare(url)
    database = Database(url)
    with database.write() as session:
        bodies = list(corpus.drafts(submitted, corpus.places(session), corpus.taxonomy(session), seed=2))
    start = time.perf_counter()
    for body in bodies:
        with database.read() as session:
            draft = read(session, body)
        with database.write() as session:
            sent, _ = submissions.submit(session, draft, Caller())
        with database.write() as session:
            moderation.publish(session, sent.id, PublishDraft(), MODERATOR, None)
    spent = time.perf_counter() - start
    yield f"- submitted and published one by one: {submitted:,} in {spent:.1f} s, {submitted / spent:.0f} a second"
    start = time.perf_counter()
    with database.write() as session:
        corpus.fill(session, count)
    yield f"- {count:,} in bulk into the record: {time.perf_counter() - start:.1f} s"
    start = time.perf_counter()
    with database.write() as session:
        done = publication.rebuild(session, lambda _: None)
    spent = time.perf_counter() - start
    yield f"- `publication rebuild`: {done:,} in {spent:.1f} s, {done / spent:,.0f} a second\n"
    database.close()


def _measured(engine: str, url: str, workers: int, rounds: int) -> Iterator[str]:
    """A table of the three reads, by ours, the floor and the bare server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="territoires-")))
        ours = stack.enter_context(_ours(url, workers))
        floor = stack.enter_context(_raw(engine, workers, {"DATABASE": url.removeprefix("sqlite:///")}))
        _write_addresses(folder, url, ours, floor)
        bare = stack.enter_context(_raw("bare", workers, {"ANSWERS": str(folder / "answers.json")}))
        servers = {"ours": ours, "floor": floor, "bare": bare}
        found: dict[tuple[str, str], list[Measured]] = {(name, kind): [] for kind in READS for name in servers}
        for _ in range(rounds):
            for kind in READS:
                for name, server in servers.items():
                    addresses = folder / f"{'floor' if name == 'floor' else 'ours'}-{kind}"
                    found[name, kind].append(load(server.address, addresses, SECONDS))
        yield from _table(found, workers, rounds)
        yield f"\nAnonymous memory of a worker after that: {ours.anonymous_memory()} MiB."


def _ours(url: str, workers: int) -> AbstractContextManager[Server]:
    command = [str(Path(sys.executable).with_name("territoires")), "serve", "--port", "{port}"]
    return serving([*command, "--workers", str(workers)], {"TERRITOIRES_DATABASE_URL": url})


def _raw(name: str, workers: int, environment: dict[str, str]) -> AbstractContextManager[Server]:
    command = [sys.executable, "-m", "uvicorn", f"tests.bench.floor:{name}", "--factory", "--port", "{port}"]
    return serving([*command, "--workers", str(workers), "--no-access-log", "--log-level", "critical"], environment)


def _write_addresses(folder: Path, url: str, ours: Server, floor: Server) -> None:
    """Files of addresses for wrk, and the answers for the bare server; the floor must have the same items as ours."""
    chance = Random(3)
    database = Database(url)
    with database.read() as session:
        newest = session.exec(select(func.max(Publication.number))).one()
    database.close()
    answers = {}
    for kind in READS:
        numbers = [chance.randint(newest // 2, newest) for _ in range(SAMPLE)]
        asked = [_addresses(kind, number) for number in numbers]
        for name, addresses in zip(("ours", "floor"), zip(*asked, strict=True), strict=True):
            (folder / f"{name}-{kind}").write_text("\n".join(addresses) + "\n")
        for mine, theirs in asked:
            answer = httpx.get(ours.address + mine)
            answers[mine] = answer.text
            if kind != "detail":
                same = httpx.get(floor.address + theirs).json()["items"]
                assert answer.json()["items"] == same, f"{mine} and {theirs} differ"
    (folder / "answers.json").write_text(json.dumps(answers))


def _addresses(kind: str, number: int) -> tuple[str, str]:
    """The same question to ours and to the floor."""
    if kind == "detail":
        return (f"/v1/initiatives/cas-{number}",) * 2
    filters = FILTERS if kind == "filtered page" else {}
    query = InitiativeQuery.model_validate({"limit": 50, **{name: [value] for name, value in filters.items()}})
    asked = "".join(f"&{name}={value}" for name, value in filters.items())
    cursor = paging.cursor(query, [number])
    return f"/v1/initiatives?limit=50{asked}&cursor={cursor}", f"/v1/initiatives?before={number}{asked}"


def _table(found: dict[tuple[str, str], list[Measured]], workers: int, rounds: int) -> Iterator[str]:
    yield f"\n{workers} worker(s), medians of {rounds} rounds:\n"
    yield "| read | ours req/s | p50 ms | p99 ms | floor req/s | bare req/s | ours / floor | ours / bare |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind in READS:
        ours, floor, bare = (found[name, kind] for name in ("ours", "floor", "bare"))
        ratios = [median(one[0] / other[0] for one, other in zip(ours, them, strict=True)) for them in (floor, bare)]
        rates = [median(one.per_second for one in them) for them in (floor, bare)]
        yield (
            f"| {kind} | {median(one.per_second for one in ours):,.0f} | {median(one.p50 for one in ours):.1f} "
            f"| {median(one.p99 for one in ours):.1f} | {rates[0]:,.0f} | {rates[1]:,.0f} "
            f"| {ratios[0]:.2f} | {ratios[1]:.2f} |"
        )


if __name__ == "__main__":
    bench()
