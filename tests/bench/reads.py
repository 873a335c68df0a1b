"""The reads that are asked most, by the whole service, by the floor of its database, and by the bare server."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from random import Random
from statistics import median

import httpx
from sqlmodel import func, select

from api.catalogue import paging
from api.db import Database
from api.models import Publication
from api.queries import InitiativeQuery
from tests.bench.load import SECONDS, Measured, Server, load, ours, serving

SAMPLE = 500  # different addresses of each kind
FILTERS = {"theme": "developpement-durable", "country": "FR"}
READS = ("detail", "page of 50", "filtered page")


def measured(engine: str, url: str, workers: int, rounds: int) -> Iterator[str]:
    """A table of the three reads, by ours, the floor and the bare server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="territoires-")))
        whole = stack.enter_context(ours(url, workers))
        floor = stack.enter_context(_raw(engine, workers, {"DATABASE": url.removeprefix("sqlite:///")}))
        _write_addresses(folder, newest(url), whole, floor)
        bare = stack.enter_context(_raw("bare", workers, {"ANSWERS": str(folder / "answers.json")}))
        servers = {"ours": whole, "floor": floor, "bare": bare}
        found: dict[tuple[str, str], list[Measured]] = {(name, kind): [] for kind in READS for name in servers}
        for _ in range(rounds):
            for kind in READS:
                for name, server in servers.items():
                    addresses = folder / f"{'floor' if name == 'floor' else 'ours'}-{kind}"
                    found[name, kind].append(load(server.address, addresses, SECONDS))
        yield from _table(found, workers, rounds)
        yield f"\nAnonymous memory of a worker after that: {whole.anonymous_memory()} MiB."


def newest(url: str) -> int:
    """The number of the last case that was published."""
    with closing(Database(url)) as database, database.read() as session:
        return session.exec(select(func.max(Publication.number))).one()


def _raw(name: str, workers: int, environment: dict[str, str]) -> AbstractContextManager[Server]:
    command = [sys.executable, "-m", "uvicorn", f"tests.bench.floor:{name}", "--factory", "--port", "{port}"]
    return serving([*command, "--workers", str(workers), "--no-access-log", "--log-level", "critical"], environment)


def _write_addresses(folder: Path, last: int, whole: Server, floor: Server) -> None:
    """Files of addresses for wrk, and the answers for the bare server; the floor must have the same items as ours."""
    chance = Random(3)
    answers = {}
    for kind in READS:
        numbers = [chance.randint(last // 2, last) for _ in range(SAMPLE)]
        asked = [_addresses(kind, number) for number in numbers]
        for name, addresses in zip(("ours", "floor"), zip(*asked, strict=True), strict=True):
            (folder / f"{name}-{kind}").write_text("\n".join(addresses) + "\n")
        for mine, theirs in asked:
            answer = httpx.get(whole.address + mine)
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
    asked = "".join(f"&{name}={value}" for name, value in filters.items())
    return page_before(number, filters), f"/v1/initiatives?before={number}{asked}"


def page_before(number: int, filters: dict[str, str], limit: int = 50) -> str:
    """The page that begins after this number."""
    query = InitiativeQuery.model_validate({"limit": limit, **{name: [value] for name, value in filters.items()}})
    asked = "".join(f"&{name}={value}" for name, value in filters.items())
    return f"/v1/initiatives?limit={limit}{asked}&cursor={paging.cursor(query, [number])}"


def _table(found: dict[tuple[str, str], list[Measured]], workers: int, rounds: int) -> Iterator[str]:
    yield f"\n{workers} worker(s), medians of {rounds} rounds:\n"
    yield "| read | ours req/s | p50 ms | p99 ms | floor req/s | bare req/s | ours / floor | ours / bare |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind in READS:
        mine, floor, bare = (found[name, kind] for name in ("ours", "floor", "bare"))
        ratios = [median(one[0] / other[0] for one, other in zip(mine, them, strict=True)) for them in (floor, bare)]
        rates = [median(one.per_second for one in them) for them in (floor, bare)]
        yield (
            f"| {kind} | {median(one.per_second for one in mine):,.0f} | {median(one.p50 for one in mine):.1f} "
            f"| {median(one.p99 for one in mine):.1f} | {rates[0]:,.0f} | {rates[1]:,.0f} "
            f"| {ratios[0]:.2f} | {ratios[1]:.2f} |"
        )
