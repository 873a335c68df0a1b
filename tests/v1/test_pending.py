"""How many submissions of one sender may wait for a decision; whose address is kept, and for how long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import col, select

from api.catalogue import keys
from api.db import Database
from api.models import Submission
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, PUBLIC_URL, Service, serving, submitted
from tests.v1.test_submitting import decide, own, withdraw
from tests.v1.wire import ORIGIN, bearer, check_problem, patch

ADDRESSES = {"192.0.2.1": "192.0.2.1", "2001:db8:1:2::1": "2001:db8:1:2::/64", "::ffff:192.0.2.1": "192.0.2.1"}


@pytest.fixture
def limit() -> str:
    """How many may wait."""
    return "2"


@pytest.fixture
def service(database_url: str, limit: str) -> Iterator[Service]:
    settings = {"rate_limit_writes": "off", "pending_limit": limit, "trusted_proxies": "127.0.0.1"}
    yield from serving(Settings(database_url=database_url, public_url=PUBLIC_URL, **settings))


def from_(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def statuses(client: httpx.Client, count: int, **headers: str) -> list[int]:
    return [client.post("/initiatives", json=DRAFT, headers=headers).status_code for _ in range(count)]


def addresses(database: Database) -> dict[str, str | None]:
    with database.read() as session:
        return dict(session.exec(select(Submission.id, Submission.sent_from)).all())


def test_one_too_many_is_refused_with_what_to_do(client: httpx.Client, database: Database) -> None:
    assert statuses(client, 2) == [201, 201]
    before = addresses(database)
    answer = client.post("/initiatives", json=DRAFT, headers=ORIGIN | {"Accept-Language": "fr"})
    problem = check_problem(answer, 429, path="/v1/initiatives")
    assert answer.headers["retry-after"] == "3600"
    assert "autant de propositions en attente que possible (2)" in problem["detail"]
    assert "ask for a key" in client.post("/initiatives", json=DRAFT).json()["detail"]
    assert addresses(database) == before
    assert client.post("/initiatives?check=true", json=DRAFT).status_code == 200, "to look at a draft is free"


@pytest.mark.parametrize("by_key", [False, True])
def test_there_is_room_again_once_one_does_not_wait_any_more(
    client: httpx.Client, moderator: httpx.Client, database: Database, *, by_key: bool
) -> None:
    if by_key:
        with database.write() as session:
            client.headers.update(bearer(keys.create(session, KeyRole.MODERATOR, "Sender")))
    receipts = [submitted(client, title=f"Le cas numéro {n}") for n in range(2)]
    ends = [
        lambda receipt: withdraw(client, receipt),
        lambda receipt: decide(moderator, receipt, "_publish"),
        lambda receipt: decide(moderator, receipt, "_reject", reason="Non"),
        lambda receipt: decide(moderator, receipt, "_request-changes", reason="Mieux"),
    ]
    for end in ends:
        assert statuses(client, 1) == [429]
        end(receipts.pop())
        receipts.append(submitted(client))
    assert statuses(client, 1) == [429]


def test_who_is_asked_for_changes_can_make_them_however_many_wait(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    receipt = submitted(client)
    decide(moderator, receipt, "_request-changes", reason="Mieux")
    assert statuses(client, 3) == [201, 201, 429]
    path, token = own(receipt)
    assert patch(client, path, {"summary": "Bien mieux."}, "*", **token).json()["state"] == "pending"


def test_each_address_and_each_key_has_a_count_of_its_own(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        key, other = (keys.create(session, KeyRole.MODERATOR, name) for name in ("Test", "Other"))
    assert statuses(client, 3) == [201, 201, 429]
    assert statuses(client, 3, **from_("192.0.2.1")) == [201, 201, 429]
    assert statuses(client, 1, **from_("::ffff:192.0.2.1")) == [429]
    assert statuses(client, 2, **from_("2001:db8:1:2::1")) == [201, 201]
    assert statuses(client, 1, **from_("2001:db8:1:2:ffff::9")) == [429], "a subscriber has a whole /64"
    assert statuses(client, 1, **from_("2001:db8:1:3::1")) == [201]
    assert statuses(client, 3, **bearer(key)) == [201, 201, 429]
    assert statuses(client, 1, **bearer(key), **from_("192.0.2.9")) == [429]
    assert statuses(client, 1, **bearer(other)) == [201]


@pytest.mark.parametrize("limit", ["off"])
def test_an_address_is_kept_while_its_submission_waits_and_no_longer(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    for sent, kept in ADDRESSES.items():
        ends = {
            "_publish": {},
            "_reject": {"reason": "Non"},
            "_request-changes": {"reason": "Mieux"},
        }
        for verb, body in ends.items():
            receipt = client.post("/initiatives", json=DRAFT, headers=from_(sent)).json()
            assert addresses(database)[receipt["id"]] == kept
            decide(moderator, receipt, verb, **body)
            assert addresses(database)[receipt["id"]] is None
        path, token = own(receipt)
        assert patch(client, path, {"summary": "Bien mieux."}, "*", **token).status_code == 200
        assert addresses(database)[receipt["id"]] is None, "nor is it learned again"
        withdrawn = client.post("/initiatives", json=DRAFT, headers=from_(sent)).json()
        withdraw(client, withdrawn)
        assert addresses(database)[withdrawn["id"]] is None
    by_key = moderator.post("/initiatives", json=DRAFT, headers=from_("192.0.2.1")).json()
    assert addresses(database)[by_key["id"]] is None


@pytest.mark.parametrize("limit", ["5"])
def test_no_more_than_may_wait_get_in_at_once(service: Service, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool, service.client() as client:
        for n in range(20):
            address = from_(f"192.0.2.{n}")
            answers = pool.map(lambda _, sent=address: client.post("/initiatives", json=DRAFT, headers=sent), range(8))
            assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 3
    with database.read() as session:
        kept = session.exec(select(Submission.sent_from).where(col(Submission.state) == "pending")).all()
    assert {kept.count(address) for address in kept} == {5}
