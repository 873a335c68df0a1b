"""A draft's way in, as its sender sees it; and that nobody else sees any of it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from api.catalogue import keys
from api.db import Database
from api.models import Contact, Submission
from api.settings import Settings, Submissions
from api.vocabulary import KeyRole
from tests.catalogue.acting import dump
from tests.conftest import DRAFT, PUBLIC_URL, Service, published, serving, submitted
from tests.v1.public import check_silent, public
from tests.v1.wire import CANARY, ORIGIN, bearer, check_problem, patch, places

WHOLE: dict[str, Any] = {
    **DRAFT,
    "description": "Une ligne.\nUne autre.",
    "themes": ["circuit-court"],
    "progress": "running",
    "started_on": "2014",
    "ended_on": "2015-06",
    "place": {"label": "Mairie", "latitude": 43.93, "longitude": 2.15},
    "actors": [{"name": "Ville d'Albi", "kind": "public"}],
    "results": [{"label": "Surface", "value": 73, "unit": "ha", "year": 2019}],
    "open_questions": ["Et après ?"],
    "relations": [{"kind": "inspired_by", "initiative": "gand-refill"}],
    "sources": [{"url": "https://example.org/a", "kind": "press"}],
    "external": {"system": "portail", "id": "1234"},
    "contact": {"name": "Anne", "email": "anne@example.org"},
}


def own(receipt: dict[str, Any]) -> tuple[str, dict[str, str]]:
    return f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])


def decide(moderator: httpx.Client, receipt: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    """What became of a submission, in the moderators' words."""
    answer = moderator.post(f"/moderation/submissions/{receipt['id']}/{verb}", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def withdraw(client: httpx.Client, receipt: dict[str, Any]) -> None:
    path, token = own(receipt)
    assert client.delete(path, headers=token | {"If-Match": "*"}).status_code == 200


# --- The receipt -----------------------------------------------------------------------------------------------------


def test_the_receipt(anyone: httpx.Client) -> None:
    answer = anyone.post("/initiatives", json=WHOLE)
    receipt = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/submissions/{receipt['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"s-[0-9a-z]{10}", receipt["id"])
    assert re.fullmatch(r"te_[!-~]{40,}", receipt["edit_token"])
    assert (receipt["state"], receipt["change"], receipt["initiative"], receipt["version"]) == (
        "pending",
        "new",
        None,
        1,
    )
    assert (receipt["reason"], receipt["code"]) == (None, None)
    assert receipt["created_at"] == receipt["updated_at"]
    assert receipt["created_at"].endswith("Z")
    assert set(receipt) == {
        "id",
        "state",
        "change",
        "initiative",
        "draft",
        "territories",
        "completeness",
        "possible_duplicates",
        "differences",
        "position",
        "reason",
        "code",
        "created_at",
        "updated_at",
        "version",
        "edit_token",
    }
    assert receipt["completeness"] == {"score": 100, "missing": []}


def test_the_token_is_shown_once_and_kept_as_a_hash(client: httpx.Client, database: Database) -> None:
    first, second = submitted(client), submitted(client)
    assert first["edit_token"] != second["edit_token"]
    path, token = own(first)
    answer = client.get(path, headers=token)
    kept = {name: value for name, value in first.items() if name not in ("edit_token", "position")}
    assert {name: value for name, value in answer.json().items() if name != "position"} == kept
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-store"
    assert "te_" not in answer.text
    with database.read() as session:
        rows = "".join(str(row) for row in session.execute(text("SELECT * FROM submission")))
    assert str(first["edit_token"]) not in rows
    assert str(first["edit_token"])[3:] not in rows


def test_what_is_missing_is_told_in_the_senders_language(anyone: httpx.Client) -> None:
    english = submitted(anyone)["completeness"]
    french = anyone.post("/initiatives", json=DRAFT, headers={"Accept-Language": "fr"}).json()["completeness"]
    assert english["score"] == french["score"] < 100
    fields = {missing["field"] for missing in english["missing"]}
    assert {"description", "sources", "themes", "started_on"} <= fields
    assert not {"summary", "territories", "title"} & fields
    for ours, theirs in zip(english["missing"], french["missing"], strict=True):
        assert ours["field"] == theirs["field"]
        assert ours["why"] != theirs["why"]
        assert ours["example"]


def test_possible_duplicates_are_published_cases_alone(client: httpx.Client, moderator: httpx.Client) -> None:
    assert submitted(client)["possible_duplicates"] == []
    assert submitted(client)["possible_duplicates"] == []
    case = published(client, moderator)
    found = submitted(client)["possible_duplicates"]
    assert [(one["id"], one["title"]) for one in found] == [(case, DRAFT["title"])]
    assert 0 < found[0]["score"] <= 1
    assert found[0]["reasons"]
    assert submitted(client, territories=[{"territory": "fr-55073"}])["possible_duplicates"] == []
    gone = moderator.post(f"/moderation/initiatives/{case}/_archive", json={"reason": "r"}, headers={"If-Match": "*"})
    assert gone.status_code == 200
    assert submitted(client)["possible_duplicates"] == []


@pytest.mark.parametrize("body", [WHOLE, DRAFT, {"kind": "lead", "title": "Une piste ?"}])
def test_checking_answers_like_submitting(anyone: httpx.Client, body: Any) -> None:
    checked = anyone.post("/initiatives?check=true", json=body)
    assert checked.status_code == 200
    assert "location" not in checked.headers
    with_false = anyone.post("/initiatives?check=false", json=body)
    assert with_false.status_code == 201
    receipt = {key: value for key, value in with_false.json().items() if key not in ("id", "edit_token")}
    stored = {"created_at", "updated_at", "position"}
    assert checked.json().keys() == receipt.keys()
    assert {k: v for k, v in checked.json().items() if k not in stored} == {
        k: v for k, v in receipt.items() if k not in stored
    }
    assert checked.json()["position"] is None


def test_checking_counts_nothing_in_any_table(client: httpx.Client, database: Database) -> None:
    def everything() -> dict[str, list[str]]:
        from sqlmodel import SQLModel

        with database.read() as session:
            return {t.name: sorted(map(str, session.execute(select(t)).all())) for t in SQLModel.metadata.sorted_tables}

    before = everything()
    assert client.post("/initiatives?check=true", json=WHOLE).status_code == 200
    check_problem(client.post("/initiatives?check=true", json=WHOLE | {"title": 5}, headers=ORIGIN), 400)
    assert everything() == before


# --- The draft, normalised -------------------------------------------------------------------------------------------


def test_a_draft_is_normalised(anyone: httpx.Client) -> None:
    body = DRAFT | {
        "title": "  E\u0301cole  ouverte\u00a0 ",
        "description": "\r\nUn.\r\nDeux.\rTrois.\t\n",
        "themes": ["circuit-court", "tiers-lieux", "circuit-court"],
        "territories": [
            {"territory": " INSEE:81004".strip()},
            {"territory": "NIS:71016", "role": "site"},
            {"territory": "FR-55073"},
        ],
        "contact": None,
        "place": None,
        "actors": [{"name": " Cafe\u0301 ", "kind": "citizens"}],
        "relations": [{"kind": "part_of", "initiative": "courcy"}] * 2,
        "results": [{"label": "x", "value": 1.0}],
    }
    draft = anyone.post("/initiatives", json=body).json()["draft"]
    assert draft["title"] == "École  ouverte"
    assert draft["description"] == "Un.\nDeux.\nTrois."
    assert draft["themes"] == ["circuit-court", "tiers-lieux"]
    assert [(part["territory"], part["role"]) for part in draft["territories"]] == [
        ("fr-81004", "lead"),
        ("be-71016", "site"),
        ("fr-55073", "partner"),
    ]
    assert (draft["progress"], draft["kind"], draft["language"]) == ("unknown", "case", "fr")
    assert draft["actors"][0]["name"] == "Café"
    assert len(draft["relations"]) == 1
    assert draft["sources"] == []


@pytest.mark.parametrize(
    "title",
    ["Emoji 🏘️", "Ligature œ ﬁ", "‘Guillemets’ « français »", "日本語", "e\u0301" * 200],
)
def test_odd_but_honest_texts_come_back(anyone: httpx.Client, title: str) -> None:
    import unicodedata

    answer = anyone.post("/initiatives", json=DRAFT | {"title": title})
    assert answer.status_code == 201, answer.text
    assert answer.json()["draft"]["title"] == unicodedata.normalize("NFC", title)


@pytest.mark.parametrize(
    "territories",
    [
        [{"territory": "fr-81004", "role": "partner"}, {"territory": "be"}],
        [{"territory": "be"}, {"territory": "fr-81004", "role": "lead"}],
    ],
)
def test_one_territory_leads(anyone: httpx.Client, territories: list[Any]) -> None:
    said = submitted(anyone, territories=territories)["draft"]["territories"]
    assert sorted(part["role"] for part in said) == ["lead", "partner"]
    for sent, kept in zip(territories, said, strict=True):
        assert sent.get("role") in (None, kept["role"])


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        DRAFT,
        {"kind": "lead", "title": "Une piste ?"},
        {"kind": "lead", "title": "Autre", "territories": [{"territory": "be", "role": "site"}]},
    ],
)
def test_the_draft_of_the_answer_can_be_posted_again_as_it_stands(anyone: httpx.Client, body: Any) -> None:
    first = anyone.post("/initiatives", json=body).json()["draft"]
    answer = anyone.post("/initiatives", json=first)
    assert answer.status_code == 201, answer.text
    assert answer.json()["draft"] == first


def test_the_contact_is_the_moderators_alone(client: httpx.Client, moderator: httpx.Client, database: Database) -> None:
    answer = client.post("/initiatives", json=WHOLE)
    receipt = answer.json()
    path, token = own(receipt)
    edited = patch(client, path, {"contact": {"name": "Berthe", "email": "berthe@example.org"}}, '"1"', **token)
    checked = client.post("/initiatives?check=true", json=WHOLE)
    for seen in (answer, edited, checked, client.get(path, headers=token)):
        assert "contact" not in seen.json()["draft"]
        assert "example.org" not in re.sub("https://example.org/a", "", seen.text)
        assert "Anne" not in seen.text
        assert "Berthe" not in seen.text
    queued = moderator.get(f"/moderation/submissions/{receipt['id']}").json()
    assert queued["contact"] == {"name": "Berthe", "email": "berthe@example.org"}
    assert "contact" not in queued["draft"]
    assert moderator.get("/moderation/submissions").json()["items"] == [queued]
    kept = patch(client, path, {"title": "Autre titre"}, '"2"', **token)
    assert kept.status_code == 200
    assert moderator.get(f"/moderation/submissions/{receipt['id']}").json()["contact"]["name"] == "Berthe"
    decided = decide(moderator, receipt, "_publish")
    assert "Berthe" not in json.dumps(decided)
    assert "Berthe" not in client.get(f"/initiatives/{decided['initiative']}").text
    with database.read() as session:
        for row in session.execute(text("SELECT draft FROM submission UNION ALL SELECT draft FROM revision")):
            assert "Berthe" not in str(row)


@pytest.mark.parametrize("gone", [None, {"name": None, "email": None}])
def test_a_contact_can_be_taken_back(anyone: httpx.Client, judge: httpx.Client, gone: Any) -> None:
    receipt = submitted(anyone, contact={"name": "Anne", "email": "anne@example.org"})
    path, token = own(receipt)
    assert patch(anyone, path, {"contact": gone}, '"1"', **token).status_code == 200
    held = judge.get(f"/moderation/submissions/{receipt['id']}").json()["contact"]
    assert held in (None, {"name": None, "email": None})


def test_part_of_a_contact_is_merged_not_replaced(anyone: httpx.Client, judge: httpx.Client) -> None:
    """RFC 7396: a member that the patch does not name stays."""
    receipt = submitted(anyone, contact={"name": "Anne", "email": "anne@example.org"})
    path, token = own(receipt)
    assert patch(anyone, path, {"contact": {"email": "autre@example.org"}}, '"1"', **token).status_code == 200
    held = judge.get(f"/moderation/submissions/{receipt['id']}").json()["contact"]
    assert held == {"name": "Anne", "email": "autre@example.org"}


def test_withdrawing_forgets_the_contact(client: httpx.Client, database: Database) -> None:
    receipt = submitted(client, contact={"email": "anne@example.org"})
    withdraw(client, receipt)
    with database.read() as session:
        assert session.execute(select(Contact)).all() == []


# --- Following, editing, withdrawing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"title": "Autre titre"}, "title", "Autre titre"),
        ({"description": None}, "description", None),
        ({"themes": None}, "themes", []),
        ({"themes": ["tiers-lieux"]}, "themes", ["tiers-lieux"]),
        ({"place": {"label": "Ailleurs"}}, "place", {"label": "Ailleurs", "latitude": 43.93, "longitude": 2.15}),
        ({"place": None}, "place", None),
        ({"external": {"id": "5"}}, "external", {"system": "portail", "id": "5"}),
        ({"results": []}, "results", []),
        ({"progress": None}, "progress", "unknown"),
        ({"ended_on": None, "started_on": "2020"}, "started_on", "2020"),
        (
            {"territories": [{"territory": "nis:71016"}]},
            "territories",
            [{"territory": "be-71016", "role": "lead", "stated_population": None, "stated_on": None}],
        ),
        ({"open_questions": ["Une", "Deux"]}, "open_questions", ["Une", "Deux"]),
    ],
)
def test_a_merge_patch_changes_what_it_names(anyone: httpx.Client, change: Any, field: str, value: Any) -> None:
    receipt = anyone.post("/initiatives", json=WHOLE).json()
    path, token = own(receipt)
    answer = patch(anyone, path, change, '"1"', **token)
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    assert edited["draft"][field] == value
    untouched = receipt["draft"].keys() - change.keys()
    assert {name: edited["draft"][name] for name in untouched} == {name: receipt["draft"][name] for name in untouched}
    assert (edited["version"], edited["state"], answer.headers["etag"]) == (2, "pending", '"2"')
    assert "edit_token" not in edited
    assert anyone.get(path, headers=token).json() == edited


def test_a_patch_is_checked_as_a_whole(anyone: httpx.Client) -> None:
    receipt = anyone.post("/initiatives", json=WHOLE).json()
    path, token = own(receipt)
    answer = patch(anyone, path, {"started_on": "2016", "title": None}, '"1"', **token, **ORIGIN)
    assert places(check_problem(answer, 400)) == ["/ended_on", "/title"]
    misspelt = patch(anyone, path, {"descripton": None}, '"1"', **token, **ORIGIN)
    assert places(check_problem(misspelt, 400)) == ["/descripton"]
    assert anyone.get(path, headers=token).json()["version"] == 1


def test_of_two_who_edit_the_same_version_one_is_refused(anyone: httpx.Client) -> None:
    path, token = own(submitted(anyone))
    assert patch(anyone, path, {"title": "Premier"}, '"1"', **token).status_code == 200
    check_problem(patch(anyone, path, {"title": "Second"}, '"1"', **token, **ORIGIN), 412)
    check_problem(anyone.delete(path, headers=token | {"If-Match": '"1"'} | ORIGIN), 412)
    assert patch(anyone, path, {"title": "Troisième"}, '"7", "2"', **token).json()["version"] == 3
    assert patch(anyone, path, {}, "*", **token).json()["draft"]["title"] == "Troisième"


def test_withdrawing(client: httpx.Client, moderator: httpx.Client) -> None:
    receipt = submitted(client)
    path, token = own(receipt)
    answer = client.delete(path, headers=token | {"If-Match": '"1"'})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["version"], answer.headers["etag"]) == ("withdrawn", 2, '"2"')
    assert client.get(path, headers=token).json() == answer.json()
    assert moderator.get("/moderation/submissions").json()["items"] == []
    for again in (
        client.delete(path, headers=token | {"If-Match": "*"} | ORIGIN),
        patch(client, path, {"title": "Encore"}, "*", **token, **ORIGIN),
    ):
        assert check_problem(again, 409)["allowed"] == []


@pytest.mark.parametrize(("verb", "body"), [("_publish", {}), ("_reject", {"reason": "Non."})])
def test_what_is_decided_is_decided(anyone: httpx.Client, judge: httpx.Client, verb: str, body: Any) -> None:
    receipt = submitted(anyone)
    path, token = own(receipt)
    decided = decide(judge, receipt, verb, **body)
    for answer in (
        patch(anyone, path, {"title": "Trop tard"}, "*", **token, **ORIGIN),
        anyone.delete(path, headers=token | {"If-Match": "*"} | ORIGIN),
    ):
        assert check_problem(answer, 409)["allowed"] == []
    seen = anyone.get(path, headers=token).json()
    assert seen == decided
    assert seen["reason"] == body.get("reason")


def test_changes_are_requested_made_and_resubmitted(client: httpx.Client, moderator: httpx.Client) -> None:
    receipt = submitted(client)
    path, token = own(receipt)
    decide(moderator, receipt, "_request-changes", reason="Quelle année ?", code="inaccurate")
    seen = client.get(path, headers=token)
    assert (seen.json()["state"], seen.json()["reason"], seen.json()["code"]) == (
        "changes_requested",
        "Quelle année ?",
        "inaccurate",
    )
    bad = patch(client, path, {"started_on": "hier"}, seen.headers["etag"], **token, **ORIGIN)
    check_problem(bad, 400)
    assert client.get(path, headers=token).json()["state"] == "changes_requested"
    again = patch(client, path, {"started_on": "2014"}, seen.headers["etag"], **token)
    assert (again.json()["state"], again.json()["version"]) == ("pending", 3)
    assert [item["id"] for item in moderator.get("/moderation/submissions").json()["items"]] == [receipt["id"]]


def test_after_a_request_for_changes_it_can_be_withdrawn(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    decide(judge, receipt, "_request-changes", reason="?")
    withdraw(anyone, receipt)
    assert anyone.get(own(receipt)[0], headers=own(receipt)[1]).json()["state"] == "withdrawn"


def test_anybody_elses_is_as_good_as_absent(
    anyone: httpx.Client, judge: httpx.Client, other_judge: httpx.Client
) -> None:
    mine, theirs = submitted(anyone), submitted(anyone)
    withdrawn = submitted(anyone)
    withdraw(anyone, withdrawn)
    absent = "s-zzzzzzzzzz"
    strangers = [
        {},
        bearer(theirs["edit_token"]),
        bearer("te_x"),
        bearer(str(mine["edit_token"])[:-1] + "x"),
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer"},
        bearer(str(mine["edit_token"]).upper()),
    ]
    strangers.append({"Authorization": other_judge.headers["Authorization"]})
    for credentials in strangers:
        for method in ("GET", "HEAD", "PATCH", "DELETE"):
            answers = []
            for identifier in (mine["id"], withdrawn["id"], absent):
                headers = ORIGIN | credentials | {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
                answer = anyone.request(
                    method,
                    f"/submissions/{identifier}",
                    headers=headers,
                    content=b'{"title": "Pris"}' if method == "PATCH" else None,
                )
                if method != "HEAD":
                    check_problem(answer, 404)
                kept = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
                answers.append((answer.status_code, kept, answer.text.replace(str(identifier), "ID")))
            assert answers[0] == answers[1] == answers[2], (credentials, method)
    path, token = own(mine)
    assert anyone.get(path, headers=token).json()["version"] == 1


def test_a_bad_patch_of_anybody_elses_tells_nothing_either(anyone: httpx.Client) -> None:
    mine = submitted(anyone)
    for content in (b'{"title": 5}', b"[]", b"{", b""):
        for tag in ('"1"', '"2"', "bad", None):
            answers = []
            for identifier in (mine["id"], "s-zzzzzzzzzz"):
                headers = ORIGIN | {"Content-Type": "application/merge-patch+json"} | ({"If-Match": tag} if tag else {})
                answer = anyone.patch(f"/submissions/{identifier}", content=content, headers=headers)
                answers.append((answer.status_code, answer.text.replace(str(identifier), "ID")))
            assert answers[0] == answers[1]


def test_an_expired_token_opens_nothing(client: httpx.Client, database: Database) -> None:
    from datetime import UTC, datetime

    from sqlalchemy import update

    receipt = submitted(client)
    path, token = own(receipt)
    with database.write() as session:
        session.execute(update(Submission).values(token_expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    check_problem(client.get(path, headers=token | ORIGIN), 404)


def test_a_key_follows_what_it_sent(anyone: httpx.Client, judge: httpx.Client, other_judge: httpx.Client) -> None:
    receipt = submitted(judge)
    path = f"/submissions/{receipt['id']}"
    assert judge.get(path).json()["id"] == receipt["id"]
    assert anyone.get(path, headers=bearer(receipt["edit_token"])).status_code == 200
    check_problem(other_judge.get(path, headers=ORIGIN), 404)
    assert patch(judge, path, {"title": "Par la clé"}, '"1"').json()["draft"]["title"] == "Par la clé"


def test_a_token_is_no_key_and_no_word_of_a_query(anyone: httpx.Client) -> None:
    receipt = submitted(anyone)
    path, token = own(receipt)
    check_problem(anyone.post("/initiatives", json=DRAFT, headers=token | ORIGIN), 401)
    check_problem(anyone.get("/moderation/submissions", headers=token | ORIGIN), 401)
    for name in ("edit_token", "token", "access_token", "authorization"):
        check_problem(anyone.get(f"{path}?{name}={receipt['edit_token']}", headers=ORIGIN), 400)


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def restricted(request: pytest.FixtureRequest, database_url: str) -> Iterator[Service]:
    yield from serving(
        Settings(database_url=database_url, public_url=PUBLIC_URL, submissions=request.param, rate_limit_writes="off")
    )


@pytest.mark.parametrize("restricted", [Submissions.CLOSED], indirect=True)
def test_closed_submissions(restricted: Service, database: Database) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    with restricted.client(headers=ORIGIN) as client:
        for headers in ({}, bearer(key)):
            for query in ("", "?check=true"):
                check_problem(client.post(f"/initiatives{query}", json=DRAFT, headers=headers), 403)
        assert client.get("/initiatives").status_code == 200
        assert client.get("/moderation/submissions", headers=bearer(key)).json()["items"] == []


@pytest.mark.parametrize("restricted", [Submissions.KEYS], indirect=True)
def test_submissions_with_keys(restricted: Service, database: Database) -> None:
    with database.write() as session:
        held = [keys.create(session, role, "Test") for role in (KeyRole.MODERATOR, KeyRole.ADMIN)]
        held.append(keys.create(session, KeyRole.CONTRIBUTOR, "Test", territories=["insee:81004"]))
    with restricted.client(headers=ORIGIN) as client:
        for query in ("", "?check=true"):
            answer = client.post(f"/initiatives{query}", json=DRAFT)
            check_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        for key in held:
            assert client.post("/initiatives", json=DRAFT, headers=bearer(key)).status_code == 201


# --- Nothing of it is public -----------------------------------------------------------------------------------------

FIGURE = "987654321"
SECRET: dict[str, Any] = {
    **WHOLE,
    "title": f"Titre {CANARY}",
    "summary": f"Résumé {CANARY}",
    "description": f"Texte {CANARY}",
    "place": {"label": CANARY, "latitude": 43.93, "longitude": 2.15},
    "actors": [{"name": CANARY, "kind": "public"}],
    "results": [{"label": CANARY, "value": int(FIGURE), "unit": CANARY, "note": CANARY}],
    "open_questions": [CANARY],
    "sources": [
        {"url": f"https://{CANARY}.example/{CANARY}", "title": CANARY, "publisher": CANARY, "kind": "evaluation"}
    ],
    "external": {"system": CANARY, "id": CANARY},
    "contact": {"name": CANARY, "email": f"{CANARY}@{CANARY}.example"},
    "territories": [{"territory": "fr-81004", "stated_population": int(FIGURE)}, {"territory": "pt-0105"}],
    "themes": ["circuit-court", "tiers-lieux"],
    "relations": [{"kind": "inspired_by", "initiative": "gand-refill"}],
}

BODY = {"name": f"Syndicat {CANARY}", "kind": "other", "country": "FR"}


def test_nothing_of_what_is_not_published_is_in_any_public_byte(client: httpx.Client, moderator: httpx.Client) -> None:
    def send() -> dict[str, Any]:
        answer = client.post("/initiatives", json=SECRET)
        assert answer.status_code == 201
        return answer.json()

    def edit() -> None:
        path, token = own(send())
        assert patch(client, path, {"summary": f"Encore {CANARY}"}, "*", **token).status_code == 200

    def change() -> dict[str, Any]:
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        answer = client.post("/initiatives/courcy/revisions", json=SECRET, headers=headers)
        assert answer.status_code == 201
        return answer.json()

    steps: dict[str, Callable[[], object]] = {  # of which each leaves behind what it made, as it made it
        "refused": lambda: check_problem(client.post("/initiatives", json=SECRET | {"zzz": 1}, headers=ORIGIN), 400),
        "checked": lambda: client.post("/initiatives?check=true", json=SECRET),
        "pending": send,
        "of a body that no reference has": lambda: submitted(client, territories=[{"territory": BODY}]),
        "edited": edit,
        "rejected": lambda: decide(moderator, send(), "_reject", reason=f"Non {CANARY}", code="legal"),
        "changes_requested": lambda: decide(moderator, send(), "_request-changes", reason=f"Mieux {CANARY}"),
        "withdrawn": lambda: withdraw(client, send()),
        "a proposed change": change,
        "a refused change": lambda: decide(moderator, change(), "_reject", reason=f"Non {CANARY}"),
    }
    before = public(client)
    for step in steps.values():
        step()
    after = public(client)
    check_silent(after, FIGURE)
    assert [path for path in before | after if before.get(path) != after.get(path)] == []
    alike = DRAFT | {"title": "Titre zqcanary"}
    for answer in (client.post("/initiatives", json=alike), client.post("/initiatives?check=true", json=alike)):
        assert answer.json()["possible_duplicates"] == []


# What a map and a feed tell of the catalogue's last change.
_MOVED = re.compile(rb'(?<="sequence":)[0-9]+,"updated_at":"[^"]+"|(?<=<updated>)[^<]+(?=</updated><author>)')


@pytest.fixture
def withdrawn(client: httpx.Client, moderator: httpx.Client) -> Callable[[str, str], None]:
    """Publishes what is secret under a neutral name, then takes it from the public."""

    def publish_and_withdraw(name: str, verb: str) -> None:
        receipt = client.post("/initiatives", json=SECRET).json()
        decide(moderator, receipt, "_publish", id=name, reason=f"Oui {CANARY}")
        shown = client.get(f"/initiatives/{name}")
        assert CANARY in shown.text
        said = {"reason": f"Faux {CANARY}", "code": "inaccurate"} | ({"into": "courcy"} if verb == "_merge" else {})
        done = moderator.post(
            f"/moderation/initiatives/{name}/{verb}", json=said, headers={"If-Match": shown.headers["etag"]}
        )
        assert done.status_code == 200

    return publish_and_withdraw


def test_nothing_of_a_case_that_is_no_longer_public_is_left_in_any_public_byte(
    client: httpx.Client, withdrawn: Callable[[str, str], None]
) -> None:
    before = public(client)
    for name, verb in {"un-nom": "_archive", "un-autre": "_quarantine", "un-troisieme": "_merge"}.items():
        withdrawn(name, verb)
    after = public(client)
    check_silent(after, FIGURE)
    for name in ("un-nom", "un-autre"):
        assert check_problem(client.get(f"/initiatives/{name}", headers=ORIGIN), 410)["code"] == "inaccurate"
        check_problem(client.get(f"/initiatives/{name}/revisions", headers=ORIGIN), 410)
    leads = client.get("/initiatives/un-troisieme", headers=ORIGIN)
    assert (leads.status_code, leads.headers["location"]) == (308, "/v1/initiatives/courcy")
    check_problem(client.get("/initiatives/un-troisieme/revisions", headers=ORIGIN), 410)
    # The same counts, documents and order: only the catalogue's sequence moved, and copies learn of it.
    for path, (status, _, content) in before.items():
        assert after[path][0] == status
        if path not in ("/status", "/catalog", "/initiatives?limit=3") and not path.startswith("/changes"):
            assert _MOVED.sub(b"", after[path][2]) == _MOVED.sub(b"", content), path
    moved = {"initiatives", "status", "version"}
    assert {k: json.loads(after["/status"][2])[k] for k in moved} == {
        k: json.loads(before["/status"][2])[k] for k in moved
    }


def test_a_contact_is_nowhere_but_in_its_own_table(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    published(client, moderator, contact=SECRET["contact"])
    path, token = own(submitted(client, contact=SECRET["contact"]))
    assert CANARY not in patch(client, path, {"summary": "Encore"}, "*", **token).text
    check_silent(public(client))
    assert CANARY not in moderator.get("/moderation/events?limit=100").text
    with database.read() as session:
        found = {name for name, rows in dump(session).items() if CANARY in str(rows)}
    assert found == {"contact"}
