"""Every sentence for people exists in French and in English, and nothing else is said to them."""

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic_core.core_schema import ErrorType

import api
from api import errors, mistakes, problems, wording
from api.errors import CatalogueError
from api.texts import Text
from api.v1 import openapi
from api.vocabulary import InitiativeState, SubmissionState

# Codes, dates and names are the same in both languages.
ALIKE = {"Sources", "insee:81004", "circuit-court", "2014-06", "Ville d'Albi (public)", "code"}
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(Path(api.__file__).parent.rglob("*.py"))}
ERRORS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CatalogueError)
}


def calls(name: str) -> Iterator[tuple[ast.Module, ast.Call, str]]:
    """Every call of a function or class of this name, in its module, with where it is."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                yield tree, node, f"{path.name}:{node.lineno}"


def held(value: Any, seen: set[int]) -> Iterator[Text]:
    """The texts in a value of ours, however deep."""
    if isinstance(value, Text):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        inner: list[Any] = []
        if isinstance(value, dict):
            inner = [*value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            inner = [*value]
        elif isinstance(value, type) and value.__module__.startswith("api."):
            inner = [*vars(value).values()]
        elif is_dataclass(value) and not isinstance(value, type):
            inner = [getattr(value, field.name) for field in fields(value)]
        for one in inner:
            yield from held(one, seen)


def in_modules() -> set[Text]:
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(api.__path__, "api.")]
    seen: set[int] = set()
    return {text for module in modules for value in vars(module).values() for text in held(value, seen)}


def in_calls() -> set[Text]:
    """Those that are written out, inside functions too."""
    written = [[getattr(part, "value", None) for part in node.args] for _, node, _ in calls("Text")]
    return {Text(*parts) for parts in written if len(parts) == 2 and all(isinstance(part, str) for part in parts)}


TEXTS = sorted(in_modules() | in_calls())
every_text = pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.en[:50])


def test_there_are_texts_to_walk() -> None:
    assert min(len(in_calls()), len(in_modules())) > 100


@every_text
def test_each_text_is_in_both_languages(text: Text) -> None:
    assert text.en.strip()
    assert text.fr.strip()
    assert text.en != text.fr or text.en in ALIKE
    placeholders = [{name for _, name, _, _ in string.Formatter().parse(said) if name} for said in text]
    assert placeholders[0] == placeholders[1]
    assert text.en.endswith(".") == text.fr.endswith(".")


@every_text
def test_french_is_set_as_french_is(text: Text) -> None:
    said = text.fr.replace("Authorization: Bearer", "")
    assert not re.search(r"(?<! )[;?!»]|«(?! )|(?<![ \"]):(?= |$)", said)
    assert not re.search(r" [;:?!]", text.en)


@every_text
def test_no_text_speaks_in_patterns(text: Text) -> None:
    for said in text:
        assert not re.search(r"[\^\\]|\[[^\]]*-|pattern", said)


def test_every_state_is_told_in_words_with_that_of_the_api() -> None:
    assert wording.STATES.keys() == {*SubmissionState, *InitiativeState}
    for state, told in wording.STATES.items():
        assert (told.en, told.fr.partition(" (")[2]) == (state, f"{state})")


# --- Nothing else is said --------------------------------------------------------------------------------------------


def constants(tree: ast.Module, value: ast.expr) -> set[str]:
    """The words that an argument may be: written there, or handed to the function that it is in."""
    if isinstance(value, ast.Constant):
        return {value.value}
    if isinstance(value, ast.IfExp):
        return constants(tree, value.body) | constants(tree, value.orelse)
    if isinstance(value, ast.Subscript):  # of a mistake that was found before, and is raised again
        return set()
    assert isinstance(value, ast.Name), ast.unparse(value)
    around = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and value in ast.walk(one)]
    names = [parameter.arg for parameter in around[-1].args.args]
    place = names.index(value.id)
    handed = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _calls(node, around[-1].name))
    return {word for node in handed for word in constants(tree, node.args[place])}


def _calls(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name


def own_mistakes() -> set[str]:
    return {word for tree, node, _ in calls("PydanticCustomError") for word in constants(tree, node.args[0])}


def test_every_mistake_of_our_own_has_a_saying() -> None:
    assert len(own_mistakes()) > 20
    assert own_mistakes() <= mistakes._SAYINGS.keys()


def test_every_saying_is_said_of_a_mistake() -> None:
    of_pydantic = {*get_args(ErrorType)}
    elsewhere = [tree for path, tree in TREES.items() if path.name != "mistakes.py"]  # those that the catalogue finds
    told = {node.value for tree in elsewhere for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert mistakes._SAYINGS.keys() <= own_mistakes() | of_pydantic | told


def test_the_catalogue_speaks_in_texts_alone() -> None:
    seen = 0
    for name in ERRORS:
        for _, node, where in calls(name):
            seen += 1
            said = [*node.args, *(word.value for word in node.keywords if word.arg == "detail")]
            assert not any(isinstance(part, ast.Constant | ast.JoinedStr) for part in said), where
    assert seen > 20


def test_what_is_raised_for_the_server_has_no_words_of_its_own() -> None:
    for _, node, where in calls("HTTPException"):
        assert len(node.args) == 1, where
        assert "detail" not in {word.arg for word in node.keywords}, where


def statuses() -> set[HTTPStatus]:
    raised = {getattr(kind, "status", None) for kind in ERRORS.values()}
    raised |= {HTTPStatus[node.args[0].attr] for _, node, _ in calls("HTTPException")}  # type: ignore[attr-defined]
    return {status for status in raised if status} | set(problems._DETAILS)


def test_every_status_has_a_title_and_is_documented_by_it() -> None:
    assert statuses() <= problems.TITLES.keys()
    documented = openapi._PROBLEMS.keys() - {"default"}
    assert {str(status.value) for status in problems.TITLES} - documented == {"405"}  # which no operation answers


def test_what_has_no_words_of_its_own_brings_them() -> None:
    raised = {HTTPStatus[node.args[0].attr] for _, node, _ in calls("HTTPException")}  # type: ignore[attr-defined]
    assert raised <= problems._DETAILS.keys()
