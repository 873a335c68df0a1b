"""A PostgreSQL whose machine loses its power says nothing any more, not even that it ends: 503 soon, and soon over.

It lies behind a cable of its own, a network namespace (it takes root and `ip`), which is cut and mended.
"""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from tests.conftest import TLS
from tests.databases import PostgresDatabases, postgres_server
from tests.faults.processes import Processes, serving

NAME, HERE, THERE, PORT = "territoires", "10.213.7.1/24", "10.213.7.2", "5433"
AWAY = 40  # seconds
READS = ("/v1/initiatives/courcy", "/v1/themes")  # awaited on the event loop, and in a thread
NOTICED = 16  # seconds until a request that was under way is answered
BACK = 12  # seconds until all is well again


def ip(*words: str) -> None:
    subprocess.run([shutil.which("ip") or pytest.skip("no ip: apt-get install iproute2"), *words], check=True)


@contextmanager
def cable() -> Iterator[None]:
    ip("netns", "add", NAME)
    try:
        ip("link", "add", f"{NAME}0", "type", "veth", "peer", "name", f"{NAME}1")
        ip("link", "set", f"{NAME}1", "netns", NAME)
        ip("address", "add", HERE, "dev", f"{NAME}0")
        ip("link", "set", f"{NAME}0", "up")
        ip("netns", "exec", NAME, "ip", "address", "add", f"{THERE}/24", "dev", f"{NAME}1")
        ip("netns", "exec", NAME, "ip", "link", "set", f"{NAME}1", "up")
        yield
    finally:
        ip("netns", "delete", NAME)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Processes]:
    with postgres_server(tmp_path) as server, PostgresDatabases(server, tmp_path).copy() as url, cable():
        folder = make_url(url).query["host"]
        relay = (sys.executable, "-m", "tests.soak.relay", THERE, PORT, f"{folder}/.s.PGSQL.5432")
        away = make_url(url).set(host=THERE, port=int(PORT), query={}).render_as_string(hide_password=False)
        with subprocess.Popen(["ip", "netns", "exec", NAME, *relay], stdout=subprocess.PIPE) as beyond:
            assert beyond.stdout is not None
            assert beyond.stdout.readline() == b"ready\n"
            with serving(away, 1, tmp_path / "log") as processes:
                yield processes
            beyond.kill()


def test_a_server_that_vanishes_is_noticed_and_its_return_too(running: Processes) -> None:
    over, seen = threading.Event(), []

    def ask(path: str) -> None:
        with httpx.Client(base_url=running.address, timeout=AWAY, verify=TLS) as client:
            while not over.is_set():
                begun = time.monotonic()
                status = client.get(path).status_code
                seen.append((begun, time.monotonic(), status))
                time.sleep(0.1)

    asking = [threading.Thread(target=ask, args=[path]) for path in READS * 4]
    for one in asking:
        one.start()
    time.sleep(2)
    ip("link", "set", f"{NAME}0", "down")
    time.sleep(AWAY)
    alive = httpx.get(f"{running.address}/health/live", verify=TLS)
    ip("link", "set", f"{NAME}0", "up")
    mended = time.monotonic()
    time.sleep(BACK + 5)
    over.set()
    for one in asking:
        one.join()
    longest = max(end - begun for begun, end, _ in seen)
    last = max((end for _, end, status in seen if status != httpx.codes.OK), default=mended)
    print(f"\nanswered after {longest:.1f} s at most; the last 503 {last - mended:.1f} s after its return")  # noqa: T201
    assert alive.status_code == httpx.codes.OK
    assert {status for *_, status in seen} == {200, 503}
    assert longest < NOTICED
    assert {status for begun, _, status in seen if begun > mended + BACK} == {200}
