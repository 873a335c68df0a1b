"""Texts over the wire: kept to the letter from the sender to the public, or refused with the place of what is wrong."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import DRAFT, published, submitted
from tests.test_types import INVISIBLE, INVISIBLE_BEYOND, JOINED
from tests.v1.conftest import Shared
from tests.v1.schemas import resolve
from tests.v1.wire import check_problem, places

FORMS = ["un{}deux", "{}un deux", "un deux{}", "un {} deux", "یک{}دو", "  un deux {}"]
MISPLACED = ["un{}deux", "{}یک و دو", "یک و دو{}", "یک {}دو", "یک{} دو", "یک{}{}دو", "یک{}a", "é{}دو"]
REFUSED = [form.format(letter) for letter in INVISIBLE + INVISIBLE_BEYOND for form in FORMS]
REFUSED += [form.format(joiner, joiner) for joiner in "\u200c\u200d" for form in MISPLACED]
TAKEN = [
    *JOINED,
    "حديقة مشتركة خلف البلدية",
    "גן קהילתי מאחורי העירייה",
    "باغ مشترک پشت شهرداری، می\u200cسازیم و می\u200cکاریم",
    "क्\u200dष और ज्ञ",
    "ശ്രീ\u200dഅ",
    "ක්\u200dරමය",
    "Une famille 👨\u200d👩\u200d👧\u200d👦, un drapeau 🏳\ufe0f\u200d🌈, 👩🏽\u200d🌾",
    "Vu à 15\u00a0h\u202f: «\u00a0oui\u00a0!\u00a0»",
    "Horta comunitária atrás da câmara — São João, ações",
    "Gemeenschapstuin ’s-Gravenbrakel, coöperatie, ĳ",
    "L’œuvre d’Anaïs, cœur & cie : 50\u202f% à 3,5\u00a0€",
    "E\u0301cole et me\u0302me",
    "日本語 한국어 ไทย",
    "Ελλάδα, Україна, Հայաստան",
    "½ m² – 10 °C … « ± »",
]


def test_the_corpus_is_large() -> None:
    assert len({*REFUSED, *TAKEN}) == len(REFUSED) + len(TAKEN) >= 300


def test_what_cannot_be_seen_is_refused_with_its_place(anyone: httpx.Client) -> None:
    for text in REFUSED:
        answer = anyone.post("/initiatives", json=DRAFT | {"title": text})
        problem = check_problem(answer, 400)
        assert places(problem) == ["/title"], ascii(text)
        before = re.match(r"After (\d+) characters there is one that cannot be seen", problem["errors"][0]["detail"])
        assert before, ascii(text)
        assert not set(answer.text) & {*INVISIBLE, *INVISIBLE_BEYOND}


@pytest.mark.parametrize("text", TAKEN)
def test_what_people_write_is_public_to_the_letter(anyone: httpx.Client, judge: httpx.Client, text: str) -> None:
    kept = unicodedata.normalize("NFC", text)
    fields = {"title": text, "description": f"{text}\n{text}", "actors": [{"name": text, "kind": "public"}]}
    assert submitted(anyone, **fields)["draft"]["title"] == kept  # type: ignore[index]
    document = anyone.get(f"/initiatives/{published(anyone, judge, **fields)}").json()
    assert (document["title"], document["description"]) == (kept, f"{kept}\n{kept}")
    assert document["actors"][0]["name"] == kept


EVERYWHERE: dict[str, Any] = {
    "title": "a\u00adb",
    "summary": "a\u200bb",
    "description": "a\u202eb",
    "open_questions": ["a\ufeffb"],
    "place": {"label": "a\u2066b", "latitude": 1, "longitude": 2},
    "actors": [{"name": "a\u200db", "kind": "public"}],
    "results": [{"label": "a\u2060b", "value": 1, "unit": "a\u200eb", "note": "a\u061cb"}],
    "sources": [{"url": "https://example.org/a\u200bb", "title": "a\u00adb", "publisher": "a\u2028b"}],
    "external": {"system": "a\u3164b", "id": "a\U000e0041b"},
    "territories": [{"territory": "Alb\u00adi"}, {"territory": {"name": "Cour\u200bcy"}}],
    "contact": {"name": "a\u00adb", "email": "a\u200bb@example.org"},
}


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, f"{at}/{name}")
    elif isinstance(value, str) and re.search(r"[^ -~]", value):
        yield at, value


def test_they_are_refused_in_every_text_of_a_draft_in_either_language(anyone: httpx.Client) -> None:
    for language, said in (("en", "cannot be seen"), ("fr", "caractère invisible")):
        answer = anyone.post("/initiatives", json=DRAFT | EVERYWHERE, headers={"Accept-Language": language})
        problem = check_problem(answer, 400)
        assert places(problem) == sorted(at for at, _ in leaves(EVERYWHERE))
        assert all(said in error["detail"] for error in problem["errors"])


@pytest.mark.parametrize("department", ["4\x00", "5\u00ad1", "é", "a" * 41])
def test_what_cannot_be_a_code_is_not_looked_up(anyone: httpx.Client, department: str) -> None:
    territories = [{"territory": {"name": "Courcy", "department": department}}]
    answer = anyone.post("/initiatives", json=DRAFT | {"territories": territories})
    assert places(check_problem(answer, 400)) == ["/territories/0/territory/department"]


def test_they_are_refused_in_reasons_and_in_what_is_sought(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    for verb in ("_reject", "_publish", "_request-changes"):
        path = f"/moderation/submissions/{receipt['id']}/{verb}"
        answer = judge.post(path, json={"reason": "a\u202eb"}, headers={"If-Match": "*"})
        assert places(check_problem(answer, 400)) == ["/reason"]
    assert places(check_problem(anyone.get("/territories", params={"q": "Al\u00adbi"}), 400)) == ["q"]


# --- Patterns are for machines ---------------------------------------------------------------------------------------

MISFIT = "§"


@pytest.fixture(scope="module")
def document(shared: Shared) -> dict[str, Any]:
    return dict(shared.anybody.get("/openapi.json").json())


def refuses(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a text of this schema has a form that the misfit has not."""
    schema = resolve(schema, document)
    options = [schema, *schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return any("pattern" in option and not re.search(option["pattern"], MISFIT) for option in options)


def bodies(name: str, document: dict[str, Any]) -> Iterator[Any]:
    """For each text of a form in a draft, a body with the misfit there, and where it is."""
    for field, schema in document["components"]["schemas"][name]["properties"].items():
        listed = schema.get("type") == "array"
        item = schema["items"] if listed else schema
        inner = [option["$ref"] for option in (item, *item.get("anyOf", ())) if "$ref" in option]
        for reference in inner:
            if (below := reference.rpartition("/")[2]).endswith("Draft"):
                yield from ({field: [body] if listed else body} for body in bodies(below, document))
        if refuses(item, document):
            yield {field: [MISFIT] if listed else MISFIT}


def test_a_misfit_in_a_draft_is_told_without_a_pattern(anyone: httpx.Client, document: dict[str, Any]) -> None:
    found = list(bodies("InitiativeDraft", document))
    assert len(found) > 10
    for body in found:
        for language in ("en", "fr"):
            check_plain(anyone.post("/initiatives", json=DRAFT | body, headers={"Accept-Language": language}), body)


def test_a_misfit_in_a_query_is_told_without_a_pattern(judge: httpx.Client, document: dict[str, Any]) -> None:
    seen = 0
    for path, item in document["paths"].items():
        for parameter in item.get("get", {}).get("parameters", ()):
            if path == "/keys" or "{" in path:  # an admin's, or of a case
                continue
            if parameter["in"] == "query" and refuses(parameter["schema"], document):
                check_plain(judge.get(path, params={parameter["name"]: MISFIT}), f"{path} {parameter['name']}")
                seen += 1
    assert seen > 10


def test_a_misfit_in_a_decision_is_told_without_a_pattern(anyone: httpx.Client, judge: httpx.Client) -> None:
    receipt = submitted(anyone)
    path = f"/moderation/submissions/{receipt['id']}/_publish"
    check_plain(judge.post(path, json={"id": MISFIT}, headers={"If-Match": "*"}), "id")
    check_plain(judge.post(path, headers={"If-Match": "x"}), "If-Match")


def check_plain(answer: httpx.Response, where: object) -> None:
    said = json.dumps(check_problem(answer, 400)["errors"], ensure_ascii=False)
    assert not re.search(r"[\^\\$+]|\[[^{]", said.replace('\\"', "").lstrip("[")), f"{where}: {said}"
    assert "/docs" not in said, f"{where}: no words of its own: {said}"
