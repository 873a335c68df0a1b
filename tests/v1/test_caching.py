"""What caches may do with an answer, and how little it costs to ask whether one still holds."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from api.catalogue import finding
from api.db import Database
from api.models import Counter, Publication
from api.types import now
from tests.conftest import serving
from tests.v1.conftest import Shared
from tests.v1.test_http import PUBLIC
from tests.v1.wire import statements

DOCUMENTATION = ["/openapi.json", "/initiatives.schema.json", "/docs", "/static/docs.js", "/swagger-ui/swagger-ui.css"]
MOVED = "/territories/nis:55022"
LISTS = [path for path in PUBLIC if not path.endswith("courcy")]
LONG_AGO = datetime(2020, 2, 29, 12, 30, 1, tzinfo=UTC)
PLAIN = {"Accept-Encoding": "identity"}
THEN = "Sat, 29 Feb 2020 12:30:01 GMT"


def directives(answer: httpx.Response) -> dict[str, str]:
    """What Cache-Control says."""
    said = [part.strip().partition("=") for part in answer.headers["cache-control"].split(",")]
    return {name: value for name, _, value in said}


# --- For how long ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PUBLIC, *DOCUMENTATION, MOVED])
def test_what_is_withdrawn_is_gone_from_every_cache_within_a_minute(shared: Shared, path: str) -> None:
    answer = shared.anybody.get(path)
    assert answer.status_code == (308 if path == MOVED else 200)
    said = directives(answer)
    assert said.keys() == {"public", "max-age", "stale-while-revalidate", "stale-if-error"}
    assert int(said["max-age"]) + int(said["stale-while-revalidate"]) == 60
    assert int(said["stale-if-error"]) == 600


@pytest.mark.parametrize(
    "path",
    ["/initiatives/absent", "/initiatives?limit=0", "/territories/zz", "/static/absent.js", "/moderation/events"],
)
def test_no_cache_keeps_an_error_or_what_is_private(shared: Shared, path: str) -> None:
    assert directives(shared.anybody.get(path)).keys() == {"no-store"}
    assert "last-modified" not in shared.anybody.get(path).headers


# --- Asked again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTATION)
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_the_documentation_is_sent_once(shared: Shared, path: str, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    held = shared.anybody.get(path, headers=headers)
    assert held.headers.get("content-encoding", "identity") == (coding if len(held.content) > 1024 else "identity")
    answer = shared.anybody.get(path, headers=headers | {"If-None-Match": held.headers["etag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    for name in ("cache-control", "etag", "vary"):
        assert answer.headers[name] == held.headers[name]
    assert shared.anybody.get(path, headers=headers | {"If-None-Match": '"other"'}).content == held.content


def asked_again(client: httpx.Client, path: str) -> list[str]:
    """The statements of a 304."""
    tag = client.get(path).headers["etag"]
    with statements() as told:
        assert client.get(path, headers={"If-None-Match": f'"other", {tag}'}).status_code == 304
    return told


@pytest.mark.parametrize(
    "path",
    [
        *LISTS,
        "/changes",
        "/initiatives.atom?q=jardin",
        "/initiatives?q=jardin&near=49,2&total=true",
        "/territories?q=albi",
    ],
)
def test_whether_a_list_still_holds_is_told_by_one_row(shared: Shared, path: str) -> None:
    [statement] = asked_again(shared.anybody, path)
    tables = set(re.findall(r"(?:FROM|JOIN) (\w+)", statement))
    assert tables == {"counter", "term_count"} if path == "/status" else {"counter"}


@pytest.mark.parametrize("path", ["/initiatives/courcy", "/initiatives/courcy/revisions"])
def test_whether_a_case_still_holds_is_told_by_its_row_without_its_document(shared: Shared, path: str) -> None:
    [statement] = asked_again(shared.anybody, path)
    assert re.findall(r"(?:FROM|JOIN) (\w+)", statement) == ["publication"]
    assert not statement.startswith("SELECT publication.document")
    database = Database(shared.service.settings.database_url)
    with database.glance() as glance:
        assert finding.get(glance, "courcy", whole=False).document == b""
    database.close()


def test_a_tag_that_any_version_has_does_not_make_a_question_right(shared: Shared) -> None:
    for wrong in ("/initiatives?theme=absent", "/initiatives?cursor=absent", "/territories?parent=zz"):
        assert shared.anybody.get(wrong, headers={"If-None-Match": "*"}).status_code == 400, wrong


# --- By the date -----------------------------------------------------------------------------------------------------


def changed(database: Database, moment: datetime) -> None:
    """As if the catalogue had changed then for the last time."""
    with database.write() as session:
        session.execute(update(Counter).values(updated_at=moment))


DATED = [*LISTS, "/changes?limit=3"]
EMPTY = "/initiatives?q=nowhereatall"


def test_a_list_tells_when_the_catalogue_changed(client: httpx.Client, database: Database) -> None:
    changed(database, LONG_AGO)
    for path in (*DATED, EMPTY, "/initiatives?total=true&sort=title", "/initiatives?facets=kind"):
        assert client.get(path).headers["last-modified"] == THEN, path


def test_a_case_tells_when_it_changed(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        session.execute(update(Publication).where(col(Publication.id) == "courcy").values(changed_at=LONG_AGO))
    for path in ("/initiatives/courcy", "/initiatives/courcy/revisions"):
        assert client.get(path).headers["last-modified"] == THEN, path
        assert client.get(path, headers={"If-Modified-Since": THEN}).status_code == 304, path
    assert client.get("/initiatives/gand-refill", headers={"If-Modified-Since": THEN}).status_code == 200


def test_a_reader_who_has_the_date_alone_gets_304_until_the_next_change(
    client: httpx.Client, database: Database
) -> None:
    changed(database, LONG_AGO)
    later = format_datetime(LONG_AGO + timedelta(days=1), usegmt=True)
    for path in (*DATED, EMPTY):
        held = client.get(path, headers=PLAIN)
        for date in (THEN, later):
            answer = client.get(path, headers=PLAIN | {"If-Modified-Since": date})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", held.headers["etag"])
        for date in ("Sat, 29 Feb 2020 12:30:00 GMT", "Sat, 30 Feb 2020 12:30:01 GMT", "yesterday", ""):
            assert client.get(path, headers={"If-Modified-Since": date}).content == held.content, (path, date)
    changed(database, LONG_AGO + timedelta(seconds=1))
    for path in DATED:
        assert client.get(path, headers={"If-Modified-Since": THEN}).status_code == 200


def test_a_date_counts_only_where_no_tag_is_given(client: httpx.Client, database: Database) -> None:
    changed(database, LONG_AGO)
    for path in DATED:
        for tag in ('"other"', ""):
            answer = client.get(path, headers={"If-None-Match": tag, "If-Modified-Since": THEN})
            assert answer.status_code == 200, (path, tag)


def test_a_date_is_told_only_when_its_second_is_over(client: httpx.Client, database: Database) -> None:
    """Two changes within one second would have the same."""
    present = now() + timedelta(seconds=30)
    changed(database, present)
    for path in DATED:
        answer = client.get(path, headers={"If-Modified-Since": format_datetime(present, usegmt=True)})
        assert answer.status_code == 200
        assert "last-modified" not in answer.headers


def test_a_date_does_not_make_a_question_right(client: httpx.Client, database: Database) -> None:
    changed(database, LONG_AGO)
    for wrong in ("/initiatives?theme=absent", "/initiatives?cursor=absent", "/territories?parent=zz"):
        assert client.get(wrong, headers={"If-Modified-Since": THEN}).status_code == 400, wrong


FILES = ["initiatives.csv", "initiatives.geojson", "initiatives.atom", "territories.csv", "territories.geojson"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_made_under_another_address_has_another_tag(shared: Shared, file: str) -> None:
    moved = shared.service.settings.model_copy(update={"public_url": "https://elsewhere.example"})
    one = shared.anybody.get(f"/{file}", params={"kind": "lead" if "init" in file else "region"})
    for service in serving(moved):
        with service.client() as client:
            other = client.get(f"/{file}", params=one.url.params, headers={"If-None-Match": one.headers["ETag"]})
    assert one.content != other.content
    assert one.headers["ETag"] != other.headers["ETag"]
