"""Debian's Chromium before the documentation page, with every other host out of its reach.

What a page must never do is checked wherever a page was open: ask another host, break the content security policy,
throw an error.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from api.settings import Settings
from tests.conftest import PUBLIC_URL, Service, serving
from tests.databases import SqliteFiles

PATIENCE = 60_000  # milliseconds, of which a page takes one second: other tests keep a slow machine busy
expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Page]
# Whatever a page, or the browser for itself, would look up finds no address.
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def lacking(what: str) -> None:
    """Skip with a word on what to do; CI lacks nothing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("TERRITOIRES_TEST_CHROMIUM") or shutil.which("chromium")
    if not path:
        lacking("no browser: apt-get install chromium, or set TERRITOIRES_TEST_CHROMIUM=/path/to/chrome")
    launched = playwright.chromium.launch(executable_path=path, args=[NOWHERE])
    yield launched
    launched.close()


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """The page cannot tell one engine from another."""
    return sqlite_files


@pytest.fixture(scope="package")
def reference(sqlite_files: SqliteFiles) -> Iterator[Service]:
    """A service that nobody writes to."""
    with sqlite_files.copy() as url:
        yield from serving(Settings(database_url=url, public_url=PUBLIC_URL))


@contextmanager
def watched(browser: Browser, address: str, options: dict[str, Any]) -> Iterator[Page]:
    """A page, in a profile of its own; when it is left, nothing forbidden has happened."""
    ours = urlsplit(address).netloc
    elsewhere: list[str] = []
    errors: list[str] = []

    def is_elsewhere(url: str) -> bool:
        return urlsplit(url).netloc != ours

    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            errors.append(message.text)

    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE)
        context.route(is_elsewhere, lambda route: route.abort())
        context.on("request", lambda request: is_elsewhere(request.url) and elsewhere.append(request.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", on_console)
        page = context.new_page()
        page.goto(address)
        page.locator(".opblock").first.wait_for()
        yield page
    assert elsewhere == []
    assert errors == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open the documentation of a service, in a browser of one's choice."""
    with ExitStack() as pages:

        def open_page(service: Service, path: str = "/v1/docs", **options: object) -> Page:
            return pages.enter_context(watched(browser, service.address + path, options))

        yield open_page
