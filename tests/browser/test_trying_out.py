"""Whoever opens the page can read the catalogue with it, at once."""

import json
from collections.abc import Iterator
from contextlib import closing

import httpx
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import update

from api.db import Database
from api.models import Counter
from tests.browser.conftest import Visit
from tests.browser.explorer import close, execute, operation
from tests.conftest import Service


def public_reads(service: Service) -> list[str]:
    """The operations that anybody may call and that change nothing."""
    document = httpx.get(f"{service.address}/v1/openapi.json").json()
    reads = [operations["get"] for operations in document["paths"].values() if "get" in operations]
    return [read["operationId"] for read in reads if {} in read.get("security", document["security"])]


def test_the_front_door_says_what_this_is_and_what_to_do(visit: Visit, reference: Service) -> None:
    page = visit(reference, "/")
    assert page.url == f"{reference.address}/v1/docs"
    expect(page).to_have_title("Territoires innovants: the API")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Territoires innovants")
    expect(page.get_by_text("Open an operation and press Execute")).to_be_in_viewport()
    expect(page.get_by_text("Une initiative à proposer ?")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Authorize")).to_be_in_viewport()


def examples(block: Locator) -> Iterator[str]:
    """Choose each named example of each parameter, in turn."""
    for choice in block.locator(".parameters .examples-select-element").all():
        for value in [option.get_attribute("value") for option in choice.locator("option").all()]:
            choice.select_option(value)
            yield value


def test_every_public_read_answers_200_as_it_opens_and_with_each_example(visit: Visit, reference: Service) -> None:
    page = visit(reference)
    for name in public_reads(reference):
        block = operation(page, name)
        assert execute(block).status == 200, name
        for example in examples(block):
            assert execute(block).status == 200, f"{name}: {example}"
        close(block)


def test_who_explores_sees_the_present_and_not_what_the_browser_keeps(browser: Browser, service: Service) -> None:
    """In a profile whose requests nobody looks at: where they are, the browser keeps nothing."""
    with browser.new_context() as context, closing(Database(service.settings.database_url)) as database:
        page = context.new_page()
        page.goto(f"{service.address}/v1/docs")
        status = operation(page, "get_status")
        before = json.loads(execute(status).body)["sequence"]
        with database.write() as session:
            session.execute(update(Counter).values(sequence=before + 1))
        kept = page.evaluate("async () => (await (await fetch('status')).json()).sequence")
        assert kept == before, "the browser keeps it"
        assert json.loads(execute(status).body)["sequence"] == before + 1


def padlocks(page: Page, name: str) -> int:
    return page.locator(f'.opblock[id$="-{name}"] .authorization__btn:visible').count()


def test_a_link_opens_an_operation_without_what_confuses(visit: Visit, reference: Service) -> None:
    page = visit(reference, "/docs#/initiatives/submit_initiative")
    block = page.locator('.opblock[id$="-submit_initiative"]')
    expect(block.get_by_role("button", name="Execute")).to_be_visible()
    expect(block.get_by_role("button", name="Cancel")).to_be_hidden()
    # Each error is named; the one document that they share is drawn once.
    expect(block.locator('.response[data-code="400"]')).to_be_visible()
    expect(block.locator('.response[data-code="400"] .model-example')).to_have_count(0)
    expect(block.locator('.response[data-code="default"] .model-example')).to_be_visible()
    # A padlock stands where a key is missing, nowhere else.
    assert padlocks(page, "list_events") == 1
    assert padlocks(page, "submit_initiative") == padlocks(page, "list_initiatives") == 0
