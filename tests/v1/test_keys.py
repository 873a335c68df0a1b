"""Admins make, rotate and revoke keys; a key that is void is void at the next request; a secret is shown once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.catalogue import keys
from api.db import Database
from api.models import AccessKey
from api.vocabulary import KeyRole
from tests.catalogue.acting import dump
from tests.catalogue.test_keys import disguised
from tests.conftest import DRAFT, Service, submitted
from tests.v1.test_moderating import done, events
from tests.v1.wire import ORIGIN, bearer, check_problem, pages, places, walk

DRAFTED = {"role": "contributor", "name": "Ville d'Albi", "territories": ["insee:81004"]}


@pytest.fixture
def admin(service: Service, database: Database) -> Iterator[httpx.Client]:
    """The holder of an admin's key."""
    with database.write() as session:
        key = keys.create(session, KeyRole.ADMIN, "Admin")
    with service.client(headers=bearer(key) | ORIGIN) as client:
        yield client


def made(admin: httpx.Client, **fields: Any) -> dict[str, Any]:
    """The answer to a key that was just made."""
    answer = admin.post("/keys", json=DRAFTED | fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def use(client: httpx.Client, secret: str) -> httpx.Response:
    """What any valid key may ask."""
    return client.get("/submissions", headers=bearer(secret) | ORIGIN)


def test_an_admin_makes_a_contributors_key_that_works_at_once(client: httpx.Client, admin: httpx.Client) -> None:
    key = made(admin, territories=["insee:81004", "fr-81004", "fr-dep-55"], days=30)
    secret = key.pop("key")
    assert keys.is_secret(secret, keys.KEY)
    assert key | {"id": "", "created_at": "", "expires_at": ""} == {
        "id": "",
        "name": "Ville d'Albi",
        "role": "contributor",
        "territories": ["fr-81004", "fr-dep-55"],
        "created_at": "",
        "expires_at": "",
        "revoked_at": None,
        "last_used_at": None,
    }
    assert done(use(client, secret))["items"] == []
    assert key in walk(admin, "/keys")


def test_every_mistake_in_a_key_is_told_at_once(admin: httpx.Client) -> None:
    wrong = {"role": "contributor", "name": "", "days": 0, "territories": ["fr-81004", "insee:00000", "é"], "zzz": 1}
    problem = check_problem(admin.post("/keys", json=wrong), 400)
    assert places(problem) == ["/days", "/name", "/territories/1", "/territories/2", "/zzz"]
    assert places(check_problem(admin.post("/keys", json={}), 400)) == ["/name", "/role"]
    for role, territories in (("contributor", []), ("moderator", ["fr-81004"]), ("admin", ["fr-81004"])):
        bad = DRAFTED | {"role": role, "territories": territories}
        assert places(check_problem(admin.post("/keys", json=bad), 400)) == ["/territories"]
    assert [key["name"] for key in walk(admin, "/keys")] == ["Admin"]


def test_a_revoked_key_is_refused_by_the_next_request_for_good(client: httpx.Client, admin: httpx.Client) -> None:
    key = made(admin, role="moderator", territories=[])
    sent = submitted(client, title="Avant")["id"]
    with httpx.Client(base_url=client.base_url, headers=bearer(key["key"]) | ORIGIN) as moderator:
        done(moderator.get("/moderation/submissions"))
        revoked = done(admin.post(f"/keys/{key['id']}/_revoke"))
        assert revoked["revoked_at"]
        assert "key" not in revoked
        check_problem(moderator.get("/moderation/submissions"), 401)
        check_problem(moderator.get("/submissions"), 401)
        check_problem(moderator.post("/initiatives", json=DRAFT), 401)
        path = f"/moderation/submissions/{sent}/_publish"
        check_problem(moderator.post(path, headers={"If-Match": "*"}), 401)
    for verb in ("_revoke", "_rotate"):
        assert check_problem(admin.post(f"/keys/{key['id']}/{verb}"), 409)["allowed"] == []
        check_problem(admin.post(f"/keys/k-0000000000/{verb}"), 404)


def test_a_rotated_key_is_another_secret_for_the_same_holder(
    client: httpx.Client, admin: httpx.Client, database: Database
) -> None:
    key = made(admin, days=10)
    receipt = submitted(client)  # somebody else's
    client.post("/initiatives", json=DRAFT | {"title": "Par la clé"}, headers=bearer(key["key"]))
    with database.write() as session:  # made nine days ago
        row = session.get_one(AccessKey, key["id"])
        row.created_at -= timedelta(days=9)
        row.expires_at -= timedelta(days=9)
        old = row.expires_at
    rotated = done(admin.post(f"/keys/{key['id']}/_rotate"))
    check_problem(use(client, key["key"]), 401)
    (sent,) = done(use(client, rotated["key"]))["items"]
    assert sent["draft"]["title"] == "Par la clé"
    assert sent["id"] != receipt["id"]
    kept = ("id", "name", "role", "territories")
    assert [rotated[field] for field in kept] == [key[field] for field in kept]
    with database.read() as session:
        row = session.get_one(AccessKey, key["id"])
        assert row.expires_at - row.created_at == timedelta(days=10)
        assert row.expires_at > old


def test_what_is_done_with_keys_is_in_the_audit_trail_and_last_use_comes_from_it(
    client: httpx.Client, admin: httpx.Client
) -> None:
    key = made(admin)
    for _ in range(2):
        assert use(client, key["key"]).status_code == 200
    (me,) = (one for one in walk(admin, "/keys") if one["role"] == "admin")
    (other,) = (one for one in walk(admin, "/keys") if one["id"] == key["id"])
    assert me["last_used_at"]
    assert other["last_used_at"] is None  # reading leaves no trace
    client.post("/initiatives", json=DRAFT, headers=bearer(key["key"]))
    (other,) = (one for one in walk(admin, "/keys") if one["id"] == key["id"])
    assert other["last_used_at"]
    for verb in ("_rotate", "_revoke"):
        done(admin.post(f"/keys/{key['id']}/{verb}"))
    told = [(one["actor"], one["action"]) for one in events(admin) if one["key"] == key["id"]]
    assert told == [(me["id"], "key_revoked"), (me["id"], "key_rotated"), (me["id"], "key_created")]
    by_command = [(one["actor"], one["action"]) for one in events(admin) if one["key"] == me["id"]]
    assert by_command == [("operator", "key_created")]


def test_keys_are_listed_page_after_page_newest_first(admin: httpx.Client, database: Database) -> None:
    names = [f"Numéro {number}" for number in range(6)]
    for days, name in enumerate(names):
        identifier = made(admin, name=name)["id"]
        with database.write() as session:  # two by two of the same second
            session.get_one(AccessKey, identifier).created_at -= timedelta(days=days // 2)
    whole = walk(admin, "/keys", limit=100)
    order = [(key["created_at"], key["id"]) for key in whole]
    assert order == sorted(order, reverse=True)
    assert len(order) == 7
    for limit in (1, 2, 3):
        assert walk(admin, "/keys", limit=limit) == whole
    assert [page["total"] for page in pages(admin, "/keys", limit=5, total="true")] == [7, 7]


def test_a_key_lists_what_it_sent_and_nothing_else(client: httpx.Client, admin: httpx.Client) -> None:
    mine, other = (made(admin, name=name) for name in ("Une", "Autre"))
    sent = [
        client.post("/initiatives", json=DRAFT | {"title": f"Numéro {number}"}, headers=bearer(mine["key"])).json()
        for number in range(5)
    ]
    client.post("/initiatives", json=DRAFT, headers=bearer(other["key"]))
    submitted(client)
    with httpx.Client(base_url=client.base_url, headers=bearer(mine["key"])) as holder:
        listed = walk(holder, "/submissions", limit=2, total="true")
        order = [(item["created_at"], item["id"]) for item in listed]
        assert order == sorted(((one["created_at"], one["id"]) for one in sent), reverse=True)
        assert holder.get(f"/submissions/{listed[0]['id']}").json() == listed[0]
        assert {page["total"] for page in pages(holder, "/submissions", limit=2, total="true")} == {5}
        french = holder.get("/submissions?limit=1", headers={"Accept-Language": "fr"}).json()["items"][0]
        assert french["completeness"] != listed[0]["completeness"]
    check_problem(client.get("/submissions", headers=ORIGIN), 401)
    check_problem(client.get("/submissions", headers=bearer(sent[0]["edit_token"]) | ORIGIN), 401)


def test_a_secret_is_in_the_answer_that_made_it_and_nowhere_else(
    client: httpx.Client, admin: httpx.Client, database: Database
) -> None:
    key = made(admin)
    rotated = done(admin.post(f"/keys/{key['id']}/_rotate"))
    receipt = client.post("/initiatives", json=DRAFT, headers=bearer(rotated["key"])).json()
    secrets = [key["key"], rotated["key"], receipt["edit_token"]]
    said = [admin.get(path).text for path in ("/keys", "/moderation/events", "/moderation/submissions")]
    said += [use(client, rotated["key"]).text, client.get("/openapi.json").text]
    said += [admin.post(f"/keys/{key['id']}/_revoke").text]
    with database.read() as session:
        held = repr(dump(session))
    for secret in secrets:
        assert not any(secret[3:40] in text for text in (*said, held))
        assert not any(keys.hash_of(secret) in text for text in said)
    assert keys.hash_of(rotated["key"]) in held
    assert keys.hash_of(key["key"]) not in held


def test_the_hash_that_is_kept_opens_nothing(client: httpx.Client, admin: httpx.Client) -> None:
    kept = keys.hash_of(made(admin)["key"])
    for presented in (kept, f"{keys.KEY}{kept}", disguised(kept)):
        check_problem(use(client, presented), 401)
