"""Whatever a client sends wrong: never a fault of ours, always a problem that says where and never repeats it."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.catalogue import keys
from tests.conftest import DRAFT, submitted
from tests.v1.conftest import Shared
from tests.v1.wire import CANARY, ORIGIN, bearer, check_problem, places, raw

JSON = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
FRENCH = {"Accept-Language": "fr-BE, fr;q=0.9, en;q=0.1"}
GHOST = "s-0000000000"
LONG_NUMBER = "9" * 5000


@dataclass(frozen=True)
class Bad:
    """A request, the status it deserves, and the places of its mistakes where they are certain."""

    name: str
    method: str
    path: str
    status: int = 400
    at: tuple[str, ...] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    moderator: bool = False
    answers: dict[str, str] = field(default_factory=dict)  # headers of the answer

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


# --- Bodies of POST /initiatives: what is put over a good draft, and where it is wrong ------------------------------

SOURCE = {"url": "https://example.org/a"}
PLACE = {"territory": "fr-81004"}
WHOLE: dict[str, Any] = {
    **DRAFT,
    "description": "d",
    "place": {"label": "p", "latitude": 1, "longitude": 2},
    "actors": [{"name": "a", "kind": "public"}],
    "results": [{"label": "r", "value": 1, "unit": "u", "note": "n"}],
    "open_questions": ["q"],
    "sources": [{**SOURCE, "title": "t", "publisher": "p"}],
    "external": {"system": "s", "id": "1"},
    "contact": {"name": "c", "email": "a@example.org"},
}
TEXTS = [
    "/title",
    "/summary",
    "/description",
    "/place/label",
    "/actors/0/name",
    "/results/0/label",
    "/results/0/unit",
    "/results/0/note",
    "/open_questions/0",
    "/sources/0/url",
    "/sources/0/title",
    "/sources/0/publisher",
    "/external/system",
    "/external/id",
    "/contact/name",
    "/contact/email",
]


def texts_with(character: str) -> dict[str, Any]:
    """A whole draft with a character in every text."""

    def put(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {name: put(inner, f"{path}/{name}") for name, inner in value.items()}
        if isinstance(value, list):
            return [put(inner, f"{path}/{index}") for index, inner in enumerate(value)]
        return f"{value[:3]}{CANARY}{character}z{value[3:]}" if path in TEXTS else value

    return put(WHOLE, "")


def result(value: Any, **more: Any) -> dict[str, Any]:
    return {"results": [{"label": "r", "value": value, **more}]}


def source(**fields: Any) -> dict[str, Any]:
    return {"sources": [SOURCE | fields]}


BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("title null", {"title": None}, "/title"),
    ("title number", {"title": 5}, "/title"),
    ("title list", {"title": [CANARY]}, "/title"),
    ("title object", {"title": {CANARY: CANARY}}, "/title"),
    ("title short", {"title": "ab"}, "/title"),
    ("title blank", {"title": "  \t  "}, "/title"),
    ("title long", {"title": CANARY * 21}, "/title"),
    ("title line end", {"title": f"{CANARY}\n{CANARY}"}, "/title"),
    ("summary absent", {"summary": None}, "/summary"),
    ("summary long", {"summary": "x" * 501}, "/summary"),
    ("description long", {"description": "x" * 10_001}, "/description"),
    ("description number", {"description": 5.5}, "/description"),
    ("kind", {"kind": CANARY}, "/kind"),
    ("kind in capitals", {"kind": "CASE"}, "/kind"),
    ("progress", {"progress": CANARY}, "/progress"),
    ("language long", {"language": "fra"}, "/language"),
    ("language capitals", {"language": "FR"}, "/language"),
    ("themes text", {"themes": "circuit-court"}, "/themes"),
    ("themes object", {"themes": {"0": "circuit-court"}}, "/themes"),
    ("theme unknown", {"themes": ["circuit-court", CANARY]}, "/themes/1"),
    ("theme shape", {"themes": [f"No {CANARY}"]}, "/themes/0"),
    ("theme number", {"themes": [1, None]}, "/themes/0 /themes/1"),
    ("themes many", {"themes": ["circuit-court"] * 51}, "/themes"),
    ("started_on number", {"started_on": 2014}, "/started_on"),
    ("started_on month", {"started_on": "2014-13"}, "/started_on"),
    ("started_on day", {"started_on": "2014-02-30"}, "/started_on"),
    ("started_on short", {"started_on": "14"}, "/started_on"),
    ("started_on time", {"started_on": "2014-02-03T10:00"}, "/started_on"),
    ("started_on digits", {"started_on": "２０１４"}, "/started_on"),
    ("started_on year 0", {"started_on": "0000"}, "/started_on"),
    ("started_on line end", {"started_on": "2014\n"}, "/started_on"),
    ("started_on text", {"started_on": CANARY}, "/started_on"),
    ("ends before start", {"started_on": "2014-06", "ended_on": "2014-05-31"}, "/ended_on"),
    ("no territory", {"territories": []}, "/territories"),
    ("null territories", {"territories": None}, "/territories"),
    ("territories text", {"territories": "fr-81004"}, "/territories"),
    ("territory text", {"territories": [5]}, "/territories/0"),
    ("territory empty", {"territories": [{}]}, "/territories/0/territory"),
    ("territory unknown", {"territories": [PLACE, {"territory": "insee:99999"}]}, "/territories/1/territory"),
    ("territory shape", {"territories": [{"territory": f"!{CANARY}"}]}, "/territories/0/territory"),
    ("territory NUL", {"territories": [{"territory": f"{CANARY}\0"}]}, "/territories/0/territory"),
    ("territory twice", {"territories": [PLACE, {"territory": "insee:81004"}]}, "/territories"),
    (
        "two leads",
        {"territories": [PLACE | {"role": "lead"}, {"territory": "fr-55073", "role": "lead"}]},
        "/territories",
    ),
    ("no lead", {"territories": [PLACE | {"role": "site"}]}, "/territories"),
    ("role", {"territories": [PLACE | {"role": CANARY}]}, "/territories/0/role"),
    ("stated negative", {"territories": [PLACE | {"stated_population": -1}]}, "/territories/0/stated_population"),
    ("stated text", {"territories": [PLACE | {"stated_population": "5"}]}, "/territories/0/stated_population"),
    ("stated fraction", {"territories": [PLACE | {"stated_population": 1.5}]}, "/territories/0/stated_population"),
    ("stated boolean", {"territories": [PLACE | {"stated_population": True}]}, "/territories/0/stated_population"),
    ("stated huge", {"territories": [PLACE | {"stated_population": 10**30}]}, "/territories/0/stated_population"),
    ("territory field", {"territories": [PLACE | {"name": CANARY}]}, "/territories/0/name"),
    ("place empty", {"place": {}}, "/place/label /place/latitude /place/longitude"),
    ("place list", {"place": [1, 2]}, "/place"),
    ("latitude", {"place": {"label": "x", "latitude": 90.1, "longitude": 1}}, "/place/latitude"),
    ("longitude", {"place": {"label": "x", "latitude": 9, "longitude": "1"}}, "/place/longitude"),
    ("actor kind", {"actors": [{"name": "x", "kind": CANARY}]}, "/actors/0/kind"),
    ("actor name", {"actors": [{"name": "", "kind": "public"}]}, "/actors/0/name"),
    ("value text", result("73"), "/results/0/value"),
    ("value boolean", result(True), "/results/0/value"),
    ("value null", result(None), "/results/0/value"),
    ("value huge", result(10**300), "/results/0/value"),
    ("year huge", result(1, year=10**20), "/results/0/year"),
    ("year text", result(1, year="2014"), "/results/0/year"),
    ("questions many", {"open_questions": ["x"] * 51}, "/open_questions"),
    ("relation unknown", {"relations": [{"kind": "inspired_by", "initiative": CANARY}]}, "/relations/0/initiative"),
    ("relation inverse", {"relations": [{"kind": "inspired", "initiative": "gand-refill"}]}, "/relations/0/kind"),
    *[
        (f"url {number}", source(url=url), "/sources/0/url")
        for number, url in enumerate(
            [
                "",
                CANARY,
                f"ftp://{CANARY}.org/",
                "javascript:alert(1)",
                "https://",
                "https:///a",
                "//example.org/",
                "https://u:p@example.org/",
                "https://exam ple.org/",
                "https://[::1",
                "https://example.org:99999/",
                "https://example.org/\0",
                "https://" + CANARY * 250,
                "mailto:a@example.org",
                "https://?q",
                "http:example.org",
            ]
        )
    ],
    ("url twice", {"sources": [SOURCE, {"url": "https://example.org/b"}, SOURCE]}, "/sources"),
    ("source kind", source(kind=CANARY), "/sources/0/kind"),
    (
        "source date",
        source(published_on="2018-02-31", consulted_on="yesterday"),
        "/sources/0/consulted_on /sources/0/published_on",
    ),
    ("e-mail", {"contact": {"email": CANARY}}, "/contact/email"),
    ("contact text", {"contact": CANARY}, "/contact"),
    ("external part", {"external": {"system": "x"}}, "/external/id"),
    *[
        (f"ours: {name}", {name: 1}, f"/{name}")
        for name in ("id", "state", "version", "evidence", "published_at", "license")
    ],
    ("odd name", {"a/b~c": CANARY}, "/a~1b~0c"),
    *[
        (f"U+{ord(character):04X} in every text", texts_with(character), " ".join(TEXTS))
        for character in "\0\x07\x1b\x7f\x85\ud800"
    ],
    (
        "everything at once",
        {
            "titel": CANARY,
            "title": "x",
            "summary": None,
            "themes": ["zzz"],
            "progress": "zzz",
            "started_on": "2014-13",
            "territories": [{"territory": "insee:99999", "role": "zzz"}],
            "relations": [{"kind": "part_of", "initiative": "zzz"}],
            "sources": [{"url": "zzz", "kind": "zzz"}],
            "results": [{"value": "zzz"}],
        },
        (
            "/titel /title /summary /themes/0 /progress /started_on /territories/0/territory /territories/0/role "
            "/relations/0/initiative /sources/0/url /sources/0/kind /results/0/label /results/0/value"
        ),
    ),
]


def posted(name: str, body: Any, at: str | None) -> Bad:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Bad(f"POST {name}", "POST", "/initiatives", 400, at and tuple(at.split()), JSON, content)


RAW_BODIES = {
    "broken": f'{{"title": "{CANARY}'.encode(),
    "nested 1000": b'{"title":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "nested 100000": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested unclosed": b"[" * 100_000,
    "objects 30000": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "NaN": json.dumps(DRAFT | result(float("nan"))).encode(),
    "Infinity": json.dumps(DRAFT | result(float("inf"))).encode(),
    "-Infinity latitude": json.dumps(
        WHOLE | {"place": {"label": "x", "latitude": float("-inf"), "longitude": 1}}
    ).encode(),
    "1e999": json.dumps(DRAFT | result("V")).replace('"V"', "1e999").encode(),
    "long number": json.dumps(DRAFT | result("V")).replace('"V"', LONG_NUMBER).encode(),
    "long population": json.dumps(DRAFT | {"territories": [PLACE | {"stated_population": "V"}]})
    .replace('"V"', LONG_NUMBER)
    .encode(),
    "UTF-16": json.dumps(DRAFT).encode("utf-16"),
    "Latin-1": json.dumps(DRAFT | {"title": "éèà" + CANARY}, ensure_ascii=False).encode("latin-1"),
    "not text": bytes(range(256)),
    "empty": b"",
    "blank": b"  ",
    "null": b"null",
    "true": b"true",
    "text": f'"{CANARY}"'.encode(),
    "number": b"5",
    "list": b"[]",
    "list of drafts": json.dumps([DRAFT]).encode(),
    "empty object": b"{}",
    "two values": b"{} {}",
    "comment": b"{} // x",
    "single quotes": b"{'title': 'x'}",
    "NUL name": b'{"a\\u0000b": 1}',
    "surrogate name": b'{"\\ud800": 1}',
}

# --- Parameters ------------------------------------------------------------------------------------------------------

LISTS = ("/initiatives", "/territories", "/themes", "/sources")
OTHERS = ("/initiatives/courcy", "/territories/fr", "/status")
PRIVATE = (
    "/moderation/submissions",
    "/moderation/events",
    "/moderation/territories",
    f"/moderation/submissions/{GHOST}",
    "/submissions",
)


def asked(path: str, query: str, *at: str, moderator: bool = False) -> Bad:
    return Bad(f"GET {path}?{query[:40]}", "GET", f"{path}?{query}", 400, at or None, moderator=moderator)


QUERIES = [
    *[asked(path, f"unknown={CANARY}", "unknown") for path in (*LISTS, *OTHERS, "/catalog")],
    *[asked(path, f"unknown={CANARY}", "unknown", moderator=True) for path in PRIVATE],
    *[asked(path, f"a={CANARY}&limit=0&cursor=!&total=x", "a", "cursor", "limit", "total") for path in LISTS],
    *[
        asked(path, f"limit={value}", "limit", moderator=path in PRIVATE)
        for path in (*LISTS, *PRIVATE[:3])
        for value in (
            "0",
            "101",
            "-1",
            "1_0",
            "ten",
            "",
            "%2010",
            "1.0",
            "1e1",
            LONG_NUMBER,
            "%EF%BC%91",
            "%00",
            "true",
        )
    ],
    *[asked(path, "limit=5&limit=5", "limit") for path in LISTS],
    *[asked(path, "total=true&total=false", "total") for path in LISTS],
    *[asked(path, f"total={value}", "total") for path in LISTS for value in ("1", "yes", "True", "", CANARY)],
    *[
        asked(path, f"cursor={value}", "cursor", moderator=path in PRIVATE)
        for path in (*LISTS, *PRIVATE[:2])
        for value in (
            CANARY,
            "",
            "%00",
            "A" * 301,
            "bnVsbA",
            "W10",
            "WzFd",
            "W1tbW10=",
            "eyJhIjoxfQ",
            "%FF",
            "Ww" * 100,
            "Tm_-",
        )
    ],
    asked("/initiatives", "cursor=a&cursor=b", "cursor"),
    asked("/initiatives", "sort=published&sort=published", "sort"),
    asked("/initiatives", f"sort={CANARY}", "sort"),
    asked("/initiatives", f"theme={CANARY}", "theme"),
    asked("/initiatives", f"theme=circuit-court&theme={CANARY}", "theme"),
    asked("/initiatives", f"theme=Not%20{CANARY}", "theme"),
    asked("/initiatives", "theme=", "theme"),
    asked("/initiatives", "theme=%00", "theme"),
    asked("/initiatives", "theme=%ED%A0%80", "theme"),
    asked("/initiatives", "territory=insee:99999", "territory"),
    asked("/initiatives", f"territory={CANARY}&theme={CANARY}", "territory", "theme"),
    asked("/initiatives", "territory=a:b:c", "territory"),
    asked("/initiatives", "territory=%00", "territory"),
    asked("/initiatives", "country=FRA", "country"),
    asked("/initiatives", "country=fr", "country"),
    asked("/initiatives", f"progress={CANARY}&kind={CANARY}&country=X", "country", "kind", "progress"),
    asked("/initiatives", "limit=abc&theme=Bad%20One&total=2", "limit", "theme", "total"),
    asked("/initiatives", "&".join(["theme=circuit-court"] * 1000), "theme"),
    asked("/initiatives", "&".join(["territory=fr"] * 1000), "territory"),
    asked("/initiatives", "&".join(f"x{number}=1" for number in range(1000))),
    asked("/initiatives", "&".join(["limit=1"] * 1000), "limit"),
    asked("/initiatives", f"theme={'a' * 50_000}", "theme"),
    asked("/initiatives", f"authorization={CANARY}&access_token={CANARY}", "access_token", "authorization"),
    # What one mistake could hide.
    asked("/initiatives", f"limit=0&a=1&theme={CANARY}&territory=insee:99999", "a", "limit", "territory", "theme"),
    asked("/initiatives", f"theme={CANARY}&territory=a:b:c", "territory", "theme"),
    asked("/territories", f"total=2&parent={CANARY}", "parent", "total"),
    asked("/territories", f"parent={CANARY}", "parent"),
    asked("/territories", "parent=fr&parent=be", "parent"),
    asked("/territories", f"kind={CANARY}&country=france", "country", "kind"),
    asked("/sources", f"kind={CANARY}", "kind"),
    asked("/sources", f"host=Not%20{CANARY}", "host"),
    asked("/sources", "host=a&host=b", "host"),
    asked("/sources", "initiative=a&initiative=b", "initiative"),
    asked("/sources", "host=%00", "host"),
    asked("/moderation/submissions", f"state={CANARY}", "state", moderator=True),
    asked("/moderation/submissions", "state=pending&state=pending", "state", moderator=True),
    Bad("check=maybe", "POST", "/initiatives?check=maybe", 400, ("check",), JSON, json.dumps(DRAFT).encode()),
    Bad("check twice", "POST", "/initiatives?check=true&check=true", 400, ("check",), JSON, json.dumps(DRAFT).encode()),
]

HIDING = [
    Bad(
        "query and body",
        "POST",
        "/initiatives?a=1",
        400,
        ("/title", "a"),
        JSON,
        json.dumps(DRAFT | {"title": "x"}).encode(),
    ),
    Bad("query and JSON", "POST", "/initiatives?a=1&check=2", 400, ("", "a", "check"), JSON, b"{"),
    Bad("query and no body", "POST", "/initiatives?a=1", 400, ("", "a"), JSON, b""),
]

# --- Paths, methods, media types -------------------------------------------------------------------------------------

PATHS = [
    Bad(f"path {path[:40]}", "GET", path, 404)
    for path in (
        f"/{CANARY}",
        "/initiatives/",
        "/Initiatives",
        "/initiatives/no-such-case",
        "/initiatives/NOT-A-SLUG",
        "/initiatives/a%20b",
        "/initiatives/%00",
        "/initiatives/%FF",
        "/initiatives/%ZZ",
        "/initiatives/%",
        "/initiatives/%0A",
        "/initiatives/a%2Fb",
        "/initiatives/" + "a" * 101,
        "/initiatives/" + "a" * 20_000,
        "/initiatives/%ED%A0%80",
        "/initiatives/courcy/more",
        "/territories/insee:99999",
        "/territories/zz",
        "/territories/%00",
        "/territories/a:b:c",
        "/territories/caf%C3%A9",
        f"/submissions/{GHOST}",
        "/submissions/1",
        "/submissions/%00",
        "/themes/circuit-court",
        "/sources/1",
        "/openapi.yaml",
        "/static/../../../api/main.py",
        "/static/%2e%2e/app.py",
        "/static/nothing.js",
        "/swagger-ui/nothing.js",
        "/initiatives/%E2%80%8B",
        "/initiatives;a=b",
        "//initiatives",
    )
] + [
    Bad(f"moderator {path}", "GET", path, 404, moderator=True)
    for path in (
        f"/moderation/submissions/{GHOST}",
        "/moderation/submissions/1",
        "/moderation/submissions/%00",
        "/moderation/zz",
    )
]

GOOD = json.dumps(DRAFT).encode()
REASON = json.dumps({"reason": "r"}).encode()
MEDIA = (
    [
        Bad(
            f"media type {sent}",
            "POST",
            "/initiatives",
            415,
            None,
            {"Content-Type": sent},
            GOOD,
            answers={"accept-post": "application/json"},
        )
        for sent in (
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            CANARY,
            "",
            "application/jsonx",
            "application/merge-patch+json",
        )
    ]
    + [
        Bad(
            f"patch media type {sent}",
            "PATCH",
            f"/submissions/{GHOST}",
            415,
            None,
            {"Content-Type": sent, "If-Match": "*"},
            b"{}",
            answers={"accept-patch": "application/merge-patch+json"},
        )
        for sent in ("application/json", "text/plain", "application/json-patch+json")
    ]
    + [
        Bad(
            f"decision media type {verb}",
            "POST",
            f"/moderation/submissions/{GHOST}/{verb}",
            415,
            None,
            {"Content-Type": "text/plain", "If-Match": "*"},
            REASON,
            moderator=True,
            answers={"accept-post": "application/json"},
        )
        for verb in ("_publish", "_reject", "_request-changes")
    ]
    + [
        Bad(
            f"coding {coding} {path}",
            "POST",
            path,
            415,
            None,
            JSON | {"Content-Encoding": coding, "If-Match": "*"},
            gzip.compress(GOOD, mtime=0),
            moderator=path != "/initiatives",
            answers={"accept-encoding": "identity"},
        )
        for path in ("/initiatives", f"/moderation/submissions/{GHOST}/_publish")
        for coding in ("gzip", "x-GZIP", "identity, gzip", "br", CANARY)
    ]
    + [
        Bad(f"Accept {accept} {path}", "GET", path, 406, None, {"Accept": accept})
        for path in (*LISTS, *OTHERS)
        for accept in ("application/xml", "text/html, image/*;q=0.5", CANARY + "/x", "text/*", "application/json;q=0")
    ]
)

# --- Credentials and preconditions -----------------------------------------------------------------------------------


def stranger(prefix: str) -> str:
    """A secret of the right form that nobody was given; the same on every run."""
    body = "0123456789abcdef" * 4
    return f"{prefix}{body}{zlib.crc32(body.encode()):08x}"


STRANGER = stranger(keys.KEY)
CREDENTIALS = (
    "",
    "Bearer",
    "Bearer x",
    f"Bearer {CANARY}",
    "Basic Og==",
    f"Bearer {STRANGER}",
    f"Bearer {STRANGER[:-1]}0",
    "Bearer é",
    f"bearer  {STRANGER}",
)
DECISIONS = [f"/moderation/submissions/{GHOST}/{verb}" for verb in ("_publish", "_reject", "_request-changes")]
DECISIONS.append("/moderation/initiatives/courcy/_archive")
SETTLING = [f"/moderation/territories/t-0123456789/{verb}" for verb in ("_confirm", "_merge")]
CHALLENGED = {"www-authenticate": "Bearer"}

AUTH = (
    [
        Bad(f"GET {path} with {given[:12]!r}", "GET", path, 401, None, {"Authorization": given}, answers=CHALLENGED)
        for path in (*PRIVATE, "/keys")
        for given in (*CREDENTIALS, f"Bearer {stranger(keys.TOKEN)}")
    ]
    + [
        Bad(
            f"POST with {given[:12]!r}",
            "POST",
            "/initiatives",
            401,
            None,
            JSON | {"Authorization": given},
            GOOD,
            answers=CHALLENGED,
        )
        for given in CREDENTIALS
    ]
    + [
        Bad(f"anybody POSTs {path}", "POST", path, 401, None, JSON | {"If-Match": "*"}, REASON, answers=CHALLENGED)
        for path in (*DECISIONS, *SETTLING)
    ]
    + [Bad(f"anybody GETs {path}", "GET", path, 401, answers=CHALLENGED) for path in (*PRIVATE, "/keys")]
)

MATCHES = [
    *[Bad(f"no If-Match {path}", "POST", path, 428, None, JSON, REASON, moderator=True) for path in DECISIONS],
    *[
        Bad(
            f"If-Match {tag} {path}", "POST", path, 400, ("If-Match",), JSON | {"If-Match": tag}, REASON, moderator=True
        )
        for path in DECISIONS
        for tag in ("1", CANARY, "", '"', "W/1")
    ],
    Bad("stale archive", "POST", DECISIONS[3], 412, None, JSON | {"If-Match": f'"{CANARY}"'}, REASON, moderator=True),
    Bad("weak archive", "POST", DECISIONS[3], 412, None, JSON | {"If-Match": 'W/"1-2"'}, REASON, moderator=True),
    *[
        Bad(f"absent {path}", "POST", path, 404, None, JSON | {"If-Match": "*"}, REASON, moderator=True)
        for path in DECISIONS[:3]
    ],
    *[
        Bad(f"no If-Match {method}", method, f"/submissions/{GHOST}", 428, None, MERGE, b"{}", moderator=True)
        for method in ("PATCH", "DELETE")
    ],
    *[
        Bad(f"absent {method}", method, f"/submissions/{GHOST}", 404, None, MERGE | {"If-Match": '"1"'}, b"{}")
        for method in ("PATCH", "DELETE")
    ],
]


def decided(path: str, body: Any, *at: str) -> Bad:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Bad(
        f"{path[-16:]} {content[:30]!r}",
        "POST",
        path,
        400,
        at or None,
        JSON | {"If-Match": "*"},
        content,
        moderator=True,
    )


DECISION_BODIES = [
    bad
    for path in DECISIONS[1:]
    for bad in (
        decided(path, {}, "/reason"),
        decided(path, {"reason": None}, "/reason"),
        decided(path, {"reason": ""}, "/reason"),
        decided(path, {"reason": 5, "code": CANARY, "zzz": 1}, "/code", "/reason", "/zzz"),
        decided(path, {"reason": "x" * 2001}, "/reason"),
        decided(path, {"reason": f"{CANARY}\0"}, "/reason"),
        decided(path, {"reason": f"{CANARY}\ud800"}, "/reason"),
        decided(path, {"reason": "r", "id": "x"}, "/id"),
        decided(path, b"[]"),
        decided(path, b"{"),
        decided(path, b""),
        decided(path, b"[" * 100_000),
    )
] + [
    decided(DECISIONS[0], {"id": f"Not {CANARY}"}, "/id"),
    decided(DECISIONS[0], {"id": "a" * 101}, "/id"),
    decided(DECISIONS[0], {"id": 5, "reason": 5, "code": 5, "zzz": 5}, "/code", "/id", "/reason", "/zzz"),
    decided(DECISIONS[0], b"[]"),
    decided(DECISIONS[0], b'{"id": NaN}'),
    decided(DECISIONS[0], b"\xff"),
]

CORPUS = [
    *[posted(name, DRAFT | body, at) for name, body, at in BODIES],
    *[posted(name, body, None) for name, body in RAW_BODIES.items()],
    *QUERIES,
    *HIDING,
    *PATHS,
    *MEDIA,
    *AUTH,
    *MATCHES,
    *DECISION_BODIES,
]


def send(shared: Shared, bad: Bad, **headers: str) -> httpx.Response:
    """The request as it is, its address to the letter."""
    client = shared.moderator if bad.moderator else shared.anybody
    address = f"{shared.service.address}/v1{bad.path}".encode()
    target = address.removeprefix(shared.service.address.encode())
    request = client.build_request(bad.method, "/", content=bad.content)
    request.url = httpx.URL(shared.service.address).copy_with(raw_path=target)
    return client.send(with_headers(request, {name: value.encode() for name, value in (bad.headers | headers).items()}))


def with_headers(request: httpx.Request, headers: dict[str, bytes]) -> httpx.Request:
    """The same request with these headers, byte for byte."""
    kept = [(name, value) for name, value in request.headers.raw if name.decode().title() not in headers]
    request.headers = httpx.Headers([*kept, *((name.encode(), value) for name, value in headers.items())])
    return request


@pytest.mark.parametrize("bad", CORPUS, ids=str)
def test_a_bad_request_is_told_what_is_wrong_in_the_callers_language(shared: Shared, bad: Bad) -> None:
    answer = send(shared, bad)
    english = check_problem(answer, bad.status)
    for name, value in bad.answers.items():
        assert answer.headers[name] == value
    if bad.status == 400:
        assert 1 <= len(english["errors"]) <= 100
    if bad.at is not None:
        assert places(english) == sorted(bad.at)
    assert answer.headers["content-language"] == "en"
    french = check_problem(send(shared, bad, **FRENCH), bad.status)
    assert french["title"] != english["title"]
    assert french["detail"] != english["detail"]
    for theirs, ours in zip(english.get("errors", []), french.get("errors", []), strict=True):
        assert theirs["detail"] != ours["detail"]


def test_what_is_no_utf_8_is_found_in_no_parameter_and_each_is_named(shared: Shared, nothing_kept: None) -> None:
    tried = 0
    for path, item in shared.anybody.get("/openapi.json").json()["paths"].items():
        asked = path.format(initiative="courcy", territory="fr", submission=GHOST, key="k-0123456789")
        for method, operation in item.items():
            parameters = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            for name in parameters if not path.startswith("/keys") else ():  # an admin's
                wrong = f"{asked}?{name}=Caf%E9{CANARY}"
                bad = Bad(wrong, method.upper(), wrong, 400, (name,), JSON, GOOD if method == "post" else None)
                if path.endswith("/revisions"):
                    bad = replace(bad, headers=MERGE | {"If-Match": "*"})
                answer = send(shared, replace(bad, moderator=True))
                assert name in places(check_problem(answer, 400)), wrong
                tried += 1
    assert tried > 100


@pytest.mark.parametrize("query", ["q=%E9", "q=caf%C3", "q=%FF&limit=3", "sort=title&q=%E9", "limit=0&q=%E9&%E9=%E9"])
@pytest.mark.parametrize("path", ["/initiatives", "/territories", "/initiatives.csv", "/initiatives.atom"])
def test_words_that_are_no_utf_8_find_nothing_and_say_so(shared: Shared, path: str, query: str) -> None:
    for language, said in (("en", "send it as UTF-8"), ("fr", "envoyez-le en UTF-8")):
        answer = shared.anybody.get(f"{path}?{query}", headers={"Accept-Language": language})
        problem = check_problem(answer, 400)
        (told,) = (error["detail"] for error in problem["errors"] if error["parameter"] == "q")
        assert said in told
        assert ("?" in places(problem)) == ("&%E9" in query)


@pytest.fixture
def nothing_kept(shared: Shared) -> Iterator[None]:
    def counts() -> list[int]:
        states = ("pending", "accepted", "rejected", "changes_requested", "withdrawn")
        queues = [f"/moderation/submissions?state={state}&total=true" for state in states]
        return [shared.moderator.get(path).json()["total"] for path in (*queues, "/moderation/events?total=true")]

    before = counts()
    yield
    assert counts() == before


def test_a_wrong_parameter_keeps_anything_from_being_done(shared: Shared, nothing_kept: None) -> None:
    """What else is wrong is found by rehearsing the request without it; of that, nothing is kept."""
    check_problem(shared.moderator.post("/initiatives?a=1", content=GOOD, headers=JSON), 400)


def test_nothing_of_a_rehearsed_change_is_kept(shared: Shared) -> None:
    sent = submitted(shared.anybody)
    path, holder = f"/submissions/{sent['id']}", bearer(sent["edit_token"])
    wrong = {"content": json.dumps({"title": "x"}), "headers": MERGE | holder | {"If-Match": '"1"'}}
    problem = check_problem(shared.anybody.patch(f"{path}?a=1", **wrong), 400)
    assert places(problem) == ["/title", "a"]
    bare = wrong | {"headers": MERGE | holder | {"If-Match": "1"}}
    assert places(check_problem(shared.anybody.patch(f"{path}?a=1", **bare), 400)) == ["/title", "If-Match", "a"]
    good = wrong | {"content": json.dumps({"title": "Un autre titre"})}
    bare = good | {"headers": MERGE | holder | {"If-Match": "1"}}
    assert places(check_problem(shared.anybody.patch(path, **bare), 400)) == ["If-Match"]
    assert places(check_problem(shared.anybody.patch(f"{path}?a=1", **good), 400)) == ["a"]
    decided = shared.moderator.post(f"/moderation{path}/_publish?a=1", headers={"If-Match": '"1"'})
    assert places(check_problem(decided, 400)) == ["a"]
    kept = shared.anybody.get(path, headers=holder).json()
    assert (kept["version"], kept["state"], kept["draft"]["title"]) == (1, "pending", DRAFT["title"])


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/initiatives", "/initiatives?check=true", *DECISIONS])
def test_a_huge_body_is_refused_however_it_comes(shared: Shared, nothing_kept: None, path: str, chunked: bool) -> None:
    body = json.dumps(DRAFT | {"description": CANARY * 40_000}).encode()
    content = iter([body[start : start + 10_000] for start in range(0, len(body), 10_000)]) if chunked else body
    answer = shared.moderator.post(path, content=content, headers=JSON | {"If-Match": "*"})
    check_problem(answer, 413)


def test_a_body_just_below_the_limit_is_read_as_any_other(shared: Shared, nothing_kept: None) -> None:
    padded = json.dumps(DRAFT).encode() + b" " * (256 * 1024 - len(GOOD) - 10)
    assert shared.anybody.post("/initiatives?check=true", content=padded, headers=JSON).status_code == 200


def test_a_coding_says_nothing_of_a_body_that_is_not_coded_or_not_there(shared: Shared, nothing_kept: None) -> None:
    for coding in ("identity", "Identity", ""):
        sent = JSON | {"Content-Encoding": coding}
        assert shared.anybody.post("/initiatives?check=true", content=GOOD, headers=sent).status_code == 200
    assert shared.anybody.get("/status", headers={"Content-Encoding": "gzip"}).status_code == 200
    nothing = {"Content-Encoding": "gzip", "If-Match": "*"}
    check_problem(shared.moderator.post(f"/moderation/submissions/{GHOST}/_publish", headers=nothing), 404)


def test_a_huge_body_is_too_large_before_its_coding_is_looked_at(shared: Shared) -> None:
    answer = shared.anybody.post("/initiatives", content=b"x" * 300_000, headers=JSON | {"Content-Encoding": "gzip"})
    check_problem(answer, 413)


def test_a_cursor_belongs_to_its_list_its_filters_and_its_sort(shared: Shared) -> None:
    def cursor(path: str) -> str:
        return shared.anybody.get(path).json()["next"]

    first = cursor("/initiatives?limit=2")
    assert shared.anybody.get(f"/initiatives?limit=5&total=true&cursor={first}").status_code == 200
    for other in ("sort=published", "country=FR", "kind=case", "territory=fr", "theme=tiers-lieux", "progress=running"):
        check_problem(shared.anybody.get(f"/initiatives?{other}&cursor={first}"), 400)
    for path in ("/territories", "/sources", "/themes"):
        theirs = cursor(f"{path}?limit=2")
        check_problem(shared.anybody.get(f"/initiatives?cursor={theirs}"), 400)
        check_problem(shared.anybody.get(f"{path}?cursor={first}"), 400)
    by_theme = cursor("/initiatives?theme=attractivite-territoriale&limit=1")
    check_problem(shared.anybody.get(f"/initiatives?theme=tiers-lieux&cursor={by_theme}"), 400)


def test_a_hundred_mistakes_are_listed_and_no_more(shared: Shared) -> None:
    answer = shared.anybody.post("/initiatives", json=DRAFT | {f"field{number}": 1 for number in range(300)})
    assert len(check_problem(answer, 400)["errors"]) == 100


KNOWN = ("/", "/docs", "/health/live", "/health/ready", "/.well-known/api-catalog", "/.well-known/security.txt")


@pytest.mark.parametrize("path", [*KNOWN, "/v2/initiatives", "/v1/", "/health", "/nothing", "/.well-known/nothing"])
def test_outside_the_versions_errors_are_problems_too(shared: Shared, path: str) -> None:
    with httpx.Client(base_url=shared.service.address, headers=ORIGIN) as client:
        wrong = client.post(path) if path in KNOWN else client.get(path)
        check_problem(wrong, 405 if wrong.request.method == "POST" else 404, path=path)
        french = client.request(wrong.request.method, path, headers=FRENCH)
        assert french.json()["detail"] != wrong.json()["detail"]


def _operations(shared: Shared) -> dict[str, set[str]]:
    document = shared.anybody.get("/openapi.json").json()
    return {path: {method.upper() for method in item} for path, item in document["paths"].items()}


def test_405_names_every_method_that_there_is(shared: Shared) -> None:
    paths = {**_operations(shared), "/docs": {"GET"}, "/openapi.json": {"GET"}}
    for template, methods in paths.items():
        path = template.format_map(
            {"initiative": "courcy", "territory": "fr", "submission": GHOST, "key": "k-0123456789"}
        )
        there = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - there:
            answer = shared.anybody.request(method, path)
            assert answer.status_code == 405, (method, path, answer.status_code)
            assert set(answer.headers["allow"].split(", ")) == there, (method, path)
            if method != "HEAD":
                check_problem(answer, 405, path=f"/v1{path}")


def test_the_path_in_instance_is_a_uri_reference(shared: Shared) -> None:
    for path in ("/initiatives/caf%C3%A9", "/initiatives/a%20b", "/initiatives/%22%3C", "/nothing%25"):
        problem = check_problem(shared.anybody.get(path), 404)
        assert problem["instance"] == f"/v1{path}"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /v1/initiatives?theme=caf\xc3\xa9 HTTP/1.1",
        b"GET /v1/initiatives/caf\xe9 HTTP/1.1",
        b"GET /v1/initiatives?theme=a\x01b HTTP/1.1",
        b"GET /v1/initiatives?theme=\x7f HTTP/1.1",
        b"GET /v1/init\x00iatives HTTP/1.1",
        b"GET /v1/initiatives HTTP/9.9",
        b"GET",
        b"G\xc3\x89T / HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/" + b"a" * 200_000 + b" HTTP/1.1",
    ],
)
def test_bytes_that_are_no_http_are_a_problem_too(shared: Shared, request_line: bytes) -> None:
    answer = raw(
        shared.service.address,
        request_line + b"\r\nHost: x\r\nOrigin: https://app.example\r\nConnection: close\r\n\r\n",
    )
    assert answer.status_code in (200, 400, 404, 414, 431), answer.status_code
    if answer.status_code >= 400:
        check_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: abc",
        b"Content-Length: -1",
        b"Transfer-Encoding: nothing",
        b"Broken header",
        b"X: \x00",
        b"X-Long: " + b"a" * 300_000,
    ],
)
def test_bad_headers_are_a_problem_too(shared: Shared, headers: bytes) -> None:
    head = b"POST /v1/initiatives HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\nConnection: close\r\n"
    answer = raw(shared.service.address, head + headers + b"\r\n\r\n")
    check_problem(answer, answer.status_code)
    assert 400 <= answer.status_code < 500


OFFER = (
    b"POST /v1/initiatives?check=true HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n%b: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
LEAD = b'{"kind": "lead", "title": "Une piste"}'
SMUGGLED = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade", b"UPGRADE"])
@pytest.mark.parametrize("pause", [0, 0.2])
def test_an_offer_to_upgrade_is_passed_over_and_the_body_read(shared: Shared, name: bytes, pause: float) -> None:
    for body, status in ((LEAD, b"200"), (SMUGGLED, b"400")):
        head = OFFER % (name, len(body))
        answers = in_parts(shared.service.address, [head, body] if pause else [head + body], pause)
        assert answers.startswith(b"HTTP/1.1 %b " % status)
        assert answers.count(b"HTTP/1.1 ") == 1


def test_an_offer_to_upgrade_that_arrives_in_two_parts_never_makes_a_request_of_the_body(shared: Shared) -> None:
    head = OFFER % (b"Upgrade", len(SMUGGLED))
    for cut in (head.index(b"Upgrade:"), head.index(b"grade:"), head.index(b": h2c")):
        answers = in_parts(shared.service.address, [head[:cut], head[cut:], SMUGGLED], 0.2)
        assert answers.startswith(b"HTTP/1.1 400 ")
        assert answers.count(b"HTTP/1.1 ") == 1


def test_an_offer_in_the_second_request_of_a_packet_takes_no_answer_from_the_first(shared: Shared) -> None:
    answers = in_parts(shared.service.address, [SMUGGLED + OFFER % (b"Upgrade", 0)], 0)
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert answers.count(b"HTTP/1.1 ") == 1


def in_parts(address: str, parts: list[bytes], pause: float) -> bytes:
    """What is answered, at once and soon after, to bytes that are sent one part after the other."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        received = connection.recv(65_536)
        connection.settimeout(0.3)
        with suppress(TimeoutError):
            while chunk := connection.recv(65_536):
                received += chunk
    return received


@pytest.mark.parametrize(
    "name",
    [
        "Accept",
        "Accept-Language",
        "If-None-Match",
        "If-Modified-Since",
        "If-Match",
        "Content-Type",
        "Authorization",
        "Origin",
        "Host",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Sun, 06 Nov 99999999999 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 +99999999999999999999",
        b",",
        b";;q=",
        b"\xff\xfe",
        b"a" * 5000,
        b'"' * 999,
        b"*;q=nan",
        b"fr;q=1.0000001",
        b"W/",
        b"x" + b" " * 9000 + b"x",
        b"a/b;" * 3000,
    ],
)
def test_no_header_can_make_it_fail(shared: Shared, name: str, value: bytes) -> None:
    for method, path in (("GET", "/initiatives"), ("POST", "/initiatives"), ("DELETE", f"/submissions/{GHOST}")):
        answer = shared.anybody.send(with_headers(shared.anybody.build_request(method, path), {name: value}))
        assert answer.status_code < 500, (method, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.fixture(scope="module")
def receipt(shared: Shared) -> dict[str, Any]:
    """A submission that exists, and its sender's token."""
    return submitted(shared.anybody)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"title": None}, ["/title"]),
        ({"title": 5, "zzz": CANARY, "themes": [CANARY]}, ["/themes/0", "/title", "/zzz"]),
        ({"territories": None}, ["/territories"]),
        ({"summary": None}, ["/summary"]),
        ({"place": {"latitude": 5}}, ["/place/label", "/place/longitude"]),
        ({"state": "accepted"}, ["/state"]),
        ({"contact": {"email": CANARY}}, ["/contact/email"]),
        ({"description": f"{CANARY}\0"}, ["/description"]),
    ],
)
def test_a_patch_is_checked_like_a_draft(shared: Shared, receipt: dict[str, Any], body: Any, at: list[str]) -> None:
    headers = MERGE | bearer(receipt["edit_token"]) | {"If-Match": '"1"'}
    path = f"/submissions/{receipt['id']}"
    answer = shared.anybody.patch(path, content=json.dumps(body), headers=headers)
    assert places(check_problem(answer, 400)) == at
    assert shared.anybody.get(path, headers=bearer(receipt["edit_token"])).json()["version"] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"5",
        b'"x"',
        b"null",
        b"{",
        b"",
        b"[" * 100_000,
        b'{"a":' * 30_000,
        b"\xff",
        b'{"results":[{"label":"x","value":NaN}]}',
    ],
)
def test_a_patch_is_an_object(shared: Shared, receipt: dict[str, Any], content: bytes) -> None:
    headers = MERGE | bearer(receipt["edit_token"]) | {"If-Match": '"1"'}
    check_problem(shared.anybody.patch(f"/submissions/{receipt['id']}", content=content, headers=headers), 400)


@pytest.mark.parametrize(
    ("tag", "status"), [('"2"', 412), ('W/"1"', 412), ('"1-br"', 412), ("1", 400), ("", 400), (None, 428)]
)
def test_a_change_wants_the_present_version(
    shared: Shared, receipt: dict[str, Any], tag: str | None, status: int
) -> None:
    headers = MERGE | bearer(receipt["edit_token"]) | ({} if tag is None else {"If-Match": tag})
    path = f"/submissions/{receipt['id']}"
    check_problem(shared.anybody.patch(path, content=b"{}", headers=headers), status)
    check_problem(shared.anybody.delete(path, headers=headers), status)
