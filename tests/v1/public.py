"""Every public answer there is, found by what the OpenAPI document says: no route is forgotten, and no filter."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx

from tests.v1.wire import CANARY, walk

Answers = dict[str, tuple[int, dict[str, str], bytes]]

HIDDEN_IDS = [f"albi-titre-{CANARY}", f"titre-{CANARY}"]  # what hidden cases would be called
PLACES = {"territory": ["fr-81004", "pt", CANARY], "theme": ["circuit-court", CANARY]}
# Beside the document's own examples.
VALUES = {
    "limit": ["3", "100"],
    "territory": ["pt"],
    "theme": ["tiers-lieux"],
    "host": [f"{CANARY}.example"],
    "initiative": HIDDEN_IDS,
    "cursor": [],
    "radius": [],
    "near": ["49.21,5.37&radius=20"],
}
OUTSIDE = ("/health/live", "/health/ready", "/.well-known/api-catalog", "/.well-known/security.txt")


def public(client: httpx.Client) -> Answers:
    """Every public answer: status, headers, bytes."""
    answers = {path: client.get(path) for path in _paths(client)}
    answers |= {path: client.get(client.base_url.join(path)) for path in OUTSIDE}
    return {
        path: (
            answer.status_code,
            {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")},
            answer.content,
        )
        for path, answer in answers.items()
    }


def check_silent(seen: Answers, *words: str) -> None:
    """None of it tells the canary or these words, but for the address that was asked for."""
    for path, (_, headers, content) in seen.items():
        hidden = content.decode().lower()
        if (
            CANARY in path
        ):  # a problem names the path that was asked for, a feed its own address, a page's link its filters
            hidden = hidden.replace(path.lower(), "").replace(path.lower().partition("?")[0], "")
        told = hidden + str(headers).replace(path, "").lower()
        assert not [word for word in (CANARY, *words) if word in told], path


def _paths(client: httpx.Client) -> Iterator[str]:
    document = client.get("/openapi.json").json()
    yield from ("/openapi.json", "/docs")
    for template, operations in document["paths"].items():
        if "get" in operations and not operations["get"].get("security"):
            most = 1 if "." in template else None  # an export finds what its list finds
            for path in _filled(client, template):
                yield path
                for query in _queries(document, operations["get"], most) if path == template else ():
                    yield f"{path}?{query}"


def _filled(client: httpx.Client, template: str) -> list[str]:
    """The addresses of a route."""
    if "{" not in template:
        return [template]
    name = template[template.index("{") + 1 : template.index("}")]
    if name == "initiative":
        values = [*(item["id"] for item in walk(client, "/initiatives")), *HIDDEN_IDS]
    else:
        values = PLACES[name]
    return [template.replace(f"{{{name}}}", value) for value in values]


def _queries(document: dict[str, Any], operation: dict[str, Any], most: int | None) -> Iterator[str]:
    """Each parameter by itself, with so many of the values that the document tells, and with the canary."""
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    counted = "&total=true" if "total" in {parameter["name"] for parameter in parameters} else ""
    for parameter in parameters:
        name = parameter["name"]
        told = dict.fromkeys([*_told(document, parameter["schema"]), *VALUES.get(name, [])])
        for value in (*islice(told, most), CANARY):
            yield f"{name}={value}" + (counted if name != "total" else "")


def _told(document: dict[str, Any], schema: Any) -> Iterator[str]:
    """The examples and the words of a schema, and of what it is made of."""
    if isinstance(schema, list):
        for part in schema:
            yield from _told(document, part)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            yield from _told(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for value in (*schema.get("enum", ()), *schema.get("examples", ())):
            yield value if isinstance(value, str) else json.dumps(value)
        yield from _told(document, [schema.get(part) for part in ("items", "anyOf", "allOf", "oneOf")])
