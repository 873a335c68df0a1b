"""The committed OpenAPI document, and what a change of it would break for those who built on it.

`.venv/bin/python -m tests.v1.contract` takes the present document over. It refuses what would break a client; before
1.0 `--breaking` takes that over too, from then on it belongs into a /v2.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.v1.app import create_v1
from tests.v1.schemas import resolve

COMMITTED = Path(__file__).with_name("openapi.json")
_AT_LEAST = dict.fromkeys(("minimum", "minLength", "minItems"), -float("inf"))
_AT_MOST = dict.fromkeys(("maximum", "maxLength", "maxItems", "maxProperties"), float("inf"))
_FORMS = ("pattern", "format", "const", "anyOf")
_ANYBODY: list[Any] = [{}]  # as the whole document says, where an operation says nothing

Node = dict[Any, Any]


def present() -> str:
    """The document as it is now, in the form in which it is committed."""
    document = create_v1("https://catalogue.example", "webmaster@catalogue.example").openapi()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def take_over(*, breaking_too: bool = False) -> list[str]:
    """Commit to the present document; or, where that would break a client, tell how."""
    old, new = COMMITTED.read_text(encoding="utf-8"), present()
    faults = breaking(json.loads(old), json.loads(new))
    if faults and not (breaking_too and json.loads(old)["info"]["version"].startswith("0.")):
        return faults
    COMMITTED.write_text(new, encoding="utf-8")
    return []


def breaking(old: Node, new: Node) -> list[str]:
    """What a client of the old document could miss in the new one, or be refused by it. What is only added is not."""
    return list(_broken(_inlined(old["paths"], old, {}), _inlined(new["paths"], new, {})))


def _inlined(node: Any, document: Node, known: Node) -> Any:
    """With every reference replaced by what it leads to, looked up once; no schema of ours contains itself."""
    if isinstance(node, list):
        return [_inlined(item, document, known) for item in node]
    if not isinstance(node, dict):
        return node
    if (reference := node.get("$ref")) is None:
        return {name: _inlined(item, document, known) for name, item in node.items()}
    if reference not in known:
        known[reference] = _inlined(resolve(node, document), document, known)
    return known[reference]


def _broken(old: Node, new: Node) -> Iterator[str]:
    yield from _gone(old, new, "path")
    for path in old.keys() & new.keys():
        yield from _gone(old[path], new[path], path)
        for method in old[path].keys() & new[path].keys():
            yield from _operation(old[path][method], new[path][method], f"{method} {path}")


def _operation(old: Node, new: Node, at: str) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{at} has another operationId"
    if {} in old.get("security", _ANYBODY) and {} not in new.get("security", _ANYBODY):
        yield f"{at} wants a key"
    if new.get("requestBody", {}).get("required") and not old.get("requestBody", {}).get("required"):
        yield f"{at} wants a body"
    yield from _contents(old.get("requestBody", {}), new.get("requestBody", {}), f"{at} body", sent=True)
    named = ({(p["in"], p["name"]): p for p in one.get("parameters", ())} for one in (old, new))
    yield from _parameters(*named, at)
    answers = [{s: r for s, r in one["responses"].items() if s < "4"} for one in (old, new)]
    yield from _gone(*answers, at)
    for status in answers[0].keys() & answers[1].keys():
        before, after = (answer[status] for answer in answers)
        yield from _gone(before.get("headers", {}), after.get("headers", {}), f"{at} {status}")
        yield from _contents(before, after, f"{at} {status}", sent=False)


def _parameters(old: Node, new: Node, at: str) -> Iterator[str]:
    yield from _gone(old, new, at)
    for key, parameter in new.items():
        if parameter.get("required") and not old.get(key, {}).get("required"):
            yield f"{at} wants {key}"
        yield from _schema(old.get(key, parameter)["schema"], parameter["schema"], f"{at} {key}", sent=True)


def _contents(old: Node, new: Node, at: str, *, sent: bool) -> Iterator[str]:
    before, after = old.get("content", {}), new.get("content", {})
    yield from _gone(before, after, at)
    for media_type in before.keys() & after.keys():
        yield from _schema(before[media_type]["schema"], after[media_type]["schema"], at, sent=sent)


def _schema(old: Node, new: Node, at: str, *, sent: bool) -> Iterator[str]:
    """What is sent must be taken as before; what is answered must stay within what was promised."""
    old, new = _plain(old), _plain(new)
    wider, narrower = (new, old) if sent else (old, new)
    if not narrower["type"] <= wider["type"]:
        yield f"{at}: other types"
    lower = any(wider.get(bound, least) > narrower.get(bound, least) for bound, least in _AT_LEAST.items())
    if lower or any(wider.get(bound, most) < narrower.get(bound, most) for bound, most in _AT_MOST.items()):
        yield f"{at}: other bounds"
    if any(key in wider and wider[key] != narrower.get(key) for key in _FORMS):
        yield f"{at}: another form"
    if not set(old.get("enum", ())) <= set(new.get("enum", ())) or ("enum" in wider and "enum" not in narrower):
        yield f"{at}: other values"
    if missing := set(wider.get("required", ())) - set(narrower.get("required", ())):
        yield f"{at}: {', '.join(sorted(missing))} {'wanted' if sent else 'not always there'}"
    yield from _gone(old.get("properties", {}), new.get("properties", {}), at)
    inner = [
        one.get("properties", {}) | {f: one.get(f) for f in ("items", "additionalProperties")} for one in (old, new)
    ]
    for name, before in inner[0].items():
        if isinstance(before, dict) and isinstance(inner[1].get(name), dict):
            yield from _schema(before, inner[1][name], f"{at}/{name}", sent=sent)


def _plain(schema: Node) -> Node:
    """With its types as a set; `anyOf` a thing or null is that thing, whose type may be null."""
    match schema:
        case {"anyOf": [thing, {"type": "null"}]}:
            rest = {key: value for key, value in schema.items() if key != "anyOf"}
            return rest | thing | {"type": _plain(thing)["type"] | {"null"}}
    kinds = schema.get("type", "string" if "enum" in schema else [])
    return schema | {"type": {kinds} if isinstance(kinds, str) else set(kinds)}


def _gone(old: Node, new: Node, at: str) -> Iterator[str]:
    yield from (f"{at} {name} is gone" for name in old if name not in new)


if __name__ == "__main__":
    if faults := take_over(breaking_too="--breaking" in sys.argv):
        sys.exit("\n".join([*faults, "Not taken over: clients would break. Before 1.0, --breaking takes it over."]))
