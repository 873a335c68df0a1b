"""What an operator does to a service, when he starts it and while it runs: it obeys at once, in every process."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen

import httpx
import pytest

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, TLS
from tests.faults.processes import GRACE, PATIENCE, Processes, command, one_engine, serving
from tests.test_cli import lines
from tests.v1.wire import bearer

LEAD = {"title": "Une piste", "kind": "lead"}


def said(database_url: str, *words: str) -> str:
    """What the command answers, in another process than any that serves."""
    return "\n".join(lines(*words, url=database_url))


# --- Its start -------------------------------------------------------------------------------------------------------


def has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


LISTENED_ON = [
    ("127.0.0.1", {}, False),
    ("0.0.0.0", {}, True),
    ("0.0.0.0", {"TERRITOIRES_PUBLIC_URL": "https://catalogue.example"}, False),
    ("0.0.0.0", {"territoires_public_url": "https://catalogue.example"}, False),
    *([("::1", {}, False), ("::", {}, True)] if has_ipv6() else []),
]


@contextmanager
def announced(database_url: str, *words: str, **environment: str) -> Iterator[tuple[Popen[str], str]]:
    """A service on a port that was free, and the address that it says it has; killed if a test leaves it."""
    process = command(database_url, "serve", "--port", "0", *words, **environment)
    try:
        assert process.stdout
        said = process.stdout.readline()
        where = re.search(r"explore it at (http://\S+:[1-9]\d*)/docs ", said)
        assert where, said
        yield process, where[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@one_engine
@pytest.mark.parametrize(("host", "settings", "warned"), LISTENED_ON)
def test_links_have_the_address_that_is_listened_on_and_who_listens_on_all_is_told(
    database_url: str, host: str, settings: dict[str, str], warned: bool
) -> None:
    with announced(database_url, "--host", host, **settings) as (process, address):
        assert address.startswith(f"http://[{host}]:" if ":" in host else f"http://{host}:")
        # At once: who comes before the service is ready waits, and is not refused.
        answer = httpx.get(f"{address}/.well-known/api-catalog", timeout=PATIENCE, verify=TLS)
        process.terminate()
        _, complaints = process.communicate(timeout=GRACE)
    links = next(iter(settings.values()), address)
    assert answer.json()["linkset"][0]["anchor"] == f"{links}/.well-known/api-catalog"
    told = f"links will say {address}: set TERRITOIRES_PUBLIC_URL to your address\n"
    assert complaints == (told if warned else "")


@one_engine
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_without_a_word(database_url: str, workers: int) -> None:
    with announced(database_url, "--workers", str(workers)) as (process, address):
        assert httpx.get(f"{address}/health/ready", timeout=PATIENCE, verify=TLS).status_code == 200
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=GRACE)
    assert (process.returncode, stdout) == (0, "")
    assert all("WAL-reset" in line for line in stderr.splitlines())  # which several workers are told at their start


def test_a_postgresql_that_is_away_is_one_line_of_a_command() -> None:
    process = command("postgresql://clerk:s3cret@127.0.0.1:1/catalogue", "check")
    stdout, stderr = process.communicate(timeout=PATIENCE)
    (line,) = stderr.splitlines()
    assert line.startswith("Error: the database cannot be reached at 127.0.0.1, port 1: ")
    assert "s3cret" not in line
    assert (process.returncode, stdout) == (1, "")


# --- Who may submit --------------------------------------------------------------------------------------------------


def statuses(processes: Processes, **headers: str) -> set[int]:
    """What some clients are answered who each send a case, over connections of their own: whichever worker they get."""
    answers = set()
    for _ in range(8):
        with processes.client(headers=headers) as client:
            answers.add(client.post("/initiatives", json=DRAFT).status_code)
    return answers


@pytest.mark.parametrize("workers", [2])
def test_submissions_are_closed_and_opened_at_once_in_every_process(
    processes: Processes, database: Database, database_url: str
) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
    assert said(database_url, "submissions") == "submissions: open, by the setting TERRITOIRES_SUBMISSIONS"
    for who, anybody, holder in (("closed", 403, 403), ("keys", 401, 201), ("open", 201, 201), ("closed", 403, 403)):
        by = f"submissions: {who}, by this command; as-set leaves it to the setting"
        assert said(database_url, "submissions", who) == by
        assert statuses(processes) == {anybody}
        assert statuses(processes, **bearer(key)) == {holder}
        assert said(database_url, "submissions") == by
        with processes.client() as client:
            assert client.get("/initiatives").status_code == 200
    for _ in range(2):
        expected = "submissions: open, by the setting TERRITOIRES_SUBMISSIONS"
        assert said(database_url, "submissions", "as-set") == expected
        assert statuses(processes) == {201}


@one_engine
def test_what_an_operator_says_wins_over_the_setting(database_url: str, tmp_path: Path) -> None:
    said(database_url, "submissions", "open")
    with serving(database_url, 1, tmp_path / "log", TERRITOIRES_SUBMISSIONS="closed") as processes:
        assert statuses(processes) == {201}
        said(database_url, "submissions", "as-set")
        assert statuses(processes) == {403}


# --- Proxies ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Processes]:
    """A service that allows two writes a minute, and trusts these proxies."""
    environment = {"TERRITOIRES_RATE_LIMIT_WRITES": "2/minute", **request.param}
    with serving(database_url, 1, tmp_path / "log", **environment) as processes:
        yield processes


def told(processes: Processes, *forwarded: str) -> list[int]:
    """What writes are answered that come with these forwarded addresses."""
    with processes.client() as client:
        return [
            client.post("/initiatives", json=LEAD, headers={"X-Forwarded-For": address}).status_code
            for address in forwarded
        ]


@one_engine
@pytest.mark.parametrize(
    "behind",
    [
        {},
        {"FORWARDED_ALLOW_IPS": "*"},
        {"FORWARDED_ALLOW_IPS": "127.0.0.1"},
        {"TERRITOIRES_TRUSTED_PROXIES": "192.0.2.0/24"},
    ],
    indirect=True,
    ids=str,
)
def test_nobody_evades_a_limit_by_addresses_that_he_makes_up(behind: Processes) -> None:
    assert told(behind, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4") == [201, 201, 429, 429]


@one_engine
@pytest.mark.parametrize("behind", [{"TERRITOIRES_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1"}], indirect=True, ids=str)
def test_a_trusted_proxy_says_who_its_clients_are_and_they_do_not(behind: Processes) -> None:
    assert told(behind, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4") == [201] * 4
    # The first entries are the client's own words; what it says of proxies beyond ours changes nothing.
    forged = ("192.0.2.5, 192.0.2.9", "192.0.2.6, 192.0.2.9", "10.1.1.1, 192.0.2.9", "192.0.2.7, 192.0.2.9, 10.0.0.1")
    assert told(behind, *forged) == [201, 201, 429, 429]
    for garbage in ("somebody", "x" * 5000, "fe80::1%" + "y" * 5000, ""):
        assert set(told(behind, garbage)) <= {201, 429}
