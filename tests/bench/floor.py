"""What the service is measured against: the same bytes from memory, and the same documents with nothing around them.

`bare` is the most that uvicorn gives; `sqlite` and `postgresql` are raw ASGI, the driver and the stored documents.
Run by uvicorn; the environment says what to serve.
"""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import asyncpg

from api.sqlite import driver

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = Callable[[Scope], Awaitable[bytes]]

_DETAIL = "SELECT document FROM publication WHERE id = $1"
_PAGE = (
    "SELECT number, document FROM publication WHERE number < $1 AND document IS NOT NULL ORDER BY number DESC LIMIT 51"
)
_FILTERED = (
    "SELECT posted.number, publication.document FROM publication_term AS posted JOIN publication USING (number) "
    "WHERE posted.term = $1 AND posted.number < $2 AND EXISTS (SELECT 1 FROM publication_term AS other "
    "WHERE other.term = $3 AND other.number = posted.number) ORDER BY posted.number DESC LIMIT 51"
)


def bare() -> Any:
    """The answers of a file, by path and query."""
    answers = {address: text.encode() for address, text in json.loads(Path(os.environ["ANSWERS"]).read_text()).items()}

    async def answer(scope: Scope) -> bytes:
        return answers[f"{scope['path']}?{scope['query_string'].decode()}".rstrip("?")]

    return _application(answer)


def sqlite() -> Any:
    """SQLite's driver on the event loop."""
    connection = driver.connect(os.environ["DATABASE"])

    async def rows(sql: str, *values: Any) -> Sequence[Any]:
        return connection.execute(sql, values).fetchall()

    return _application(lambda scope: _documents(scope, rows))


def postgresql() -> Any:
    """asyncpg with a pool of eight connections."""
    pools: list[asyncpg.Pool] = []

    async def rows(sql: str, *values: Any) -> Sequence[Any]:
        if not pools:
            pools.append(await asyncpg.create_pool(os.environ["DATABASE"], min_size=8, max_size=8))
        return await pools[0].fetch(sql, *values)

    return _application(lambda scope: _documents(scope, rows))


async def _documents(scope: Scope, rows: Callable[..., Awaitable[Sequence[Any]]]) -> bytes:
    if name := scope["path"].removeprefix("/v1/initiatives").strip("/"):
        return (await rows(_DETAIL, name))[0][0]
    asked = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
    before = int(asked["before"])
    if "theme" in asked:
        found = await rows(_FILTERED, f"theme:{asked['theme']}", before, f"in:{asked['country'].lower()}")
    else:
        found = await rows(_PAGE, before)
    return b'{"items":[' + b",".join([row[1] for row in found[:50]]) + b"]}"


def _application(answer: Answer) -> Any:
    async def application(scope: Scope, _receive: object, send: Send) -> None:
        if scope["type"] == "http":
            body = await answer(scope)
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return application
