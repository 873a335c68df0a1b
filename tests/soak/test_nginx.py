"""What docs/deploying.md says of nginx before the service, tried with a real one and two workers: several minutes."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from random import Random

import click
import httpx
import pytest

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, TLS, published
from tests.databases import SqliteFiles
from tests.faults.processes import Processes, serving
from tests.soak.nginx import caching
from tests.v1.wire import bearer, check_problem, patch

PATHS = [
    "/v1/initiatives",
    "/v1/initiatives?limit=50",
    "/v1/initiatives?theme=tiers-lieux&country=FR",
    "/v1/initiatives?q=jardin&total=true",
    "/v1/initiatives?facets=theme,country&limit=1",
    "/v1/initiatives/courcy",
    "/v1/initiatives/gand-refill",
    "/v1/initiatives/albi-autosuffisance-alimentaire",
    "/v1/territories?q=albi",
    "/v1/territories/insee:81004",
    "/v1/themes",
    "/v1/sources",
    "/v1/status",
    "/v1/changes?limit=5",
    "/v1/initiatives.atom",
]
# As browsers and programs write it.
CODINGS = ["gzip, deflate, br, zstd", "gzip", "identity", "deflate, gzip;q=1.0, *;q=0.5", "br, gzip;q=0"]
KEPT = ("HIT", "STALE", "UPDATING")
CLIENTS = 8
READS, WRITES = 100_000, 1000  # a minute


@dataclass(frozen=True)
class Front:
    """The service, what stands before it, and a moderator's key."""

    processes: Processes
    address: str
    moderator: str

    def client(self, **headers: str) -> httpx.Client:
        """A client of version 1, by way of nginx."""
        return httpx.Client(base_url=f"{self.address}/v1", headers=headers, timeout=30, verify=TLS)


@pytest.fixture
def front(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Front]:
    with sqlite_files.copy() as url:
        with closing(Database(url)) as database, database.write() as session:
            key = keys.create(session, KeyRole.MODERATOR, "Test")
        settings = {
            "TERRITOIRES_RATE_LIMIT_READS": f"{READS}/minute",
            "TERRITOIRES_RATE_LIMIT_WRITES": f"{WRITES}/minute",
            "TERRITOIRES_TRUSTED_PROXIES": "127.0.0.1",
        }
        with (
            serving(url, 2, tmp_path / "serve.log", **settings) as processes,
            caching(tmp_path, processes.port) as address,
        ):
            yield Front(processes, address, key)


def load(front: Front, seconds: float) -> Counter[tuple[int, str]]:
    """For so long: how many answers had which status, and came from where."""
    end = time.monotonic() + seconds

    def ask(seed: int) -> Counter[tuple[int, str]]:
        dice, seen = Random(seed), Counter[tuple[int, str]]()
        with front.client() as client:
            while time.monotonic() < end:
                path, coding = dice.choice(PATHS), dice.choice(CODINGS)
                answer = client.get(f"{front.address}{path}", headers={"Accept-Encoding": coding})
                seen[answer.status_code, answer.headers.get("x-cache", "")] += 1
        return seen

    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(ask, range(CLIENTS)), Counter())


def told(what: str, seen: Counter[tuple[int, str]], seconds: float) -> float:
    """The share that was answered from what is kept; told with all that was seen."""
    share = sum(count for (_, cache), count in seen.items() if cache in KEPT) / seen.total()
    click.echo(
        f"\n{what}: {seen.total():,} answers, {seen.total() / seconds:,.0f} a second, {share:.2%} kept: {dict(seen)}"
    )
    return share


def kept(front: Front) -> None:
    """Every address once in each coding."""
    with front.client() as client:
        for path, coding in product(PATHS, ("gzip", "identity")):
            client.get(f"{front.address}{path}", headers={"Accept-Encoding": coding})


def test_of_a_repeated_load_99_of_100_answers_come_from_what_is_kept(front: Front) -> None:
    seen = load(front, 25)  # seconds: all is stale twice
    assert {status for status, _ in seen} == {200}
    assert told("repeated load", seen, 25) >= 0.99
    assert {cache for _, cache in seen} <= {*KEPT, "MISS"}, "nobody waits for what is stale"


def test_what_is_kept_is_what_the_service_answers_in_either_coding(front: Front) -> None:
    kept(front)
    with front.client() as client, front.processes.client() as service:
        for path, coding in product(PATHS, CODINGS):
            asked = {"Accept-Encoding": coding}
            answer, original = (
                client.get(front.address + path, headers=asked),
                service.get(front.processes.address + path, headers=asked),
            )
            assert answer.headers["x-cache"] == "HIT"
            assert answer.content == original.content
            for name in ("etag", "content-encoding", "content-type", "link", "last-modified", "vary"):
                assert answer.headers.get(name) == original.headers.get(name), (path, coding, name)
            again = client.get(front.address + path, headers=asked | {"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.headers["x-cache"]) == (304, "HIT")


def test_the_caches_behind_it_ask_each_time(front: Front) -> None:
    """They are not told how old an answer is, and would count another minute."""
    kept(front)
    with front.client() as client:
        answer = client.get("/initiatives")
    assert (answer.headers["x-cache"], answer.headers["cache-control"]) == ("HIT", "public, no-cache")
    assert "ratelimit-remaining" not in answer.headers


def test_while_the_service_is_away_and_while_it_starts_nobody_is_refused(front: Front) -> None:
    kept(front)
    begun, away = time.monotonic(), threading.Event()

    def restart() -> None:
        for _ in range(2):
            time.sleep(1)
            front.processes.stop()
            away.set()
            time.sleep(12)  # longer than anything is fresh
            front.processes.start()
        time.sleep(1)

    with ThreadPoolExecutor(1) as operator:
        restarting, seen = operator.submit(restart), Counter[tuple[int, str]]()
        while not restarting.done():
            seen += load(front, 2)
        restarting.result()
    told("two restarts", seen, time.monotonic() - begun)
    assert away.is_set()
    assert {status for status, _ in seen} == {200}
    assert sum(count for (_, cache), count in seen.items() if cache in ("STALE", "UPDATING")) > 1000


def test_after_a_minute_away_it_stands_in_and_what_it_never_saw_is_a_problem(front: Front) -> None:
    kept(front)
    front.processes.stop()
    time.sleep(65)
    with front.client() as client:
        answer = client.get("/initiatives")
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "STALE")
        for unseen in (client.get("/initiatives?limit=7"), client.post("/initiatives", json=DRAFT)):
            assert unseen.status_code == 503
            assert unseen.headers["content-type"] == "application/problem+json"
            assert unseen.headers["access-control-allow-origin"] == "*"
            assert unseen.headers["retry-after"] == "5"
            assert unseen.json()["status"] == 503
    front.processes.start()
    with front.client() as client:
        assert client.get("/initiatives?limit=7").status_code == 200


def test_what_is_withdrawn_is_gone_within_a_minute(front: Front) -> None:
    with front.client() as client, front.client(**bearer(front.moderator)) as moderator:
        case = published(client, moderator)
        shown = client.get(f"/initiatives/{case}")
        assert client.get(f"/initiatives/{case}").headers["x-cache"] == "HIT"
        said = {"json": {"reason": "r"}, "headers": {"If-Match": shown.headers["etag"]}}
        assert moderator.post(f"/moderation/initiatives/{case}/_archive", **said).status_code == 200
        begun, last = time.monotonic(), 0.0
        while (spent := time.monotonic() - begun) < 75:
            answer = client.get(f"/initiatives/{case}")
            last = spent if answer.status_code == 200 else last
            if spent > 61:  # nginx counts in whole seconds
                check_problem(answer, 410)
            time.sleep(0.5)
        click.echo(f"\na withdrawn case, asked for twice a second, was last seen after {last:.1f} s")
        assert last <= 61
        assert case not in client.get("/initiatives").text


def test_what_is_private_or_written_passes_and_is_never_kept(front: Front) -> None:
    with front.client() as client, front.client(**bearer(front.moderator)) as moderator:
        for _ in range(3):
            for path in ("/moderation/submissions", "/initiatives", "/initiatives/courcy"):
                answer = moderator.get(path)
                assert answer.status_code == 200
                assert "x-cache" not in answer.headers
                assert answer.headers["ratelimit-limit"] == str(READS), "they are told their own"
        assert client.get("/initiatives/courcy").headers["x-cache"] == "MISS", "nothing was kept of that"
        receipt = client.post("/initiatives", json=DRAFT)
        assert receipt.status_code == 201
        assert "x-cache" not in receipt.headers
        token, path = bearer(receipt.json()["edit_token"]), f"/submissions/{receipt.json()['id']}"
        assert client.get(path, headers=token).json()["draft"]["title"] == DRAFT["title"]
        assert patch(client, path, {"title": "Un autre titre"}, "*", **token).status_code == 200
        assert client.get(path, headers=token).json()["draft"]["title"] == "Un autre titre"
        check_problem(client.get(path), 404)
        assert client.delete(path, headers=token | {"If-Match": "*"}).status_code == 200
        assert client.options("/initiatives").headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_an_export_streams_through_and_is_not_kept(front: Front) -> None:
    with front.client() as client:
        for _ in range(2):
            answer = client.get("/initiatives.ndjson")
            assert len(answer.text.splitlines()) == 13
            assert "x-cache" not in answer.headers
            assert answer.headers["transfer-encoding"] == "chunked"
        held = {"If-None-Match": answer.headers["etag"]}
        assert client.get("/initiatives.ndjson", headers=held).status_code == 304


def test_what_prometheus_is_told_stays_inside(front: Front) -> None:
    with front.client() as client:
        assert client.get(client.base_url.join("/metrics")).status_code == 404
        assert client.get(client.base_url.join("/health/ready")).status_code == 200


def test_errors_are_the_services_own(front: Front) -> None:
    with front.client() as client:
        for _ in range(2):
            for language in ("fr", "en"):
                answer = client.get("/initiatives?limit=0", headers={"Accept-Language": language})
                check_problem(answer, 400)
                assert (answer.headers["content-language"], answer.headers["x-cache"]) == (language, "MISS")
        check_problem(
            client.post("/initiatives", content=b" " * 300_000, headers={"Content-Type": "application/json"}), 413
        )
        long = "&".join(f"theme={'a' * 99}{n}" for n in range(80))
        check_problem(client.get(f"/initiatives?{long}"), 400)


def test_a_sender_is_whom_nginx_sees_not_whom_a_header_names(front: Front) -> None:
    def left(address: str, requests: int) -> int:
        """Of the limit, after so many requests that each claim another address; each worker counts for itself."""
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
            return min(
                int(
                    client.post(
                        f"{front.address}/v1/initiatives", json={}, headers={"X-Forwarded-For": f"192.0.2.{n}"}
                    ).headers["ratelimit-remaining"]
                )
                for n in range(requests)
            )

    assert left("127.0.0.2", 20) <= WRITES - 10
    assert left("127.0.0.3", 2) >= WRITES - 2


def test_the_description_of_the_catalogue_comes_as_it_is_asked_for(front: Front) -> None:
    with front.client() as client:
        for accept in ("text/turtle", "application/ld+json") * 2:
            answer = client.get("/catalog", headers={"Accept": accept})
            assert answer.headers["content-type"].startswith(accept)
            assert answer.headers["x-cache"] == "MISS"


class Answering(BaseHTTPRequestHandler):
    """A service whose answers vary as their address says."""

    def do_GET(self) -> None:
        told = self.headers["Accept"].encode()
        self.send_response(200)
        self.send_header("Cache-Control", "public, max-age=10")
        self.send_header("Vary", self.path.rpartition("=")[2])
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize("vary", ["Accept,Accept-Encoding", "Accept-Language", "*", "Accept-Encoding"])
def test_what_varies_by_more_than_its_coding_is_not_kept(tmp_path: Path, vary: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        with caching(tmp_path, service.server_port) as address:
            told = [
                httpx.get(f"{address}/v1/any?vary={vary}", headers={"Accept": accept}).text
                for accept in ("text/turtle", "application/ld+json")
            ]
        service.shutdown()
    kept = vary == "Accept-Encoding"
    assert told == ["text/turtle", "text/turtle" if kept else "application/ld+json"]
