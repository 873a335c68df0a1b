"""As much of JSON Schema (2020-12) as the service's own document uses; a keyword that it does not know is a mistake."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}
_SILENT = {"title", "description", "default", "examples", "example", "$ref", "readOnly", "writeOnly", "discriminator"}
_KNOWN = {
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "properties",
    "required",
    "additionalProperties",
    "items",
}
_KNOWN |= {"minItems", "maxItems", "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum", "format"}


def resolve(schema: Any, document: dict[str, Any]) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def faults(value: Any, schema: Any, document: dict[str, Any], at: str = "") -> Iterator[str]:
    """What of a value does not hold with its schema."""
    schema = resolve(schema, document)
    if schema is True:
        return
    assert isinstance(schema, dict), f"{at}: no schema"
    unknown = {key for key in schema.keys() - _KNOWN - _SILENT if not key.startswith("x-")}
    assert not unknown, f"{at}: keywords {unknown}"
    yield from _combined_faults(value, schema, document, at)
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r} is no {kinds}"
        return
    if isinstance(value, str):
        yield from _text_faults(value, schema, at)
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, document, at)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", True), document, f"{at}/{index}")
    elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} is out of range"


def _combined_faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            fitting = sum(not list(faults(value, option, document, at)) for option in schema[key])
            if fitting == 0 or (key == "oneOf" and fitting > 1):
                yield f"{at}: {fitting} of {key}"
    if "not" in schema and not list(faults(value, schema["not"], document, at)):
        yield f"{at}: {value!r} is what it must not be"
    for option in schema.get("allOf", ()):
        yield from faults(value, option, document, at)
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _text_faults(value: str, schema: dict[str, Any], at: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{at}: {len(value)} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} has not the form {schema['pattern']}"
    if schema.get("format") == "date-time":
        datetime.fromisoformat(value)


def _object_faults(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    if len(value) > schema.get("maxProperties", len(value)):
        yield f"{at}: {len(value)} properties"
    yield from (f"{at}/{name}: is missing" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in properties:
            yield from faults(inner, properties[name], document, f"{at}/{name}")
        elif schema.get("additionalProperties", True) is False:
            yield f"{at}/{name}: is not in the schema"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from faults(inner, schema["additionalProperties"], document, f"{at}/{name}")
