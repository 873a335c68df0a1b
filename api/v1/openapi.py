"""What FastAPI's OpenAPI document lacks: every status that an operation can answer, headers, plain nulls, who may call.

Bounds, formats and examples are not made here: the types have them.
"""

from collections.abc import Iterator
from http import HTTPStatus
from threading import Lock
from typing import Any

from fastapi import FastAPI

from api.problems import TITLES, Problem

# Brings Problem into the document; `_shape` then refers to it.
PROBLEM: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem (RFC 9457).", "model": Problem}}

# What each status means.
_PROBLEMS = {
    "400": "What was sent has mistakes; `errors` lists every one of them.",
    "401": "There are no credentials, or none that are valid.",
    "403": "The caller is known, but may not do this.",
    "404": "Unknown, or hidden from the caller: the same answer for both.",
    "406": "The caller takes none of the media types that there are.",
    "409": "The present state does not allow this; `allowed` lists the states that can follow it.",
    "410": "Once public, now withdrawn, for the reason that `code` gives; or a change that is lost.",
    "412": "Changed since the caller read it; read it again.",
    "413": "The body is larger than 256 KiB.",
    "415": "The body is of another media type than the one described, or compressed.",
    "422": "The Idempotency-Key was sent with another request before.",
    "428": "If-Match is missing: say which version you read.",
    "429": "More requests than the limit allows; wait as long as Retry-After says.",
    "500": "Internal error; what was sent may not have been saved.",
    "503": "The catalogue is busy; try again after Retry-After.",
    "default": "What went wrong and what to do (RFC 9457), in French or English by `Accept-Language`.",
}


def _text(pattern: str, length: int, **more: object) -> dict[str, object]:
    return {"type": "string", "pattern": pattern, "maxLength": length, **more}


_NULL = {"type": "null"}
_SECONDS = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2**31 - 1}
_ANYTHING = r"^[\t -~\x80-\xff]*$"
_HEADERS = {
    "API-Version": ("The version of the contract.", _text(r"^[0-9]+\.[0-9]+\.[0-9]+", 40)),
    "Access-Control-Allow-Origin": ("Pages of any origin may read the answer.", _text(r"^\*$", 1)),
    "Cache-Control": (
        "Public answers may be kept by all: what is withdrawn is gone within a minute. Others by nobody (no-store).",
        _text("^.+$", 80),
    ),
    "Vary": ("The request's headers by which the answer varies.", _text("^.+$", 200)),
    "RateLimit-Limit": ("How many requests the limit allows, where there is one.", _SECONDS),
    "RateLimit-Remaining": ("How many of them are left.", _SECONDS),
    "RateLimit-Reset": ("In how many seconds one more request is allowed: the window slides.", _SECONDS),
    "ETag": ("The version of what is answered, for If-None-Match and If-Match.", _text('^(W/)?"[^"]*"$', 200)),
    "Last-Modified": ("When this version came about, as soon as that second is over.", _text("^[A-Z].+ GMT$", 29)),
    "Link": ('Where the next page is, absolute, with `rel="next"`; the licence of a file.', _text("^<.+$", 16_000)),
    "Catalogue-Sequence": ("The sequence from which `changes` keep a copy of it exact.", _text("^[0-9]+$", 20)),
    "Content-Disposition": ("The name of the file, with the date of the last change.", _text("^attachment; ", 200)),
    "Location": ("Where the new submission is.", _text("^/v1/.+$", 200, format="uri-reference")),
    "Retry-After": ("How many seconds to wait.", _SECONDS),
    "WWW-Authenticate": ("How to authenticate.", _text("^Bearer", 200)),
}
# Anybody may, unless submissions are for holders of keys, or closed.
_SUBMITTING = ("submit_initiative", "propose_revision")
_MERGED = {"get_territory": "territory", "get_initiative": "initiative"}
_EVERYWHERE = ("API-Version", "Access-Control-Allow-Origin", "Cache-Control", "Vary")
_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_OWN = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}

# Private answers that have no ETag.
_UNVERSIONED = ("CheckedDocument", "SettledTerritory", "KeyDocument", "IssuedKeyDocument")
# Public answers that have no date: settings and the release are in them. Their bytes are their version.
_UNDATED = ("get_catalog", "get_initiatives_schema", "get_territories_schema")

# What FastAPI cannot know of the headers that a request has.
_ASKED = {
    "If-Match": {"example": '"1"'},
    "Idempotency-Key": {"schema": _text("^[!-~]+$", 255, minLength=16)},
    "Accept-Language": {
        "description": "The language of sentences: `fr` or `en`, English by default.",
        "schema": _text(_ANYTHING, 1000, default=""),
        "example": "fr",
    },
}


class DescribedAPI(FastAPI):
    """An application whose document is put into shape once, whoever asks meanwhile: it takes half a second.

    `about` is what FastAPI's own options cannot say of it.
    """

    def __init__(self, about: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.about = about
        self._one_makes_it = Lock()

    def openapi(self) -> dict[str, Any]:
        with self._one_makes_it:
            if self.openapi_schema is None:
                document = super().openapi()
                document["info"] |= self.about
                _shape(document)
            return super().openapi()


def _shape(document: dict[str, Any]) -> None:
    components = document["components"]
    components["headers"] = {name: {"description": said, "schema": schema} for name, (said, schema) in _HEADERS.items()}
    components["responses"] = {_name(status): _problem(status) for status in _PROBLEMS}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation, components["schemas"])
            if {} in operation["security"]:
                del operation["security"]  # as the whole document says
    document["security"] = [{}, {"Bearer": []}]
    _patch("InitiativeDraft", components["schemas"])
    _plain(document)


def _complete(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    if operation["operationId"] in _SUBMITTING or "security" not in operation:
        operation["security"] = [{}, *operation.get("security", ())]  # anybody may
    for parameter in operation.get("parameters", ()):
        parameter.update(_ASKED.get(parameter["name"], {}))
        match parameter["schema"]:
            case {"anyOf": [{"$ref": str()} as known, {"type": "null"}], **told}:  # no URL holds a null
                parameter["schema"] = known | told
        if parameter["name"] == "If-Match" and operation["operationId"] == "propose_revision":
            parameter["example"] = "*"  # the example's case has any version
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        content["schema"] = _body(media_type, content["schema"], schemas)
    responses = {status: _success(method, operation, status, schemas) for status in operation["responses"]}
    if method == "get" and {} in operation["security"]:
        description = "What If-None-Match names still holds."
        responses["304"] = {"description": description, "headers": _referred((*_EVERYWHERE, "ETag"))}
    if noun := _MERGED.get(operation["operationId"]):
        description = f"It has become part of the {noun} at Location."
        responses["308"] = {"description": description, "headers": _referred((*_EVERYWHERE, "Location"))}
    responses |= {status: _reference("responses", _name(status)) for status in _statuses(path, operation)}
    operation["responses"] = dict(sorted(responses.items()))


def _body(media_type: str, schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A body's schema by its name: FastAPI spells out what it does not validate, and takes no body for a null."""
    if media_type == "application/merge-patch+json":
        return _reference("schemas", "InitiativePatch")
    sent = schema.get("anyOf", [schema])[0]
    same = (name for name, known in schemas.items() if known | {"title": ""} == sent | {"title": ""})
    return next((_reference("schemas", name) for name in same), sent)


def _success(method: str, operation: dict[str, Any], status: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """An answer as FastAPI describes it, with its headers and, if it is a model's JSON, in the words of the model."""
    response: dict[str, Any] = operation["responses"][status]
    if not status.startswith("2"):
        return response
    shown = response["content"].get("application/json", {"schema": {}})["schema"].get("$ref", "").rpartition("/")[2]
    said = schemas[shown]["description"] if shown else response["description"]
    headers = (*_EVERYWHERE, *_LIMITS, *_headers(method, operation, status, shown))
    return response | {"description": said, "headers": response.get("headers", {}) | _referred(headers)}


def _statuses(path: str, operation: dict[str, Any]) -> Iterator[str]:
    """The errors that an operation can answer, by what it takes."""
    yield from ("400", "406", "429", "500", "503", "default")
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if operation["security"] != [{}]:
        yield "401"
    if operation["operationId"] in _SUBMITTING:
        yield from ("403", "409", "422")  # while submissions are closed; a first request is under way; was another
    if operation["operationId"] == "edit_submission" or path.startswith(("/moderation", "/keys")):
        yield "403"  # of a territory that the key is not for; of a role that may not; of one's own submission
    if "path" in places:
        yield "404"
    if path.startswith("/initiatives/{initiative}") or operation["operationId"] == "list_changes":
        yield "410"
    if path.startswith("/moderation/territories/{territory}/"):
        yield "409"  # settled already
    if path.startswith("/keys/{key}/"):
        yield "409"  # revoked already
    if "If-Match" in names:
        yield from ("409", "412", "428")
    if "requestBody" in operation:
        yield from ("413", "415")


def _headers(method: str, operation: dict[str, Any], status: str, shown: str) -> Iterator[str]:
    """The headers of a success besides those that all have."""
    paged, public = shown.endswith("Page"), method == "get" and {} in operation["security"]
    if public or not (paged or shown in _UNVERSIONED):
        yield "ETag"
    if public and operation["operationId"] not in _UNDATED:
        yield "Last-Modified"
    if paged:
        yield "Link"
    file = operation["operationId"].startswith("export_")
    if file:
        yield "Content-Disposition"
    if file or operation["operationId"] == "list_initiatives_atom":
        yield from ("Catalogue-Sequence", "Link")
    if status == "201" and shown == "ReceiptDocument":
        yield "Location"


def _problem(status: str) -> dict[str, Any]:
    description = _PROBLEMS[status]
    headers = (*_EVERYWHERE, *(_LIMITS if status.startswith("4") else ()), *_OWN.get(status, ()))
    content: dict[str, Any] = {"schema": _reference("schemas", "Problem")}
    if status != "default":
        told = {"type": "about:blank", "title": _title(status), "status": int(status), "detail": description}
        content["example"] = told | {"instance": "/v1/initiatives"}
    return {
        "description": description,
        "headers": _referred(headers),
        "content": {"application/problem+json": content},
    }


def _patch(draft: str, schemas: dict[str, Any]) -> dict[str, str]:
    """Add the merge patch of a draft: all may be left out; what is not required may be emptied by null."""
    name, properties = draft.removesuffix("Draft") + "Patch", {}
    for field, inner in schemas[draft]["properties"].items():
        told = {key: said for key, said in inner.items() if key in ("description", "examples")}
        values = {key: said for key, said in inner.items() if key not in (*told, "default")}
        options = [_part(option, schemas) for option in values.get("anyOf", [values])]
        if field not in schemas[draft].get("required", ()) and _NULL not in options:
            options.append(_NULL)
        properties[field] = told | ({"anyOf": options} if len(options) > 1 else options[0])
    said = f"Fields of {draft} to change (RFC 7396): null empties a field, a list is replaced whole."
    schemas[name] = {"type": "object", "description": said, "properties": properties, "additionalProperties": False}
    return _reference("schemas", name)


def _part(option: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Of an object a part may be given; anything else is given whole."""
    name = option.get("$ref", "").rpartition("/")[2]
    return _patch(name, schemas) if name.endswith("Draft") else option


def _name(status: str) -> str:
    """Of the response that all operations share, of the words of its title."""
    return _title(status).title().replace(" ", "")


def _title(status: str) -> str:
    return "Problem" if status == "default" else TITLES[HTTPStatus(int(status))].en


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _referred(headers: tuple[str, ...]) -> dict[str, Any]:
    return {name: _reference("headers", name) for name in headers}


def _plain(node: Any) -> None:
    """Say `type: [string, "null"]` where Pydantic says `anyOf`, and leave out what only repeats names or values."""
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
    if isinstance(node.get("enum"), list):
        node.pop("type", None)
    if node.get("type") == "array" or "array" in node.get("type", ()):
        node.setdefault("minItems", 0)
