"""From a clerk's mistake to a published case, all in the page."""

import json

from playwright.sync_api import expect

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.browser.conftest import Visit
from tests.browser.explorer import close, execute, fill, operation, shown
from tests.conftest import DRAFT, Service, submitted

CASE = "albi-un-jardin-partage-derriere-la-mairie"
WRONG = DRAFT | {"title": "Un", "territories": [{"territory": "insee:00000"}]}


def test_a_clerks_mistake_is_told_in_french_and_nothing_typed_is_lost(visit: Visit, service: Service) -> None:
    block = operation(visit(service, locale="fr-FR"), "submit_initiative")
    body = block.get_by_label("Request body")
    typed = json.dumps(WRONG, ensure_ascii=False, indent=2)
    body.fill(typed)
    refused = execute(block)
    problem = json.loads(refused.body)
    assert (refused.status, problem["title"]) == (400, "Requête incorrecte")
    assert [mistake["pointer"] for mistake in problem["errors"]] == ["/title", "/territories/0/territory"]
    expect(body).to_have_value(typed)

    body.fill(json.dumps(DRAFT, ensure_ascii=False, indent=2))
    block.locator(".execute").click()
    expect(block.locator(".live-responses-table")).to_contain_text("edit_token")
    accepted = shown(block)
    assert accepted.status == 201
    receipt = json.loads(accepted.body)
    assert receipt["state"] == "pending"
    assert receipt["draft"]["title"] == DRAFT["title"]


def test_a_moderator_publishes_from_the_page(visit: Visit, service: Service, database: Database) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    with service.client() as client:
        submission = submitted(client)["id"]
    page = visit(service)
    page.get_by_role("button", name="Authorize").click()
    dialog = page.get_by_role("dialog", name="Authorize")
    dialog.get_by_role("textbox").fill(key)
    dialog.get_by_role("button", name="Authorize").click()
    dialog.get_by_role("button", name="Close").last.click()

    queue = operation(page, "list_queued_submissions")
    assert [item["id"] for item in json.loads(execute(queue).body)["items"]] == [submission]
    close(queue)
    publication = operation(page, "publish_submission")
    fill(publication, submission=submission, If_Match='"1"')
    assert json.loads(execute(publication).body)["initiative"] == CASE
    close(publication)
    reading = operation(page, "get_initiative")
    fill(reading, initiative=CASE)
    assert json.loads(execute(reading).body)["title"] == DRAFT["title"]
