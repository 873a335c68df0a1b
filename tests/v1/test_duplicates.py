"""Which published cases a draft may repeat: by its page, its title and place, and where it comes from."""

import hashlib
from typing import Any

import httpx
import pytest
from sqlmodel import select

from api.db import Database
from api.models import SourceLink
from tests.conftest import DRAFT, published
from tests.v1.wire import check_problem, statements

ELSEWHERE = {"title": "Autre chose tout à fait", "territories": [{"territory": "fr-55073"}]}
PAGE = "https://example.org/jardin"
OTHER_ADDRESSES = ["http://www.example.org/jardin/?utm_source=lettre#haut", "https://EXAMPLE.ORG:443/j%61rdin?fbclid=x"]
EXTERNAL = {"system": "portail", "id": "12"}


def repeated(client: httpx.Client, language: str = "en", **fields: Any) -> list[tuple[str, float, list[str]]]:
    """The ids, scores and reasons of what a draft may repeat."""
    headers = {"Accept-Language": language}
    answer = client.post("/initiatives?check=true", json=DRAFT | fields, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(one["id"], one["score"], one["reasons"]) for one in answer.json()["possible_duplicates"]]


@pytest.mark.parametrize("url", OTHER_ADDRESSES)
def test_another_address_of_the_same_page_tells_a_twin_wherever_it_is(
    client: httpx.Client, moderator: httpx.Client, url: str
) -> None:
    case = published(client, moderator, sources=[{"url": PAGE}])
    assert repeated(client, **ELSEWHERE, sources=[{"url": url}]) == [(case, 0.8, ["The same web page as a source."])]
    assert repeated(client, "fr", **ELSEWHERE, sources=[{"url": url}]) == [
        (case, 0.8, ["Même page web parmi les sources."])
    ]
    assert repeated(client, **ELSEWHERE, sources=[{"url": f"{PAGE}s"}]) == []


@pytest.mark.parametrize("url", OTHER_ADDRESSES)
def test_the_same_page_twice_is_a_mistake(client: httpx.Client, url: str) -> None:
    answer = client.post(
        "/initiatives", json=DRAFT | {"sources": [{"url": PAGE}, {"url": url}]}, headers={"Origin": "x"}
    )
    (error,) = check_problem(answer, 400)["errors"]
    assert error["pointer"] == "/sources"
    assert error["detail"].startswith("The same page is there twice")


def test_an_address_is_published_as_it_was_given(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    url = OTHER_ADDRESSES[0]
    case = published(client, moderator, sources=[{"url": url}])
    assert [source["url"] for source in client.get(f"/initiatives/{case}").json()["sources"]] == [url]
    with database.read() as session:
        link = session.exec(select(SourceLink).where(SourceLink.initiative_id == case)).one()
    assert (link.url, link.comparable) == (url, "example.org/jardin")


LETTERS = "".join(chr(0x0370 + place % 0x180) for place in hashlib.shake_256(b"").digest(990))


@pytest.mark.parametrize(
    "long", [hashlib.shake_256(b"").hexdigest(980), LETTERS], ids=["as it is", "when it is escaped"]
)
def test_the_longest_address_has_its_place_in_the_index(
    client: httpx.Client, moderator: httpx.Client, long: str
) -> None:
    url = f"{PAGE}?{long}"
    case = published(client, moderator, sources=[{"url": url}])
    assert [one[0] for one in repeated(client, **ELSEWHERE, sources=[{"url": url}])] == [case]


@pytest.mark.parametrize("place", ["fr-81004", "fr-dep-81", "fr-reg-76"])
def test_a_close_title_tells_a_twin_in_a_territory_inside_or_around_the_drafts(
    client: httpx.Client, moderator: httpx.Client, place: str
) -> None:
    case = published(client, moderator)  # in Albi
    ((found, score, reasons),) = repeated(client, title="Jardin partagé, derrière la MAIRIE", territories=[at(place)])
    assert (found, len(reasons)) == (case, 1)
    assert 0.54 <= score < 0.9
    wider = published(client, moderator, territories=[at(place)])
    assert {one[0] for one in repeated(client)} == {case, wider}


@pytest.mark.parametrize("place", ["fr-55073", "fr", "be-71016"])
def test_elsewhere_a_close_title_tells_nothing(client: httpx.Client, moderator: httpx.Client, place: str) -> None:
    published(client, moderator)
    assert repeated(client, territories=[at(place)]) == []
    published(client, moderator, territories=[at(place)])
    assert len(repeated(client)) == 1, "the other way round"


def test_neighbours_in_the_same_department_are_no_twins(client: httpx.Client, moderator: httpx.Client) -> None:
    published(client, moderator, territories=[at("fr-55042")])
    assert repeated(client, territories=[at("fr-55073")]) == []


def test_the_same_identifier_in_the_same_system_is_certain(client: httpx.Client, moderator: httpx.Client) -> None:
    case = published(client, moderator, external=EXTERNAL)
    assert repeated(client, **ELSEWHERE, external=EXTERNAL) == [(case, 1, ["The same identifier in the same system."])]
    assert repeated(client, **ELSEWHERE, external=EXTERNAL | {"system": "ailleurs"}) == []


def test_signs_add_up_and_the_likeliest_comes_first(client: httpx.Client, moderator: httpx.Client) -> None:
    alone = published(client, moderator)
    both = published(client, moderator, sources=[{"url": PAGE}])
    assert [(one[0], one[1]) for one in repeated(client, sources=[{"url": PAGE}])] == [(both, 0.98), (alone, 0.9)]
    assert len(repeated(client, sources=[{"url": PAGE}])[0][2]) == 2


def test_at_most_ten_are_told(client: httpx.Client, moderator: httpx.Client) -> None:
    for _ in range(11):
        published(client, moderator)
    assert len(repeated(client)) == 10


def test_what_is_not_published_is_no_twin(client: httpx.Client, moderator: httpx.Client) -> None:
    signs = {"sources": [{"url": PAGE}], "external": EXTERNAL}
    assert client.post("/initiatives", json=DRAFT | signs).status_code == 201
    assert repeated(client, **signs) == []
    case = published(client, moderator, **signs)
    assert [one[0] for one in repeated(client, **signs)] == [case]
    body = {"reason": "r"}
    assert moderator.post(f"/moderation/initiatives/{case}/_archive", json=body, headers={"If-Match": "*"}).is_success
    assert repeated(client, **signs) == []


def test_a_page_of_submissions_costs_as_many_statements_as_one(client: httpx.Client, moderator: httpx.Client) -> None:
    told = []
    for number in range(2):
        for place in ("fr-81004", "fr-55073"):
            fields = {"sources": [{"url": f"{PAGE}{number}"}], "external": EXTERNAL, "territories": [at(place)]}
            assert client.post("/initiatives", json=DRAFT | fields).status_code == 201
        with statements() as ran:
            assert moderator.get("/moderation/submissions").status_code == 200
        told.append(len(ran))
    assert told[0] == told[1]


def at(place: str) -> dict[str, str]:
    return {"territory": place}
