"""`make bench`: how near the service comes to what its database and its server can do, and how quickly it finds.

Whatever is compared is measured in turn, round after round, in one run on one machine; what counts are the ratios, and
of those the medians.
"""

import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy import text

from api import schema
from api.catalogue import moderation, publication, submissions
from api.catalogue.drafting import read
from api.catalogue.keys import Caller
from api.db import Database
from api.decisions import PublishDraft
from api.sqlite import driver
from api.vocabulary import KeyRole
from seed import loader
from tests.bench import corpus, crowd, exports, finding, peers, reads, territories, unchanged, writes
from tests.databases import ENGINES, postgres_server

PARTS = ("reads", "unchanged", "finding", "territories", "peers", "crowd", "exports", "writes")
MODERATOR = Caller(key_id="k-bench", role=KeyRole.MODERATOR)


@click.command()
@click.option("--cases", type=int, multiple=True, default=[10_000], show_default=True, help="Size of the catalogue.")
@click.option("--engine", type=click.Choice(ENGINES), multiple=True, default=ENGINES, show_default=True)
@click.option("--only", type=click.Choice(PARTS), multiple=True, default=PARTS, help="What is measured.")
@click.option("--workers", type=int, multiple=True, default=[1, 2], show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--submitted", default=2000, show_default=True, help="Cases through submit and publish, timed.")
def bench(
    cases: list[int], engine: list[str], only: list[str], workers: list[int], rounds: int, submitted: int
) -> None:
    """Measure, and print a report in Markdown."""
    click.echo(_machine())
    for count in cases:
        with ExitStack() as stack:
            urls = {name: stack.enter_context(_database(name)) for name in engine}
            for name, url in urls.items():
                _told(f"{name}, {count:,} cases: building")
                click.echo(f"\n## {name}, {count:,} cases\n")
                _say(_built(url, count, submitted))
            _measure(urls, only, workers, rounds)
    _told("done")


def _measure(urls: Mapping[str, str], only: list[str], workers: list[int], rounds: int) -> None:
    if "finding" in only:
        _told("finding")
        _say(finding.measured(urls, rounds))
    if "territories" in only:
        _told("territories")
        _say(territories.measured(urls, rounds))
    for name, url in urls.items():
        for processes in workers if "reads" in only else ():
            _told(f"{name}, {processes} worker(s): reads")
            _say(reads.measured(name, url, processes, rounds))
        for processes in workers if "unchanged" in only else ():
            _told(f"{name}, {processes} worker(s): unchanged")
            _say(unchanged.compared(url, processes, rounds))
        for processes in workers if "writes" in only else ():
            _told(f"{name}, {processes} worker(s): writes")
            _say(writes.submitted(url, processes, rounds))
        if "crowd" in only:
            _told(f"{name}: crowd")
            _say(crowd.crowded(url, rounds))
        if "exports" in only:
            _told(f"{name}: exports")
            _say(exports.exported(url, rounds))
    if "peers" in only and "sqlite" in urls:
        _told("peers")
        _say(peers.compared(urls["sqlite"], rounds))


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)


def _told(line: str) -> None:
    """How far it is, and how busy the machine."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} load {os.getloadavg()[0]:.1f}: {line}", err=True)


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
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
        if engine == "postgresql":
            with postgres_server(Path(folder), durable=True) as url:
                yield url
        else:
            yield f"sqlite:///{folder}/bench.sqlite"


def _built(url: str, count: int, submitted: int) -> Iterator[str]:
    """Fill the database: a first part as POST and `_publish` do it, the rest in bulk; tells how long it took."""
    with closing(Database(url)) as database:
        schema.migrate(database)
        with database.write() as session:
            publication.rebuild(session, lambda _: None)
            start = time.perf_counter()
            loader.load(session, loader.CASES, lambda _: None)
        spent = time.perf_counter() - start
        with database.read() as session:
            yield f"- the reference and the seed cases: {spent:.1f} s, {territories.size(session) / 1e6:.1f} MB"
        start = time.perf_counter()
        _submit(database, submitted)
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
        yield f"- `publication rebuild`: {done:,} in {spent:.1f} s, {done / spent:,.0f} a second"
        if not database.is_sqlite:  # what autovacuum has done by the time that there are so many
            with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                connection.execute(text("VACUUM ANALYZE"))
            yield "- then `VACUUM ANALYZE`"


def _submit(database: Database, count: int) -> None:
    with database.read() as session:
        bodies = list(corpus.drafts(count, corpus.Towns(session), corpus.taxonomy(session), seed=2))
    for body in bodies:
        with database.read() as session:
            draft = read(session, body)
        with database.write() as session:
            sent, _ = submissions.submit(session, draft, Caller())
        with database.write() as session:
            moderation.publish(session, sent.id, PublishDraft(), MODERATOR, None)


if __name__ == "__main__":
    bench()
