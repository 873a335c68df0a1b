"""HTTP used as it is meant: validators, HEAD, OPTIONS, links, origins, health, a page that asks nobody else."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import httpx
import psycopg
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from starlette.routing import Mount

from api import __version__, sqlite
from api.db import Database
from api.main import create_app
from api.settings import Settings
from tests.conftest import PUBLIC_URL, TLS, Service, published, serving
from tests.databases import SqliteFiles
from tests.v1.conftest import Shared
from tests.v1.wire import ORIGIN, check_problem

PUBLIC = [
    "/initiatives",
    "/initiatives?theme=tiers-lieux&limit=1",
    "/initiatives/courcy",
    "/territories",
    "/territories?kind=region",
    "/territories/insee:81004",
    "/themes",
    "/sources",
    "/sources?kind=press",
    "/status",
]
DESCRIPTIONS = ["/catalog", "/openapi.json", "/docs", "/static/docs.js"]
EVERYWHERE = [*PUBLIC, *DESCRIPTIONS, "/initiatives/absent", "/initiatives?limit=0"]
CASES = ("albi-autosuffisance-alimentaire", "gand-refill", "courcy")


def archive(client: httpx.Client, moderator: httpx.Client, case: str) -> None:
    tag = client.get(f"/initiatives/{case}").headers["etag"]
    done = moderator.post(f"/moderation/initiatives/{case}/_archive", json={"reason": "r"}, headers={"If-Match": tag})
    assert done.status_code == 200, done.text


# --- ETag ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_read_has_a_strong_etag_and_says_how_to_cache_it(shared: Shared, path: str) -> None:
    answer = shared.anybody.get(path)
    assert re.fullmatch(r'"[!#-~]+"', answer.headers["etag"])
    assert answer.headers["cache-control"]
    assert answer.headers["content-type"] == "application/json"
    assert shared.anybody.get(path).headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(
    "form", ["{tag}", "W/{tag}", '"other", {tag}', '{tag}, "other"', '"a,b",W/{tag} , "c"', "*", " {tag} "]
)
@pytest.mark.parametrize("path", PUBLIC)
def test_a_reader_who_has_it_gets_304_without_a_body(shared: Shared, path: str, form: str) -> None:
    held = shared.anybody.get(path)
    asked = {"If-None-Match": form.format(tag=held.headers["etag"]).strip()}
    for method in ("GET", "HEAD"):
        answer = shared.anybody.request(method, path, headers=asked)
        assert (answer.status_code, answer.content) == (304, b"")
        for name in ("cache-control", "access-control-allow-origin", "vary", "api-version"):
            assert answer.headers[name] == held.headers[name]
        assert answer.headers["etag"] == held.headers["etag"]
        assert "content-type" not in answer.headers


@pytest.mark.parametrize("form", ['"other"', 'W/"other"', "{bare}", '"x{bare}"', "", '"{bare}-gzip2"', "nonsense"])
@pytest.mark.parametrize("path", PUBLIC)
def test_a_reader_who_has_another_gets_all_of_it(shared: Shared, path: str, form: str) -> None:
    held = shared.anybody.get(path)
    answer = shared.anybody.get(path, headers={"If-None-Match": form.format(bare=held.headers["etag"].strip('"'))})
    assert (answer.status_code, answer.content) == (200, held.content)


def test_an_etag_tells_different_lists_apart(shared: Shared) -> None:
    paths = [
        "/initiatives",
        "/initiatives?limit=5",
        "/initiatives?sort=published",
        "/initiatives?total=true",
        "/initiatives?theme=tiers-lieux",
        "/initiatives?kind=case",
        "/initiatives?kind=lead",
        "/initiatives?country=FR",
        f"/initiatives?limit=5&cursor={shared.anybody.get('/initiatives?limit=5').json()['next']}",
        "/initiatives?territory=fr",
        "/initiatives?progress=running",
        "/initiatives?kind=case&kind=lead",
    ]
    tags = [shared.anybody.get(path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)


def tags(client: httpx.Client, paths: list[str]) -> dict[str, str]:
    return {path: client.get(path).headers["etag"] for path in paths}


def test_an_etag_of_a_list_moves_with_any_public_change_and_that_of_a_case_with_its_own(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    lists = ["/initiatives", "/initiatives?theme=tiers-lieux", "/themes", "/territories", "/sources", "/status"]
    details = [f"/initiatives/{case}" for case in CASES]
    first, cases = tags(client, lists), tags(client, details)

    new = published(client, moderator, relations=[{"kind": "inspired_by", "initiative": "gand-refill"}])
    second = tags(client, lists)
    assert not set(first.values()) & set(second.values())
    now = tags(client, details)
    assert [path for path in details if now[path] != cases[path]] == ["/initiatives/gand-refill"]

    other = published(client, moderator, title="Sans voisin")
    assert tags(client, details) == now
    archive(client, moderator, other)
    assert tags(client, details) == now
    third = tags(client, lists)
    archive(client, moderator, new)
    assert not set(third.values()) & set(tags(client, lists).values())
    last = tags(client, details)
    assert [path for path in details if last[path] != now[path]] == ["/initiatives/gand-refill"]
    assert new not in client.get("/initiatives/gand-refill").text


def test_an_etag_that_is_the_same_stands_for_the_same_bytes(client: httpx.Client, moderator: httpx.Client) -> None:
    seen: dict[tuple[str, str], bytes] = {}
    for title in ("Un", "Deux", "Trois"):
        published(
            client, moderator, title=f"Numéro {title}", relations=[{"kind": "similar_to", "initiative": "courcy"}]
        )
        for path in PUBLIC:
            answer = client.get(path)
            assert seen.setdefault((path, answer.headers["etag"]), answer.content) == answer.content


# --- HEAD, OPTIONS, links --------------------------------------------------------------------------------------------


def lasting(answer: httpx.Response, *ignored: str) -> dict[str, str]:
    """The headers that the next answer has too."""
    return {k: v for k, v in answer.headers.items() if k not in {"date", "x-request-id", *ignored}}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_head_is_get_without_its_body(shared: Shared, path: str) -> None:
    got, head = shared.anybody.get(path), shared.anybody.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert lasting(head) == lasting(got)
    assert int(head.headers["content-length"]) == got.num_bytes_downloaded


def test_head_on_what_only_takes_posts_is_405(shared: Shared) -> None:
    answer = shared.anybody.head("/moderation/submissions/s-0000000000/_publish")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


def every_path() -> dict[str, set[str]]:
    """Every path of the service that its routes know, with their methods and those that come with them."""
    app = create_app(Settings()).app.app.app  # type: ignore[attr-defined]  # within what is around it
    version_1 = next(route.app.app.app for route in app.routes if isinstance(route, Mount))
    paths: dict[str, set[str]] = {"/v1/static/docs.js": {"GET"}, "/v1/swagger-ui/swagger-ui.css": {"GET"}}
    for prefix, routes in (("", app.routes), ("/v1", version_1.routes)):
        for route in iter_route_contexts(routes):
            if route.methods:
                path = re.sub("{submission}", "s-0000000000", prefix + route.path)
                paths.setdefault(re.sub("{.*?}", "courcy", path), set()).update(route.methods)
    return {path: methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()) for path, methods in paths.items()}


def test_every_path_answers_options_and_names_all_its_methods(shared: Shared) -> None:
    paths = every_path()
    assert len(paths) >= 24
    with httpx.Client(base_url=shared.service.address) as client:
        for path, methods in paths.items():
            answer = client.options(path)
            assert (answer.status_code, answer.content) == (204, b""), path
            assert answer.headers["allow"] == ", ".join(sorted(methods)), path


def test_options_names_the_media_types_that_a_path_takes(shared: Shared) -> None:
    named = 0
    for path, item in shared.anybody.get("/openapi.json").json()["paths"].items():
        asked = path.format(initiative="courcy", territory="fr", submission="s-0000000000", key="k-0123456789")
        answer = shared.anybody.options(asked)
        for method, header in (("post", "accept-post"), ("patch", "accept-patch")):
            taken = item.get(method, {}).get("requestBody", {}).get("content", {})
            assert answer.headers.get(header, "") == ", ".join(taken), path
            named += len(taken)
    assert named >= 14


def test_every_path_refuses_the_other_methods_and_names_all_its_own(shared: Shared) -> None:
    with httpx.Client(base_url=shared.service.address) as client:
        for path, methods in every_path().items():
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
                answer = client.request(method, path)
                assert (answer.status_code, answer.headers["allow"]) == (405, ", ".join(sorted(methods))), path


def test_every_path_that_has_get_has_head(shared: Shared) -> None:
    with httpx.Client(base_url=shared.service.address) as client:
        for path in (path for path, methods in every_path().items() if "GET" in methods):
            got, head = client.get(path), client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            # Of a file that is compressed on its way nobody knows the length before; `/metrics` grows by each request.
            ignored = ("transfer-encoding", *(["content-length"] if path == "/metrics" else []))
            assert lasting(head, *ignored) == lasting(got, *ignored), path


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/v1/initiatives/", "/health", "/health/live/"])
def test_options_of_nothing_is_nothing(shared: Shared, path: str) -> None:
    check_problem(httpx.options(f"{shared.service.address}{path}"), 404, path=path)
    preflight = ORIGIN | {"Access-Control-Request-Method": "GET"}
    check_problem(httpx.options(f"{shared.service.address}{path}", headers=preflight), 404, path=path)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:99", "catalogue.example.evil"])
@pytest.mark.parametrize(
    "path",
    [
        "/initiatives?limit=2",
        "/territories?limit=2&kind=region&kind=country",
        "/themes?limit=2&total=true",
        "/sources?limit=2",
    ],
)
def test_links_are_absolute_and_never_from_the_host_header(shared: Shared, path: str, host: str) -> None:
    forged = {
        "Host": host,
        "X-Forwarded-Host": host,
        "Forwarded": f"host={host}",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "/evil",
    }
    answer = shared.anybody.get(path, headers=forged)
    following = answer.links["next"]["url"]
    assert following.startswith(f"{PUBLIC_URL}/v1{path.partition('?')[0]}?")
    asked, kept = parse_qs(urlsplit(path).query), parse_qs(urlsplit(following).query)
    assert kept == asked | {"cursor": [answer.json()["next"]]}
    assert "evil" not in str(dict(answer.headers)) + answer.text


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/docs"])
def test_no_answer_leads_to_the_host_header(shared: Shared, path: str) -> None:
    answer = httpx.get(f"{shared.service.address}{path}", headers={"Host": "evil.example"})
    assert "evil" not in str(dict(answer.headers)) + answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/initiatives/",
        "/health",
        "/health/live/",
        "/docs/",
        "//evil.example/",
        "/v1/static",
        "/v1/swagger-ui",
    ],
)
def test_a_wrong_slash_leads_to_no_other_host(shared: Shared, path: str) -> None:
    answer = httpx.get(f"{shared.service.address}{path}", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("location", "")
    assert not answer.headers.get("location", "").startswith("//")


@pytest.mark.parametrize("forged", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_a_location_is_a_path_of_ours(client: httpx.Client, forged: dict[str, str]) -> None:
    answer = client.post("/initiatives", json={"title": "Une piste", "kind": "lead"}, headers=forged)
    assert answer.headers["location"] == f"/v1/submissions/{answer.json()['id']}"


@pytest.mark.parametrize("path", ["/", "/docs", "/v1"])
def test_the_front_door_leads_to_no_other_host(shared: Shared, path: str) -> None:
    for forged in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}):
        answer = httpx.get(f"{shared.service.address}{path}", headers=forged)
        assert answer.headers["location"] == "/v1/docs"


# --- What every answer says ------------------------------------------------------------------------------------------

OUTSIDE = [
    "/",
    "/docs",
    "/v1",
    "/health/live",
    "/health/ready",
    "/.well-known/api-catalog",
    "/.well-known/security.txt",
    "/nothing",
]
SAID = {
    "access-control-allow-origin": "*",
    "api-version": __version__,
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize("path", [*(f"/v1{path}" for path in EVERYWHERE), *OUTSIDE])
def test_every_answer_says_what_protects_its_readers(shared: Shared, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
        answer = shared.anybody.request(method, f"{shared.service.address}{path}")
        assert {name: answer.headers.get(name) for name in SAID} == SAID
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        names = [name for name, _ in answer.headers.multi_items()]
        assert len(names) == len(set(names)), "nothing is said twice"


def test_a_fault_of_ours_says_it_too(service: Service, database: Database, moderator: httpx.Client) -> None:
    _execute(database, "DROP TABLE access_key")
    with service.client() as client:
        answer = client.get("/moderation/submissions", headers=moderator.headers)
    check_problem(answer, 500)
    assert {name: answer.headers.get(name) for name in SAID} == SAID


@pytest.mark.parametrize("public_url", ["http://catalogue.example", "http://127.0.0.1:8000"])
def test_only_https_is_asked_for_where_it_is_spoken(sqlite_files: SqliteFiles, public_url: str) -> None:
    with sqlite_files.copy() as url:
        for service in serving(Settings(database_url=url, public_url=public_url)):
            assert "strict-transport-security" not in httpx.get(f"{service.address}/v1/status").headers


@pytest.mark.parametrize("path", ["/initiatives/absent", "/initiatives?limit=0", "/moderation/submissions"])
def test_an_answer_that_differs_by_language_says_so(shared: Shared, path: str) -> None:
    for language in ("fr", "en"):
        answer = shared.anybody.get(path, headers={"Accept-Language": language})
        assert answer.headers["content-language"] == language
        assert answer.headers["vary"] == "Accept-Language, Accept-Encoding"


# --- Other origins ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_page_of_any_origin_may_read(shared: Shared, path: str) -> None:
    answer = shared.anybody.get(path)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    useful = {"etag", "link", "location", "retry-after", "allow", "api-version", "content-language"}
    useful |= {"age", "catalogue-sequence", "content-disposition"}
    limits = {"ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
    assert useful | limits <= exposed


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/initiatives", "GET", "if-none-match, accept-language"),
        ("/initiatives", "POST", "content-type, authorization, accept-language"),
        ("/submissions/s-0000000000", "PATCH", "content-type, authorization, if-match"),
        ("/submissions/s-0000000000", "DELETE", "authorization, if-match"),
        ("/moderation/submissions/s-0000000000/_publish", "POST", "authorization, if-match, content-type"),
    ],
)
def test_a_preflight_allows_what_the_operation_needs(shared: Shared, path: str, method: str, headers: str) -> None:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    answer = shared.anybody.options(path, headers=asked)
    assert answer.status_code in (200, 204), answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert set(headers.split(", ")) <= allowed
    assert int(answer.headers["access-control-max-age"]) > 0


def test_a_preflight_does_not_allow_what_the_path_does_not_have(shared: Shared) -> None:
    answer = shared.anybody.options("/initiatives/courcy", headers={"Access-Control-Request-Method": "DELETE"})
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


def test_an_answer_does_not_depend_on_who_asks_from_where(shared: Shared) -> None:
    """A shared cache keeps it, and any page may read it."""
    without, with_origin = (httpx.get(f"{shared.service.address}/v1/initiatives", headers=h) for h in ({}, ORIGIN))
    assert without.headers["access-control-allow-origin"] == "*"
    assert "origin" not in without.headers["vary"].lower()
    assert lasting(without) == lasting(with_origin)


# --- The documentation, tried out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/docs", "/v1"])
def test_the_front_door_leads_to_the_documentation(shared: Shared, path: str) -> None:
    answer = httpx.get(f"{shared.service.address}{path}")
    assert answer.is_redirect
    assert answer.headers["location"] == "/v1/docs"
    page = httpx.get(f"{shared.service.address}/v1/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_the_page_asks_no_other_server(shared: Shared) -> None:
    page = shared.anybody.get("/docs")
    own = {urljoin("/v1/docs", found) for found in re.findall(r'(?:src|href)="([^"]+)"', page.text)}
    script = shared.anybody.get("/static/docs.js").text
    for body in (page.text, script):
        assert not re.search(
            r"https?://|//[a-z0-9-]+\.[a-z]|cdn|unpkg|jsdelivr|googleapis",
            re.sub(r"(?m)^\s*//.*$", "", body),
            re.IGNORECASE,
        )
    assert own
    for address in own:
        answer = httpx.get(f"{shared.service.address}{address}")
        assert answer.status_code == 200, address
        assert len(answer.content) > 100
    styles = "".join(httpx.get(f"{shared.service.address}{a}").text for a in own if a.endswith(".css"))
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", styles)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "<script>" not in page.text
    assert '"openapi.json"' in script


@pytest.mark.parametrize("asked", ["x", "bytes=99999999-", "bytes=0-9", "bytes=0-1,5-9"])
@pytest.mark.parametrize("path", ["/docs", "/static/docs.js", "/swagger-ui/swagger-ui.css"])
def test_a_file_of_the_page_is_answered_whole(shared: Shared, path: str, asked: str) -> None:
    answer, whole = (shared.anybody.get(path, headers=headers) for headers in ({"Range": asked}, {}))
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert answer.headers["accept-ranges"] == "none"


def _examples(parameter: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in parameter.get("examples", {}).values()] or (
        [parameter["example"]] if "example" in parameter else []
    )


# What is in a file that is not empty.
_ITEM = {
    "application/x-ndjson": b'{"id":',
    "application/geo+json": b'"Feature"',
    "application/atom+xml": b"<entry ",
    "text/csv; charset=utf-8; header=present": b"etalab-2.0",
}


def _finds(answer: httpx.Response) -> bool:
    if item := _ITEM.get(answer.headers["content-type"]):
        return item in answer.content
    return bool(answer.json().get("items", [1]))


def test_every_example_of_every_read_answers_200_as_it_stands(shared: Shared) -> None:
    document = shared.anybody.get("/openapi.json").json()
    tried = 0
    for path, item in document["paths"].items():
        if "get" not in item or path.startswith(("/moderation", "/submissions", "/keys")):
            continue
        parameters = item["get"].get("parameters", [])
        chosen = {p["name"]: _examples(p) for p in parameters if p["in"] == "path"}
        assert all(chosen.values()), f"{path}: a path parameter without an example"
        addresses = [path]
        for name, values in chosen.items():
            addresses = [a.replace(f"{{{name}}}", quote(str(v))) for a in addresses for v in values]
        queries: list[dict[str, Any]] = [{}]
        queries += [{p["name"]: value} for p in parameters if p["in"] == "query" for value in _examples(p)]
        for address in addresses:
            for query in queries:
                answer = shared.anybody.get(address, params=query)
                assert answer.status_code == 200, (address, query, answer.text)
                assert _finds(answer), f"{address} {query}: an example that finds nothing"
                tried += 1
    assert tried >= 10


def test_every_example_of_a_submission_can_be_posted_as_it_stands(client: httpx.Client) -> None:
    body = client.get("/openapi.json").json()["paths"]["/initiatives"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json"}
    examples = body["application/json"]["examples"]
    assert len(examples) >= 2
    for example in examples.values():
        for query in ("", "?check=true"):
            answer = client.post(f"/initiatives{query}", json=example["value"])
            assert answer.status_code == (200 if query else 201), answer.text


def test_every_example_of_a_patch_can_be_sent_as_it_stands(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/submissions/{submission}"]["patch"]
    content = operation["requestBody"]["content"]
    assert set(content) == {"application/merge-patch+json"}
    receipt = client.post("/initiatives", json={"title": "Une piste", "kind": "lead"})
    for example in content["application/merge-patch+json"]["examples"].values():
        headers = {
            "If-Match": "*",
            "Authorization": f"Bearer {receipt.json()['edit_token']}",
            "Content-Type": "application/merge-patch+json",
        }
        answer = client.patch(f"/submissions/{receipt.json()['id']}", json=example["value"], headers=headers)
        assert answer.status_code == 200, answer.text


# --- Health ----------------------------------------------------------------------------------------------------------


def health(service: Service, probe: str) -> httpx.Response:
    url = f"{service.address}/health/{probe}"
    return httpx.get(url, timeout=30, headers={"Origin": "https://a.example"}, verify=TLS)


def test_health_when_all_is_well(service: Service) -> None:
    for probe in ("live", "ready"):
        answer = health(service, probe)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.headers["cache-control"] == "no-store"
        assert httpx.head(f"{service.address}/health/{probe}").status_code == 200


def test_readiness_tells_the_version_of_sqlite_where_it_is_used(service: Service, database: Database) -> None:
    told = {"sqlite": sqlite.driver.sqlite_version} if database.is_sqlite else {}
    assert health(service, "ready").json() == {"status": "ok"} | told
    assert health(service, "live").json() == {"status": "ok"}


def _take_away(service: Service, database: Database) -> None:
    if database.is_sqlite:
        path = Path(database.engine.url.database or "")
        path.unlink()
        path.mkdir()
        return
    name, url = database.engine.url.database, database.engine.url.set(drivername="postgresql", database="postgres")
    database.close()
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        connection.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def _spoil(service: Service, database: Database) -> None:
    """The SQLite file is no database any more; on PostgreSQL, the tables are gone."""
    if database.is_sqlite:
        path = Path(database.engine.url.database or "")
        database.close()
        path.write_bytes(b"no database at all " * 500)
    else:
        _execute(database, "DROP SCHEMA public CASCADE")


def _execute(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


def _not_ready(service: Service) -> None:
    answer = health(service, "ready")
    check_problem(answer, 503, path="/health/ready")
    assert int(answer.headers["retry-after"]) > 0
    assert health(service, "live").status_code == 200


def test_it_is_not_ready_on_an_older_schema_than_its_own_and_ready_again_after(
    service: Service, database: Database
) -> None:
    from api import schema

    head = schema.head()
    for breaking, mending in (
        ("UPDATE alembic_version SET version_num = '0008'", f"UPDATE alembic_version SET version_num = '{head}'"),
        ("DELETE FROM alembic_version", f"INSERT INTO alembic_version VALUES ('{head}')"),
        ("ALTER TABLE counter RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO counter"),
    ):
        assert health(service, "ready").status_code == 200
        _execute(database, breaking)
        _not_ready(service)
        _execute(database, mending)
    assert health(service, "ready").status_code == 200


def test_it_stays_ready_when_a_newer_version_has_migrated_the_database(service: Service, database: Database) -> None:
    _execute(database, "UPDATE alembic_version SET version_num = '9999'")
    assert health(service, "ready").status_code == 200


def test_it_is_not_ready_while_the_database_is_away(service: Service, database: Database) -> None:
    if not database.is_sqlite:  # there, also with connections that were used before
        assert health(service, "ready").status_code == 200
    _take_away(service, database)
    _not_ready(service)


def test_it_is_not_ready_on_a_database_that_is_spoilt(service: Service, database: Database) -> None:
    assert health(service, "ready").status_code == 200
    _spoil(service, database)
    _not_ready(service)


def test_reads_and_writes_are_503_while_the_database_is_away(service: Service, database: Database) -> None:
    _take_away(service, database)
    with service.client(headers={"Origin": "https://a.example"}) as client:
        for answer in (
            client.get("/initiatives"),
            client.get("/initiatives/courcy"),
            client.get("/status"),
            client.get("/themes"),
            client.post("/initiatives", json={"title": "Une piste", "kind": "lead"}),
        ):
            check_problem(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/openapi.json").status_code == 200


def test_after_a_fault_of_ours_a_connection_is_kept_or_its_end_is_told(service: Service, database: Database) -> None:
    _execute(database, "DROP TABLE publication_source")
    with service.client(headers={"Origin": "https://a.example"}) as client:
        for _ in range(5):
            answer = client.get("/sources")
            check_problem(answer, answer.status_code)
            assert answer.status_code >= 500
            if answer.headers.get("connection") != "close":
                assert client.get("/status").status_code == 200


def test_an_empty_database_is_not_ready(empty_url: str) -> None:
    for service in serving(Settings(database_url=empty_url, public_url=PUBLIC_URL)):
        check_problem(health(service, "ready"), 503)
