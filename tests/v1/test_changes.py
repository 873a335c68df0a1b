"""The changes since any sequence: nothing is missed, nothing is told twice, and a copy that follows them is exact."""

import json
from typing import Any

import httpx

from api.catalogue import publication, themes
from api.catalogue.themes import ThemeEntry
from api.db import Database
from api.documents import ChangePage, Label
from tests.conftest import published
from tests.v1.test_moderating import act, done
from tests.v1.wire import check_problem


def changes(client: httpx.Client, since: int = 0, limit: int = 100) -> dict[str, Any]:
    answer = client.get("/changes", params={"since": since, "limit": limit})
    assert answer.status_code == 200, answer.text
    ChangePage.model_validate_json(answer.content)
    return answer.json()


def told(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change["id"], change["change"]) for change in page["items"]]


def test_from_the_beginning_every_case_is_told_with_the_document_that_is_served(client: httpx.Client) -> None:
    page = changes(client)
    listed = client.get("/initiatives", params={"limit": 100, "sort": "published"}).json()["items"]
    assert {change["id"]: change["document"] for change in page["items"]} == {case["id"]: case for case in listed}
    sequences = [change["sequence"] for change in page["items"]]
    assert sequences == sorted(set(sequences))
    assert page["next"] == page["sequence"] == client.get("/status").json()["sequence"]


def test_a_document_in_the_changes_is_byte_for_byte_the_one_that_is_served(client: httpx.Client) -> None:
    (change, *_) = changes(client)["items"]
    assert client.get(f"/initiatives/{change['id']}").content in client.get("/changes").content


def test_pages_go_on_from_the_last_sequence_and_their_link_leads_there(client: httpx.Client) -> None:
    whole, walked, since = changes(client), [], 0
    while True:
        answer = client.get("/changes", params={"since": since, "limit": 5})
        page = answer.json()
        walked += page["items"]
        assert page["sequence"] == whole["sequence"]
        if page["next"] == page["sequence"]:
            break
        since = page["next"]
        assert since == page["items"][-1]["sequence"]
        link = f'<https://catalogue.example/v1/changes?limit=5&since={since}>; rel="next"'
        assert answer.headers["link"] == link
    assert "link" not in answer.headers
    assert walked == whole["items"]


def test_each_case_is_told_once_at_its_latest_change_and_in_the_order_of_all(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    since = changes(client)["sequence"]
    first, second, third = (published(client, moderator, title=f"Cas {place}") for place in "ABC")
    assert told(changes(client, since)) == [(first, "published"), (second, "published"), (third, "published")]

    done(act(moderator, first, "_archive", reason="…", code="outdated"))
    done(act(moderator, second, "_quarantine", reason="…", code="legal"))
    done(act(moderator, third, "_archive", reason="…"))
    done(act(moderator, third, "_restore", reason="…"))
    page = changes(client, since)
    assert told(page) == [(first, "archived"), (second, "archived"), (third, "restored")]
    archived, hidden, restored = page["items"]
    assert (archived["document"], archived["successor"], archived["reason"]) == (None, None, "outdated")
    assert (hidden["document"], hidden["reason"]) == (None, "legal")
    assert restored["document"] == client.get(f"/initiatives/{third}").json()
    assert restored["reason"] is None

    done(act(moderator, third, "_merge", reason="…", into="courcy"))
    (merged,) = changes(client, page["next"])["items"]
    assert (merged["id"], merged["change"], merged["document"], merged["successor"]) == (
        third,
        "merged",
        None,
        "courcy",
    )
    status = client.get("/status").json()
    assert (merged["sequence"], merged["at"]) == (status["sequence"], status["updated_at"])


def test_a_case_that_is_rendered_anew_is_updated(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    model = published(client, moderator, title="Le modèle")
    since = changes(client)["sequence"]
    relations = [{"kind": "inspired_by", "initiative": model}]
    pupil = published(client, moderator, title="L'élève", relations=relations)
    assert told(changes(client, since)) == [(pupil, "published"), (model, "updated")]

    since = changes(client)["sequence"]
    label = Label(fr="Ateliers", en="Workshops")
    with database.write() as session:
        assert themes.load(session, [ThemeEntry(id="tiers-lieux", label=label, parent="attractivite-territoriale")])
        publication.refresh_all(session, publication.take_turn(session))
    page = changes(client, since)
    assert page["items"]
    for change in page["items"]:
        assert change["change"] == "updated"
        assert label.model_dump() in [theme["label"] for theme in change["document"]["themes"]]


def test_where_nothing_has_changed_one_goes_on_from_where_one_is(client: httpx.Client) -> None:
    last = client.get("/status").json()["sequence"]
    assert changes(client, last) == {"items": [], "next": last, "sequence": last}
    assert client.get("/changes", params={"since": 2**31 - 1}).json()["items"] == []
    # After a backup was restored: the sequence is less than what was asked since.
    assert changes(client, last + 10) == {"items": [], "next": last, "sequence": last}


def test_changes_that_are_asked_for_again_cost_nothing_until_there_are_some(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    tag = client.get("/changes?since=3").headers["etag"]
    assert client.get("/changes?since=3", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/changes?since=4", headers={"If-None-Match": tag}).status_code == 200
    published(client, moderator)
    assert client.get("/changes?since=3", headers={"If-None-Match": tag}).status_code == 200


def test_what_cannot_be_a_sequence_is_refused(client: httpx.Client) -> None:
    for since in ("-1", "x", "1.0", "9999999999"):
        assert check_problem(client.get(f"/changes?since={since}"), 400)["errors"][0]["parameter"] == "since"
    assert json.loads(client.get("/changes?limit=1").content)["items"]
