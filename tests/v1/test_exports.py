"""Exports hold what the lists hold, go on where they were interrupted, and wait for whoever reads slowly."""

import json
import socket
import threading
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from api.catalogue import exporting
from tests.conftest import Service, published
from tests.v1.conftest import Shared
from tests.v1.wire import check_problem, walk

QUESTIONS: list[dict[str, Any]] = [
    {},
    {"sort": "title"},
    {"country": ["BE", "PT"], "sort": "-population"},
    {"q": "habitants"},
    {"q": "ville", "sort": "population"},
    {"near": "48.8,2.3", "radius": 400},
    {"near": "48.8,2.3", "radius": 500, "sort": "distance"},
    {"similar": "insee:81004"},
    {"published": "2026/..", "sort": "published"},
    {"q": "zzz"},
]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an export of a few has several."""
    monkeypatch.setattr(exporting, "_BATCH", 3)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert not answer.text or answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("question", QUESTIONS, ids=urlencode)
def test_an_export_holds_what_the_list_holds_in_its_order(shared: Shared, question: dict[str, Any]) -> None:
    exported = lines(shared.anybody.get("/initiatives.ndjson", params=question))
    assert exported == walk(shared.anybody, "/initiatives", **question)


def test_the_export_of_territories_holds_what_their_list_holds(anyone: httpx.Client) -> None:
    for question in ({"country": "BE"}, {"q": "saint"}, {"near": "49.2,5.4"}):
        exported = lines(anyone.get("/territories.ndjson", params=question))
        assert exported == walk(anyone, "/territories", **question)
        assert len(exported) > 3


def test_a_line_is_byte_for_byte_the_document_that_is_served(anyone: httpx.Client) -> None:
    whole = anyone.get("/initiatives.ndjson").content.splitlines()
    assert [anyone.get(f"/initiatives/{json.loads(line)['id']}").content for line in whole] == whole


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question != {"q": "zzz"}], ids=urlencode)
def test_who_was_interrupted_goes_on_after_the_last_that_arrived(shared: Shared, question: dict[str, Any]) -> None:
    whole = shared.anybody.get("/initiatives.ndjson", params=question).content.splitlines(keepends=True)
    for last in (0, len(whole) // 2, len(whole) - 1):
        here = question | {"cursor": json.loads(whole[last])["id"]}
        assert shared.anybody.get("/initiatives.ndjson", params=here).content == b"".join(whole[last + 1 :])


def test_the_cursor_of_a_list_and_the_id_of_a_territory_do_as_well(anyone: httpx.Client) -> None:
    page = anyone.get("/initiatives", params={"limit": 5, "sort": "title"}).json()
    rest = lines(anyone.get("/initiatives.ndjson", params={"sort": "title", "cursor": page["next"]}))
    assert page["items"] + rest == lines(anyone.get("/initiatives.ndjson", params={"sort": "title"}))
    for query in ("country=FR", "q=saint", "q=saint&country=FR", "similar=fr-81004"):
        whole = lines(anyone.get(f"/territories.ndjson?{query}"))
        assert len(whole) > 5, query
        assert lines(anyone.get(f"/territories.ndjson?{query}&cursor={whole[4]['id']}")) == whole[5:]


@pytest.mark.parametrize("path", ["/initiatives.ndjson", "/territories.ndjson"])
@pytest.mark.parametrize("query", ["cursor=WyJ4Il0", "cursor=absent&q=ville", "limit=3", "colour=red", "country=fr"])
def test_what_is_wrong_with_a_question_is_an_error_before_anything_is_sent(
    anyone: httpx.Client, path: str, query: str
) -> None:
    (error,) = check_problem(anyone.get(f"{path}?{query}"), 400)["errors"]
    assert error["parameter"] == query.partition("=")[0]


def test_a_file_is_dated_tells_its_licence_and_the_sequence_it_stands_for(anyone: httpx.Client) -> None:
    status = anyone.get("/status").json()
    for kind in ("initiatives", "territories"):
        answer = anyone.head(f"/{kind}.ndjson")
        name = f"territoires-innovants-{kind}-{status['updated_at'][:10]}.ndjson"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["catalogue-sequence"] == str(status["sequence"])
        assert 'rel="license"' in answer.headers["link"]
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.content == b""


def test_an_export_that_is_asked_for_again_costs_nothing_until_something_changes(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    for accepted in ("identity", "gzip"):
        path, said = "/initiatives.ndjson?country=FR", {"Accept-Encoding": accepted}
        tag = client.get(path, headers=said).headers["etag"]
        assert client.get(path, headers=said | {"If-None-Match": tag}).status_code == 304
        assert client.get("/initiatives.ndjson", headers=said | {"If-None-Match": tag}).status_code == 200
        published(client, moderator)
        assert client.get(path, headers=said | {"If-None-Match": tag}).status_code == 200


def test_what_is_compressed_is_the_same(anyone: httpx.Client) -> None:
    plain = anyone.get("/initiatives.ndjson", headers={"Accept-Encoding": "identity"})
    packed = anyone.get("/initiatives.ndjson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


def test_who_asks_for_the_headers_alone_has_one_batch_made(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    located = exporting.finding.located

    def counting(*asked: Any) -> Any:
        made.append(asked)
        return located(*asked)

    monkeypatch.setattr(exporting.finding, "located", counting)
    assert client.head("/initiatives.ndjson").status_code == 200
    assert len(made) == 1
    assert len(lines(client.get("/initiatives.ndjson"))) == 13
    assert len(made) == 1 + 5


def test_no_batch_is_made_before_the_one_before_was_taken_nor_for_who_has_hung_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that does not read is waited for: with what the sockets hold, not with all that there is."""
    made = 0
    located = exporting.finding.located

    def counting(*asked: Any) -> Any:
        nonlocal made
        made += 1
        items, _ = located(*asked)
        return [item._replace(document=b"x" * 2**20) for item in items], asked[1].cursor or "WyJ4Il0"  # without end

    def at_rest() -> int:
        """How many were made when no more are."""
        before = -1
        while before != made and made < 50:
            before = made
            threading.Event().wait(0.5)
        return made

    monkeypatch.setattr(exporting.finding, "located", counting)
    parts = urlsplit(service.address)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(b"GET /v1/initiatives.ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(10)
        waiting = at_rest()
        assert 0 < waiting < 50
    assert at_rest() <= waiting + 1
