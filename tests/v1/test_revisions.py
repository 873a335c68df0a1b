"""Changes of published cases: proposed by anybody, seen field by field, accepted without losing what came between."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from api.catalogue import keys, submissions
from api.db import Database
from api.models import Submission
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, Service, published
from tests.v1.wire import ORIGIN, bearer, check_problem, pages, places, walk

MERGE = {"Content-Type": "application/merge-patch+json"}
ANY = {"If-Match": "*"} | ORIGIN


def propose(client: httpx.Client, case: str, patch: dict[str, Any], tag: str = "*", query: str = "") -> httpx.Response:
    return client.post(f"/initiatives/{case}/revisions{query}", json=patch, headers=MERGE | ORIGIN | {"If-Match": tag})


def proposed(client: httpx.Client, case: str, patch: dict[str, Any]) -> dict[str, Any]:
    answer = propose(client, case, patch)
    assert answer.status_code == 201, answer.text
    return answer.json()


def decide(moderator: httpx.Client, receipt: dict[str, Any], verb: str = "_publish", **body: Any) -> httpx.Response:
    return moderator.post(f"/moderation/submissions/{receipt['id']}/{verb}", json=body, headers=ANY)


def accepted(moderator: httpx.Client, receipt: dict[str, Any], **body: Any) -> None:
    answer = decide(moderator, receipt, **body)
    assert answer.status_code == 200, answer.text


def versions(client: httpx.Client, case: str) -> list[dict[str, Any]]:
    return walk(client, f"/initiatives/{case}/revisions")


def test_a_proposed_change_is_public_once_it_is_accepted(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    before = anyone.get(f"/initiatives/{case}")
    answer = propose(anyone, case, {"summary": "Trente familles.", "started_on": "2019"}, before.headers["etag"])
    receipt = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/submissions/{receipt['id']}"
    assert (receipt["change"], receipt["initiative"], receipt["state"]) == ("revision", case, "pending")
    assert receipt["draft"]["title"] == DRAFT["title"], "the draft is the whole case"
    assert receipt["possible_duplicates"] == []
    changes = [
        {"field": "summary", "before": DRAFT["summary"], "after": "Trente familles.", "conflict": False},
        {"field": "started_on", "before": None, "after": "2019", "conflict": False},
    ]
    assert receipt["differences"] == changes
    assert judge.get(f"/moderation/submissions/{receipt['id']}").json()["differences"] == changes
    assert anyone.get(f"/initiatives/{case}").content == before.content, "the public document stays"

    accepted(judge, receipt, reason="Merci !")
    after = anyone.get(f"/initiatives/{case}").json()
    assert (after["summary"], after["started_on"], after["version"]) == ("Trente familles.", "2019", 2)
    assert (after["id"], after["published_at"]) == (case, before.json()["published_at"])
    follow = anyone.get(f"/submissions/{receipt['id']}", headers=bearer(receipt["edit_token"])).json()
    assert (follow["state"], follow["differences"]) == ("accepted", changes), "what it changed stays to be seen"


def test_the_versions_are_public_with_what_each_changed(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    for number in (2, 3):
        accepted(judge, proposed(anyone, case, {"summary": f"Version {number}."}), reason="zqreasonqz")
    listed = versions(anyone, case)
    assert [one["version"] for one in listed] == [3, 2, 1]
    assert listed[0]["differences"] == [{"field": "summary", "before": "Version 2.", "after": "Version 3."}]
    assert listed[1]["differences"] == [{"field": "summary", "before": DRAFT["summary"], "after": "Version 2."}]
    assert listed[2]["differences"] == []
    document = anyone.get(f"/initiatives/{case}").json()
    assert (listed[0]["published_at"], listed[2]["published_at"]) == (document["updated_at"], document["published_at"])
    path = f"/initiatives/{case}/revisions"
    turned = list(pages(anyone, path, limit=1, total="true"))
    assert [item for page in turned for item in page["items"]] == listed
    assert {page["total"] for page in turned} == {3}
    answer = anyone.get(path)
    assert "zqreasonqz" not in answer.text
    assert anyone.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    accepted(judge, proposed(anyone, case, {"summary": "Version 4."}))
    assert anyone.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 200


def test_what_is_taken_out_for_a_legal_reason_is_out_of_the_history_too(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge, description="Madame Zqprivateqz habite ici.")
    accepted(judge, proposed(anyone, case, {"summary": "Madame Zqprivateqz."}))
    accepted(judge, proposed(anyone, case, {"summary": "Une habitante.", "description": None}), code="legal")
    listed = versions(anyone, case)
    assert "Zqprivateqz" not in str(listed)
    assert [[change["field"] for change in one["differences"]] for one in listed] == [
        ["summary", "description"],
        ["summary"],
        [],
    ]
    accepted(judge, proposed(anyone, case, {"summary": "Des habitantes."}))
    assert versions(anyone, case)[0]["differences"][0]["after"] == "Des habitantes."
    assert "Zqprivateqz" not in str(versions(anyone, case))


def test_a_change_made_of_an_older_version_is_refused_when_it_is_sent(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge)
    tag = anyone.get(f"/initiatives/{case}").headers["etag"]
    accepted(judge, proposed(anyone, case, {"summary": "Autre."}))
    check_problem(propose(anyone, case, {"summary": "Tardif."}, tag), 412)
    without = anyone.post(f"/initiatives/{case}/revisions", json={"summary": "S."}, headers=MERGE | ORIGIN)
    check_problem(without, 428)


def test_changes_of_different_fields_that_wait_together_are_both_kept(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge)
    first, second = proposed(anyone, case, {"summary": "Un."}), proposed(anyone, case, {"progress": "running"})
    accepted(judge, first)
    queued = judge.get(f"/moderation/submissions/{second['id']}").json()
    assert queued["draft"]["summary"] == "Un.", "laid upon what was accepted meanwhile"
    assert [(change["field"], change["conflict"]) for change in queued["differences"]] == [("progress", False)]
    accepted(judge, second)
    document = anyone.get(f"/initiatives/{case}").json()
    assert (document["summary"], document["progress"], document["version"]) == ("Un.", "running", 3)


def test_changes_of_the_same_field_are_not_published_one_over_the_other(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge)
    first, second = (proposed(anyone, case, {"summary": summary}) for summary in ("Un.", "Deux."))
    accepted(judge, first)
    problem = check_problem(decide(judge, second), 409)
    assert "summary" in problem["detail"]
    assert problem["allowed"] == ["changes_requested", "rejected"]
    assert anyone.get(f"/initiatives/{case}").json()["summary"] == "Un."

    assert decide(judge, second, "_request-changes", template="unclear").status_code == 200
    token = bearer(second["edit_token"])
    seen = anyone.get(f"/submissions/{second['id']}", headers=token).json()
    assert seen["differences"] == [{"field": "summary", "before": "Un.", "after": "Deux.", "conflict": True}]
    fixed = anyone.patch(
        f"/submissions/{second['id']}", json={"summary": "Un et deux."}, headers=MERGE | ANY | token
    ).json()
    assert fixed["differences"] == [{"field": "summary", "before": "Un.", "after": "Un et deux.", "conflict": False}]
    accepted(judge, second)
    assert anyone.get(f"/initiatives/{case}").json()["summary"] == "Un et deux."


def test_changes_that_are_each_right_but_not_together_are_not_published(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    case = published(anyone, judge, started_on="2010")
    start, end = proposed(anyone, case, {"started_on": "2018"}), proposed(anyone, case, {"ended_on": "2015"})
    accepted(judge, start)
    assert "ended_on" in check_problem(decide(judge, end), 409)["detail"]
    assert judge.get("/moderation/submissions").status_code == 200


def test_a_change_may_be_checked_before_it_is_sent(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    checked = propose(anyone, case, {"progress": "running"}, query="?check=true")
    assert checked.status_code == 200
    assert [change["field"] for change in checked.json()["differences"]] == ["progress"]
    assert "edit_token" not in checked.json()
    assert judge.get("/moderation/submissions?limit=100").json()["items"][-1:] != [checked.json()]


def test_a_contributors_change_of_a_case_of_its_territory_stands_first_in_the_queue(
    service: Service, database: Database, client: httpx.Client, moderator: httpx.Client
) -> None:
    here = published(client, moderator)
    elsewhere = published(client, moderator, territories=[{"territory": "fr-56098"}])
    with database.write() as session:
        key = keys.create(session, KeyRole.CONTRIBUTOR, "Tarn", territories=["fr-dep-81"])
    with service.client(headers=bearer(key)) as town:
        stranger = proposed(client, here, {"summary": "Un passant."})
        foreign = proposed(town, elsewhere, {"summary": "D'un autre département."})
        taking = proposed(town, elsewhere, {"territories": [{"territory": "insee:81004"}]})
        giving = proposed(town, here, {"territories": [{"territory": "insee:56098"}]})
        own = proposed(town, here, {"summary": "La commune."})
    queue = walk(moderator, "/moderation/submissions", limit=2)
    assert queue[0]["id"] == own["id"]
    assert {item["id"] for item in queue[1:]} == {one["id"] for one in (stranger, foreign, taking, giving)}
    assert [item["position"] for item in queue] == [1, 2, 3, 4, 5]
    with database.read() as session:  # which does not depend on who was there in the same second
        first = session.exec(select(Submission.id).where(Submission.precedence == submissions.FIRST)).all()
    assert first == [own["id"]]


def test_a_contributors_change_that_is_edited_to_another_territory_waits_in_turn(
    service: Service, database: Database, client: httpx.Client, moderator: httpx.Client
) -> None:
    here = published(client, moderator)
    with database.write() as session:
        key = keys.create(session, KeyRole.CONTRIBUTOR, "Tarn", territories=["fr-dep-81"])
    with service.client(headers=bearer(key)) as town:
        own = proposed(town, here, {"summary": "La commune."})
        for summary, place, rank in (
            ("Mieux.", "insee:81004", submissions.FIRST),
            ("Loin.", "insee:56098", submissions.IN_TURN),
        ):
            body = {"summary": summary, "territories": [{"territory": place}]}
            assert town.patch(f"/submissions/{own['id']}", json=body, headers=MERGE | ANY).status_code == 200
            with database.read() as session:
                assert session.get_one(Submission, own["id"]).precedence == rank


def test_every_mistake_in_a_change_is_told(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    itself = {"kind": "similar_to", "initiative": case}
    patch = {"title": "x", "themes": ["nulle-part"], "sommaire": None, "territories": [], "relations": [itself]}
    problem = check_problem(propose(anyone, case, patch), 400)
    assert places(problem) == ["/relations/0/initiative", "/sommaire", "/territories", "/themes/0", "/title"]
    said = {error["pointer"]: error["detail"] for error in problem["errors"]}
    assert said["/relations/0/initiative"] == "A case is not related to itself."
    check_problem(propose(anyone, case, {"summary": DRAFT["summary"]}), 409)
    wrong = anyone.post(f"/initiatives/{case}/revisions", json={"summary": "S."}, headers=ANY)
    check_problem(wrong, 415)


def test_a_case_may_keep_its_relation_to_one_that_is_no_longer_public(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    other = published(anyone, judge)
    relations = [{"kind": "inspired_by", "initiative": other}]
    case = published(anyone, judge, relations=relations)
    waiting = proposed(anyone, case, {"summary": "Encore."})
    judge.post(f"/moderation/initiatives/{other}/_archive", json={"reason": "r"}, headers=ANY)
    assert proposed(anyone, case, {"started_on": "2019"})["draft"]["relations"] == relations
    token = bearer(waiting["edit_token"])
    edited = anyone.patch(f"/submissions/{waiting['id']}", json={"summary": "Mieux."}, headers=MERGE | ANY | token)
    assert (edited.status_code, edited.json()["draft"]["relations"]) == (200, relations)
    again = {"relations": [*relations, {"kind": "part_of", "initiative": "nulle-part"}]}
    assert places(check_problem(propose(anyone, case, again), 400)) == ["/relations/1/initiative"]


@pytest.mark.parametrize("verb", ["_archive", "_quarantine"])
def test_a_case_that_is_not_public_takes_no_changes_and_shows_no_versions(
    anyone: httpx.Client, judge: httpx.Client, verb: str
) -> None:
    case = published(anyone, judge)
    waiting = proposed(anyone, case, {"summary": "Encore."})
    hidden = judge.post(f"/moderation/initiatives/{case}/{verb}", json={"reason": "r", "code": "legal"}, headers=ANY)
    assert hidden.status_code == 200
    assert check_problem(propose(anyone, case, {"summary": "S."}), 410)["code"] == "legal"
    assert check_problem(anyone.get(f"/initiatives/{case}/revisions", headers=ORIGIN), 410)["code"] == "legal"
    assert check_problem(decide(judge, waiting), 409)["allowed"] == ["rejected"]
    publish, french = f"/moderation/submissions/{waiting['id']}/_publish", ANY | {"Accept-Language": "fr"}
    state = {"_archive": "archivée (archived)", "_quarantine": "en quarantaine (quarantined)"}[verb]
    assert f"dans l'état « {state} » :" in check_problem(judge.post(publish, json={}, headers=french), 409)["detail"]
    check_problem(propose(anyone, "nulle-part", {"summary": "S."}), 404)
    check_problem(anyone.get("/initiatives/nulle-part/revisions", headers=ORIGIN), 404)


def test_the_versions_of_a_merged_case_are_gone_with_the_reason(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    waiting = proposed(anyone, case, {"summary": "Encore."})
    said = {"reason": "r", "into": "courcy"}
    assert judge.post(f"/moderation/initiatives/{case}/_merge", json=said, headers=ANY).status_code == 200
    assert check_problem(anyone.get(f"/initiatives/{case}/revisions", headers=ORIGIN), 410)["code"] == "duplicate"
    late = check_problem(decide(judge, waiting), 409)
    assert late["allowed"] == ["rejected"]
    assert "courcy" in late["detail"], "nobody can restore it"
