"""What FastAPI's OpenAPI document lacks: every status that an operation can answer, plain nulls, who may call."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.problems import Problem

# Brings Problem into the document; `_shape` then refers to it.
PROBLEM: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem (RFC 9457).", "model": Problem}}

_REFERENCE = {"$ref": "#/components/responses/Problem"}
_PROBLEM_RESPONSE = {
    "description": "What went wrong and what to do (RFC 9457), in French or English by `Accept-Language`.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class DescribedAPI(FastAPI):
    """An application whose document is put into shape once."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _shape(super().openapi())
        return super().openapi()


def _shape(document: dict[str, Any]) -> None:
    document["components"]["responses"] = {"Problem": _PROBLEM_RESPONSE}
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"] | dict.fromkeys((*_statuses(operation), "default"), _REFERENCE)
            operation["responses"] = dict(sorted(responses.items()))
            if operation["operationId"] == "submit_initiative" or "security" not in operation:
                operation["security"] = [{}, *operation.get("security", ())]  # anybody may
    _plain(document)


def _statuses(operation: dict[str, Any]) -> Iterator[str]:
    """The errors that an operation can answer, by what it takes."""
    yield from ("400", "406", "500", "503")
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if "security" in operation:
        yield "401"
    if operation["operationId"] == "submit_initiative":
        yield "403"  # while submissions are closed
    if "path" in places:
        yield "404"
    if operation["operationId"] == "get_initiative":
        yield "410"
    if "If-Match" in names:
        yield from ("409", "412", "428")
    if "requestBody" in operation:
        yield from ("413", "415")


def _plain(node: Any) -> None:
    """Say `type: [string, "null"]` where Pydantic says `anyOf`, and leave out the titles that only repeat names."""
    if isinstance(node, list):
        for item in node:
            _plain(item)
    if not isinstance(node, dict):
        return
    for name, item in node.items():
        if name not in ("example", "examples", "default"):
            _plain(item)
    match node:
        case {"anyOf": [{"type": str(kind)} as known, {"type": "null"}]}:
            del node["anyOf"]
            node.update(known | {"type": [kind, "null"]} | node)
    if isinstance(node.get("title"), str) and ("type" in node or "anyOf" in node or "$ref" in node):
        del node["title"]
