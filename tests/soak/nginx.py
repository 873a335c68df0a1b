"""A real nginx with the very file that is recommended, on ports and in folders of the test's own."""

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import TLS
from tests.faults.processes import free_port

FILE = Path(__file__).parents[2] / "docs" / "deploy" / "nginx.conf"
# What Debian's nginx.conf has around it, for a process that is nobody's service.
AROUND = """
daemon off;
user {user};
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/territoires.conf;
}}
"""


@contextmanager
def caching(folder: Path, port: int) -> Iterator[str]:
    """nginx in front of what listens on a port, until the block ends; its address."""
    own = free_port()
    text = FILE.read_text(encoding="utf-8")
    for recommended, here in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{port};"),
        ("listen 80;", f"listen 127.0.0.1:{own};"),
        ("listen [::]:80;", ""),
        ("/var/cache/nginx/territoires", f"{folder}/cache"),
    ):
        assert text.count(recommended) == 1, recommended
        text = text.replace(recommended, here)
    (folder / "territoires.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=getpass.getuser()))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "this test needs nginx: apt-get install nginx-light"
    with subprocess.Popen([program, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]) as process:
        try:
            _wait(f"http://127.0.0.1:{own}", process)
            yield f"http://127.0.0.1:{own}"
        finally:
            process.terminate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            httpx.get(f"{address}/health/live", verify=TLS)
        except httpx.TransportError:
            assert process.poll() is None, "nginx did not start"
            assert time.monotonic() < end, "nginx does not answer"
            time.sleep(0.05)
        else:
            return
