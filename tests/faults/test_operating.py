"""What an operator does to a service that runs: it obeys at once, without a restart, in every process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.catalogue import keys
from api.db import Database
from api.vocabulary import KeyRole
from tests.conftest import DRAFT
from tests.faults.processes import Processes, serving
from tests.test_cli import lines
from tests.v1.wire import bearer

LEAD = {"title": "Une piste", "kind": "lead"}


def said(database_url: str, *words: str) -> str:
    """What the command answers, in another process than any that serves."""
    return "\n".join(lines(*words, url=database_url))


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


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_an_operator_says_wins_over_the_setting(database_url: str, tmp_path: Path) -> None:
    said(database_url, "submissions", "open")
    with serving(database_url, 1, tmp_path / "log", TERRITOIRES_SUBMISSIONS="closed") as processes:
        assert statuses(processes) == {201}
        said(database_url, "submissions", "as-set")
        assert statuses(processes) == {403}


# --- Proxies ---------------------------------------------------------------------------------------------------------

# How a request's address is found does not depend on the database.
one_engine = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


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
