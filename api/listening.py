"""The service on a port: it listens before anything is announced, so that who comes early waits and is not refused."""

import ipaddress
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from api import logs, metrics
from api.server import ProblemProtocol

_GRACE = 6  # seconds that requests under way have to end, once the service is told to stop


def opened(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket that takes connections already, and its address. OSError, with the address, where it cannot be had."""
    host = host or "0.0.0.0"  # noqa: S104
    inside = f"[{host}]" if ":" in host else host
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # what follows is where, once more
        raise OSError(f"cannot listen at http://{inside}:{port}: {why}") from None
    return listener, f"http://{inside}:{listener.getsockname()[1]}"


def is_everywhere(listener: socket.socket) -> bool:
    """Whether it listens on every address of the machine, so that none is known under which it is reached."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_unspecified


def serve(listener: socket.socket, workers: int, proxies: str) -> None:
    """Serve until somebody stops it."""
    config = uvicorn.Config(
        "api.main:served",
        factory=True,
        http=ProblemProtocol,
        server_header=False,
        workers=workers,
        timeout_graceful_shutdown=_GRACE,
        log_config=logs.CONFIG,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,  # even where it is empty: unset, uvicorn would read it from the environment
    )
    with listener, _counting_together(workers), suppress(KeyboardInterrupt):
        if workers == 1:
            uvicorn.Server(config).run([listener])
        else:
            Multiprocess(config, [listener]).run()


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Where there are several workers, a folder for what they count for `/metrics`: each tells of all."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
        os.environ[metrics.SHARED] = folder
        yield
