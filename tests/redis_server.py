"""A real Redis for the tests, in a process of its own, which can be killed and started again."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.faults.processes import free_port


class RedisServer:
    """A real server, on the same port each time it is started."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None and os.environ.get("CI"):
            pytest.fail("CI needs redis-server")
        if program is None:
            pytest.skip("no redis-server; on Debian: apt-get install redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/1"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        with self.client() as client:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.02)
                else:
                    return
        pytest.fail("redis-server did not start")

    @contextmanager
    def client(self) -> Iterator[redis.Redis]:
        with redis.Redis.from_url(self.url) as client:
            yield client

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
