"""How long the database itself takes to find: what the statements of a question cost, from the driver on.

The statements are those of production, by the same functions on the same kind of connection; what is left out is
Python before and after. Databases take turns, round after round. Counted is the time that a processor works for it,
SQLite's in our thread, PostgreSQL's in its process and in our thread: with all pages in memory they wait for nothing
else, and who else is at work on the machine is not their doing.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from api.catalogue import facets, finding
from api.db import Database, ReadSession
from api.glance import Glance, Rows
from api.queries import InitiativeQuery
from tests.bench.questions import Kind, kinds

_COUNTED = 10  # questions of a kind of which all that match are counted
_PLAN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (ANALYZE) "}


Clock = Callable[[], float]


@dataclass
class _Asked:
    """What a database does for one question."""

    run: Callable[[Any, Any], Rows]
    clock: Clock
    spent: float = 0  # milliseconds
    statements: list[tuple[Any, Any]] = field(default_factory=list)
    total: int | None = None

    def rows(self, statement: Any, values: Any) -> Rows:
        start = self.clock()
        rows = self.run(statement, values)
        self.spent += (self.clock() - start) * 1000
        self.statements.append((statement, values))
        return rows


@dataclass(frozen=True)
class _Engine:
    """A database, and how it is read in production: pages at a glance, facets in a session."""

    name: str
    glance: Glance
    session: ReadSession

    @cached_property
    def clocks(self) -> tuple[Clock, Clock]:
        """Of the glance and of the session: Linux tells what PostgreSQL's processes have worked, if they are here."""
        if self.name == "sqlite":
            return time.thread_time, time.thread_time
        ask = text("SELECT pg_backend_pid()")
        of_both = (_of_process(reader.rows(ask, {})[0][0]) for reader in (self.glance, self.session))
        return tuple(of_both)

    def ask(self, query: InitiativeQuery) -> _Asked:
        """What the database does for a question."""
        if query.facets:
            asked = _Asked(self.session.rows, self.clocks[1])
            facets.counted(asked, query, finding.facts(asked, query))
            return asked
        asked = _Asked(self.glance._run, self.clocks[0])
        reader = Glance(self.glance._dialect, asked.rows)
        page, _ = finding.page(reader, query, finding.facts(reader, query))
        asked.total = page.total
        return asked

    def plans(self, query: InitiativeQuery) -> Iterator[str]:
        """How the database goes about a page."""
        for sql, values in self.ask(query).statements if not query.facets else ():
            depths = {0: -1}
            for *place, line in self.glance._run(_PLAN[self.name] + sql, values):
                here, above = (*place, 0, 0)[:2]
                depths[here] = depths[above] + 1
                yield "    " + "  " * depths[here] * bool(place) + line
            yield ""


def _of_process(pid: int) -> Clock:
    told = Path(f"/proc/{pid}/schedstat")
    return lambda: time.thread_time() + int(told.read_text().split()[0]) / 1e9


@contextmanager
def _opened(name: str, url: str) -> Iterator[_Engine]:
    with (
        closing(Database(url)) as database,
        database.glance_at_once() if database.is_sqlite else database.glance() as glance,
        database.read() as session,
    ):
        yield _Engine(name, glance, session)


@dataclass(frozen=True)
class _Found:
    """Of each question of a kind, by the name of the database, what it took in its quickest round."""

    kind: Kind
    matching: float
    statements: int
    spent: Mapping[str, Sequence[float]]

    def typically(self, name: str) -> float:
        """What a question takes by the median."""
        return median(self.spent[name])

    def at_worst(self, name: str) -> float:
        """What the slowest question takes."""
        return max(self.spent[name])

    @property
    def misses(self) -> bool:
        """Whether SQLite takes longer than is wanted, or PostgreSQL more than five times as long."""
        most, most_at_worst = self.kind.wanted or float("inf"), self.kind.at_worst or float("inf")
        factors = {"sqlite": 1, "postgresql": 5}
        return any(
            self.typically(name) > most * factors[name] or self.at_worst(name) > most_at_worst * factors[name]
            for name in self.spent
        )

    def row(self) -> str:
        times = [f"{self.typically(name):.2f} | {self.at_worst(name):.2f}" for name in self.spent]
        typical = [self.typically(name) for name in self.spent]
        ratio = f"{typical[1] / typical[0]:.1f}" if len(typical) > 1 else ""
        wanted = " / ".join(f"{most:g}" for most in (self.kind.wanted, self.kind.at_worst) if most)
        missed = " ✗" if self.misses else ""
        return (
            f"| {self.kind.name} | {self.matching:,.0f} | {self.statements} | {' | '.join(times)} | {ratio} "
            f"| {wanted}{missed} |"
        )


def measured(urls: Mapping[str, str], rounds: int) -> Iterator[str]:
    """A table of all kinds of questions for these databases by their names, and the plans of those that are slow."""
    with ExitStack() as stack:
        engines = [stack.enter_context(_opened(name, url)) for name, url in urls.items()]
        session = stack.enter_context(stack.enter_context(closing(Database(next(iter(urls.values()))))).read())
        columns = "".join(f" {engine.name} ms | at worst |" for engine in engines)
        yield f"\n### Finding: milliseconds of the database, of each question in the quickest of {rounds} rounds\n"
        yield f"| questions | matches | statements |{columns} ratio | wanted |"
        yield "|---|---|---|" + "---|---|" * len(engines) + "---|---|"
        missed = []
        for kind in kinds(session):
            found = _measure(engines, kind, rounds)
            yield found.row()
            if found.misses:
                missed.append(found)
        for found in missed:
            yield from _explained(engines, found)


def _measure(engines: Sequence[_Engine], kind: Kind, rounds: int) -> _Found:
    counted = [question.model_copy(update={"total": True, "facets": None}) for question in kind.questions[:_COUNTED]]
    totals = {engine.name: [engine.ask(question).total for question in counted] for engine in engines}
    assert len(set(map(tuple, totals.values()))) == 1, f"{kind.name}: {totals}"
    spent = {engine.name: [float("inf")] * len(kind.questions) for engine in engines}
    statements = 0
    for _ in range(rounds):
        for engine in engines:
            for place, question in enumerate(kind.questions):
                asked = engine.ask(question)
                spent[engine.name][place] = min(spent[engine.name][place], asked.spent)
                statements = max(statements, len(asked.statements))
    return _Found(kind, median(totals[engines[0].name]), statements, spent)


def _explained(engines: Sequence[_Engine], found: _Found) -> Iterator[str]:
    """The slowest question of a kind, and how each database goes about it."""
    for engine in engines:
        those = zip(found.spent[engine.name], found.kind.questions, strict=True)
        worst, question = max(those, key=lambda pair: pair[0])
        asked = question.model_dump_json(exclude_defaults=True)
        yield f"\n- {found.kind.name}, {engine.name}, {worst:.2f} ms: `{asked}`\n"
        yield from engine.plans(question)
