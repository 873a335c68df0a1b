"""Territories are found by their names as people write them, and by where they are; the same on both databases."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.v1.conftest import Shared
from tests.v1.wire import check_problem, places, walk


def found(anyone: httpx.Client, **asked: Any) -> list[str]:
    """Ids, in the order of the answer, page after page."""
    return [item["id"] for item in walk(anyone, "/territories", **{"limit": 2} | asked)]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("bras sur meuse", "fr-55073"),
        ("BRAS-SUR-MEUSE", "fr-55073"),
        ("meuse bras", "fr-55073"),
        ("bra meu", "fr-55073"),
        ("mesnil roch", "fr-35308"),
        ("Mesnil-Roc'h", "fr-35308"),
        ("Mesnil Roc’h", "fr-35308"),
        ("loos-en-gohelle", "fr-62528"),
        ("Gand", "be-44021"),
        ("Gent", "be-44021"),
        ("Ghent", "be-44021"),
        ("l'haÿ les roses", "fr-94038"),
        ("lhay", "fr-94038"),
        ("St-Denis", "fr-97411"),
        ("55100", "fr-55545"),
    ],
)
def test_a_name_is_found_as_people_write_it(anyone: httpx.Client, q: str, first: str) -> None:
    assert found(anyone, q=q)[:1] == [first]


@pytest.mark.parametrize("q", ["loos en gohele", "loos en ghoelle", "loos en gohhelle", "loos en gohalle"])
def test_one_typing_error_in_a_longer_word_is_forgiven(anyone: httpx.Client, q: str) -> None:
    assert found(anyone, q=q) == ["fr-62528"]


def test_two_errors_are_not(anyone: httpx.Client) -> None:
    assert found(anyone, q="loos en ghele") == []


def test_exact_names_come_first_then_the_larger(anyone: httpx.Client) -> None:
    shown = walk(anyone, "/territories", q="saint denis", limit=3)
    exact = [item for item in shown if item["name"] == "Saint-Denis"]
    assert len(exact) > 1
    assert [item["id"] for item in shown[: len(exact)]] == [item["id"] for item in exact]
    populations = [item["population"] for item in exact]
    assert populations == sorted(populations, reverse=True)


def test_every_page_is_another_and_the_total_is_that_of_all(anyone: httpx.Client) -> None:
    for asked in ({"q": "co"}, {"q": "saint"}, {"postcode": "55100"}, {"population": "1000/5000"}, {"q": "a"}):
        everything = found(anyone, **asked)
        assert len(everything) == len({*everything}) > 0
        answer = anyone.get("/territories", params={**asked, "limit": 100, "total": "true"}).json()
        assert (answer["total"], [item["id"] for item in answer["items"]]) == (len(everything), everything[:100])


def test_filters_narrow_a_search(anyone: httpx.Client) -> None:
    assert found(anyone, q="verdun", parent="fr-dep-55", kind="municipality")[0] == "fr-55545"
    assert found(anyone, q="courcy", parent="fr-dep-51") == ["fr-51183"]
    assert found(anyone, q="courcy", country="BE") == []
    assert found(anyone, q="courcy", postcode="51220") == ["fr-51183"]
    assert "fr-55073" in found(anyone, near="49.21,5.38", radius=2)
    assert "fr-55073" not in found(anyone, near="48.85,2.35", radius=100)
    assert "fr-55073" in found(anyone, bbox="5,49,6,50")
    assert "fr-55073" not in found(anyone, bbox="6,49,5,50", country="FR")  # the other way round the earth
    assert "fr-55073" in found(anyone, population="661/661")
    assert "fr-55073" not in found(anyone, population="662/..")


MISTAKEN: Sequence[tuple[dict[str, str], list[str]]] = [
    ({"q": ""}, ["q"]),
    ({"q": "%_'\""}, ["q"]),
    ({"q": "é" * 201}, ["q"]),
    ({"q": "a\x00"}, ["q"]),
    ({"near": "91,0"}, ["near"]),
    ({"near": "a"}, ["near"]),
    ({"radius": "10"}, ["radius"]),
    ({"near": "49,5", "radius": "501"}, ["radius"]),
    ({"bbox": "5,50,6,49"}, ["bbox"]),
    ({"population": "5/1"}, ["population"]),
    ({"population": "../.."}, ["population"]),
    ({"q": "%", "near": "x", "limit": "0"}, ["limit", "near"]),
]


@pytest.mark.parametrize(("asked", "wrong"), MISTAKEN)
def test_what_cannot_be_sought_is_told(anyone: httpx.Client, asked: dict[str, str], wrong: list[str]) -> None:
    problem = check_problem(anyone.get("/territories", params=asked), 400, path="/v1/territories")
    assert set(wrong) <= set(places(problem))


def test_wildcards_mean_nothing(shared: Shared) -> None:
    for q in ("bras me%se", "bras m_use", "bras %use"):
        assert "fr-55073" not in found(shared.anybody, q=q)
