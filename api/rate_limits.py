"""How often one caller may read and write: an address, or the holder of a valid key.

A key that is not valid counts for nothing: its bearer is counted as an address. Every 401 to a presented key is counted
there too, and an address that has used up these tries is refused, so that keys cannot be guessed by trying.

A window slides (the library's sliding window counter: two numbers for each caller, in both storages), so that nobody
has twice the limit around the full minute. While the storage is away nothing is counted and everybody is served.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from math import ceil
from time import monotonic, time
from typing import NamedTuple

import limits
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import addresses, auth
from api.catalogue import keys
from api.errors import TooMany
from api.settings import Settings
from api.texts import Text

log = logging.getLogger(__name__)

_READS, _WRITES = ("GET", "HEAD"), ("POST", "PATCH", "PUT", "DELETE")
_FREE = ("/docs", "/openapi.json", "/static/", "/swagger-ui/")
_PATIENCE = 0.2  # seconds that a request waits for the storage
_PAUSE = 2  # seconds without asking a storage that was away
_SWEEP = 10  # seconds between two looks for what has expired in memory
_SILENCE = 60  # seconds between two lines of the log
_TOO_MANY = Text(
    "Rate limit exceeded; try again in {seconds} s.",
    "Limite de requêtes dépassée ; réessayez dans {seconds} s.",
)


class Limit(NamedTuple):
    """So many requests of a kind in a time."""

    name: str
    rate: limits.RateLimitItem

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.rate.amount};w={self.rate.get_expiry()}'


class Standing(NamedTuple):
    """Where a caller stands with a limit, and whether this request is within it."""

    limit: Limit
    passed: bool
    remaining: int
    seconds: int  # until there is one more

    @property
    def headers(self) -> dict[str, str]:
        """As most clients read them, and as draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Limit": str(self.limit.rate.amount),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
            "RateLimit-Policy": self.limit.policy,
            "RateLimit": f'"{self.limit.name}";r={self.remaining};t={self.seconds}',
        }


class Counts:
    """The counts in their storage; None for an answer while it is away."""

    def __init__(self, address: str) -> None:
        storage = storage_from_string(
            f"async+{address}", wrap_exceptions=True, implementation="redispy", key_prefix="territoires"
        )
        assert isinstance(storage, Storage)
        self._storage = storage
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._asked_again = self._told_again = 0.0

    async def spend(self, limit: Limit, who: str) -> Standing | None:
        """Count one more request, unless the limit is reached."""
        return await self._unless_away(limit, who, self._limiter.hit)

    async def look(self, limit: Limit, who: str) -> Standing | None:
        """Whether one more would be within the limit."""
        return await self._unless_away(limit, who, self._limiter.test)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """While the service runs."""
        if isinstance(self._storage, MemoryStorage):
            # The library would look through all counts at each request.
            self._storage.timer = asyncio.create_task(_forget_the_expired(self._storage))
            yield
            self._storage.timer.cancel()
        else:
            yield
            if isinstance(bridge := getattr(self._storage, "bridge", None), RedispyBridge):
                await bridge.storage.aclose()

    async def _unless_away(self, limit: Limit, who: str, ask: Callable[..., Awaitable[bool]]) -> Standing | None:
        if monotonic() < self._asked_again:
            return None
        if self._asked_again:  # one request tries, the others go on
            self._asked_again = monotonic() + _PAUSE
        try:
            async with asyncio.timeout(_PATIENCE):
                passed = await ask(limit.rate, limit.name, who)
                reset, remaining = await self._limiter.get_window_stats(limit.rate, limit.name, who)
        except (StorageError, TimeoutError) as error:
            self._leave_alone(error)
            return None
        self._asked_again = 0.0
        return Standing(limit, passed, remaining, max(1, ceil(reset - time())))

    def _leave_alone(self, error: Exception) -> None:
        now = monotonic()
        self._asked_again = now + _PAUSE
        if now >= self._told_again:
            self._told_again = now + _SILENCE
            cause = error.storage_error if isinstance(error, StorageError) else "no answer"
            log.warning("rate limits are not counted while their storage is away: %s", cause)


class RateLimits:
    """The middleware around a version of the contract."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._counts = Counts(settings.rate_limit_storage)
        reads, writes = _limit("reads", settings.rate_limit_reads), _limit("writes", settings.rate_limit_writes)
        self._limits = dict.fromkeys(_READS, reads) | dict.fromkeys(_WRITES, writes)
        self._tries = _limit("tries", settings.rate_limit_writes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit, secret = self._limits.get(scope["method"]), _secret(scope)
        tries = None if secret is None else self._tries
        if (limit is None and tries is None) or _is_free(scope):
            return await self.app(scope, receive, send)
        address, standing = addresses.subscriber(scope["client"]), None
        if tries is not None:
            _refuse_beyond(await self._counts.look(tries, address))
        if limit is not None:
            standing = await self._counts.spend(limit, await _key_id(scope, secret) or address)
            _refuse_beyond(standing)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                if standing is not None:
                    message["headers"] = [*message["headers"], *_raw(standing.headers)]
                if tries is not None and message["status"] == HTTPStatus.UNAUTHORIZED:
                    await self._counts.spend(tries, address)
            await send(message)

        await self.app(scope, receive, send_on)
        return None

    def counting(self) -> AbstractAsyncContextManager[None]:
        """While the service runs."""
        return self._counts.kept()


async def _forget_the_expired(storage: MemoryStorage) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        for key in list(storage.expirations):
            await storage.get(key)  # forgets it, if it has expired
            await asyncio.sleep(0)


def _limit(name: str, setting: str) -> Limit | None:
    return None if setting == "off" else Limit(name, limits.parse(setting))


def _is_free(scope: Scope) -> bool:
    """The documentation is."""
    path: str = scope["path"]
    return path.removeprefix(scope["root_path"]).startswith(_FREE)


def _secret(scope: Scope) -> str | None:
    """What is presented as a key."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value, "latin-1").partition(" ")[2].strip()
    return None


async def _key_id(scope: Scope, secret: str | None) -> str | None:
    """The public id of a valid key: the store holds no secret."""
    if secret is None or not keys.is_secret(secret, keys.KEY):
        return None
    holder = await run_in_threadpool(auth.key_holder, scope["state"]["database"], secret)
    return holder.key_id


def _refuse_beyond(standing: Standing | None) -> None:
    if standing is not None and not standing.passed:
        raise TooMany(
            _TOO_MANY.format(seconds=standing.seconds), headers=standing.headers, retry_after=standing.seconds
        )


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
