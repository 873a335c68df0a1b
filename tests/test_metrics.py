"""What Prometheus is told of: routes by their templates, whichever worker answers, and nothing of anybody."""

import re
import time
from pathlib import Path

import httpx

from api.db import Database
from tests.conftest import TLS, Service, submitted
from tests.faults.processes import PATIENCE, Processes, one_engine, serving

CANARY = "zqcanaryqz"
USES = ("read", "glance", "write")
COUNT = "territoires_http_request_duration_seconds_count"


def told(address: str) -> dict[str, float]:
    answer = httpx.get(f"{address}/metrics", timeout=30, verify=TLS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    assert CANARY not in answer.text
    return {name: float(value) for name, value in re.findall(r"^([a-z]\S*) (\S+)$", answer.text, re.MULTILINE)}


def count(method: str, route: str, status: int) -> str:
    return f'{COUNT}{{method="{method}",route="{route}",status="{status}"}}'


def test_requests_are_counted_by_the_template_of_their_route(service: Service, client: httpx.Client) -> None:
    before = told(service.address)
    for path in ("courcy", CANARY, "courcy?a=1"):
        client.get(f"/initiatives/{path}")
    client.head("/initiatives?limit=1")
    client.get("/initiatives", params={"q": CANARY, "facets": "kind"})
    client.post("/initiatives", json={})
    client.get(f"/{CANARY}")
    client.put("/initiatives")
    after = told(service.address)
    moved = {name: after[name] - before.get(name, 0) for name in after if name.startswith(COUNT)}
    assert {name: number for name, number in moved.items() if number} == {
        count("GET", "/initiatives/{initiative}", 200): 1,
        count("GET", "/initiatives/{initiative}", 404): 1,
        count("GET", "/initiatives/{initiative}", 400): 1,
        count("HEAD", "/initiatives", 200): 1,
        count("GET", "/initiatives", 200): 1,
        count("POST", "/initiatives", 400): 1,
        count("GET", "other", 404): 1,
        count("other", "other", 405): 1,
        count("GET", "other", 200): 1,  # the scrape before
    }


def test_what_waits_for_a_decision_is_told_with_its_age(service: Service, client: httpx.Client) -> None:
    before = told(service.address)
    assert (before["territoires_pending_submissions"], before["territoires_oldest_pending_seconds"]) == (0, 0)
    submitted(client)
    after = told(service.address)
    assert after["territoires_pending_submissions"] == 1
    assert 0 <= after["territoires_oldest_pending_seconds"] < 60
    assert (after["territoires_initiatives"], after["territoires_sequence"]) == (13, before["territoires_sequence"])


def test_the_database_is_told_of_by_what_it_is_used_for(
    service: Service, client: httpx.Client, database: Database
) -> None:
    def used() -> dict[str, float]:
        found = told(service.address)
        assert found["territoires_database_connections"] == (6 if database.is_sqlite else 20)
        assert [found[f'territoires_database_uses{{use="{use}"}}'] for use in USES] == [0, 0, 0]
        return {use: found[f'territoires_database_use_seconds_count{{use="{use}"}}'] for use in USES}

    before = used()
    client.get("/initiatives/courcy")
    submitted(client)
    after = used()
    moved = {use: after[use] - before[use] for use in USES}
    assert moved["glance"] == 1
    assert moved["write"] == 1
    assert moved["read"] >= 1


def wait_for_both(processes: Processes, database: Database) -> None:
    """Until two workers tell of themselves, and of nobody else."""
    end = time.monotonic() + PATIENCE
    while (found := told(processes.address)["territoires_database_connections"]) < 2 * database.connections:
        assert time.monotonic() < end, "a worker is missing"
        time.sleep(0.1)
    assert found == 2 * database.connections


@one_engine
def test_what_a_killed_worker_had_in_use_is_told_no_more(database: Database, database_url: str, tmp_path: Path) -> None:
    with serving(database_url, 2, tmp_path / "log") as processes:
        wait_for_both(processes, database)
        processes.kill_a_worker()
        end = time.monotonic() + 4  # in which who replaces it comes to tell of itself
        while time.monotonic() < end:
            wait_for_both(processes, database)


@one_engine
def test_each_of_several_workers_tells_of_all(database_url: str, tmp_path: Path) -> None:
    asked = 40
    with serving(database_url, 2, tmp_path / "log") as processes:
        for _ in range(asked):  # on a connection each, so that either worker has some
            with processes.client() as client:
                client.get("/themes")
        found = [told(processes.address) for _ in range(10)]
    assert {one[count("GET", "/themes", 200)] for one in found} == {asked}
