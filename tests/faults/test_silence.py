"""What the service writes to its log and its terminal names nobody: no address, no text, no key, whatever is asked."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import DRAFT
from tests.faults.processes import Processes, serving
from tests.v1.wire import CANARY, bearer, patch, raw

ADDRESSES = ("198.51.100.77", "2001:db8:77::1")
TOLD = (CANARY, "198.51.100", "2001:db8:77")
SECRET = DRAFT | {
    "title": f"Titre {CANARY}",
    "description": CANARY,
    "contact": {"name": CANARY, "email": f"{CANARY}@example.org"},
}


@pytest.fixture
def processes(database_url: str, tmp_path: Path) -> Iterator[Processes]:
    environment = {
        "TERRITOIRES_TRUSTED_PROXIES": "127.0.0.1",
        "TERRITOIRES_RATE_LIMIT_WRITES": "20/day",
        "TERRITOIRES_PENDING_LIMIT": "2",
    }
    with serving(database_url, 1, tmp_path / "log", **environment) as running:
        yield running


def check_silent(processes: Processes, *secrets: str) -> str:
    """What was written, which tells none of it."""
    processes.stop()
    written = processes.said + processes.complaints
    assert "explore it at" in written
    assert not [word for word in (*TOLD, *secrets) if word in written.lower()]
    return written


def ask(client: httpx.Client, moderator: httpx.Client, *, address: str) -> Iterator[int]:
    """The statuses of requests of every kind, from an address."""
    client.headers["X-Forwarded-For"] = address
    receipts = []
    for _ in range(3):
        answer = client.post("/initiatives", json=SECRET)
        yield answer.status_code
        receipts.append(answer.json())
    path, token = f"/submissions/{receipts[0]['id']}", bearer(receipts[0]["edit_token"])
    yield patch(client, path, {"summary": f"Encore {CANARY}"}, "*", **token).status_code
    for receipt, verb in zip(receipts, ("_request-changes", "_reject"), strict=False):
        decision = {"reason": CANARY, "code": "other"}
        where = f"/moderation/submissions/{receipt['id']}/{verb}"
        yield moderator.post(where, json=decision, headers={"If-Match": "*"}).status_code
    yield client.get("/moderation/submissions", headers=bearer(CANARY)).status_code
    yield client.get("/moderation/submissions", headers=bearer(keys.new_secret(keys.KEY))).status_code
    yield client.post("/initiatives", json={CANARY: CANARY}).status_code
    yield client.post("/initiatives", content=f'{{"{CANARY}').status_code
    yield client.get("/initiatives", params={CANARY: CANARY, "theme": CANARY}).status_code
    yield client.get(f"/initiatives/{CANARY}", headers={"User-Agent": CANARY, "Referer": f"/{CANARY}"}).status_code
    yield client.get(f"/{CANARY}").status_code
    for _ in range(20):
        answer = client.post("/initiatives", json=SECRET)
    yield answer.status_code


def test_nothing_that_is_asked_is_written_to_the_log(processes: Processes, database: Database) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, CANARY)
    with processes.client() as client, processes.client(headers=bearer(key)) as moderator:
        for address in ADDRESSES:
            told = list(ask(client, moderator, address=address))
            assert told[:6] == [201, 201, 429, 200, 200, 200]
            assert told[6:] == [401, 401, 400, 415, 400, 404, 404, 429]
    for sent in (f"GET /{CANARY} {CANARY}\r\n\r\n", f"{CANARY}\r\n\r\n", f"GET /é{CANARY} HTTP/1.1\r\n\r\n"):
        assert raw(processes.address, sent.encode()).status_code == 400
    check_silent(processes, key)


def test_a_fault_of_ours_tells_where_it_was_but_not_whose(processes: Processes, database: Database) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE submission RENAME COLUMN template TO lost"))
    with processes.client(headers={"X-Forwarded-For": ADDRESSES[0]}) as client:
        answer = client.post("/initiatives", json=SECRET, headers={"X-Request-ID": CANARY})
        assert answer.status_code == 500
    written = check_silent(processes)
    lines = [json.loads(line) for line in processes.complaints.splitlines()]
    assert [line for line in lines if "Traceback" in line.get("traceback", "")]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}, written
