"""What a sender reads of a submission: its place in the queue, the reason, what to mend; and a lost token."""

import httpx
import pytest

from api.catalogue import duplicates
from api.catalogue.reasons import TEMPLATES
from api.errors import Busy
from api.vocabulary import ReasonTemplate
from tests.conftest import submitted
from tests.v1.wire import ORIGIN, bearer, check_problem, walk

ANY = {"If-Match": "*"} | ORIGIN
MERGE = {"Content-Type": "application/merge-patch+json"}


def test_the_place_in_the_queue_is_told_and_moves_on(client: httpx.Client, moderator: httpx.Client) -> None:
    receipts = [submitted(client, title=f"Numéro {number}") for number in range(3)]
    order = [item["id"] for item in walk(moderator, "/moderation/submissions")]
    by_id = {str(receipt["id"]): receipt for receipt in receipts}

    def positions() -> list[int | None]:
        return [
            client.get(f"/submissions/{one}", headers=bearer(by_id[one]["edit_token"])).json()["position"]
            for one in order
        ]

    assert positions() == [1, 2, 3]
    decided = moderator.post(f"/moderation/submissions/{order[0]}/_request-changes", json={"reason": "r"}, headers=ANY)
    assert decided.json()["position"] is None
    assert positions() == [None, 1, 2]
    assert [item["position"] for item in walk(moderator, "/moderation/submissions")] == [1, 2]


def test_what_is_in_is_acknowledged_though_the_database_cannot_be_had_for_a_receipt(
    client: httpx.Client, moderator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(duplicates, "possible", busy)
    receipt = submitted(client, contact={"name": "Anne"})
    assert (receipt["state"], receipt["position"], receipt["possible_duplicates"]) == ("pending", None, [])
    monkeypatch.undo()
    seen = client.get(f"/submissions/{receipt['id']}", headers=bearer(receipt["edit_token"])).json()
    (albi,) = seen["territories"]
    assert albi["name"] == "Albi"
    alone = {name: value for name, value in receipt.items() if name != "edit_token"}
    assert seen == alone | {"position": 1, "territories": [albi]}


@pytest.mark.parametrize("template", [*ReasonTemplate])
def test_a_template_is_read_in_the_language_of_the_reader(
    anyone: httpx.Client, judge: httpx.Client, template: ReasonTemplate
) -> None:
    receipt = submitted(anyone)
    body = {"template": template, "reason": "Voir la page 3."}
    decided = judge.post(f"/moderation/submissions/{receipt['id']}/_reject", json=body, headers=ANY)
    assert decided.status_code == 200, decided.text
    for language in ("en", "fr"):
        headers = bearer(receipt["edit_token"]) | {"Accept-Language": language}
        told = anyone.get(f"/submissions/{receipt['id']}", headers=headers).json()["reason"]
        assert told == f"{getattr(TEMPLATES[template], language)}\n\nVoir la page 3."


def test_a_reason_is_gone_from_the_receipt_once_it_is_answered(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    judge.post(f"/moderation{path}/_request-changes", json={"template": "sources_wanted"}, headers=ANY)
    assert anyone.get(path, headers=token).json()["reason"]
    mended = anyone.patch(path, json={"progress": "running"}, headers=MERGE | ANY | token).json()
    assert (mended["state"], mended["reason"]) == ("pending", None)


def test_a_moderator_can_make_a_new_token_for_who_has_lost_it(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    path = f"/submissions/{receipt['id']}"
    check_problem(judge.post(f"/moderation{path}/_token", headers=ORIGIN | {"If-Match": '"9"'}), 412)
    check_problem(judge.post(f"/moderation{path}/_token", headers=ORIGIN), 428)
    check_problem(anyone.post(f"/moderation{path}/_token", headers=ANY), 401)
    answer = judge.post(f"/moderation{path}/_token", json={"reason": "Par téléphone."}, headers=ANY)
    assert answer.status_code == 200
    token = answer.json()["edit_token"]
    assert answer.json()["id"] == receipt["id"]
    check_problem(anyone.get(path, headers=bearer(receipt["edit_token"]) | ORIGIN), 404)
    assert anyone.get(path, headers=bearer(token)).json()["state"] == "pending"
    told = walk(judge, "/moderation/events", limit=100)[0]
    assert (told["action"], told["submission"], told["reason"]) == ("token_reissued", receipt["id"], "Par téléphone.")
    assert token not in str(walk(judge, "/moderation/events", limit=100))


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("secret", [None, "ti_mistyped"])
def test_to_others_there_is_no_submission_whatever_else_is_wrong(
    anyone: httpx.Client, method: str, secret: str | None
) -> None:
    path = f"/submissions/{submitted(anyone)['id']}"
    check_problem(anyone.request(method, path, headers=ORIGIN | (bearer(secret) if secret else {})), 404)
