"""Cases are found over HTTP: every filter answers, none breaks, and what is wrong with a question is told."""

import itertools
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import strategies as st

from api.queries import InitiativeSort
from tests.catalogue.properties import given
from tests.conftest import published
from tests.v1.conftest import Shared
from tests.v1.wire import check_problem, pages, places, statements, walk

GENK = ("genk-vennestraat", "genk-c-mine")
NEEDED = {"relevance": {"q": "ville"}, "distance": {"near": "49.21,5.37"}, "similarity": {"similar": "insee:81004"}}


def ids(client: httpx.Client, **params: Any) -> list[str]:
    return [item["id"] for item in walk(client, "/initiatives", **params)]


# --- Filters ---------------------------------------------------------------------------------------------------------


def test_every_example_of_a_filter_finds_a_case_of_the_seed(anyone: httpx.Client) -> None:
    parameters = anyone.get("/openapi.json").json()["paths"]["/initiatives"]["get"]["parameters"]
    schemas = {one["name"]: one["schema"] for one in parameters if one["name"] != "cursor"}
    told = {name: schema.get("examples") or schema.get("items", {}).get("examples") for name, schema in schemas.items()}
    told |= {"kind": ["case", "lead"], "progress": ["running"], "sort": ["title"], "limit": ["3"], "total": ["true"]}
    for name, values in told.items():
        for value in values:
            beside = {"near": "49.21,5.37"} if name == "radius" else {}
            answer = anyone.get("/initiatives", params={name: value} | beside)
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"], (name, value)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"q": "genk"}, (*GENK, "gand-refill")),
        ({"q": "l'ecole zzz"}, ()),
        ({"q": "coworking -genk", "country": "BE"}, ("la-louviere-cowork-factory",)),
        ({"source": "www.vennestraat.be"}, GENK[:1]),
        ({"related": "gand-refill"}, GENK[:1]),
        ({"related": "genk-vennestraat"}, ("gand-refill",)),
        ({"related": "no-such-case"}, ()),
        ({"language": "pt"}, ()),
        ({"near": "49.21,5.37", "radius": "10"}, ("bras-sur-meuse-village-connecte",)),
        ({"bbox": "5.4,50.9,5.6,51"}, GENK),
        ({"started": "2002-06/2002-08"}, ("bras-sur-meuse-village-connecte",)),
        ({"started": "2013-06/2013-07"}, ("la-louviere-cowork-factory",)),
        ({"published": "../2025"}, ()),
        ({"population": "../1000"}, ("bras-sur-meuse-village-connecte",)),
        ({"evidence": "9/.."}, ()),
    ],
)
def test_a_filter_finds_what_it_says(anyone: httpx.Client, filters: dict[str, str], expected: tuple[str, ...]) -> None:
    assert sorted(ids(anyone, **filters)) == sorted(expected)


def test_a_town_finds_cases_of_its_like_with_the_reasons(anyone: httpx.Client) -> None:
    items = walk(anyone, "/initiatives", similar="insee:81004")
    assert [item["id"] for item in items][:2] == ["narbonne-iness", "mont-de-marsan-agricole-occasion"]
    first = items[0]["match"]
    assert first["distance"] is None
    assert first["similarity"]["same_country"] is True
    assert 1.1 < first["similarity"]["population_ratio"] < 1.2
    assert 100 < first["similarity"]["distance"] < 120
    assert [item["match"]["similarity"]["same_country"] for item in items] == sorted(
        (item["match"]["similarity"]["same_country"] for item in items), reverse=True
    )
    assert "match" not in walk(anyone, "/initiatives")[0]


# --- Search ----------------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=40))
def test_whatever_is_typed_is_no_error(shared: Shared, text: str) -> None:
    answer = shared.anybody.get(f"/initiatives?limit=1&q={quote(text.encode('utf-8', 'replace'))}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("typed", ["", " ", '"', "-", "- -", "…", "le la les", "🦄", '""', '-"', "*", "'"])
def test_what_asks_for_nothing_finds_everything(anyone: httpx.Client, typed: str) -> None:
    assert ids(anyone, q=typed) == ids(anyone)


def test_a_new_case_is_found_by_its_words_at_once_and_an_archived_one_never(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    case = published(client, moderator, title="La guinguette flottante", description="On y danse le zouk.")
    for words in ("guinguettes", "zouk", '"guinguette flottante"', "guing"):
        assert ids(client, q=words) == [case], words
    tag = client.get(f"/initiatives/{case}").headers["etag"]
    body = {"reason": "Demandé.", "code": "requested"}
    archived = moderator.post(f"/moderation/initiatives/{case}/_archive", json=body, headers={"If-Match": tag})
    assert archived.status_code == 200, archived.text
    assert ids(client, q="zouk") == []
    assert case not in ids(client, sort="title")


# --- Orders and cursors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", [*InitiativeSort])
def test_every_order_is_walked_to_its_end(anyone: httpx.Client, sort: str) -> None:
    query = {"sort": sort} | NEEDED.get(sort, {}) | ({"radius": "500"} if sort == "distance" else {})
    whole = ids(anyone, **query, limit=100)
    assert len(whole) > 1
    assert ids(anyone, **query, limit=1) == whole


def test_a_cursor_is_refused_with_another_question_and_taken_with_another_window(anyone: httpx.Client) -> None:
    cursor = next(pages(anyone, "/initiatives", q="ville", limit=1))["next"]
    for other in ({}, {"q": "jardin"}, {"q": "ville", "sort": "title"}, {"q": "ville", "country": "FR"}):
        problem = check_problem(anyone.get("/initiatives", params=other | {"cursor": cursor}), 400)
        assert places(problem) == ["cursor"]
    answer = anyone.get("/initiatives", params={"q": "ville", "cursor": cursor, "limit": 3, "total": "true"})
    assert answer.status_code == 200


# --- What is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("published=2026-13/..", ["published"]),
        ("published=2026-02-30/..", ["published"]),
        ("published=2026/2025", ["published"]),
        ("updated=yesterday/..", ["updated"]),
        ("started=2000", ["started"]),
        ("started=../..", ["started"]),
        ("population=-5/10", ["population"]),
        ("population=40000/20000", ["population"]),
        ("evidence=high", ["evidence"]),
        ("near=91,0", ["near"]),
        ("near=48.9", ["near"]),
        ("bbox=0,50,10,40", ["bbox"]),
        ("bbox=0,50,10", ["bbox"]),
        ("radius=20", ["radius"]),
        ("near=48.9,2.3&radius=0", ["radius"]),
        ("near=48.9,2.3&radius=501", ["radius"]),
        ("sort=newest", ["sort"]),
        ("sort=relevance", ["sort"]),
        ("sort=distance", ["sort"]),
        ("sort=similarity", ["sort"]),
        ("facets=colour", ["facets"]),
        ("facets=theme,,kind", ["facets"]),
        ("similar=zz-0", ["similar"]),
        ("similar=es", ["similar"]),
        ("language=french", ["language"]),
        ("source=HTTP://x", ["source"]),
        ("related=A+B", ["related"]),
        ("q=" + "a" * 10_000, ["q"]),
        ("q=a&q=b", ["q"]),
        ("&".join(["theme=tiers-lieux"] * 1000), ["theme"]),
        ("theme=no-such&similar=zz&territory=xx&population=1", ["population"]),
        ("theme=no-such&similar=zz&territory=xx", ["similar", "territory", "theme"]),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_what_is_wrong(
    anyone: httpx.Client, asked: str, wrong: list[str]
) -> None:
    for language in ("en", "fr"):
        answer = anyone.get(f"/initiatives?{asked}", headers={"Accept-Language": language})
        assert {*places(check_problem(answer, 400))} >= {*wrong}
        assert len(answer.content) < 20_000


# --- Statements ------------------------------------------------------------------------------------------------------


def test_a_question_takes_two_statements_and_one_more_to_know_the_town(client: httpx.Client) -> None:
    asked = ["q=ville", "sort=title", "near=48.9,2.3", "population=0/50000", "started=2000/..", "published=2020/.."]
    for pair in [*itertools.combinations(asked, 2), ("similar=fr-81004",)]:
        for more in ("", "&total=true"):
            with statements() as told:
                assert client.get(f"/initiatives?{'&'.join(pair)}{more}").status_code == 200
            assert len(told) == (3 if "similar" in pair[0] else 2), json.dumps(told)
