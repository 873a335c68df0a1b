"""A hundred thousand requests that are nearly right, at every operation, by anybody, a moderator and an admin.

Schemathesis asks what the document allows and forbids; here bytes are changed that no document speaks of. Whatever
comes, the answer is no fault of ours, and an error is a problem document.
"""

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import DRAFT
from tests.faults.processes import Processes, serving

REQUESTS = 50_000  # on each database
CLIENTS = 6
FOR_A_CONNECTION = 30  # seconds

TEXTS = [
    *(
        "",
        "0",
        "-1",
        "1",
        "20",
        "1e309",
        "NaN",
        "null",
        "true",
        "*",
        "..",
        "../..",
        "'",
        '"',
        "\\",
        "{}",
        "[1]",
        "%",
        "%00",
    ),
    *(
        "\0",
        "\n",
        "\r\nX: y",
        "\x7f",
        "\ud800",
        "\u202e",
        "\ufeff",
        "é",
        "e\u0301",
        "œuf",
        "😀" * 40,
        "ß" * 300,
        "a" * 9000,
    ),
    *("1; DROP TABLE event", "=1+1", "<script>", "javascript:alert(1)", "https://[::1", "https://exa mple.org/", "٣٤"),
    *(
        "2026-13-45",
        "2026-02-30",
        "0000-00-00",
        "9" * 40,
        "-0",
        "1.5",
        "1,2,3",
        "2.3,48.8",
        "190,95,-190,-95",
        "10km",
        "../100",
    ),
    *(
        "fr-81004",
        "insee:81004",
        "fr",
        "courcy",
        "tiers-lieux",
        "published",
        "FR",
        "fr",
        "-title",
        "distance",
        '"1"',
        'W/"1"',
    ),
]
JSON = [None, True, -1, 10**30, 1.5, 1e300, [], {}, [[]], {"": 0}, "x" * 20_000, [0] * 500, *TEXTS]
RAW = [
    b"NaN",
    b"1e999",
    b"[" * 2000,
    b'{"a":' * 500,
    b'"\\ud800"',
    b'"\\u0000"',
    b"\xff\xfe",
    b"\x00",
    b"{",
    b"",
    b"\xef\xbb\xbf{}",
]
HEADERS = [
    "Accept",
    "Accept-Language",
    "Accept-Encoding",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Content-Type",
]
HEADERS += [
    "Authorization",
    "Origin",
    "Range",
    "If-Modified-Since",
    "Content-Encoding",
    "X-HTTP-Method-Override",
    "Expect",
]
TYPES = [
    "application/json",
    "application/merge-patch+json",
    "text/csv",
    "application/xml",
    "*/*;q=2",
    "a",
    "",
    "application/json; charset=utf-16",
]
METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "TRACE", "BREW"]


KNOWN = ["courcy", "albi-autosuffisance-alimentaire", "fr-81004", "insee:81004", "tiers-lieux"]


class Asker:
    """Makes requests up, sends them on one connection and looks at the answers."""

    def __init__(self, processes: Processes, operations: list[tuple[str, str, list[str]]], key: str, seed: int) -> None:
        self._port = processes.port
        self._operations = operations
        self._key = key
        self._chance = random.Random(seed)
        self._connection: socket.socket | None = None
        self.statuses: Counter[int] = Counter()

    def ask(self, number: int) -> None:
        for _ in range(number):
            method, request, spoilt = self._request()
            status, kind, body = self._answer(method, request)
            if spoilt:
                self._hang_up()  # what follows may be taken for the rest of it
            self.statuses[status] += 1
            assert status < 500, (status, request[:2000], body[:500])
            if status >= 400:
                assert kind == "application/problem+json", (status, kind, request[:2000])
                assert method == "HEAD" or json.loads(body)["status"] == status, (request[:2000], body[:500])
        self._hang_up()

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _answer(self, method: str, request: bytes) -> tuple[int, str, bytes]:
        """On a new connection where the one before was closed, as it is after what is no HTTP."""
        for fresh in (False, True):
            if fresh or self._connection is None:
                self._connection = socket.create_connection(("127.0.0.1", self._port), FOR_A_CONNECTION)
            try:
                self._connection.sendall(request)
                answer = HTTPResponse(self._connection, method=method)
                answer.begin()
                body = answer.read()
            except (HTTPException, OSError):
                if fresh:
                    raise AssertionError(f"no answer to {request[:2000]!r}") from None
                self._hang_up()
                continue
            if answer.will_close:
                self._hang_up()
            return answer.status, answer.headers.get("content-type", "").partition(";")[0], body
        raise AssertionError

    def _request(self) -> tuple[str, bytes, bool]:
        """Right in most of its parts; and whether it may end elsewhere than it seems to."""
        chance = self._chance
        method, path, parameters = chance.choice(self._operations)
        if chance.random() < 0.03:
            method = chance.choice(METHODS)
        while "{" in path:
            before, _, rest = path.partition("{")
            value = chance.choice(KNOWN) if chance.random() < 0.6 else self._text()
            path = before + quote(value, safe="") + rest.partition("}")[2]
        query = "&".join(
            f"{self._name(parameters)}={quote(self._text(), safe=',:')}" for _ in range(chance.choice((0, 0, 0, 1, 2)))
        )
        lines = [f"{method} /v1{path}{'?' * bool(query)}{query} HTTP/1.1", "Host: localhost"]
        if self._key and chance.random() < 0.9:
            lines.append(f"Authorization: Bearer {self._key}")
        if method in ("PATCH", "DELETE") or "/_" in path:
            lines.append('If-Match: "1"')
        lines += [
            f"{chance.choice(HEADERS)}: {chance.choice((self._text(), chance.choice(TYPES)))}"
            for _ in range(chance.choice((0, 0, 0, 1, 2)))
        ]
        body = self._body() if method in ("POST", "PATCH", "PUT") else b""
        if body:
            lines.append(f"Content-Type: application/{'merge-patch+' * (method == 'PATCH')}json")
        head = "\r\n".join(lines).encode("utf-8", "replace")
        spoilt = chance.random() < 0.02 or any("\n" in line for line in lines)
        if spoilt:
            head = self._flipped(head)
        return method, b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body), spoilt

    def _name(self, parameters: list[str]) -> str:
        return self._chance.choice(parameters) if parameters and self._chance.random() < 0.95 else "nonsense"

    def _text(self) -> str:
        return self._chance.choice(TEXTS).encode("utf-8", "replace").decode()

    def _body(self) -> bytes:
        chance = self._chance
        body: dict[str, Any] = json.loads(
            json.dumps(DRAFT | {"sources": [{"url": "https://example.org/a"}], "themes": ["tiers-lieux"]})
        )
        if chance.random() < 0.2:
            body = {"reason": "Trop court.", "code": "other"}
        for _ in range(chance.choice((0, 1, 1, 2))):
            place: Any = body
            while isinstance(place, dict | list) and place and chance.random() < 0.6:
                key = chance.choice([*place] if isinstance(place, dict) else range(len(place)))
                if not isinstance(place[key], dict | list) or chance.random() < 0.5:
                    place[key] = chance.choice(JSON)
                    break
                place = place[key]
            else:
                body[chance.choice(("kind", "progress", "contact", "dates", "results", "nonsense"))] = chance.choice(
                    JSON
                )
        text = json.dumps(body).encode()
        match chance.randrange(20):
            case 0:
                return self._flipped(text)
            case 1:
                return text[: chance.randrange(len(text))]
            case 2:
                return text.replace(b'"Un jardin', chance.choice(RAW), 1)
            case 3:
                return chance.choice(RAW)
            case 4:
                return json.dumps(body).encode("utf-16")
        return text

    def _flipped(self, text: bytes) -> bytes:
        changed = bytearray(text)
        for _ in range(self._chance.randrange(1, 4)):
            changed[self._chance.randrange(len(changed))] = self._chance.randrange(256)
        return bytes(changed)


@pytest.fixture
def processes(database_url: str, tmp_path: Path) -> Iterator[Processes]:
    with serving(database_url, 2, tmp_path / "log", TERRITOIRES_PENDING_LIMIT="off") as running:
        yield running


def test_whatever_is_sent_is_no_fault_of_ours_and_an_error_is_a_problem_document(
    processes: Processes, database: Database
) -> None:
    with database.write() as session:
        secrets = ["", *(keys.create(session, role, "Fuzz") for role in (KeyRole.MODERATOR, KeyRole.ADMIN))]
    with processes.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    operations = [
        (method.upper(), path, [one["name"] for one in said.get("parameters", ()) if one.get("in") == "query"])
        for path, item in paths.items()
        for method, said in item.items()
        if method in ("get", "post", "patch", "delete", "put")
    ]
    seed = random.randrange(10**6)
    askers = [Asker(processes, operations, secrets[n % 3], seed + n) for n in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(asker.ask, -(-REQUESTS // CLIENTS)) for asker in askers]:
            done.result()
    statuses = sum((asker.statuses for asker in askers), Counter[int]())
    assert sum(statuses.values()) >= REQUESTS
    assert {200, 201, 400, 401, 403, 404, 406, 415} <= statuses.keys(), statuses
    said = {json.loads(line)["message"] for line in processes.complaints.splitlines()}
    assert said <= {"Invalid HTTP request received."}
    assert processes.ready()
