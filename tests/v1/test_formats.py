"""Lists as spreadsheets, maps and feeds, over HTTP: every match, as the list has them."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import feedparser
import httpx
import pandas
import pytest
from frictionless import Dialect, Resource, Schema
from frictionless.formats import CsvControl
from geojson_pydantic import FeatureCollection

from tests.conftest import PUBLIC_URL, published
from tests.v1.test_revisions import accepted, proposed
from tests.v1.wire import walk

LISTS = ["initiatives", "territories"]
QUESTIONS = ["", "sort=title", "theme=tiers-lieux&country=BE&country=FR", "q=village&sort=published", "kind=lead"]
LICENSE = '<https://spdx.org/licenses/etalab-2.0.html>; rel="license"'


def get(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def listed(client: httpx.Client, name: str, question: str = "") -> list[dict[str, Any]]:
    """The items of all pages of a list."""
    return walk(client, f"/{name}", limit=100, **parse_qs(question))


def rows(content: bytes, delimiter: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_spreadsheet_and_a_map_hold_what_the_list_does_in_its_order(anyone: httpx.Client, question: str) -> None:
    expected = ids(listed(anyone, "initiatives", question))
    assert expected
    assert ids(rows(get(anyone, f"/initiatives.csv?{question}").content)) == expected
    assert ids(get(anyone, f"/initiatives.geojson?{question}").json()["features"]) == expected


@pytest.mark.parametrize("question", ["", "country=BE&kind=municipality", "q=albi", "parent=fr-dep-81"])
def test_territories_are_exported_as_they_are_listed(anyone: httpx.Client, question: str) -> None:
    expected = ids(listed(anyone, "territories", question))
    assert expected
    assert ids(rows(get(anyone, f"/territories.csv?{question}").content)) == expected
    assert ids(get(anyone, f"/territories.geojson?{question}").json()["features"]) == expected


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("separator", "delimiter"), [("", ";"), ("separator=semicolon", ";"), ("separator=comma", ",")]
)
def test_a_spreadsheet_is_as_its_schema_says(anyone: httpx.Client, name: str, separator: str, delimiter: str) -> None:
    answer = get(anyone, f"/{name}.csv?{separator}")
    described = get(anyone, f"/{name}.schema.json")
    assert described.headers["content-type"] == "application/json"
    resource = Resource(
        answer.content,
        format="csv",
        encoding="utf-8-sig",
        dialect=Dialect(controls=[CsvControl(delimiter=delimiter)]),
        schema=Schema.from_descriptor(described.json()),
    )
    assert resource.validate().flatten(["rowNumber", "fieldName", "note"]) == []
    frame = pandas.read_csv(io.BytesIO(answer.content), sep=delimiter)
    assert list(frame.columns) == [field["name"] for field in described.json()["fields"]]
    assert len(frame) == len(listed(anyone, name))


@pytest.mark.parametrize("name", LISTS)
def test_a_spreadsheet_that_was_interrupted_goes_on(anyone: httpx.Client, name: str) -> None:
    whole = get(anyone, f"/{name}.csv").content
    *_, middle, last = ids(rows(whole))
    rest = get(anyone, f"/{name}.csv?cursor={middle}")
    assert rest.headers["content-type"] == "text/csv; charset=utf-8; header=absent"
    assert rest.content.startswith(last.encode())
    assert whole.endswith(rest.content)
    assert get(anyone, f"/{name}.csv?cursor={last}").content == b""


@pytest.mark.parametrize("name", LISTS)
def test_a_file_is_named_by_what_is_in_it_and_the_day_of_the_last_update(anyone: httpx.Client, name: str) -> None:
    day = get(anyone, "/status").json()["updated_at"][:10]
    for kind in ("csv", "geojson"):
        answer = get(anyone, f"/{name}.{kind}")
        expected = f'attachment; filename="territoires-innovants-{name}-{day}.{kind}"'
        assert answer.headers["content-disposition"] == expected
        assert answer.headers["catalogue-sequence"] == str(get(anyone, "/status").json()["sequence"])


@pytest.mark.parametrize("name", LISTS)
def test_the_licence_and_the_schema_are_linked(anyone: httpx.Client, name: str) -> None:
    for kind in ("geojson", "ndjson"):
        assert get(anyone, f"/{name}.{kind}").headers["link"] == LICENSE
    links = get(anyone, f"/{name}.csv").headers["link"]
    assert LICENSE in links
    assert f'<{PUBLIC_URL}/v1/{name}.schema.json>; rel="describedby"' in links


MEDIA_TYPES = {
    "initiatives.csv": "text/csv; charset=utf-8; header=present",
    "territories.csv": "text/csv; charset=utf-8; header=present",
    "initiatives.geojson": "application/geo+json",
    "territories.geojson": "application/geo+json",
    "initiatives.atom": "application/atom+xml",
    "initiatives.schema.json": "application/json",
    "territories.schema.json": "application/json",
}


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_each_format_has_its_media_type_and_is_refused_to_who_takes_another(anyone: httpx.Client, path: str) -> None:
    media_type = MEDIA_TYPES[path]
    for accept in ("*/*", media_type.partition(";")[0], "text/html, */*;q=0.1"):
        assert get(anyone, f"/{path}", Accept=accept).headers["content-type"] == media_type
    refused = anyone.get(f"/{path}", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused.json()["detail"].startswith(f"Answers are {media_type.partition(';')[0]}")


def test_gdal_which_asks_for_json_is_given_a_map(anyone: httpx.Client) -> None:
    answer = get(anyone, "/initiatives.geojson", Accept="text/plain, application/json")
    assert answer.headers["content-type"] == "application/json"
    assert "Accept" in answer.headers["vary"].split(", ")
    assert answer.content == get(anyone, "/initiatives.geojson").content


@pytest.mark.parametrize("path", ["initiatives.geojson", "territories.geojson", "catalog"])
def test_what_may_be_had_in_two_media_types_has_a_tag_for_each(anyone: httpx.Client, path: str) -> None:
    content = anyone.get("/openapi.json").json()["paths"][f"/{path}"]["get"]["responses"]["200"]["content"]
    answers = [get(anyone, f"/{path}", Accept=media_type) for media_type in content]
    assert len({answer.headers["content-type"].partition(";")[0] for answer in answers}) == 2
    assert len({answer.headers["etag"] for answer in answers}) == 2
    for media_type, held in zip(content, answers, strict=True):
        for tag in {answer.headers["etag"] for answer in answers}:
            asked = {"Accept": media_type, "If-None-Match": tag}
            answer = anyone.get(f"/{path}", headers=asked)
            assert answer.status_code == (304 if tag == held.headers["etag"] else 200)
            assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_who_has_this_version_is_sent_nothing(anyone: httpx.Client, path: str) -> None:
    tag = get(anyone, f"/{path}").headers["etag"]
    assert anyone.get(f"/{path}", headers={"If-None-Match": tag}).status_code == 304
    assert anyone.get(f"/{path}", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_head_tells_the_headers_alone(anyone: httpx.Client, path: str) -> None:
    head, whole = anyone.head(f"/{path}"), get(anyone, f"/{path}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "content-disposition", "link"):
        assert head.headers.get(name) == whole.headers.get(name)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("initiatives.csv?separator=tab", "separator"),
        ("initiatives.csv?limit=3", "limit"),
        ("initiatives.csv?theme=absent", "theme"),
        ("initiatives.csv?cursor=absent", "cursor"),
        ("initiatives.geojson?separator=comma", "separator"),
        ("initiatives.geojson?cursor=courcy", "cursor"),
        ("initiatives.atom?limit=0", "limit"),
        ("initiatives.atom?total=true", "total"),
        ("initiatives.schema.json?a=1", "a"),
        ("territories.csv?separator=", "separator"),
        ("territories.geojson?sort=title", "sort"),
    ],
)
def test_what_cannot_be_asked_is_named(anyone: httpx.Client, path: str, parameter: str) -> None:
    answer = anyone.get(f"/{path}")
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_a_map_shows_each_case_at_its_place_else_at_its_lead_territory(anyone: httpx.Client) -> None:
    places = {town["id"]: (town["longitude"], town["latitude"]) for town in listed(anyone, "territories")}
    collection = get(anyone, "/initiatives.geojson")
    FeatureCollection.model_validate_json(collection.content)
    shown = {feature["id"]: feature["geometry"] for feature in collection.json()["features"]}
    for case in listed(anyone, "initiatives"):
        lead = next((territory["id"] for territory in case["territories"] if territory["role"] == "lead"), None)
        place = case["place"] and (case["place"]["longitude"], case["place"]["latitude"])
        point = place or places.get(lead, (None, None))
        expected = None if None in point else {"type": "Point", "coordinates": list(point)}
        assert shown[case["id"]] == expected


def pages(client: httpx.Client, path: str) -> Iterator[Any]:
    """A feed's pages, by their links."""
    address: str | None = path
    while address:
        feed = feedparser.parse(get(client, address).content)
        assert not feed.bozo, feed.bozo_exception
        yield feed
        links = {link.rel: link.href for link in feed.feed.links}
        assert links["self"] == f"{PUBLIC_URL}/v1{address}"
        assert links["first"] == feed.feed.id == f"{PUBLIC_URL}/v1{path}"
        address = links.get("next", "").removeprefix(f"{PUBLIC_URL}/v1") or None


@pytest.mark.parametrize("question", ["limit=3", "limit=2&theme=tiers-lieux", "limit=5&sort=title", "limit=4&q=ville"])
def test_a_feed_leads_through_all_that_matches(anyone: httpx.Client, question: str) -> None:
    sort = "" if "sort" in question else "&sort=-updated"
    first, _, filters = question.partition("&")
    limit = int(first.removeprefix("limit="))
    expected = ids(listed(anyone, "initiatives", filters + sort))
    *full, last = [feed.entries for feed in pages(anyone, f"/initiatives.atom?{question}")]
    assert [len(page) for page in full] == [limit] * ((len(expected) - 1) // limit)
    found = [entry.id for page in [*full, last] for entry in page]
    assert found == [f"{PUBLIC_URL}/v1/initiatives/{id_}" for id_ in expected]


def test_a_feed_begins_with_what_was_last_changed(client: httpx.Client, moderator: httpx.Client) -> None:
    oldest = get(client, "/initiatives?sort=published&limit=1").json()["items"][0]["id"]
    accepted(moderator, proposed(client, oldest, {"summary": "Autrement."}))
    (feed,) = pages(client, "/initiatives.atom")
    assert feed.entries[0].id == f"{PUBLIC_URL}/v1/initiatives/{oldest}"
    assert feed.entries[0].summary == "Autrement."


def test_what_somebody_wrote_is_run_nowhere(client: httpx.Client, moderator: httpx.Client) -> None:
    title = '=HYPERLINK("https://example.org";"<b>Lire</b> | & l’été")'
    case = published(client, moderator, title=title)
    (row,) = [row for row in rows(get(client, "/initiatives.csv").content) if row["id"] == case]
    assert row["title"] == f"'{title}"
    (feature,) = [one for one in get(client, "/initiatives.geojson").json()["features"] if one["id"] == case]
    assert feature["properties"]["title"] == title
    (feed,) = pages(client, "/initiatives.atom")
    (entry,) = [entry for entry in feed.entries if entry.id.endswith(f"/{case}")]
    assert (entry.title, entry.title_detail.type) == (title, "text/plain")


def test_an_entry_leads_to_its_case(anyone: httpx.Client) -> None:
    headers, status = get(anyone, "/initiatives.atom").headers, get(anyone, "/status").json()
    assert (headers["link"], headers["catalogue-sequence"]) == (LICENSE, str(status["sequence"]))
    (feed,) = pages(anyone, "/initiatives.atom")
    assert feed.feed.updated == status["updated_at"]
    for entry in feed.entries:
        case = get(anyone, urlsplit(entry.id).path.removeprefix("/v1")).json()
        assert (entry.title, entry.updated) == (case["title"], case["updated_at"])
        assert [link.href for link in entry.links if link.rel == "via"] == [link["url"] for link in case["sources"]]


@pytest.mark.parametrize("path", ["initiatives.csv", "initiatives.geojson", "initiatives.atom"])
def test_compressed_it_is_the_same(anyone: httpx.Client, path: str) -> None:
    packed = get(anyone, f"/{path}", **{"Accept-Encoding": "gzip"})
    plain = get(anyone, f"/{path}", **{"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


def test_schemas_tell_the_public_address(anyone: httpx.Client) -> None:
    described = get(anyone, "/initiatives.schema.json").json()
    assert described["path"] == f"{PUBLIC_URL}/v1/initiatives.schema.json"
    assert json.dumps(described).count("http://") == 0
