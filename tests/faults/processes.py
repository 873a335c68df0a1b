"""The `territoires` command as an operator runs it: in processes of its own, which can be stopped and killed."""

import os
import random
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import family
from tests.conftest import TLS

_COMMAND = Path(sysconfig.get_path("scripts")) / "territoires"
PATIENCE = 120  # seconds that a start may take where other tests keep a slow machine busy
# How a service starts and stops, and how a request's address is found, does not depend on the database.
one_engine = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
GRACE = 10  # seconds from SIGTERM to the end, as promised


def command(
    database_url: str, *words: str, under: Sequence[str] = (), stderr: int = subprocess.PIPE, **environment: str
) -> subprocess.Popen[str]:
    """`territoires …` on a database, in a process group of its own; under another command, if one is given."""
    settings = {"TERRITOIRES_DATABASE_URL": database_url, "TERRITOIRES_RATE_LIMIT_WRITES": "off"}
    return subprocess.Popen(
        [*under, _COMMAND, *words],
        env=os.environ | settings | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


class Processes:
    """`territoires serve` with its workers, on the same port each time it is started."""

    def __init__(
        self, database_url: str, workers: int, log: Path, under: Sequence[str] = (), **environment: str
    ) -> None:
        self.database_url = database_url
        self._workers = workers
        self._log = log
        self._under = under
        self._environment = environment
        self.said = ""  # to its standard output, until it was stopped
        self.port = free_port()
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def complaints(self) -> str:
        """What the service wrote to its standard error, over all its starts: nothing, if all went well."""
        return self._log.read_text()

    def client(self, **options: Any) -> httpx.Client:
        """A client of version 1."""
        return httpx.Client(base_url=f"{self.address}/v1", timeout=PATIENCE, verify=TLS, **options)

    def async_client(self, **options: Any) -> httpx.AsyncClient:
        """A client of version 1 that waits beside others."""
        return httpx.AsyncClient(base_url=f"{self.address}/v1", timeout=PATIENCE, verify=TLS, **options)

    def start(self) -> None:
        """Start, and come back once the service is ready."""
        with self._log.open("a") as log:
            words = ("serve", "--port", str(self.port), "--workers", str(self._workers))
            self._process = command(
                self.database_url, *words, under=self._under, stderr=log.fileno(), **self._environment
            )
        end = time.monotonic() + PATIENCE
        while not self.ready():
            assert self._process.poll() is None, f"the service did not start:\n{self.complaints}"
            assert time.monotonic() < end, f"the service is not ready after {PATIENCE} s:\n{self.complaints}"
            time.sleep(0.05)  # to ask takes time from who starts

    def ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.address}/health/ready", timeout=PATIENCE, verify=TLS)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def memory(self) -> int:
        """MiB that all of it holds itself, without files that are mapped."""
        return sum(family.memory(self._process.pid))

    def kill_a_worker(self) -> None:
        """SIGKILL to the oldest of several, and come back once another has taken its place."""
        before = self._workers_now()
        os.kill(dead := min(before), signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while len(self._workers_now() - {dead}) < len(before):
            assert time.monotonic() < end, "the worker was not replaced"
            time.sleep(0.05)

    def _workers_now(self) -> set[int]:
        started = family.children(self._process.pid)
        return {pid for pid in started if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def kill(self) -> None:
        """SIGKILL to every process at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def stop(self) -> float:
        """SIGTERM, as a supervisor sends it; returns the seconds until every process was gone."""
        begun = time.monotonic()
        self._process.terminate()
        try:
            # Standard output ends when the last process that has inherited it does.
            self.said += self._process.communicate(timeout=GRACE)[0]
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the service still ran {GRACE} s after SIGTERM:\n{self.complaints}") from None
        return time.monotonic() - begun

    @property
    def running(self) -> bool:
        return self._process.returncode is None


@contextmanager
def serving(
    database_url: str, workers: int, log: Path, under: Sequence[str] = (), **environment: str
) -> Iterator[Processes]:
    """The service, ready, until the block ends; SIGTERM stops it."""
    processes = Processes(database_url, workers, log, under, **environment)
    try:
        yield processes
    except BaseException:
        processes.kill()  # the test has failed already, and says why
        raise
    if processes.running:
        processes.stop()


def free_port() -> int:
    """A port that nobody has, and that no outgoing connection is given while the service is down."""
    while True:
        port = random.randrange(20000, 30000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
