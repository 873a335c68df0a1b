"""What goes over the wire, looked at closely: raw requests, problems, walks of lists, statements counted."""

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Engine, Executable, event

from api.glance import Glance, Rows

ORIGIN = {"Origin": "https://app.example"}
CANARY = "zqcanaryqz"


def raw(address: str, request: bytes) -> httpx.Response:
    """The answer to bytes that no client library would send."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


def check_problem(answer: httpx.Response, status: int, *, path: str | None = None) -> dict[str, Any]:
    """An answer that is a problem document as the contract has it; gives the document."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:1000]}"
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert int(answer.headers["content-length"]) == len(answer.content)
    problem = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    if path is not None:
        assert problem["instance"] == path
    assert re.fullmatch(r"[!-~]*", problem["instance"]), "a URI reference is ASCII"
    hidden = json.dumps({**problem, "instance": ""}, ensure_ascii=False) + json.dumps(dict(answer.headers))
    assert CANARY not in hidden.lower(), "what was sent came back"
    for error in problem.get("errors", []):
        assert error["detail"]
        assert ("pointer" in error) != ("parameter" in error)
    return problem


def places(problem: dict[str, Any]) -> list[str]:
    """Where the mistakes are: pointers begin with a slash, the whole body is "", parameters are bare."""
    return sorted(error["pointer"] if "pointer" in error else error["parameter"] for error in problem["errors"])


def walk(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list, page after page, by its cursors."""
    return [item for page in pages(client, path, **params) for item in page["items"]]


def pages(client: httpx.Client, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    used: set[str] = set()
    while True:
        answer = client.get(path, params=params | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert ("link" in answer.headers) == (page["next"] is not None)
        yield page
        if page["next"] is None:
            return
        assert len(page["items"]) == params.get("limit", 20), "only the last page may be short"
        assert page["next"] not in used, "the pages go round in a circle"
        used.add(page["next"])
        cursor = {"cursor": page["next"]}


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that any engine of this process runs meanwhile, transactions' own words left out."""
    told: list[str] = []
    inside = threading.local()  # a glance, which may go to the driver beside SQLAlchemy, unseen by its events

    def tell(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")) and not getattr(inside, "rows", False):
            told.append(statement)

    def tell_and_run(glance: Glance, statement: Executable, values: Mapping[str, Any]) -> Rows:
        told.append(str(statement))
        inside.rows = True
        try:
            return rows(glance, statement, values)
        finally:
            inside.rows = False

    rows = Glance.rows
    Glance.rows = tell_and_run  # type: ignore[method-assign]
    event.listen(Engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", tell)
        Glance.rows = rows  # type: ignore[method-assign]


def patch(client: httpx.Client, path: str, body: Any, tag: str | None, **headers: str) -> httpx.Response:
    """A merge patch."""
    sent = {"Content-Type": "application/merge-patch+json", **headers} | ({"If-Match": tag} if tag else {})
    return client.patch(path, content=json.dumps(body), headers=sent)


def bearer(secret: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
