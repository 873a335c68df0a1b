"""What a person does in Swagger UI: opens an operation, fills it in, executes it, reads the answer."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass(frozen=True)
class Answer:
    """What the page shows of an answer."""

    status: int
    body: str


def operation(page: Page, name: str) -> Locator:
    """An operation's block, opened."""
    block = page.locator(f'.opblock[id$="-{name}"]')
    block.locator(".opblock-summary-control").click()
    block.locator(".execute").wait_for()
    return block


def close(block: Locator) -> None:
    block.locator(".opblock-summary-control").click()


def fill(block: Locator, **parameters: str) -> None:
    for name, value in parameters.items():
        block.locator(f'tr[data-param-name="{name.replace("_", "-")}"] input').fill(value)


def execute(block: Locator) -> Answer:
    """Press Execute; what was shown of an earlier answer has to go first."""
    clear = block.locator(".btn-clear")
    if clear.is_visible():
        clear.click()
    block.locator(".execute").click()
    return shown(block)


def shown(block: Locator) -> Answer:
    row = block.locator(".live-responses-table tbody .response")
    status = row.locator(".response-col_status").inner_text().split()[0]
    # Of a file, the page offers to save it.
    return Answer(int(status), row.locator(".highlight-code pre, a[download]").first.inner_text())


def identify(page: Page, secret: str) -> None:
    """Press Authorize and give a key or an edit token."""
    page.get_by_role("button", name="Authorize").click()
    dialog = page.get_by_role("dialog", name="Authorize")
    dialog.get_by_role("textbox").fill(secret)
    dialog.get_by_role("button", name="Authorize").click()
    dialog.get_by_role("button", name="Close").last.click()
