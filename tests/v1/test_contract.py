"""The document is the committed one; what it once promised is only ever added to."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.v1 import contract
from tests.v1.contract import breaking, take_over

Node = dict[str, Any]


def test_the_document_is_the_committed_one() -> None:
    committed, present = json.loads(contract.COMMITTED.read_text(encoding="utf-8")), json.loads(contract.present())
    faults = breaking(committed, present)
    assert not faults, f"Clients would break: {faults}"
    assert present == committed, "The document changed: .venv/bin/python -m tests.v1.contract takes it over"


@pytest.fixture(scope="module")
def document() -> Node:
    return json.loads(contract.COMMITTED.read_text(encoding="utf-8"))


def schema(document: Node, name: str) -> Node:
    return document["components"]["schemas"][name]


def operation(document: Node, path: str = "/initiatives", method: str = "get") -> Node:
    return document["paths"][path][method]


def parameter(document: Node, name: str) -> Node:
    return next(one for one in operation(document)["parameters"] if one["name"] == name)


def answered(document: Node, name: str) -> Node:
    return schema(document, "InitiativeDocument")["properties"][name]


def drafted(document: Node, name: str) -> Node:
    return schema(document, "InitiativeDraft")["properties"][name]


NEW_PARAMETER = {"name": "colour", "in": "query", "schema": {"type": "string"}}
LATE = {"type": "string"}

BREAKS: dict[str, Callable[[Node], Any]] = {
    "a path": lambda d: d["paths"].pop("/themes"),
    "an operation": lambda d: d["paths"]["/submissions/{submission}"].pop("delete"),
    "an operation's name": lambda d: operation(d).update(operationId="find_initiatives"),
    "a parameter": lambda d: operation(d)["parameters"].remove(parameter(d, "theme")),
    "a parameter that must be given": lambda d: parameter(d, "theme").update(required=True),
    "a new one that must be given": lambda d: operation(d)["parameters"].append(NEW_PARAMETER | {"required": True}),
    "a parameter's bound": lambda d: parameter(d, "limit")["schema"].update(maximum=50),
    "a parameter's form": lambda d: parameter(d, "cursor")["schema"].update(pattern="^[a-z]+$"),
    "a value that may be asked for": lambda d: schema(d, "InitiativeSort")["enum"].pop(),
    "a key that must be had": lambda d: operation(d).update(security=[{"Bearer": []}]),
    "a success": lambda d: operation(d, method="post")["responses"].pop("201"),
    "a header": lambda d: operation(d)["responses"]["200"]["headers"].pop("Link"),
    "a media type": lambda d: operation(d, method="post")["requestBody"]["content"].clear(),
    "a field of an answer": lambda d: schema(d, "InitiativeDocument")["properties"].pop("evidence"),
    "a field that may be missing": lambda d: schema(d, "InitiativeDocument")["required"].remove("evidence"),
    "a field that may be null": lambda d: answered(d, "title").update(type=["string", "null"]),
    "a field of another type": lambda d: answered(d, "version").update(type="string"),
    "a longer field": lambda d: answered(d, "title").update(maxLength=400),
    "a field without its form": lambda d: answered(d, "id").pop("pattern"),
    "a value of a field": lambda d: schema(d, "Progress")["enum"].remove("idea"),
    "a field without its values": lambda d: schema(d, "Progress").pop("enum"),
    "a field of a field": lambda d: schema(d, "Label")["properties"].pop("en"),
    "a field of a draft": lambda d: schema(d, "InitiativeDraft")["properties"].pop("place"),
    "a field that must be sent": lambda d: schema(d, "InitiativeDraft")["required"].append("summary"),
    "a shorter field": lambda d: drafted(d, "title").update(maxLength=100),
    "a field that may no longer be null": lambda d: drafted(d, "started_on").update(type="string"),
    "fewer items": lambda d: drafted(d, "themes").update(maxItems=10),
    "a field with values": lambda d: drafted(d, "language").update(enum=["fr"]),
}
ADDS: dict[str, Callable[[Node], Any]] = {
    "nothing": lambda d: None,
    "a path": lambda d: d["paths"].update({"/colours": d["paths"]["/themes"]}),
    "an operation": lambda d: d["paths"]["/themes"].update(post=operation(d, "/initiatives", "post")),
    "a parameter": lambda d: operation(d)["parameters"].append(NEW_PARAMETER),
    "a value that may be asked for": lambda d: schema(d, "InitiativeSort")["enum"].append("title"),
    "a value of a field": lambda d: schema(d, "Progress")["enum"].append("paused"),
    "a wider bound": lambda d: parameter(d, "limit")["schema"].update(maximum=200),
    "a field of an answer": lambda d: schema(d, "InitiativeDocument")["properties"].update(late=LATE),
    "a field of a draft": lambda d: schema(d, "InitiativeDraft")["properties"].update(late=LATE),
    "a field that is always there": lambda d: schema(d, "InitiativePage")["required"].append("next"),
    "a tighter promise": lambda d: answered(d, "title").update(maxLength=100),
    "a longer field that is only sent": lambda d: schema(d, "PublishDraft")["properties"]["id"].update(maxLength=100),
    "a problem": lambda d: operation(d)["responses"].update({"451": {"description": "x"}}),
    "words": lambda d: operation(d).update(description="Other words.", summary="Other"),
    "freedom from keys": lambda d: operation(d, "/moderation/events").update(security=[{}]),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_change_that_breaks_clients_is_told(document: Node, broken: str) -> None:
    changed = copy.deepcopy(document)
    BREAKS[broken](changed)
    assert breaking(document, changed)


@pytest.mark.parametrize("added", ADDS)
def test_what_is_only_added_breaks_nobody(document: Node, added: str) -> None:
    changed = copy.deepcopy(document)
    ADDS[added](changed)
    assert not breaking(document, changed)


def committing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Node) -> Path:
    """A committed document of another time."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(old))
    monkeypatch.setattr(contract, "COMMITTED", file)
    return file


@pytest.mark.parametrize(("version", "on_demand"), [("0.9.0", True), ("1.0.0", False)])
def test_a_break_is_taken_over_on_demand_alone_and_never_after_1_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: Node, version: str, on_demand: bool
) -> None:
    old = copy.deepcopy(document)
    old["info"]["version"] = version
    old["paths"]["/gone"] = old["paths"]["/themes"]
    file = committing(tmp_path, monkeypatch, old)
    assert take_over()
    assert json.loads(file.read_text()) == old
    assert bool(take_over(breaking_too=True)) is not on_demand
    assert (file.read_text() == contract.present()) is on_demand


def test_what_is_only_added_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: Node) -> None:
    old = copy.deepcopy(document)
    old["info"]["version"] = "1.0.0"
    del old["paths"]["/themes"]
    file = committing(tmp_path, monkeypatch, old)
    assert not take_over()
    assert file.read_text() == contract.present()
