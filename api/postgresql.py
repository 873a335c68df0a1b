"""What PostgreSQL needs of us: lost connections are seen before they are used, and the hottest reads are awaited.

The event loop serves others while the database works; a thread would cost more than these reads do. The same plain
functions run in a greenlet, as those of SQLAlchemy's own asynchronous engine do; where they wait, the loop goes on.
"""

import asyncio
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only, greenlet_spawn

from api.errors import Busy
from api.glance import Parameters, Rows, Run

AWAITED = 8  # connections of the event loop
# A server that vanishes without a word, as in a power cut, is noticed within some ten seconds, not after two hours.
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_TURN = 15  # seconds that a request may have to wait for one: of a thousand clients at once, each waits for the others

Answer = TypeVar("Answer")


def refuse_lost(engine: Engine) -> Engine:
    """What the server has closed is not used again, nor what is as old: a restart leaves no late error.

    Nobody speaks on an idle connection; what can be read from one is its end. To look costs no round trip, as a ping
    would.
    """

    @event.listens_for(engine, "checkout")
    def look(_connection: object, record: Any, _proxy: object) -> None:
        poll = select.poll()
        poll.register(record.driver_connection.fileno(), select.POLLIN)
        if poll.poll(0):
            raise InvalidatePoolError

    return engine


class Awaited:
    """The connections of the event loop."""

    def __init__(self, url: URL, **options: Any) -> None:
        self._engine = create_async_engine(
            url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, pool_size=AWAITED, **options
        )
        refuse_lost(self._engine.sync_engine)
        self._free = asyncio.Semaphore(AWAITED)  # first come, first served: the pool itself has no queue

    async def call(self, read: Callable[[], Answer]) -> Answer:
        """What a function answers that uses one of these connections."""
        try:
            async with asyncio.timeout(_TURN):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            return await greenlet_spawn(read)
        finally:
            self._free.release()

    @contextmanager
    def connection(self) -> Iterator[Run]:
        """What runs statements, in a greenlet."""
        pooled = self._engine.sync_engine.raw_connection()
        driver: Any = pooled.driver_connection

        def run(sql: str, values: Parameters) -> Rows:
            rows: Rows = await_only(_fetch(driver, sql, values))
            return rows

        try:
            yield run
        except psycopg.OperationalError:
            if driver.closed:
                self._engine.sync_engine.dispose()  # the others are lost too
            raise
        finally:
            pooled.close()

    async def close(self) -> None:
        await self._engine.dispose()


async def _fetch(driver: Any, sql: str, values: Parameters) -> Rows:
    cursor = await driver.execute(sql, values, binary=True)  # documents not in hexadecimal
    rows: Rows = await cursor.fetchall()
    return rows
