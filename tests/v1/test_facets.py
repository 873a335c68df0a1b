"""Facets over HTTP: beside the page, named in both languages, true of the moment, counted once."""

from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from api.vocabulary import Facet
from tests.conftest import Service, published
from tests.faults import processes
from tests.v1.wire import check_problem, pages, places, statements

ALL = ",".join(Facet)
# Those of which each case has one value.
SINGLE = ("kind", "progress", "language", "evidence")


def facets(client: httpx.Client, names: str = ALL, **filters: Any) -> dict[str, dict[str, int]]:
    """How many there are of each value."""
    answer = client.get("/initiatives", params={"facets": names, **filters})
    assert answer.status_code == 200, answer.text
    return {name: {one["value"]: one["count"] for one in found} for name, found in answer.json()["facets"].items()}


def counting(told: list[str]) -> list[str]:
    return [statement for statement in told if "term_count.facet" in statement]


def test_what_is_asked_for_is_there_and_nothing_else(anyone: httpx.Client) -> None:
    assert anyone.get("/initiatives").json()["facets"] is None
    assert facets(anyone, "size,theme").keys() == {"theme", "size"}
    assert list(facets(anyone)) == list(Facet)
    assert facets(anyone, "theme,decade", q="zzzz") == {"theme": {}, "decade": {}}


def test_a_value_is_named_in_both_languages(anyone: httpx.Client) -> None:
    found = anyone.get(f"/initiatives?facets={ALL}").json()["facets"]
    named = {name: {one["value"]: one["label"] for one in values} for name, values in found.items()}
    assert named["theme"]["tiers-lieux"] == {"fr": "Coworking / Tiers lieux", "en": "Coworking and third places"}
    assert named["country"]["BE"] == {"fr": "Belgique", "en": "Belgium"}
    assert named["region"]["fr-reg-44"] == {"fr": "Grand Est", "en": "Grand Est"}
    assert named["department"]["fr-dep-55"] == {"fr": "Meuse", "en": "Meuse"}
    assert named["language"]["fr"] == {"fr": "français", "en": "French"}
    assert named["kind"]["lead"] == {"fr": "Piste à documenter", "en": "Lead, to be documented"}
    assert all(label for labels in named.values() for label in labels.values())


def test_a_value_leads_to_as_many_as_it_says(anyone: httpx.Client) -> None:
    filters = {"region": "territory", "department": "territory", "size": "population"}
    found = facets(anyone)
    for name in ("theme", "country", "region", "department", "kind", "progress", "language", "size"):
        assert found[name]
        for value, count in found[name].items():
            answer = anyone.get("/initiatives", params={filters.get(name, name): value, "total": "true"}).json()
            assert answer["total"] == count, (name, value)


def test_facets_and_total_agree(anyone: httpx.Client) -> None:
    for filters in ({}, {"country": "FR"}, {"q": "ville"}, {"theme": "revitalisation", "population": "500/.."}):
        page = anyone.get("/initiatives", params={"facets": ALL, "total": "true", **filters}).json()
        for name in SINGLE:
            assert sum(one["count"] for one in page["facets"][name]) == page["total"] > 0


def test_facets_are_the_same_on_every_page(anyone: httpx.Client) -> None:
    for filters in ({}, {"country": "FR", "sort": "title"}):
        told = [page["facets"] for page in pages(anyone, "/initiatives", facets=ALL, limit=3, **filters)]
        assert len(told) > 1
        assert all(one == told[0] for one in told)


@pytest.mark.parametrize("given", ["nope", "theme,nope", "Theme", "", "theme,", "theme theme"])
def test_an_unknown_facet_is_refused_by_name(anyone: httpx.Client, given: str) -> None:
    problem = check_problem(anyone.get("/initiatives", params={"facets": given}), 400)
    assert places(problem) == ["facets"]
    assert "department" in problem["errors"][0]["detail"]


def test_a_tag_tells_what_was_counted(anyone: httpx.Client) -> None:
    asked = ("", "?facets=theme", "?facets=theme,kind", "?facets=theme&kind=case")
    answers = [anyone.get(f"/initiatives{query}") for query in asked]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(asked)
    for query, tag in zip(asked, tags, strict=True):
        assert anyone.get(f"/initiatives{query}", headers={"If-None-Match": tag}).status_code == 304


def test_what_was_counted_is_not_counted_again(client: httpx.Client) -> None:
    with statements() as told:
        first = facets(client, country="FR")
    assert len(counting(told)) == 2  # the facet of countries, and the others
    with statements() as told:
        again = facets(client, country="FR", sort="title", limit=2, total="true")
    assert counting(told) == []
    assert again == first


def test_what_is_published_is_counted_at_once(client: httpx.Client, moderator: httpx.Client) -> None:
    filters = {"country": "FR"}
    before = facets(client, **filters)
    name = published(client, moderator, progress="idea", themes=["circuit-court"], started_on="1975-05")
    after = facets(client, **filters)
    assert after["country"]["FR"] == before["country"]["FR"] + 1
    assert after["theme"]["circuit-court"] == before["theme"]["circuit-court"] + 1
    assert after["decade"] == before["decade"] | {"1970": 1}
    tag = client.get(f"/initiatives/{name}").headers["etag"]
    archived = {"reason": "r"}
    moderator.post(f"/moderation/initiatives/{name}/_archive", json=archived, headers={"If-Match": tag})
    assert facets(client, **filters) == before


def test_what_another_process_publishes_is_counted_at_once(
    client: httpx.Client, moderator: httpx.Client, database_url: str, tmp_path: Path
) -> None:
    with processes.serving(database_url, 1, tmp_path / "log") as other, other.client() as there:
        before = facets(there, country="FR")
        published(client, moderator, progress="idea")
        after = facets(there, country="FR")
    assert after["country"]["FR"] == before["country"]["FR"] + 1
    assert after == facets(client, country="FR")


def test_page_and_facets_are_of_one_moment_while_others_publish(
    client: httpx.Client, moderator: httpx.Client, service: Service
) -> None:
    """And what is kept is what was true of its sequence, or all who ask after it would be told wrong."""

    def publish() -> None:
        with service.client() as sender:
            for _ in range(12):
                published(sender, moderator)

    publisher = Thread(target=publish)
    publisher.start()
    told = []
    while publisher.is_alive():
        page = client.get("/initiatives?facets=kind,country&country=FR&total=true&limit=1").json()
        told.append((page["total"], sum(one["count"] for one in page["facets"]["kind"])))
    publisher.join()
    assert len(set(told)) > 2
    assert [counted for _, counted in told] == [total for total, _ in told]
