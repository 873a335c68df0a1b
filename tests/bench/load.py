"""Servers as processes, and the load that wrk puts on them: one thread, sixteen connections if nothing else is said."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests import family

_LUA = Path(__file__).with_name("paths.lua")
SECONDS = 3  # of one measurement
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Measured(NamedTuple):
    """Answers in a second, and the time that half and 99 of 100 took at most, in milliseconds."""

    per_second: float
    p50: float
    p99: float


def load(address: str, paths: Path, seconds: int, connections: int = 16, accepting: str = "identity") -> Measured:
    """What a server did under load, from clients that accept this coding."""
    with loading(address, paths, seconds, connections, accepting) as wrk:
        return measured(wrk)


@contextmanager
def loading(
    address: str, paths: Path, seconds: int, connections: int = 16, accepting: str = "identity"
) -> Iterator[subprocess.Popen[str]]:
    """A load that goes on meanwhile."""
    wrk = shutil.which("wrk") or sys.exit("The benchmark needs wrk; on Debian: apt-get install wrk")
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{seconds}s", "--latency", "-s", str(_LUA)]
    options += ["-H", f"Accept-Encoding: {accepting}"]
    with subprocess.Popen([wrk, *options, address, "--", str(paths)], stdout=subprocess.PIPE, text=True) as process:
        yield process


def measured(wrk: subprocess.Popen[str]) -> Measured:
    """What a load found in the end; any answer that is not 200 ends the benchmark."""
    told, _ = wrk.communicate()
    if wrong := re.search(r"Non-2xx.*|Socket errors.*", told):
        sys.exit(f"{wrk.args}: {wrong[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p50, p99 = (re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", told) for percent in (50, 99))
    if not (rate and p50 and p99):
        sys.exit(told)
    return Measured(float(rate[1]), *(float(found[1]) * _UNITS[found[2]] for found in (p50, p99)))


class Server(NamedTuple):
    """A server that runs, and its process, the parent of its workers if there are several."""

    address: str
    process: subprocess.Popen[bytes]

    def anonymous_memory(self) -> int:
        """MiB of the worker that has most: what it holds itself, without mapped files."""
        return max(family.memory(self.process.pid))


def ours(url: str, workers: int, **environment: str) -> AbstractContextManager[Server]:
    """The whole service."""
    command = [str(Path(sys.executable).with_name("territoires")), "serve", "--port", "{port}"]
    return serving([*command, "--workers", str(workers)], {"TERRITOIRES_DATABASE_URL": url, **environment})


@contextmanager
def serving(command: list[str], environment: dict[str, str]) -> Iterator[Server]:
    """A server that is told its port by `{port}` in its command."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in command]
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield Server(address, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
        if process.poll() is not None:
            break
    sys.exit(f"{address} does not answer")
