"""A request that is sent again with the same Idempotency-Key makes nothing new, and is answered as the first was."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.catalogue import idempotency, keys
from api.catalogue.keys import ANYBODY
from api.db import Database
from api.models import Idempotency
from api.types import now
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, Service, published
from tests.v1.wire import ORIGIN, bearer, check_problem, places, walk

QUEUE = "/moderation/submissions"


def key() -> dict[str, str]:
    return ORIGIN | {"Idempotency-Key": str(uuid.uuid4())}


def waiting(moderator: httpx.Client) -> int:
    return moderator.get(f"{QUEUE}?total=true&limit=1").json()["total"]


def test_a_request_that_is_sent_again_is_answered_as_the_first(client: httpx.Client, moderator: httpx.Client) -> None:
    once = key()
    first, second = (client.post("/initiatives", json=DRAFT, headers=once) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["location"] == second.headers["location"]
    assert first.headers["etag"] == second.headers["etag"]
    one, other = first.json(), second.json()
    assert {**one, "edit_token": ""} == {**other, "edit_token": ""}
    assert waiting(moderator) == 1
    path = f"/submissions/{one['id']}"
    check_problem(client.get(path, headers=bearer(one["edit_token"]) | ORIGIN), 404)
    assert client.get(path, headers=bearer(other["edit_token"])).status_code == 200
    assert len(walk(moderator, "/moderation/events", limit=100)) == len(
        {str(event) for event in walk(moderator, "/moderation/events", limit=100)}
    )


def test_the_same_key_with_another_request_is_refused(client: httpx.Client, moderator: httpx.Client) -> None:
    once = key()
    assert client.post("/initiatives", json=DRAFT, headers=once).status_code == 201
    check_problem(client.post("/initiatives", json=DRAFT | {"title": "Un autre"}, headers=once), 422)
    assert waiting(moderator) == 1


def test_the_order_of_fields_makes_no_other_request(anyone: httpx.Client) -> None:
    once, turned = key(), dict(reversed(DRAFT.items()))
    first, second = (anyone.post("/initiatives", json=body, headers=once) for body in (DRAFT, turned))
    assert first.json()["id"] == second.json()["id"]


def test_two_keys_are_none(anyone: httpx.Client) -> None:
    one, other = key(), key()
    both = [("Idempotency-Key", sent["Idempotency-Key"]) for sent in (one, other)]
    for headers in (both, [both[0], both[0]], [("Idempotency-Key", f"{both[0][1]}, {both[1][1]}")]):
        answer = anyone.post("/initiatives", json=DRAFT | {"title": "x"}, headers=[*ORIGIN.items(), *headers])
        problem = check_problem(answer, 400)
        assert places(problem) == ["/title", "Idempotency-Key"]
        assert [error["detail"] for error in problem["errors"] if "parameter" in error] == [
            "One key of 16 to 255 letters, digits and signs without blanks or accents is expected, such as a UUID."
        ]


def test_a_request_with_mistakes_does_not_use_up_its_key(anyone: httpx.Client) -> None:
    once = key()
    check_problem(anyone.post("/initiatives", json=DRAFT | {"title": "x"}, headers=once), 400)
    assert anyone.post("/initiatives", json=DRAFT, headers=once).status_code == 201


def test_checking_uses_up_no_key_and_is_no_repetition(anyone: httpx.Client) -> None:
    once = key()
    assert anyone.post("/initiatives?check=true", json=DRAFT, headers=once).status_code == 200
    assert anyone.post("/initiatives", json=DRAFT, headers=once).status_code == 201
    assert anyone.post("/initiatives?check=true", json=DRAFT, headers=once).status_code == 200


def test_a_key_is_its_senders_own(service: Service, database: Database, client: httpx.Client) -> None:
    with database.write() as session:
        secrets = [keys.create(session, KeyRole.MODERATOR, name) for name in ("A", "B")]
    once = key()
    answers = [client.post("/initiatives", json=DRAFT, headers=once | bearer(secret)) for secret in secrets]
    answers.append(client.post("/initiatives", json=DRAFT, headers=once))
    assert len({answer.json()["id"] for answer in answers}) == 3


def test_after_a_day_the_key_is_free_again(client: httpx.Client, moderator: httpx.Client, database: Database) -> None:
    once = key()
    first = client.post("/initiatives", json=DRAFT, headers=once).json()["id"]
    with database.write() as session:
        session.execute(update(Idempotency).values(created_at=now() - idempotency.KEPT + timedelta(minutes=1)))
    assert client.post("/initiatives", json=DRAFT, headers=once).json()["id"] == first
    with database.write() as session:
        session.execute(update(Idempotency).values(created_at=now() - idempotency.KEPT - timedelta(seconds=1)))
    assert client.post("/initiatives", json=DRAFT | {"title": "Un autre"}, headers=once).json()["id"] != first
    assert waiting(moderator) == 2


def test_a_proposed_change_that_is_sent_again_is_one_even_once_it_is_accepted(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge)
    tag = anyone.get(f"/initiatives/{case}").headers["etag"]
    headers = key() | {"If-Match": tag, "Content-Type": "application/merge-patch+json"}

    def send(summary: str) -> httpx.Response:
        return anyone.post(f"/initiatives/{case}/revisions", json={"summary": summary}, headers=headers)

    receipt = send("Mieux dit.").json()
    judge.post(f"{QUEUE}/{receipt['id']}/_publish", headers={"If-Match": "*"})
    again = send("Mieux dit.")
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (201, receipt["id"], "accepted")
    check_problem(send("Autrement."), 422)


@pytest.mark.parametrize("value", ["short", "x" * 256, "a key with blanks in it"])
def test_a_key_that_is_none_is_told(anyone: httpx.Client, value: str) -> None:
    problem = check_problem(anyone.post("/initiatives", json=DRAFT, headers=ORIGIN | {"Idempotency-Key": value}), 400)
    assert [error["parameter"] for error in problem["errors"]] == ["Idempotency-Key"]


def test_a_page_of_another_origin_may_send_a_key(anyone: httpx.Client) -> None:
    answer = anyone.options("/initiatives", headers=ORIGIN | {"Access-Control-Request-Method": "POST"})
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]


def test_while_the_first_is_under_way_the_second_waits_and_is_then_told_so(
    client: httpx.Client, database: Database
) -> None:
    """PostgreSQL: the first has written its key and not committed. SQLite has one writer: the second finds no room."""
    once: dict[str, Any] = key()
    attempt = idempotency.attempt(once["Idempotency-Key"], ANYBODY, DRAFT)
    assert attempt
    answers: list[httpx.Response] = []
    with database.write(keep=False) as session:
        idempotency.claim(session, attempt, "s-0000000000")
        second = threading.Thread(target=lambda: answers.append(client.post("/initiatives", json=DRAFT, headers=once)))
        second.start()
        second.join()
    check_problem(answers[0], 503 if database.is_sqlite else 409)
    assert int(answers[0].headers["retry-after"]) > 0
    assert client.post("/initiatives", json=DRAFT, headers=once).status_code == 201
