"""An answer is in the media type that the caller likes best, of those that the operation is described with."""

import httpx
import pytest


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*;q=0.1",
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/html, application/xhtml+xml, */*;q=0.8",
        "application/problem+json",
        "text/csv;q=1, application/json;q=0.001",
        "*/*;q=0, application/json",
    ],
)
def test_json_is_served_to_all_who_take_it(anyone: httpx.Client, accept: str) -> None:
    for path in ("/initiatives", "/status"):
        answer = anyone.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "application/json;q=0.000, */*", "*/*;q=0"])
def test_who_does_not_take_json_is_told_what_there_is(anyone: httpx.Client, accept: str) -> None:
    for path in ("/initiatives", "/status"):
        answer = anyone.get(path, headers={"Accept": accept})
        assert answer.status_code == 406
        assert answer.json()["detail"] == "Answers are application/json."


def test_several_accept_headers_are_one(anyone: httpx.Client) -> None:
    answer = anyone.get("/status", headers=[("Accept", "text/html"), ("Accept", "application/json")])
    assert answer.status_code == 200
