"""What moderators decide: each decision whole or not at all, told to the sender, written down."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from api.db import Database
from tests.conftest import DRAFT, Service, published, submitted
from tests.v1.wire import ORIGIN, bearer, check_problem, pages, patch, walk

QUEUE = "/moderation/submissions"
ANY = {"If-Match": "*"} | ORIGIN


def act(
    moderator: httpx.Client, receipt: dict[str, Any] | str, verb: str, tag: str = "*", **body: Any
) -> httpx.Response:
    """A decision on a submission, or on a case by its id."""
    where = f"/moderation/initiatives/{receipt}" if isinstance(receipt, str) else f"{QUEUE}/{receipt['id']}"
    return moderator.post(f"{where}/{verb}", json=body, headers=ORIGIN | {"If-Match": tag})


def done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def rows(database: Database) -> dict[str, list[str]]:
    """Everything in every table."""
    with database.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in SQLModel.metadata.sorted_tables
        }


def events(moderator: httpx.Client) -> list[dict[str, Any]]:
    return walk(moderator, "/moderation/events", limit=100)


# --- The queue -------------------------------------------------------------------------------------------------------


def test_the_queue_shows_those_that_wait_longest_first_page_after_page(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    receipts = [submitted(client, title=f"Numéro {number}") for number in range(7)]
    with database.write() as session:  # the third has waited longest, two are of the same second
        for receipt, moment in ((receipts[2], "2020-01-01"), (receipts[5], "2021-01-01"), (receipts[6], "2021-01-01")):
            moved = text("UPDATE submission SET created_at = :at WHERE id = :id")
            at = f"{moment} 00:00:00.000000" if database.is_sqlite else f"{moment} 00:00:00+00"
            session.execute(moved, {"at": at, "id": receipt["id"]})
    tied = sorted([str(receipts[5]["id"]), str(receipts[6]["id"])])
    whole = [item["id"] for item in moderator.get(f"{QUEUE}?limit=100").json()["items"]]
    assert whole[:3] == [receipts[2]["id"], *tied]
    assert sorted(whole) == sorted(str(receipt["id"]) for receipt in receipts)
    for limit in (1, 2, 3, 7):
        turned = list(pages(moderator, QUEUE, limit=limit, total="true"))
        assert [item["id"] for page in turned for item in page["items"]] == whole
        assert {page["total"] for page in turned} == {7}


def test_the_queue_by_state_shows_each_submission_once(client: httpx.Client, moderator: httpx.Client) -> None:
    verbs = {
        "accepted": ("_publish", {}),
        "rejected": ("_reject", {"reason": "r"}),
        "changes_requested": ("_request-changes", {"reason": "r"}),
    }
    receipts = {state: submitted(client, title=f"Titre {state}") for state in (*verbs, "pending", "withdrawn")}
    before = moderator.get(f"{QUEUE}?state=accepted&total=true").json()["total"]
    for state, (verb, body) in verbs.items():
        done(act(moderator, receipts[state], verb, **body))
    gone = receipts["withdrawn"]
    client.delete(f"/submissions/{gone['id']}", headers=ANY | bearer(gone["edit_token"]))
    for state, receipt in receipts.items():
        items = walk(moderator, QUEUE, state=state)
        assert receipt["id"] in {item["id"] for item in items}
        assert {item["state"] for item in items} == {state}
        assert len(items) == 1 + (before if state == "accepted" else 0)
        detail = moderator.get(f"{QUEUE}/{receipt['id']}")
        assert detail.json() == items[-1]
        assert detail.headers["etag"] == f'"{items[-1]["version"]}"'
        assert detail.headers["cache-control"] == "no-store"
    assert [item["id"] for item in walk(moderator, QUEUE)] == [receipts["pending"]["id"]]


def test_a_decision_between_two_pages_hides_nothing_else(client: httpx.Client, moderator: httpx.Client) -> None:
    for number in range(6):
        submitted(client, title=f"Numéro {number}")
    order = [item["id"] for item in walk(moderator, QUEUE)]
    turning = pages(moderator, QUEUE, limit=2)
    seen = [item["id"] for item in next(turning)["items"]]
    done(act(moderator, {"id": seen[1]}, "_reject", reason="r"))
    late = submitted(client, title="Tard venu")["id"]
    seen += [item["id"] for page in turning for item in page["items"]]
    assert set(seen) >= set(order)
    assert len(seen) == len(set(seen))
    assert set(seen) <= {*order, late}


def test_the_queues_link_is_absolute_and_its_cursor_bound_to_its_state(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    for _ in range(2):
        submitted(client)
    answer = moderator.get(f"{QUEUE}?limit=1", headers={"Host": "evil.example"})
    assert answer.links["next"]["url"].startswith("https://catalogue.example/v1/moderation/submissions?")
    cursor = answer.json()["next"]
    for path in (f"{QUEUE}?state=rejected&cursor={cursor}", f"/moderation/events?cursor={cursor}"):
        check_problem(moderator.get(path, headers=ORIGIN), 400)


# --- Publishing ------------------------------------------------------------------------------------------------------


def test_publishing(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    answer = act(judge, receipt, "_publish", '"1"', reason="Merci !")
    accepted = done(answer)
    assert (accepted["state"], accepted["reason"], accepted["version"], answer.headers["etag"]) == (
        "accepted",
        "Merci !",
        2,
        '"2"',
    )
    assert "edit_token" not in accepted
    case = anyone.get(f"/initiatives/{accepted['initiative']}")
    assert case.json()["version"] == 1
    assert case.json()["published_at"] == case.json()["updated_at"]
    seen = anyone.get(f"/submissions/{receipt['id']}", headers=bearer(receipt["edit_token"])).json()
    assert (seen["initiative"], seen["reason"]) == (accepted["initiative"], "Merci !")
    assert "Merci" not in case.text


@pytest.mark.parametrize("content", [None, b"", b"{}", b"null"])
def test_publishing_needs_no_body(anyone: httpx.Client, judge: httpx.Client, content: bytes | None) -> None:
    receipt = submitted(anyone)
    headers = ANY | ({"Content-Type": "application/json"} if content else {})
    done(judge.post(f"{QUEUE}/{receipt['id']}/_publish", content=content, headers=headers))


def test_the_public_id(client: httpx.Client, moderator: httpx.Client) -> None:
    def publish(title: str, wanted: str | None = None, **fields: Any) -> str:
        body = {"id": wanted} if wanted else {}
        return str(done(act(moderator, submitted(client, title=title, **fields), "_publish", **body))["initiative"])

    assert publish("Un titre", "mon-choix") == "mon-choix"
    assert publish("Un titre", "mon-choix") == "mon-choix-2"
    assert publish("Un titre", "mon-choix") == "mon-choix-3"
    assert publish("Un titre", "mon-choix-2") == "mon-choix-2-2"
    assert publish("Un titre") == "albi-un-titre"
    assert publish("Un titre") == "albi-un-titre-2"
    assert publish("Albi, ville jardin") == "albi-ville-jardin"
    assert publish("L’œuvre d’art à l’École ?") == "albi-l-oeuvre-d-art-a-l-ecole"
    assert publish("日本語") == "albi"
    assert publish("日本語", kind="lead", territories=[]) == "initiative"
    assert publish("courcy", "courcy") == "courcy-2"
    long = publish("Très long titre " * 12)
    assert len(long) <= 100
    assert publish("Très long titre " * 12, "a" * 80).startswith("a" * 70)
    assert client.get(f"/initiatives/{publish('Encore', 'a' * 80)}").status_code == 200
    assert client.get(f"/initiatives/{long}").status_code == 200


def test_an_id_is_not_given_again_after_an_archive(client: httpx.Client, moderator: httpx.Client) -> None:
    first = published(client, moderator)
    done(act(moderator, first, "_archive", reason="r"))
    assert published(client, moderator) == f"{first}-2"
    check_problem(client.get(f"/initiatives/{first}", headers=ORIGIN), 410)


def test_publishing_is_newest_first_in_the_order_of_the_decisions(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipts = [submitted(anyone, title=f"Numéro {number}") for number in range(3)]
    ids = [done(act(judge, receipt, "_publish"))["initiative"] for receipt in (receipts[2], receipts[0], receipts[1])]
    newest = [item["id"] for item in anyone.get("/initiatives?limit=3").json()["items"]]
    assert newest == ids[::-1]


# --- The other decisions ---------------------------------------------------------------------------------------------


def test_rejecting(client: httpx.Client, moderator: httpx.Client) -> None:
    receipt = submitted(client)
    answer = act(moderator, receipt, "_reject", '"1"', reason="Déjà là.", code="duplicate")
    rejected = done(answer)
    assert (rejected["state"], rejected["reason"], rejected["code"], rejected["initiative"]) == (
        "rejected",
        "Déjà là.",
        "duplicate",
        None,
    )
    assert answer.headers["etag"] == '"2"'
    assert client.get("/initiatives?total=true").json()["total"] == 13


def test_a_reason_without_a_code_is_other(anyone: httpx.Client, judge: httpx.Client) -> None:
    assert done(act(judge, submitted(anyone), "_reject", reason="r"))["code"] == "other"
    assert done(act(judge, submitted(anyone), "_request-changes", reason="r"))["code"] == "other"
    assert done(act(judge, submitted(anyone), "_publish"))["code"] is None


def test_a_request_for_changes_an_edit_and_a_yes(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    done(act(judge, receipt, "_request-changes", reason="Le titre ?"))
    token = bearer(receipt["edit_token"])
    assert patch(anyone, f"/submissions/{receipt['id']}", {"title": "Le bon titre"}, '"2"', **token).status_code == 200
    check_problem(act(judge, receipt, "_publish", '"2"'), 412)
    accepted = done(act(judge, receipt, "_publish", '"3"'))
    assert anyone.get(f"/initiatives/{accepted['initiative']}").json()["title"] == "Le bon titre"
    told = [event["action"] for event in events(judge) if event["submission"] == receipt["id"]]
    assert told == ["accepted", "resubmitted", "changes_requested", "submitted"]


ALLOWED = {
    "accepted": [],
    "rejected": [],
    "withdrawn": [],
    "changes_requested": ["pending", "withdrawn"],
}


@pytest.mark.parametrize("state", ALLOWED)
def test_what_is_decided_is_not_decided_again(
    anyone: httpx.Client, judge: httpx.Client, other_judge: httpx.Client, state: str
) -> None:
    receipt = submitted(anyone)
    if state == "withdrawn":
        anyone.delete(f"/submissions/{receipt['id']}", headers=ANY | bearer(receipt["edit_token"]))
    else:
        verb = {"accepted": "_publish", "rejected": "_reject", "changes_requested": "_request-changes"}[state]
        done(act(judge, receipt, verb, reason="r"))
    trail = len(events(judge))
    for verb in ("_publish", "_reject", "_request-changes"):
        for who in (judge, other_judge):
            problem = check_problem(act(who, receipt, verb, reason="Encore"), 409)
            assert sorted(problem["allowed"]) == ALLOWED[state]
    assert len(events(judge)) == trail
    assert judge.get(f"{QUEUE}/{receipt['id']}").json()["version"] == 2


def test_a_decision_that_comes_too_late_is_told_in_french_words(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    done(act(judge, receipt, "_reject", reason="r"))
    headers = {"If-Match": "*", "Accept-Language": "fr"}
    late = judge.post(f"{QUEUE}/{receipt['id']}/_request-changes", json={"reason": "r"}, headers=headers)
    assert check_problem(late, 409)["detail"] == (
        "Une proposition dans l'état « refusée (rejected) » ne peut pas passer à l'état « à modifier "
        "(changes_requested) »."
    )


def test_a_stale_decision_is_refused(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    assert (
        patch(
            anyone, f"/submissions/{receipt['id']}", {"title": "Changé"}, '"1"', **bearer(receipt["edit_token"])
        ).status_code
        == 200
    )
    for verb in ("_publish", "_reject", "_request-changes"):
        check_problem(act(judge, receipt, verb, '"1"', reason="r"), 412)
    assert judge.get(f"{QUEUE}/{receipt['id']}").json()["state"] == "pending"


def test_nobody_decides_on_what_their_own_key_sent(judge: httpx.Client, other_judge: httpx.Client) -> None:
    receipt = submitted(judge)
    for verb in ("_publish", "_reject", "_request-changes"):
        check_problem(act(judge, receipt, verb, reason="r"), 403)
    assert judge.get(f"{QUEUE}/{receipt['id']}").json()["state"] == "pending"
    assert done(act(other_judge, receipt, "_publish"))["state"] == "accepted"


# --- Archiving -------------------------------------------------------------------------------------------------------


def test_an_archived_case_is_gone_with_its_code(client: httpx.Client, moderator: httpx.Client) -> None:
    tag = client.get("/initiatives/courcy").headers["etag"]
    answer = act(moderator, "courcy", "_archive", tag, reason="Confidentiel.", code="legal")
    archived = done(answer)
    assert (archived["id"], archived["state"]) == ("courcy", "archived")
    assert answer.headers["etag"] != tag
    for asked in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}):
        gone = client.get("/initiatives/courcy", headers=ORIGIN | asked)
        problem = check_problem(gone, 410)
        assert problem["code"] == "legal"
        assert "Confidentiel" not in gone.text
        assert client.head("/initiatives/courcy", headers=asked).status_code == 410
    assert "courcy" not in {item["id"] for item in walk(client, "/initiatives")}
    assert client.get("/initiatives?kind=lead&total=true").json()["total"] == 0
    assert client.get("/sources?initiative=courcy").json()["items"] == []
    assert client.get("/status").json()["sequence"] == archived["sequence"]
    assert client.get("/status").json()["initiatives"] == 12
    assert client.get("/territories/fr-51183").json()["initiatives"] == 0
    check_problem(act(moderator, "courcy", "_archive", tag, reason="r"), 412)
    assert "allowed" in check_problem(act(moderator, "courcy", "_archive", reason="r"), 409)
    check_problem(act(moderator, "absent", "_archive", reason="r"), 404)


@pytest.mark.parametrize("code", ["duplicate", "outdated", "inaccurate", "requested", "legal", "other", None])
def test_each_code_is_public_and_other_when_there_is_none(
    anyone: httpx.Client, judge: httpx.Client, code: str | None
) -> None:
    case = published(anyone, judge)
    done(act(judge, case, "_archive", reason="r", **({"code": code} if code else {})))
    assert check_problem(anyone.get(f"/initiatives/{case}"), 410)["code"] == (code or "other")


def test_an_archived_case_cannot_be_related_to(client: httpx.Client, moderator: httpx.Client) -> None:
    done(act(moderator, "courcy", "_archive", reason="r"))
    relation = {"relations": [{"kind": "inspired_by", "initiative": "courcy"}]}
    answer = client.post("/initiatives", json=DRAFT | relation, headers=ORIGIN)
    assert [error["pointer"] for error in check_problem(answer, 400)["errors"]] == ["/relations/0/initiative"]


def test_a_related_case_archived_before_the_yes_hides_only_the_relation(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    receipt = submitted(client, relations=[{"kind": "inspired_by", "initiative": "courcy"}])
    done(act(moderator, "courcy", "_archive", reason="r"))
    case = done(act(moderator, receipt, "_publish"))["initiative"]
    assert client.get(f"/initiatives/{case}").json()["relations"] == []


# --- Relations -------------------------------------------------------------------------------------------------------

INVERSES = {"inspired_by": "inspired", "part_of": "has_part", "replaces": "replaced_by", "similar_to": "similar_to"}


@pytest.mark.parametrize(("forward", "inverse"), INVERSES.items())
def test_a_relation_is_shown_from_both_ends_while_both_are_public(
    anyone: httpx.Client, judge: httpx.Client, forward: str, inverse: str
) -> None:
    def relations(case: str) -> list[dict[str, Any]]:
        return anyone.get(f"/initiatives/{case}").json()["relations"]

    old, other = (published(anyone, judge, title=title) for title in ("Ancien cas", "Autre cas"))
    tag = anyone.get(f"/initiatives/{old}").headers["etag"]
    version = anyone.get(f"/initiatives/{old}").json()["version"]
    new = published(
        anyone,
        judge,
        title="Nouveau cas",
        relations=[{"kind": forward, "initiative": case} for case in (old, other)],
    )
    assert relations(new) == [
        {"kind": forward, "id": case, "title": title}
        for case, title in sorted(((old, "Ancien cas"), (other, "Autre cas")))
    ]
    for case in (old, other):
        assert relations(case) == [{"kind": inverse, "id": new, "title": "Nouveau cas"}]
    now = anyone.get(f"/initiatives/{old}")
    assert now.headers["etag"] != tag
    assert now.json()["version"] == version
    assert {item["id"]: item for item in walk(anyone, "/initiatives")}[old] == now.json()

    done(act(judge, old, "_archive", reason="r"))
    assert [one["id"] for one in relations(new)] == [other]
    assert relations(other) == [{"kind": inverse, "id": new, "title": "Nouveau cas"}]
    done(act(judge, new, "_archive", reason="r"))
    assert relations(other) == []


# --- The trail -------------------------------------------------------------------------------------------------------


def test_every_move_leaves_one_event_newest_first(
    client: httpx.Client, moderator: httpx.Client, colleague: httpx.Client
) -> None:
    before = events(moderator)
    receipt = submitted(client)
    token = bearer(receipt["edit_token"])
    patch(client, f"/submissions/{receipt['id']}", {"title": "Changé"}, "*", **token)
    done(act(moderator, receipt, "_request-changes", reason="Quoi ?", code="inaccurate"))
    patch(client, f"/submissions/{receipt['id']}", {"title": "Mieux"}, "*", **token)
    case = str(done(act(colleague, receipt, "_publish", reason="Bien."))["initiative"])
    done(act(moderator, case, "_archive", reason="Faux.", code="legal"))
    other = submitted(colleague)
    done(act(moderator, other, "_reject", reason="Non."))
    gone = submitted(client)
    client.delete(f"/submissions/{gone['id']}", headers=ANY | bearer(gone["edit_token"]))

    trail = events(moderator)
    fresh = trail[: len(trail) - len(before)]
    assert trail[len(fresh) :] == before
    assert [(event["action"], event["reason"], event["code"]) for event in fresh] == [
        ("withdrawn", None, None),
        ("submitted", None, None),
        ("rejected", "Non.", "other"),
        ("submitted", None, None),
        ("archived", "Faux.", "legal"),
        ("accepted", "Bien.", None),
        ("resubmitted", None, None),
        ("changes_requested", "Quoi ?", "inaccurate"),
        ("edited", None, None),
        ("submitted", None, None),
    ]
    actors = [event["actor"] for event in fresh]
    assert len({actors[2], actors[4], actors[7]}) == 1
    assert len({actors[3], actors[5]}) == 1
    assert actors[2] != actors[3]
    assert actors[0] == actors[6] == actors[8] == "sender"
    assert actors[9] == "anonymous"
    assert fresh[4]["initiative"] == fresh[5]["initiative"] == case
    whole = [event for page in pages(moderator, "/moderation/events", limit=3, total="true") for event in page["items"]]
    assert whole == trail
    assert moderator.get("/moderation/events?total=true&limit=1").json()["total"] == len(trail)


def test_a_refused_move_leaves_no_event(client: httpx.Client, moderator: httpx.Client, database: Database) -> None:
    receipt = submitted(client)
    mine = submitted(moderator)
    before = rows(database)
    act(moderator, receipt, "_publish", '"9"')
    act(moderator, receipt, "_reject")
    act(moderator, mine, "_publish")
    act(moderator, "courcy", "_archive", '"9"', reason="r")
    patch(client, f"/submissions/{receipt['id']}", {"title": 5}, "*", **bearer(receipt["edit_token"]))
    client.post("/initiatives", json={})
    assert rows(database) == before


# --- One transaction -------------------------------------------------------------------------------------------------


def forbid(database: Database, table: str, verb: str) -> None:
    """From here on, this table refuses this."""
    with database.write() as session:
        if database.is_sqlite:
            session.execute(
                text(f"CREATE TRIGGER refusal BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END")
            )
            return
        refuse = "BEGIN RAISE EXCEPTION 'refused'; END"
        session.execute(text(f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$"))
        session.execute(text(f"CREATE TRIGGER refusal BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"))


def allow(database: Database, table: str) -> None:
    with database.write() as session:
        session.execute(text("DROP TRIGGER refusal" if database.is_sqlite else f"DROP TRIGGER refusal ON {table}"))


SOURCES = [{"url": "https://example.org/a"}]
LATE = [
    ("publication_source", "INSERT"),
    ("term_count", "UPDATE"),
    ("publication", "INSERT"),
    ("event", "INSERT"),
    ("revision", "INSERT"),
    ("publication", "DELETE"),
]


def test_a_case_is_published_whole_or_not_at_all(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    receipt = submitted(client, sources=SOURCES, relations=[{"kind": "inspired_by", "initiative": "gand-refill"}])
    before, seen = rows(database), client.get("/initiatives?limit=100").content
    for table, verb in LATE:
        forbid(database, table, verb)
        answer = act(moderator, receipt, "_publish")
        assert answer.status_code >= 500, f"{verb} on {table}: nothing was refused"
        assert "refused" not in json.dumps(check_problem(answer, answer.status_code))
        assert rows(database) == before, (table, verb)
        assert client.get("/initiatives?limit=100").content == seen
        allow(database, table)
    assert done(act(moderator, receipt, "_publish", '"1"'))["state"] == "accepted"


def test_a_case_is_archived_whole_or_not_at_all(moderator: httpx.Client, database: Database) -> None:
    before = rows(database)
    for table, verb in (
        ("publication", "INSERT"),
        ("event", "INSERT"),
        ("term_count", "UPDATE"),
        ("counter", "UPDATE"),
    ):
        forbid(database, table, verb)
        check_problem(act(moderator, "gand-refill", "_archive", reason="r"), 500)
        assert rows(database) == before, (table, verb)
        allow(database, table)
    done(act(moderator, "gand-refill", "_archive", reason="r"))


def test_a_decision_and_its_event_are_one(
    service: Service, client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    receipt = submitted(client)
    before = rows(database)
    forbid(database, "event", "INSERT")
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    key = {"Authorization": moderator.headers["Authorization"]}
    merge = {"Content-Type": "application/merge-patch+json"}
    for method, where, headers, body in (
        ("POST", f"/moderation{path}/_reject", key, {"reason": "r"}),
        ("POST", f"/moderation{path}/_request-changes", key, {"reason": "r"}),
        ("POST", "/initiatives", {}, DRAFT | {"contact": {"name": "x"}}),
        ("PATCH", path, token | merge, {"title": "Autre"}),
        ("DELETE", path, token, None),
    ):
        with service.client(headers=ANY | headers) as fresh:  # a fault may end the connection
            check_problem(fresh.request(method, where, json=body), 500)
        assert rows(database) == before, (method, where)


def test_record_revision_event_and_publication_are_there_together(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    before = rows(database)
    receipt = submitted(client, sources=SOURCES, themes=["tiers-lieux"])
    done(act(moderator, receipt, "_publish"))
    after = rows(database)
    grown = {name: len(after[name]) - len(before[name]) for name in after}
    expected = {
        "submission": 1,
        "event": 2,
        "initiative": 1,
        "initiative_territory": 1,
        "initiative_theme": 1,
        "source_link": 1,
        "revision": 1,
        "publication": 1,
        "publication_source": 1,
    }
    assert {name: grown[name] for name in expected} == expected
    assert grown["publication_term"] > 5
    assert grown["relation"] == grown["contact"] == 0
