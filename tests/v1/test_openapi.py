"""The document says what the service does: whole, consistent, and true of every answer."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from api.db import Database
from api.drafts import InitiativeDraft
from api.models import Counter, Publication
from api.settings import Settings
from api.v1.app import create_v1
from tests.conftest import DRAFT, PUBLIC_URL, published, serving, submitted
from tests.databases import SqliteFiles
from tests.v1.conftest import Shared
from tests.v1.schemas import faults, resolve
from tests.v1.wire import bearer, patch, walk

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
VERBS = {
    *(
        "list",
        "get",
        "submit",
        "propose",
        "edit",
        "export",
        "withdraw",
        "publish",
        "reject",
        "request",
        "reissue",
        "confirm",
        "merge",
    ),
    *("archive", "quarantine", "restore", "create", "rotate", "revoke"),
}


@pytest.fixture(scope="module")
def document(shared: Shared) -> dict[str, Any]:
    answer = shared.anybody.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def inside(value: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document, with its place."""
    if isinstance(value, dict):
        yield at, value
        for name, inner in value.items():
            yield from inside(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from inside(inner, f"{at}/{index}")


def test_the_frame(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document.keys() <= {
        "openapi",
        "info",
        "servers",
        "paths",
        "components",
        "tags",
        "security",
        "externalDocs",
        "webhooks",
        "jsonSchemaDialect",
    } | {key for key in document if key.startswith("x-")}
    assert [server["url"] for server in document["servers"]] == ["/v1", f"{PUBLIC_URL}/v1"]
    info = document["info"]
    assert re.fullmatch(r"\d+\.\d+\.\d+([-+].*)?", info["version"])
    assert info["title"]
    assert info["description"]
    assert info["license"]["name"]
    assert not {"identifier", "url"} <= info["license"].keys()
    tags = [tag["name"] for tag in document["tags"]]
    assert len(set(tags)) == len(tags)
    assert all(tag["description"] for tag in document["tags"])
    used = [tag for _, _, operation in operations(document) for tag in operation["tags"]]
    assert set(used) == set(tags)


def test_paths_are_relative_to_the_server(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        assert re.fullmatch(r"(/[a-z_-]+(\.[a-z]+)*|/\{[a-z]+\})+", path), path
        assert not path.startswith(("/v1", "/health"))
        assert item.keys() <= METHODS | {"parameters", "summary", "description", "servers"}
    expected = {
        "/initiatives",
        "/initiatives/{initiative}",
        "/territories",
        "/territories/{territory}",
        "/themes",
        "/sources",
        "/status",
        "/catalog",
        "/submissions/{submission}",
        "/moderation/submissions",
        "/moderation/events",
    }
    assert expected <= document["paths"].keys()


def test_every_reference_leads_somewhere_and_everything_is_used(document: dict[str, Any]) -> None:
    referred = set()
    for at, thing in inside(document):
        if "$ref" in thing and isinstance(thing["$ref"], str):
            assert thing["$ref"].startswith("#/"), at
            assert resolve(thing, document) is not None, at
            referred.add(thing["$ref"])
    for kind in ("schemas", "responses"):
        for name in document["components"].get(kind, {}):
            assert f"#/components/{kind}/{name}" in referred, f"{name} is used by nothing"
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name), name


def test_operations_are_named_by_verb_and_noun(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), name
        assert name.partition("_")[0] in VERBS, name


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert len(operation["tags"]) == 1, where
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5][0-9X]{2}|default", status), where
            assert resolve(response, document)["description"], where


def test_every_operation_tells_of_problems_and_of_422_only_where_a_key_may_be_reused(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        reused = operation["operationId"] in ("submit_initiative", "propose_revision")
        assert ("422" in operation["responses"]) == reused, (method, path)
        for status in {s for s in operation["responses"] if s == "default" or s >= "4"} | {"default"}:
            content = resolve(operation["responses"][status], document)["content"]
            assert set(content) == {"application/problem+json"}, (method, path, status)
            schema = resolve(content["application/problem+json"]["schema"], document)
            assert {"type", "title", "status", "detail", "instance"} <= set(schema["required"])
    assert not re.search(r"HTTPValidationError|ValidationError", json.dumps(document))


def test_every_success_has_a_schema_and_its_status(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        good = {status: response for status, response in operation["responses"].items() if status.startswith("2")}
        assert good, (method, path)
        for response in good.values():
            for content in resolve(response, document)["content"].values():
                assert resolve(content["schema"], document), (method, path)
    assert set(document["paths"]["/initiatives"]["post"]["responses"]) >= {"201", "200", "default"}


def test_parameters(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        parameters = [resolve(parameter, document) for parameter in operation.get("parameters", [])]
        keys = [(parameter["in"], parameter["name"]) for parameter in parameters]
        assert len(set(keys)) == len(keys), (method, path)
        assert {name for place, name in keys if place == "path"} == set(re.findall(r"\{([a-z]+)\}", path))
        for parameter in parameters:
            where = f"{method} {path} {parameter['name']}"
            assert parameter["in"] in ("path", "query", "header", "cookie"), where
            assert parameter["schema"], where
            assert parameter.get("description"), where
            assert parameter.get("required", False) or parameter["in"] != "path", where
            assert parameter["in"] != "query" or re.fullmatch(r"[a-z]+", parameter["name"]), where
            assert parameter["in"] != "header" or parameter["name"] not in (
                "Accept",
                "Content-Type",
                "Authorization",
            ), where
            assert not {"example", "examples"} <= parameter.keys(), where
            for example in parameter.get("examples", {}).values():
                assert not list(faults(example["value"], parameter["schema"], document)), where
            if "default" in parameter["schema"]:
                assert not list(faults(parameter["schema"]["default"], parameter["schema"], document)), where


def test_changes_want_if_match_and_say_so(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        parameters = [parameter for parameter in operation.get("parameters", []) if parameter["name"] == "If-Match"]
        once = path.startswith(("/moderation/territories/", "/keys/"))  # settled or revoked once, then a 409
        decided = "/_" in path and not once
        changed = method in ("patch", "delete") or operation["operationId"] == "propose_revision"
        assert bool(parameters) == (changed or decided), (method, path)
        assert all(parameter["required"] for parameter in parameters), (method, path)


@pytest.mark.parametrize(
    "tag", ["*", '"1"', 'W/"1"', '"1", "2"', '"a,b" , W/"c"', '"1"x', 'x "1"', "1", '"', "", "* , *"]
)
def test_the_document_tells_what_if_match_may_be(shared: Shared, document: dict[str, Any], tag: str) -> None:
    operation = document["paths"]["/submissions/{submission}"]["delete"]
    (parameter,) = (parameter for parameter in operation["parameters"] if parameter["name"] == "If-Match")
    answer = shared.moderator.delete("/submissions/s-0000000000", headers={"If-Match": tag})
    assert answer.status_code == (400 if list(faults(tag, parameter["schema"], document)) else 404)


def test_who_may_call_is_said(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    for path, method, operation in operations(document):
        for option in operation.get("security", document.get("security", [])):
            assert option.keys() <= schemes.keys(), (method, path)
        wants_key = path.startswith(("/moderation", "/keys"))
        if wants_key:
            assert operation["security"], (method, path)
            assert {} not in operation["security"], (method, path)


def test_anybody_may_submit_without_credentials_as_the_document_says(document: dict[str, Any]) -> None:
    for path, method in (("/initiatives", "get"), ("/initiatives", "post"), ("/status", "get")):
        wanted = document["paths"][path][method].get("security", document.get("security", []))
        assert wanted == [] or {} in wanted, f"{method} {path} seems to want a key"


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, method, operation in operations(document):
        if "requestBody" in operation:
            for media_type, content in resolve(operation["requestBody"], document)["content"].items():
                yield f"{method} {path}", media_type, content


def test_examples_of_bodies_hold_with_their_schemas(document: dict[str, Any]) -> None:
    seen = 0
    for where, media_type, content in bodies(document):
        patched = where.startswith("patch") or where.endswith("/revisions")
        assert media_type == ("application/merge-patch+json" if patched else "application/json")
        for name, example in content.get("examples", {}).items():
            assert not list(faults(example["value"], content["schema"], document)), f"{where} {name}"
            seen += 1
    assert seen >= 4


def test_every_text_that_is_sent_has_an_example(document: dict[str, Any]) -> None:
    seen = 0
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items() if name.endswith(("Draft", "Patch")) else ():
            if "string" in told.get("type", ()):
                assert told.get("examples"), f"{name} {field}"
                seen += 1
    assert seen > 30


def test_every_example_of_an_answer_holds_with_its_schema(document: dict[str, Any]) -> None:
    seen = 0
    for at, thing in inside(document):
        if isinstance(thing.get("schema"), dict) and "example" in thing:
            assert not list(faults(thing["example"], thing["schema"], document)), at
            seen += 1
        if "/schemas/" in at and not at.endswith("/properties"):
            for example in [*thing.get("examples", ()), *([thing["example"]] if "example" in thing else ())]:
                assert not list(faults(example, thing, document)), at
                seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    ("patch", "fits"),
    [
        ({}, True),
        ({"title": "Un autre titre"}, True),
        ({"summary": "Un autre résumé", "description": None, "ended_on": None}, True),
        ({"place": {"label": "Ici"}, "actors": []}, True),
        ({"title": None}, False),
        ({"titre": "x"}, False),
        ({"place": {"latitude": 91}}, False),
        ({"actors": [{"name": "x"}]}, False),
    ],
)
def test_the_schema_of_a_merge_patch_is_of_parts_and_nulls(
    shared: Shared, document: dict[str, Any], patch: dict[str, Any], fits: bool
) -> None:
    schema = document["components"]["schemas"]["InitiativePatch"]
    assert (not list(faults(patch, schema, document))) is fits
    place = {"label": "Là", "latitude": 43.9, "longitude": 2.1}
    receipt = submitted(shared.anybody, place=place)
    headers = bearer(receipt["edit_token"]) | {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    answer = shared.anybody.patch(f"/submissions/{receipt['id']}", content=json.dumps(patch), headers=headers)
    assert answer.status_code == (200 if fits else 400), answer.text


def test_request_schemas_refuse_unknown_fields(document: dict[str, Any]) -> None:
    for where, media_type, content in bodies(document):
        if media_type == "application/json":
            schema = resolve(content["schema"], document)
            schema = resolve(next((o for o in schema.get("anyOf", []) if "$ref" in o), schema), document)
            assert schema["additionalProperties"] is False, where


@pytest.mark.parametrize(
    "draft",
    [
        DRAFT,
        {"kind": "lead", "title": "Une piste ?"},
        DRAFT | {"results": [{"label": "x", "value": 1.5}]},
        DRAFT | {"summary": None, "kind": "lead"},
    ],
)
def test_the_schema_of_a_draft_takes_what_the_service_takes(
    shared: Shared, document: dict[str, Any], draft: dict[str, Any]
) -> None:
    assert shared.anybody.post("/initiatives?check=true", json=draft).status_code == 200
    schema = document["components"]["schemas"]["InitiativeDraft"]
    assert not list(faults(draft, schema, document))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x"},
        {"title": 5},
        {"zzz": 1},
        {"kind": "x"},
        {"themes": ["A B"]},
        {"themes": ["a"] * 51},
        {"started_on": "hier"},
        {"territories": [{}]},
        {"place": {"label": "x"}},
        {"sources": [{"url": "ftp://x"}]},
        {"results": [{"label": "x", "value": "1"}]},
        {"language": "fra"},
        {"summary": "x" * 501},
    ],
)
def test_the_schema_of_a_draft_refuses_what_the_service_refuses(
    shared: Shared, document: dict[str, Any], wrong: dict[str, Any]
) -> None:
    assert shared.anybody.post("/initiatives?check=true", json=DRAFT | wrong).status_code == 400
    schema = document["components"]["schemas"]["InitiativeDraft"]
    assert list(faults(DRAFT | wrong, schema, document))


def test_every_field_of_a_draft_is_in_the_document(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["InitiativeDraft"]["properties"]
    assert properties.keys() == InitiativeDraft.model_fields.keys()


def test_what_comes_in_is_described_by_a_named_schema(document: dict[str, Any]) -> None:
    for where, _, content in bodies(document):
        assert content["schema"].keys() == {"$ref"}, where


def check(answer: httpx.Response, document: dict[str, Any], method: str, path: str) -> None:
    responses = document["paths"][path][method]["responses"]
    response = resolve(responses.get(str(answer.status_code), responses["default"]), document)
    check_headers(answer, response, document)
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    assert not (found := list(faults(answer.json(), schema, document))), (method, path, found[:5])


def check_headers(answer: httpx.Response, response: dict[str, Any], document: dict[str, Any]) -> None:
    """Every header that is described holds with its schema, and what we send beyond HTTP's own is described."""
    for name, described in response["headers"].items():
        if name in answer.headers:
            schema = resolve(described, document)["schema"]
            value = int(answer.headers[name]) if schema["type"] == "integer" else answer.headers[name]
            assert not list(faults(value, schema, document)), (answer.url, name, value)
    told = {name.lower() for name in response["headers"]}
    ours = {name.lower() for name in document["components"]["headers"]}
    assert answer.headers.keys() & ours <= told, answer.url
    assert {"api-version", "cache-control"} <= answer.headers.keys() & told, answer.url


SOMETIMES = {"Link", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}  # of a next page; where limits are


def test_a_public_read_has_the_headers_that_are_described_and_no_others(
    client: httpx.Client, database: Database
) -> None:
    document = client.get("/openapi.json").json()
    long_ago = datetime(2020, 2, 29, tzinfo=UTC)  # a date is told when its second is over
    with database.write() as session:
        session.execute(update(Counter).values(updated_at=long_ago))
        session.execute(update(Publication).values(changed_at=long_ago))
    for path, method, operation in operations(document):
        if "304" in operation["responses"]:
            answer = client.request(method, path.format(initiative="courcy", territory="fr"))
            assert answer.status_code == 200, path
            check_headers(answer, operation["responses"]["200"], document)
            for name in operation["responses"]["200"]["headers"].keys() - SOMETIMES:
                assert name in answer.headers, f"{name} of {path}"


def test_an_unchanged_answer_has_the_headers_that_are_described(shared: Shared, document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if "304" in operation["responses"]:
            assert method == "get"
            asked = path.format(initiative="courcy", territory="fr")
            answer = shared.anybody.get(asked, headers={"If-None-Match": "*"})
            assert answer.status_code == 304, path
            check_headers(answer, operation["responses"]["304"], document)


def test_every_stored_document_holds_with_the_schema_of_its_answer(
    client: httpx.Client, moderator: httpx.Client, document: dict[str, Any]
) -> None:
    published(
        client,
        moderator,
        sources=[{"url": "https://example.org/"}],
        results=[{"label": "x", "value": 1.5, "year": 2020}],
        place={"label": "x", "latitude": 1, "longitude": 2},
        external={"system": "x", "id": "1"},
        relations=[{"kind": "inspired_by", "initiative": "courcy"}],
        actors=[{"name": "x", "kind": "elected"}],
    )
    for path in ("/initiatives", "/territories", "/themes", "/sources"):
        check(client.get(f"{path}?limit=100&total=true"), document, "get", path)
        check(client.get(f"{path}?limit=1"), document, "get", path)
    for item in walk(client, "/initiatives"):
        check(client.get(f"/initiatives/{item['id']}"), document, "get", "/initiatives/{initiative}")
    for item in walk(client, "/territories"):
        check(client.get(f"/territories/{item['id']}"), document, "get", "/territories/{territory}")
    check(client.get("/status"), document, "get", "/status")
    check(client.get("/catalog"), document, "get", "/catalog")


def test_every_private_answer_holds_with_its_schema(
    client: httpx.Client, moderator: httpx.Client, document: dict[str, Any]
) -> None:
    def decided(verb: str, receipt: dict[str, object], **body: Any) -> httpx.Response:
        answer = moderator.post(f"/moderation/submissions/{receipt['id']}/{verb}", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 200
        return answer

    check(client.post("/initiatives", json=DRAFT), document, "post", "/initiatives")
    check(client.post("/initiatives?check=true", json=DRAFT), document, "post", "/initiatives")
    receipt = submitted(client, contact={"name": "x", "email": "x@example.org"})
    token, path = bearer(receipt["edit_token"]), f"/submissions/{receipt['id']}"
    check(client.get(path, headers=token), document, "get", "/submissions/{submission}")
    check(patch(client, path, {"title": "Autre"}, "*", **token), document, "patch", "/submissions/{submission}")
    check(client.delete(path, headers=token | {"If-Match": "*"}), document, "delete", "/submissions/{submission}")
    for verb in ("_publish", "_reject", "_request-changes"):
        check(
            decided(verb, submitted(client), reason="r"),
            document,
            "post",
            f"/moderation/submissions/{{submission}}/{verb}",
        )
    archived = moderator.post(
        "/moderation/initiatives/courcy/_archive", json={"reason": "r"}, headers={"If-Match": "*"}
    )
    assert archived.status_code == 200
    check(archived, document, "post", "/moderation/initiatives/{initiative}/_archive")
    for state in ("pending", "accepted", "rejected", "withdrawn", "changes_requested"):
        check(moderator.get(f"/moderation/submissions?state={state}"), document, "get", "/moderation/submissions")
    check(
        moderator.get(f"/moderation/submissions/{receipt['id']}"),
        document,
        "get",
        "/moderation/submissions/{submission}",
    )
    check(moderator.get("/moderation/events?limit=100"), document, "get", "/moderation/events")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/initiatives/{initiative}", "/initiatives/absent"),
        ("/initiatives", "/initiatives?limit=0&a=1"),
        ("/initiatives/{initiative}", "/initiatives/courcy"),
        ("/moderation/events", "/moderation/events"),
        ("/territories/{territory}", "/territories/zz"),
        ("/initiatives/{initiative}", "/initiatives/" + "é" * 5000),
    ],
)
def test_problems_hold_with_their_schema(shared: Shared, document: dict[str, Any], path: str, asked: str) -> None:
    check(shared.anybody.get(asked), document, "get", path)


def test_what_cannot_be_read_by_a_strict_validator_is_not_in_the_document(document: dict[str, Any]) -> None:
    for at, thing in inside(document.get("components", {}).get("schemas", {})):
        if "nullable" in thing and at.count("/properties") == 0:
            pytest.fail(f"{at}: nullable is of OpenAPI 3.0")
        if isinstance(thing.get("pattern"), str):
            re.compile(thing["pattern"])
            assert "\\Z" not in thing["pattern"]
            assert "(?P" not in thing["pattern"]
        if isinstance(thing.get("required"), list) and isinstance(thing.get("properties"), dict):
            assert set(thing["required"]) <= thing["properties"].keys(), at


@pytest.mark.parametrize(
    ("settings", "email", "sandboxes"),
    [
        ({"public_url": "https://innovants.example"}, "webmaster@innovants.example", [True, None]),
        ({"public_url": "https://x.example", "contact_email": "mairie@x.example"}, "mairie@x.example", [True, None]),
        ({"public_url": "http://localhost:8000"}, "webmaster@localhost", [True, True]),
    ],
)
def test_the_document_knows_its_operator_and_its_servers_from_the_settings_alone(
    settings: dict[str, str], email: str, sandboxes: list[bool | None]
) -> None:
    given = Settings(**settings)  # type: ignore[arg-type]
    document = create_v1(given.public_url, given.contact).openapi()
    assert document["info"]["contact"]["email"] == email
    assert document["info"]["contact"]["url"].startswith(settings["public_url"])
    assert document["info"]["termsOfService"].startswith(settings["public_url"])
    assert [server.get("x-sandbox") for server in document["servers"]] == sandboxes


def test_while_the_document_is_made_others_are_answered_and_nobody_reads_half_of_it(
    sqlite_files: SqliteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, make = Event(), Event(), FastAPI.openapi

    def make_slowly(application: FastAPI) -> dict[str, Any]:
        begun.set()
        assert may_end.wait(60)
        return make(application)

    monkeypatch.setattr(FastAPI, "openapi", make_slowly)
    with sqlite_files.copy() as url, ThreadPoolExecutor() as pool:
        for service in serving(Settings(database_url=url, public_url="https://nobody-asked.example")):
            with service.client() as first, service.client() as second, service.client() as other:
                try:
                    asked = [pool.submit(client.get, "/openapi.json") for client in (first, second)]
                    assert begun.wait(60)
                    assert other.get("/status", timeout=30).status_code == 200
                finally:
                    may_end.set()
                one, same = (answer.result().json() for answer in asked)
    assert one == same
    assert one["security"] == [{}, {"Bearer": []}]
