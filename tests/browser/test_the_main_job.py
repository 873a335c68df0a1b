"""From a clerk's mistake to a published and corrected case, all in the page."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.browser.conftest import Visit
from tests.browser.explorer import close, execute, fill, identify, operation, shown
from tests.conftest import DRAFT, Service

CASE = "albi-un-jardin-partage-derriere-la-mairie"
WRONG = DRAFT | {"title": "Un", "territories": [{"territory": "insee:00000"}]}


def write(block: Locator, body: dict[str, Any]) -> str:
    """What a person types into the body's field."""
    typed = json.dumps(body, ensure_ascii=False, indent=2)
    block.get_by_label("Request body").fill(typed)
    return typed


def accept_the_only_one_that_waits(page: Page, number: int) -> dict[str, Any]:
    """The moderator looks at the queue and publishes; gives what was seen there."""
    queue = operation(page, "list_queued_submissions")
    items = json.loads(execute(queue).body)["items"]
    assert len(items) == 1
    close(queue)
    publication = operation(page, "publish_submission")
    fill(publication, submission=items[0]["id"], If_Match=f'"{items[0]["version"]}"')
    answer = json.loads(execute(publication).body)
    assert (answer["state"], answer["initiative"]) == ("accepted", CASE), number
    close(publication)
    return dict(items[0])


def test_a_case_from_the_first_try_to_its_correction(visit: Visit, service: Service, database: Database) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    clerk, moderator = visit(service, locale="fr-FR"), visit(service, locale="fr-FR")
    identify(moderator, key)

    submission = operation(clerk, "submit_initiative")
    typed = write(submission, WRONG)
    check = submission.locator('tr[data-param-name="check"] select')
    check.select_option("true")
    refused = execute(submission)
    problem = json.loads(refused.body)
    assert (refused.status, problem["title"]) == (400, "Requête incorrecte")
    assert [mistake["pointer"] for mistake in problem["errors"]] == ["/title", "/territories/0/territory"]
    expect(submission.get_by_label("Request body")).to_have_value(typed)

    write(submission, DRAFT)
    checked = execute(submission)
    assert (checked.status, "edit_token" in checked.body) == (200, False)
    assert json.loads(checked.body)["completeness"]["missing"][0]["why"].startswith("C'est")

    check.select_option("false")
    submission.locator(".btn-clear").click()
    submission.locator(".execute").click()
    expect(submission.locator(".live-responses-table")).to_contain_text("edit_token")
    sent = shown(submission)
    assert sent.status == 201
    receipt = json.loads(sent.body)
    close(submission)

    identify(clerk, receipt["edit_token"])
    following = operation(clerk, "get_submission")
    fill(following, submission=receipt["id"])
    waiting = json.loads(execute(following).body)
    assert (waiting["state"], waiting["position"]) == ("pending", 1)

    assert accept_the_only_one_that_waits(moderator, 1)["id"] == receipt["id"]
    followed = json.loads(execute(following).body)
    assert (followed["state"], followed["initiative"]) == ("accepted", CASE)

    stranger = visit(service, locale="fr-FR")
    proposal = operation(stranger, "propose_revision")
    fill(proposal, initiative=CASE)
    write(proposal, {"summary": "Trente familles cultivent un ancien parking."})
    assert execute(proposal).status == 201
    (change,) = accept_the_only_one_that_waits(moderator, 2)["differences"]
    assert (change["field"], change["before"]) == ("summary", DRAFT["summary"])

    reading = operation(stranger, "get_initiative")
    fill(reading, initiative=CASE)
    assert json.loads(execute(reading).body)["summary"] == "Trente familles cultivent un ancien parking."
    versions = operation(stranger, "list_revisions")
    fill(versions, initiative=CASE)
    assert [one["version"] for one in json.loads(execute(versions).body)["items"]] == [2, 1]
