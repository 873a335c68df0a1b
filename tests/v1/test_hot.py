"""The hottest reads take a way of their own, and nobody can tell."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute

from api.catalogue import finding
from api.db import Database
from api.errors import Busy
from tests.conftest import Service
from tests.v1.conftest import Shared
from tests.v1.wire import check_problem

SAME = [
    "/initiatives",
    "/initiatives?limit=3&total=true",
    "/initiatives?theme=tiers-lieux&theme=revitalisation&country=FR&country=BE&sort=published",
    "/initiatives?territory=insee:81004&progress=running&kind=case",
    "/initiatives/courcy",
    "/initiatives/absent",
    "/initiatives/NOT-A-SLUG",
    "/initiatives/courcy?a=1",
    "/initiatives?limit=3&limit=3",
    "/initiatives?theme=absent&limit=x",
    "/initiatives?q=tiers+lieux&limit=2&total=true",
    "/initiatives?near=49.21,5.37&radius=500&sort=distance",
    "/initiatives?similar=insee:81004&language=fr",
    "/initiatives?published=2026/..&updated=2026/..&started=../2015&evidence=0/1&sort=title",
    "/initiatives?facets=kind,theme&country=BE",
    "/initiatives?sort=distance",
    "/initiatives?",
]


@pytest.mark.parametrize("path", SAME)
def test_the_answer_is_the_one_that_fastapi_would_give(
    shared: Shared, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Accept-Encoding": "identity"}
    answer = shared.anybody.get(path, headers=headers)

    async def nothing(_: object) -> None:
        return None

    monkeypatch.setattr("api.v1.hot._answer", nothing)
    other = shared.anybody.get(path, headers=headers)
    assert (answer.status_code, answer.content) == (other.status_code, other.content)
    for name in ("content-type", "etag", "cache-control", "link", "vary"):
        assert answer.headers.get(name) == other.headers.get(name), name


@pytest.mark.parametrize("path", SAME[:5])
def test_what_is_plainly_right_never_reaches_fastapi(
    shared: Shared, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("FastAPI was asked")

    monkeypatch.setattr(APIRoute, "handle", refused)
    assert shared.anybody.get(path).status_code == 200


def test_what_would_have_to_wait_is_read_in_a_thread(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, where the event loop would wait with it."""
    if shared.service.settings.database_url.startswith("sqlite"):
        loop = threading.Event()

        def busy(_: Database, **options: object) -> None:
            loop.set()
            raise Busy

        monkeypatch.setattr(Database, "glance_at_once", busy)
        assert shared.anybody.get("/initiatives/courcy").status_code == 200
        assert loop.is_set()


def test_long_reads_queue_for_few_threads(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, where each takes a processor of this machine from what is answered at once."""
    under_way, most, lock = [0], [0], threading.Lock()

    def slowly(*asked: object) -> object:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        with lock:
            under_way[0] -= 1
        return page(*asked)

    page = finding.page
    monkeypatch.setattr(finding, "page", slowly)
    if shared.service.settings.database_url.startswith("sqlite"):
        with ThreadPoolExecutor(6) as clients:
            answers = list(
                clients.map(lambda n: shared.anybody.get(f"/initiatives?total=true&limit={n}"), range(1, 13))
            )
        assert {answer.status_code for answer in answers} == {200}
        assert most[0] == max(1, (os.cpu_count() or 1) // 2)


def test_who_has_waited_for_the_database_is_told_and_not_made_to_wait_again(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def busy(database: Database, **options: object) -> None:
        waited.append("not at all" if database.is_sqlite else "awaited")
        raise Busy

    def waits(_: Database, **options: object) -> None:
        waited.append("in a thread")
        raise Busy

    monkeypatch.setattr(Database, "glance_at_once", busy)
    monkeypatch.setattr(Database, "glance", waits)
    check_problem(shared.anybody.get("/initiatives/courcy"), 503, path="/v1/initiatives/courcy")
    assert waited in (["not at all", "in a thread"], ["awaited"])


def test_an_answer_leaves_in_one_piece(service: Service) -> None:
    """Head and body in one packet: what a client reads first is all of it."""
    parts = urlsplit(service.address)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        for _ in range(20):
            connection.sendall(b"GET /v1/initiatives/courcy HTTP/1.1\r\nHost: x\r\n\r\n")
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            assert len(body) == length
