"""How long a database takes to find territories: what the statements of a page cost, from the driver on.

The service's own functions put the statements together; each is then run as it was handed to the driver, round after
round, the databases in turn. Counted is the time on the clock, of each question in its quickest round.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from random import Random
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import event, text
from sqlmodel import col, select

from api.catalogue import territories
from api.db import Database, ReadSession
from api.models import Territory
from api.queries import TerritoryQuery
from api.vocabulary import TerritoryKind

COUNT = 50  # questions of a kind
WANTED = 5  # milliseconds, on either database

_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = 'public'::regnamespace",
}

Statement = tuple[str, Any]
Asked = Mapping[str, Any]


class _Engine(NamedTuple):
    """A database, and what is handed to its driver."""

    name: str
    session: ReadSession
    handed: list[Statement]

    def ask(self, asked: Asked) -> list[Statement]:
        """The statements of a page."""
        self.handed.clear()
        query = TerritoryQuery.model_validate(asked)
        territories.page(self.session, query, territories.facts(self.session, query))
        return self.handed.copy()

    def time(self, statements: Sequence[Statement]) -> float:
        """Milliseconds that the database takes for these."""
        driver: Any = self.session.connection().connection.driver_connection
        start = time.perf_counter()
        for sql, values in statements:
            driver.execute(sql, values).fetchall()
        return (time.perf_counter() - start) * 1000


@contextmanager
def _opened(name: str, url: str) -> Iterator[_Engine]:
    with closing(Database(url)) as database, database.read() as session:
        handed = list[Statement]()

        @event.listens_for(session.connection(), "before_cursor_execute")
        def keep(_connection: object, _cursor: object, sql: str, values: object, *_: object) -> None:
            handed.append((sql, values))

        yield _Engine(name, session, handed)


def size(session: ReadSession) -> int:
    """Bytes of all tables with their indexes."""
    told: int = session.execute(text(_SIZES[session.get_bind().dialect.name])).scalar_one()
    return told


def measured(urls: Mapping[str, str], rounds: int) -> Iterator[str]:
    """A table of all kinds of questions for these databases by their names."""
    with ExitStack() as stack:
        engines = [stack.enter_context(_opened(name, url)) for name, url in urls.items()]
        columns = "".join(f" {engine.name} ms | at worst |" for engine in engines)
        yield f"\n### Territories: milliseconds of the database, of each question in the quickest of {rounds} rounds\n"
        yield f"| questions |{columns} the slowest |"
        yield "|---|" + "---|---|" * len(engines) + "---|"
        for kind, asked in _questions(engines[0].session).items():
            yield _row(kind, asked, engines, rounds)
            yield _row(f"{kind}, with `total`", [one | {"total": True} for one in asked], engines, rounds)
    yield f"\nWanted: at most {WANTED} ms."


def _row(kind: str, asked: Sequence[Asked], engines: Sequence[_Engine], rounds: int) -> str:
    statements = [[engine.ask(one) for one in asked] for engine in engines]
    spent = [[float("inf")] * len(asked) for _ in engines]
    for _ in range(rounds):
        for engine, those, times in zip(engines, statements, spent, strict=True):
            times[:] = [min(before, engine.time(one)) for before, one in zip(times, those, strict=True)]
    worst = max((time, place) for times in spent for place, time in enumerate(times))
    told = " | ".join(f"{median(times):.2f} | {max(times):.2f}" for times in spent)
    said = {name: value if isinstance(value, str | int) else value[0] for name, value in asked[worst[1]].items()}
    slowest = "&".join(f"{name}={value}" for name, value in said.items() if name != "total")
    return f"| {kind}{' ✗' if worst[0] > WANTED else ''} | {told} | `{slowest}` |"


def _questions(session: ReadSession) -> dict[str, list[Asked]]:
    """The same on every run: of each kind so many, about towns that chance names."""
    chance = Random(4)
    communes = select(Territory).where(col(Territory.kind) == TerritoryKind.MUNICIPALITY)
    every = session.scalars(communes.order_by(col(Territory.id))).all()
    placed = [one for one in every if one.latitude is not None and one.population]

    def of_towns(ask: Callable[[Territory], Asked]) -> list[Asked]:
        return [ask(one) for one in chance.sample(placed, COUNT)]

    def at(one: Territory) -> str:
        return f"{one.latitude},{one.longitude}"

    def around(one: Territory, degrees: float) -> str:
        assert one.latitude is not None
        assert one.longitude is not None
        west, south = one.longitude - degrees, one.latitude - degrees
        return f"{west:.4f},{south:.4f},{one.longitude + degrees:.4f},{one.latitude + degrees:.4f}"

    return {
        "`q`: a whole name": of_towns(lambda one: {"q": one.name}),
        "`q`: three letters of a name": of_towns(lambda one: {"q": one.name[:3]}),
        "`q`: a name with a letter left out": of_towns(lambda one: {"q": one.name[:4] + one.name[5:]}),
        "`q`: a common word": [
            {"q": word} for word in ("saint", "ville", "mont", "st", "vi", "bo", "m", "s", "a", "ch")
        ],
        "`q` and `country`": of_towns(lambda one: {"q": one.name[:3], "country": (one.country,)}),
        "`q` and `parent`": of_towns(lambda one: {"q": one.name[:3], "parent": one.within[-2]}),
        "`q` and `near`": of_towns(lambda one: {"q": one.name[:3], "near": at(one), "radius": 100}),
        "`kind` and `country`": [
            {"kind": (kind,), "country": (country,)} for kind in TerritoryKind for country in ("FR", "BE", "PT")
        ],
        "`parent`": of_towns(lambda one: {"parent": one.within[-2]}),
        "`parent` and `population`": of_towns(lambda one: {"parent": one.within[-2], "population": "5000/20000"}),
        "`population`": of_towns(lambda one: {"population": f"{one.population}/{2 * (one.population or 0)}"}),
        "`postcode`": of_towns(lambda one: {"postcode": (one.postcodes or ["51220"])[0]}),
        "`near`, 20 km": of_towns(lambda one: {"near": at(one), "radius": 20}),
        "`near`, 100 km": of_towns(lambda one: {"near": at(one), "radius": 100}),
        "`bbox`, a degree": of_towns(lambda one: {"bbox": around(one, 0.5)}),
        "`bbox`, ten degrees": of_towns(lambda one: {"bbox": around(one, 5)}),
        "`similar`": of_towns(lambda one: {"similar": one.id}),
    }
