"""From a clerk's POST to a published case, over HTTP."""

import httpx

from tests.conftest import DRAFT, submitted


def test_the_owners_thirteen_cases_are_served(client: httpx.Client) -> None:
    page = client.get("/initiatives", params={"total": "true", "limit": 100}).json()
    assert page["total"] == len(page["items"]) == 13
    assert "albi-autosuffisance-alimentaire" in {item["id"] for item in page["items"]}


def test_a_submitted_case_is_public_once_a_moderator_has_published_it(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    receipt = submitted(client)
    assert receipt["state"] == "pending"
    assert receipt["draft"]["territories"][0]["territory"] == "fr-81004"
    assert client.get("/initiatives?total=true").json()["total"] == 13

    queue = moderator.get("/moderation/submissions").json()
    assert [item["id"] for item in queue["items"]] == [receipt["id"]]
    answer = moderator.post(f"/moderation/submissions/{receipt['id']}/_publish", headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "accepted"

    case = client.get(f"/initiatives/{answer.json()['initiative']}").json()
    assert case["title"] == DRAFT["title"]
    assert case["id"] == "albi-un-jardin-partage-derriere-la-mairie"
    assert client.get("/initiatives?limit=1").json()["items"] == [case]
