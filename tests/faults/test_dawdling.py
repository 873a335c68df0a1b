"""Whoever sends a request slowly or not to its end, or does not take the answer, holds nothing for long."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from api import server
from tests.conftest import Service
from tests.databases import SqliteFiles
from tests.v1.wire import check_problem, raw

HEAD = b"POST /v1/initiatives HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
PATIENCE = 20  # seconds, of which a part of one is needed


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """No database is asked."""
    return sqlite_files


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenths of seconds stand for the seconds that the service waits."""
    for name, seconds in {"_HEAD": 0.3, "_BODY": 0.3, "_ANSWER": 0.3, "_LOOK": 0.1}.items():
        monkeypatch.setattr(server, name, seconds)


@contextmanager
def connected(service: Service) -> Iterator[socket.socket]:
    address = urlsplit(service.address)
    with closing(socket.create_connection((address.hostname, address.port), timeout=PATIENCE)) as connection:
        yield connection


def to_the_end(connection: socket.socket) -> bytes:
    """All that comes until the service ends the connection."""
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD[:30], HEAD, HEAD + b"Content-Length: 100\r\n\r\n", HEAD + b'Content-Length: 100\r\n\r\n{"title":'],
    ids=["nothing", "part of a line", "part of a head", "no body", "part of a body"],
)
def test_a_request_that_does_not_arrive_in_time_is_ended_with_a_problem(service: Service, sent: bytes) -> None:
    with connected(service) as connection:
        connection.sendall(sent)
        head, _, body = to_the_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["status"] == 408


def outcome(connection: socket.socket, parts: Iterable[bytes], pause: float = 0) -> bytes:
    """What comes after these were sent; nothing where the service has broken the connection off before."""
    try:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        return to_the_end(connection)
    except ConnectionError:
        return b""


def test_a_request_that_arrives_bit_by_bit_has_no_longer(service: Service) -> None:
    begun = time.monotonic()
    with connected(service) as connection:
        outcome(connection, (bytes([letter]) for letter in HEAD * 100), pause=0.02)
    assert time.monotonic() - begun < PATIENCE / 2


def test_a_head_without_end_is_not_collected(service: Service) -> None:
    with connected(service) as connection:
        assert b" 408 " not in outcome(connection, [HEAD + b"X: ", *[b"a" * 65_536] * 2000])
    answer = raw(service.address, HEAD + b"X: " + b"a" * 70_000)
    assert (answer.status_code, answer.json()["status"]) == (431, 431)


def test_a_long_body_is_none_of_a_head_whose_end_came_apart(service: Service) -> None:
    body = b" " * 100_000 + b"{}"
    with connected(service) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n" % len(body))
        time.sleep(0.05)
        connection.sendall(b"Connection: close\r\n\r")
        time.sleep(0.05)
        connection.sendall(b"\n" + body)
        assert to_the_end(connection).startswith(b"HTTP/1.1 400 ")


def test_a_long_body_is_none_of_the_head_that_begins_behind_it(service: Service) -> None:
    """In one packet, as far as the systems let it through in one."""
    body = b" " * 200_000 + b"{}"
    first = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    for _ in range(3):
        with connected(service) as connection:
            connection.sendall(first + b"GET /v1/status HTTP/1.1\r\nHost: x\r\n")
            time.sleep(0.05)
            connection.sendall(b"Connection: close\r\n\r\n")
            answers = to_the_end(connection)
        assert answers.startswith(b"HTTP/1.1 400 ")
        assert answers.count(b"HTTP/1.1 200 OK") == 1


def test_a_head_that_begins_behind_a_body_has_an_end_too(service: Service) -> None:
    with connected(service) as connection:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}GET /v1/status HTTP/1.1\r\nX: ")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400 ")
        connection.sendall(b"a" * 140_000)
        assert to_the_end(connection).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("letters", [66_000, 70_000, 200_000])
def test_an_address_that_is_too_long_is_one_answer(service: Service, letters: int) -> None:
    address = b"/v1/initiatives?q=" + b"a" * letters
    problem = check_problem(raw(service.address, b"GET " + address + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 431)
    assert "trop longs" in problem["detail"]


def test_requests_that_do_not_wait_for_their_answers_are_few(service: Service) -> None:
    one = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(service) as connection:
        connection.sendall(one * 10 + b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert to_the_end(connection).count(b"HTTP/1.1 200 OK") == 11
    with connected(service) as connection:
        connection.sendall(one * 200)
        assert to_the_end(connection).count(b"HTTP/1.1 200 OK") < 20


def test_who_does_not_take_the_answer_is_left(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_WAITING", 1000)
    with connected(service) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        # 12 MB of answers, of which the systems on both sides keep some.
        asked = [b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 4] * 10
        assert outcome(connection, asked, pause=0.5).count(b"HTTP/1.1 200 OK") < 40


def test_who_waits_between_two_requests_is_not_disturbed(service: Service) -> None:
    with service.client() as client:
        for _ in range(3):
            assert client.get("/status").status_code == 200
            time.sleep(0.6)


def test_a_blank_line_after_an_answer_holds_nothing(service: Service) -> None:
    with connected(service) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        begun = time.monotonic()
        connection.sendall(b"\r\n")
        to_the_end(connection)
    assert time.monotonic() - begun < PATIENCE / 2
