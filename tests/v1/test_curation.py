"""What moderators do with published cases: archived, hidden, merged, restored; each told to those who should know."""

from typing import Any

import httpx
import pytest

from tests.conftest import DRAFT, published
from tests.v1.wire import ORIGIN, check_problem, walk

ANY = {"If-Match": "*"} | ORIGIN
MOVES = {"_archive": "archived", "_quarantine": "quarantined", "_restore": "published", "_merge": "merged"}
# What each state allows, as the design has it.
ALLOWED = {
    "published": {"archived", "quarantined", "merged"},
    "archived": {"published"},
    "quarantined": {"published"},
    "merged": set(),
}


def move(moderator: httpx.Client, case: str, verb: str, tag: str = "*", **body: Any) -> httpx.Response:
    said = {"reason": "Parce que."} | ({"into": "gand-refill"} if verb == "_merge" else {}) | body
    return moderator.post(f"/moderation/initiatives/{case}/{verb}", json=said, headers=ORIGIN | {"If-Match": tag})


def moved(moderator: httpx.Client, case: str, verb: str, **body: Any) -> dict[str, Any]:
    answer = move(moderator, case, verb, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def bring(moderator: httpx.Client, case: str, state: str) -> None:
    for verb, to in MOVES.items():
        if to == state and state != "published":
            moved(moderator, case, verb)


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("state", ALLOWED)
def test_a_move_is_made_or_refused_with_those_that_are_allowed(
    anyone: httpx.Client, judge: httpx.Client, state: str, verb: str
) -> None:
    case = published(anyone, judge)
    bring(judge, case, state)
    before = judge.get(f"/moderation/initiatives/{case}")
    answer = move(judge, case, verb, before.headers["etag"])
    if MOVES[verb] in ALLOWED[state]:
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"id": case, "state": MOVES[verb], "sequence": answer.json()["sequence"]}
        now = judge.get(f"/moderation/initiatives/{case}")
        assert now.headers["etag"] == answer.headers["etag"] != before.headers["etag"]
        assert now.json()["state"] == MOVES[verb]
    else:
        assert set(check_problem(answer, 409)["allowed"]) == ALLOWED[state]
        assert judge.get(f"/moderation/initiatives/{case}").content == before.content


def test_a_move_that_is_refused_is_told_in_french_words(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    moved(judge, case, "_archive")
    headers = {"If-Match": "*", "Accept-Language": "fr"}
    again = judge.post(f"/moderation/initiatives/{case}/_quarantine", json={"reason": "r"}, headers=headers)
    assert check_problem(again, 409)["detail"] == (
        "Une initiative dans l'état « archivée (archived) » ne peut pas passer à l'état « en quarantaine "
        "(quarantined) »."
    )


def test_a_move_wants_the_version_that_was_read(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    tag = anyone.get(f"/initiatives/{case}").headers["etag"]
    assert judge.get(f"/moderation/initiatives/{case}").headers["etag"] == tag, "the case's, public or moderation's"
    for verb in MOVES:
        body = {"reason": "r", "into": "gand-refill"} if verb == "_merge" else {"reason": "r"}
        path = f"/moderation/initiatives/{case}/{verb}"
        check_problem(judge.post(path, json=body, headers=ORIGIN), 428)
        check_problem(judge.post(path, json=body, headers=ORIGIN | {"If-Match": '"0-0"'}), 412)
        check_problem(move(judge, "nulle-part", verb), 404)
    assert anyone.get(f"/initiatives/{case}").headers["etag"] == tag
    assert move(judge, case, "_quarantine", tag).status_code == 200


def test_a_quarantined_case_is_gone_at_once_and_comes_back_as_it_was(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge, sources=[{"url": "https://www.example.org/zq"}])
    before = anyone.get(f"/initiatives/{case}").json()
    moved(judge, case, "_quarantine", code="inaccurate")
    assert check_problem(anyone.get(f"/initiatives/{case}", headers=ORIGIN), 410)["code"] == "inaccurate"
    assert case not in {one["id"] for one in walk(anyone, "/initiatives", limit=100)}
    assert anyone.get(f"/sources?initiative={case}").json()["items"] == []
    assert judge.get(f"/moderation/initiatives/{case}").json()["draft"]["title"] == DRAFT["title"]
    moved(judge, case, "_restore")
    assert anyone.get(f"/initiatives/{case}").json() == before
    assert len(anyone.get(f"/sources?initiative={case}").json()["items"]) == 1


def test_a_merged_case_leads_to_the_other_and_its_neighbours_forget_it(
    anyone: httpx.Client, judge: httpx.Client
) -> None:
    twin, case = published(anyone, judge), published(anyone, judge)
    neighbour = published(anyone, judge, relations=[{"kind": "inspired_by", "initiative": twin}])
    assert anyone.get(f"/initiatives/{neighbour}").json()["relations"]
    moved(judge, twin, "_merge", into=case)
    answer = anyone.get(f"/initiatives/{twin}", headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/initiatives/{case}")
    assert anyone.get(f"/initiatives/{neighbour}").json()["relations"] == []
    assert twin not in {one["id"] for one in walk(anyone, "/initiatives", limit=100)}
    assert judge.get(f"/moderation/initiatives/{twin}").json()["merged_into"] == case
    check_problem(anyone.get(f"/initiatives/{twin}/revisions", headers=ORIGIN), 410)


def test_a_case_is_merged_into_another_that_is_public(anyone: httpx.Client, judge: httpx.Client) -> None:
    case, other = published(anyone, judge), published(anyone, judge)
    moved(judge, other, "_archive")
    for into in (case, other, "nulle-part"):
        problem = check_problem(move(judge, case, "_merge", into=into), 400)
        assert [error["pointer"] for error in problem["errors"]] == ["/into"]
    assert anyone.get(f"/initiatives/{case}").status_code == 200


def test_each_move_is_in_the_audit_trail_with_its_reason(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    moved(judge, case, "_quarantine", reason="Vu de près.", code="legal")
    moved(judge, case, "_restore", template="thanks", reason=None)
    moved(judge, case, "_merge", reason="Le même.")
    told = [event for event in walk(judge, "/moderation/events", limit=100) if event["initiative"] == case]
    assert [(one["action"], one["template"], one["reason"], one["code"]) for one in told][:3] == [
        ("merged", None, "Le même.", "duplicate"),
        ("restored", "thanks", None, "other"),
        ("quarantined", None, "Vu de près.", "legal"),
    ]
    assert {one["submission"] for one in told[:3]} == {None}


def test_a_decision_needs_a_reason_or_a_template(anyone: httpx.Client, judge: httpx.Client) -> None:
    case = published(anyone, judge)
    for nothing in ({}, {"code": "legal"}):
        problem = check_problem(judge.post(f"/moderation/initiatives/{case}/_archive", json=nothing, headers=ANY), 400)
        assert [error["pointer"] for error in problem["errors"]] == ["/reason"]
