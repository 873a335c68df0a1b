"""The page serves everybody: on a phone, without a mouse, with a screen reader (WCAG 2.1, levels A and AA)."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.conftest import Visit, lacking
from tests.browser.explorer import execute, operation, shown
from tests.conftest import Service

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
_RUN = """async within => (await axe.run(within, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})).violations
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 150)} ${node.failureSummary}`))"""
_OUTLINE = """() => {
    const shown = getComputedStyle(document.activeElement);
    return shown.outlineStyle == "none" ? 0 : parseFloat(shown.outlineWidth);
}"""


# --- With a screen reader --------------------------------------------------------------------------------------------


def violations(page: Page, within: str = "body") -> list[str]:
    """What axe finds there, on a desktop and on a phone."""
    found: list[str] = []
    for screen in (DESKTOP, PHONE):
        page.set_viewport_size(screen)
        found += page.evaluate(_RUN, within)
    return found


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        lacking("no axe-core: install Node.js, then npm ci --prefix tests/browser")
    return AXE.read_text(encoding="utf-8")


def test_axe_finds_nothing(visit: Visit, reference: Service, axe: str) -> None:
    page = visit(reference)
    page.evaluate(axe)
    assert violations(page) == []
    operation(page, "list_initiatives")
    refused = operation(page, "submit_initiative")
    refused.get_by_label("Request body").fill("{}")
    assert execute(refused).status == 400
    assert violations(page) == []
    refused.get_by_role("tab", name="Schema").first.click()
    assert violations(page, ".opblock-section-request-body") == []
    page.get_by_role("button", name="Authorize").click()
    assert violations(page, ".dialog-ux") == []
    page.get_by_role("dialog").get_by_role("textbox").fill("ti_key")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Logout").wait_for()
    assert violations(page, ".dialog-ux") == []


# --- On a phone ------------------------------------------------------------------------------------------------------


def overflow(page: Page) -> int:
    """By how many pixels one could push the page sideways."""
    return page.evaluate("document.scrollingElement.scrollWidth") - PHONE["width"]


def test_on_a_phone_nothing_is_cut_off_and_a_tap_is_enough(visit: Visit, reference: Service) -> None:
    page = visit(reference, viewport=PHONE, is_mobile=True, has_touch=True)
    assert overflow(page) <= 0
    for name in ("submit_initiative", "get_initiative"):
        block = page.locator(f'.opblock[id$="-{name}"]')
        block.locator(".opblock-summary-control").tap()
        field = block.locator("input, textarea").first.bounding_box()
        assert field["width"] > 300, f"{name}: a field of {field['width']} pixels"
    block = page.locator('.opblock[id$="-get_initiative"]')
    block.locator(".execute").tap()
    assert shown(block).status == 200
    assert overflow(page) <= 0
    assert block.get_by_role("region", name="Response body").bounding_box()["width"] > 300


# --- By keyboard -----------------------------------------------------------------------------------------------------


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until there; wherever it stops on the way, one sees where one is."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(_OUTLINE) >= 2, page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {wanted}")


def page_down(page: Page, focused: Locator) -> None:
    """Press PageDown until it moves what has the focus: on a busy machine a key is lost while an answer is laid out."""
    for _ in range(20):
        expect(focused).to_be_focused()
        page.keyboard.press("PageDown")
        page.wait_for_timeout(500)
        if focused.evaluate("element => element.scrollTop"):
            return
    pytest.fail(f"PageDown does not move {focused}")


def test_the_keyboard_alone_reaches_an_answer(visit: Visit, reference: Service) -> None:
    page = visit(reference)
    block = page.locator('.opblock[id$="-list_initiatives"]')
    tab_to(page, block.locator(".opblock-summary-control"))
    page.keyboard.press("Enter")
    tab_to(page, block.locator(".execute"))
    page.keyboard.press("Space")
    assert shown(block).status == 200
    expect(page.get_by_role("status")).to_have_text("Answer: 200")
    body = block.get_by_role("region", name="Response body")
    tab_to(page, body)
    page_down(page, body)


def test_the_keyboard_alone_gives_a_key(visit: Visit, reference: Service) -> None:
    page = visit(reference)
    tab_to(page, page.get_by_role("button", name="Authorize"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Authorize")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("ti_key")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Logout")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
