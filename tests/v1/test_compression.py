"""Compressed for whoever takes it, with ETags that tell the bytes apart and still mean the same version."""

import gzip
import re
import zlib

import httpx
import pytest

from api.compression import takes_gzip
from tests.conftest import DRAFT
from tests.v1.conftest import Shared
from tests.v1.wire import bearer, check_problem, patch, raw

pytestmark = pytest.mark.parametrize("shared", ["sqlite"], indirect=True)  # the same on either engine

GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}
LARGE = ["/initiatives", "/initiatives/albi-autosuffisance-alimentaire", "/territories", "/themes?total=true"]
FILES = ["/openapi.json", "/swagger-ui/swagger-ui-bundle.js", "/swagger-ui/swagger-ui.css"]
SMALL = ["/status", "/themes?limit=1", "/initiatives/absent", "/sources?limit=1"]
EXPORTS = ["/initiatives.csv", "/initiatives.ndjson?q=nowhereatall", "/initiatives.geojson", "/initiatives.atom"]
# Longer than what is worth compressing, as a receipt.
TEXT = {"description": "Vingt familles cultivent un ancien parking. " * 40}


def on_the_wire(client: httpx.Client, method: str, path: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it travelled."""
    with client.stream(method, path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", [*LARGE, *FILES])
def test_what_is_large_is_compressed_for_whoever_takes_it(shared: Shared, path: str) -> None:
    plain, body = on_the_wire(shared.anybody, "GET", path, PLAIN)
    packed, bytes_sent = on_the_wire(shared.anybody, "GET", path, GZIP)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes_sent) == body
    assert len(bytes_sent) < 0.6 * len(body)
    assert int(packed.headers.get("content-length", len(bytes_sent))) == len(bytes_sent)
    for answer in (plain, packed):
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert answer.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize("path", SMALL)
def test_what_is_small_is_not(shared: Shared, path: str) -> None:
    answer, body = on_the_wire(shared.anybody, "GET", path, GZIP)
    assert "content-encoding" not in answer.headers
    assert not answer.headers.get("etag", "").endswith('-gzip"')
    assert len(body) == int(answer.headers["content-length"]) < 1024


@pytest.mark.parametrize("path", LARGE)
def test_head_tells_of_the_compressed_answer_what_get_tells(shared: Shared, path: str) -> None:
    got, _ = on_the_wire(shared.anybody, "GET", path, GZIP)
    head, nothing = on_the_wire(shared.anybody, "HEAD", path, GZIP)
    assert nothing == b""
    told = [{**answer.headers, "date": "", "x-request-id": ""} for answer in (head, got)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("gzip;q=0.001", True),
        ("gzip ; q=0.5", True),
        ("*", True),
        ("*;q=0.5", True),
        ("identity, *", True),
        ("*;q=0, gzip", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.5, identity;q=0.8", False),
        ("gzip;q=0.5, *", False),
        ("gzip;q=0.000", False),
        ("gzip; q=0 , *", False),
        ("*;q=0", False),
        ("identity;q=1, *;q=0", False),
        ("gzipped", False),
        ("my-gzip", False),
        ("gzip;q=high", False),
        ("gzip;q=-1", False),
    ],
)
def test_a_wish_for_gzip_is_read_as_it_is_meant(shared: Shared, wish: str, taken: bool) -> None:
    assert takes_gzip(wish) is taken
    answer, _ = on_the_wire(shared.anybody, "GET", LARGE[0], {"Accept-Encoding": wish})
    assert ("content-encoding" in answer.headers) is taken


def test_who_says_nothing_gets_it_plain(shared: Shared) -> None:
    answer = raw(shared.service.address, b"GET /v1/initiatives HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
    assert answer.json()["items"]


@pytest.mark.parametrize("path", [*LARGE, "/swagger-ui/swagger-ui.css"])
def test_each_representation_has_its_own_etag_and_either_says_that_nothing_changed(shared: Shared, path: str) -> None:
    plain, packed = (shared.anybody.get(path, headers=wish).headers["etag"] for wish in (PLAIN, GZIP))
    assert re.fullmatch(r'"[^"]+"', plain)
    assert packed == f'{plain[:-1]}-gzip"'
    for held in (plain, packed, f"W/{plain}", f"W/{packed}", f'"x", {packed}'):
        for method in ("GET", "HEAD"):
            answer, body = on_the_wire(shared.anybody, method, path, GZIP | {"If-None-Match": held})
            assert (answer.status_code, body) == (304, b"")
            assert answer.headers["etag"] in held, "what the caller holds"
            assert "accept-encoding" in answer.headers["vary"].lower()
            assert "content-encoding" not in answer.headers
    assert shared.anybody.get(path, headers=PLAIN | {"If-None-Match": plain}).status_code == 304


@pytest.mark.parametrize("wish", [GZIP, PLAIN], ids=["gzip", "plain"])
@pytest.mark.parametrize("path", [*LARGE, *SMALL[:2], *EXPORTS, "/openapi.json", "/catalog", "/changes"])
def test_who_names_no_tag_is_told_that_of_the_answer_it_would_have_had(
    shared: Shared, path: str, wish: dict[str, str]
) -> None:
    answer = shared.anybody.get(path, headers=wish)
    conditions = {"If-None-Match": "*"}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    for condition in conditions if "last-modified" in answer.headers else conditions[:1]:
        unchanged = shared.anybody.get(path, headers=wish | condition)
        assert (unchanged.status_code, unchanged.headers["etag"]) == (304, answer.headers["etag"]), condition


def test_whoever_cannot_read_the_compressed_bytes_is_not_told_to_use_them(shared: Shared) -> None:
    """A cache that holds only those asks on behalf of a client that refuses them."""
    held = shared.anybody.get(LARGE[0], headers=GZIP).headers["etag"]
    answer = shared.anybody.get(LARGE[0], headers=PLAIN | {"If-None-Match": held})
    assert (answer.status_code, answer.headers["etag"]) == (200, held.replace("-gzip", ""))
    request = f"GET /v1{LARGE[0]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIf-None-Match: {held}\r\n\r\n"
    answer = raw(shared.service.address, request.encode())
    assert (answer.status_code, answer.headers["etag"]) == (304, held), "no wish at all takes anything"


@pytest.mark.parametrize("other", ['"x-gzip"', '"{bare}-br"', '"{bare}-gzip-gzip"', '"-gzip"', "{bare}-gzip"])
def test_another_etag_is_another_version(shared: Shared, other: str) -> None:
    bare = shared.anybody.get(LARGE[0], headers=PLAIN).headers["etag"].strip('"')
    answer = shared.anybody.get(LARGE[0], headers=GZIP | {"If-None-Match": other.format(bare=bare)})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{bare}-gzip"')


def test_what_no_cache_may_keep_is_not_compressed_and_its_etag_is_its_version(shared: Shared) -> None:
    """A length that depends on what a stranger wrote beside a secret would tell of the secret."""
    receipt = shared.anybody.post("/initiatives", json=DRAFT | TEXT, headers=GZIP)
    path, token = f"/submissions/{receipt.json()['id']}", bearer(receipt.json()["edit_token"])
    answers = [
        receipt,
        shared.anybody.get(path, headers=token | GZIP),
        shared.moderator.get("/moderation/submissions", headers=GZIP),
        shared.anybody.get("/initiatives?" + "&".join(f"x{n}=1" for n in range(50)), headers=GZIP),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
        assert int(answer.headers["content-length"]) == len(answer.content) > 1024
        assert answer.headers.get("etag", '"1"') == '"1"'


def test_a_change_takes_the_etag_of_compressed_bytes(shared: Shared) -> None:
    """A proxy that compresses may put it on too."""
    receipt = shared.anybody.post("/initiatives", json=DRAFT | TEXT).json()
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    for wish, tag in ((GZIP, '"1-gzip"'), (PLAIN, '"2-gzip"'), ({}, '"0", "3-gzip"')):
        changed = patch(shared.anybody, path, {"progress": "running"}, tag, **token, **wish)
        assert changed.status_code == 200, changed.text
    for stale in ('"1-gzip"', 'W/"4-gzip"', '"4-gzip-gzip"'):
        check_problem(patch(shared.anybody, path, {}, stale, **token), 412)
    published = shared.moderator.post(f"/moderation{path}/_publish", headers={"If-Match": '"4-gzip"'})
    assert published.status_code == 200, published.text
    case = f"/initiatives/{published.json()['initiative']}"
    held = shared.anybody.get(case, headers=GZIP).headers["etag"]
    assert held.endswith('-gzip"')
    archive = f"/moderation{case}/_archive"
    gone = shared.moderator.post(archive, json={"reason": "r"}, headers={"If-Match": held, **GZIP})
    assert gone.status_code == 200, gone.text


def test_a_file_is_sent_on_piece_by_piece(shared: Shared) -> None:
    """So will be what is streamed: the first bytes can be read before the last are there."""
    unpacker = zlib.decompressobj(31)
    with shared.anybody.stream("GET", "/swagger-ui/swagger-ui-bundle.js", headers=GZIP) as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        assert len(unpacker.decompress(next(answer.iter_raw()))) >= 1024
