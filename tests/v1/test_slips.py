"""What a clerk gets wrong while typing, and the sentence that says what to do, each at its place and all at once."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import DRAFT
from tests.v1.wire import check_problem

JSON = {"Content-Type": "application/json", "Accept-Language": "fr"}


def told(client: httpx.Client, body: bytes) -> dict[str, str]:
    """What is said, by its place."""
    answer = client.post("/initiatives?check=true", content=body, headers=JSON)
    return {error["pointer"]: error["detail"] for error in check_problem(answer, 400)["errors"]}


def said(client: httpx.Client, **fields: Any) -> dict[str, str]:
    return told(client, json.dumps(DRAFT | fields).encode())


# --- Text that is no JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{\n  "title": "Un jardin",\n}', "ligne 2|3, colonne"),
        ('{\n  "title": “Un jardin”\n}', "ligne 2, colonne 12"),
        ('{"title": "Un "beau" jardin"}', "ligne 1, colonne 16"),
        ('{"title": "Un\njardin"}', "ligne 1, colonne 14 : dans une description, un retour à la ligne s'écrit"),
        ('{"results": [{"value": NaN}]}', "un nombre qui n'en est pas un"),
        ("[" * 100_000, "trop de crochets"),
        ("{" + '"title": ' + "9" * 5000 + "}", "trop long"),
    ],
)
def test_where_a_text_is_no_json_is_told_by_line_and_column(anyone: httpx.Client, body: str, sentence: str) -> None:
    (detail,) = told(anyone, body.encode()).values()
    start, _, other = sentence.partition("|")
    assert start in detail or (other and f"ligne {other}" in detail), detail


def test_a_text_of_another_encoding_is_told_from_its_first_letter_on(anyone: httpx.Client) -> None:
    body = json.dumps(DRAFT | {"title": "Un été"}, ensure_ascii=False).encode("cp1252")
    assert "octet 14" in told(anyone, body)[""]
    assert "octet 0" in told(anyone, json.dumps(DRAFT).encode("utf-16"))[""]


def test_the_mark_at_the_beginning_that_editors_on_windows_write_is_passed_over(anyone: httpx.Client) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(DRAFT).encode()
    assert anyone.post("/initiatives?check=true", content=body, headers=JSON).status_code == 200


def test_no_body_is_told_as_such(anyone: httpx.Client) -> None:
    assert told(anyone, b"") == {"": "Un corps JSON est attendu ; /docs en montre un exemple."}


# --- Names -----------------------------------------------------------------------------------------------------------


def test_a_field_that_is_there_twice_is_told_with_everything_else(anyone: httpx.Client) -> None:
    body = b"""{"title": "Un jardin", "title": "Un verger", "summary": "", "sources": [{"url": "https://a.example"}],
        "sources": [], "territories": [{"territory": "fr-81004", "territory": "fr-51183"}]}"""
    details = told(anyone, body)
    twice = "Ceci ne peut être donné qu'une fois."
    assert {where for where, detail in details.items() if detail == twice} == {
        "/title",
        "/sources",
        "/territories/0/territory",
    }
    assert "/summary" in details


def test_a_field_that_is_there_twice_is_told_to_who_sends_a_key(anyone: httpx.Client) -> None:
    body = b'{"title": "Un jardin", "title": "Un verger"}'
    headers = JSON | {"Idempotency-Key": "a-field-that-is-there-twice"}
    problem = check_problem(anyone.post("/initiatives", content=body, headers=headers), 400)
    assert "/title" in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("titre", "Un jardin", "title"),
        ("résumé", "Vingt familles.", "summary"),
        ("Commune", "Albi", "territories"),
        ("territory", "insee:81004", "territories"),
        ("startedOn", "2014", "started_on"),
        ("date de début", "2014", "started_on"),
        ("sumary", "Vingt familles.", "summary"),
        ("liens", [], "sources"),
        ("e-mail", "anne@example.org", "contact"),
    ],
)
def test_a_field_that_is_called_otherwise_is_told_its_name(
    anyone: httpx.Client, name: str, value: Any, meant: str
) -> None:
    assert said(anyone, **{name: value}) == {f"/{name}": f"Ce champ n'existe pas ici ; est-ce {meant} ?"}


def test_a_field_within_another_is_told_its_name_too(anyone: httpx.Client) -> None:
    details = said(
        anyone,
        territories=[{"territory": {"name": "Courcy", "département": "51"}}],
        sources=[{"lien": "https://a.example"}],
    )
    assert details["/territories/0/territory/département"].endswith("est-ce department ?")
    assert details["/sources/0/lien"].endswith("est-ce url ?")


def test_what_looks_like_nothing_is_told_plainly(anyone: httpx.Client) -> None:
    assert "vérifiez son orthographe" in said(anyone, zzz=1)["/zzz"]


# --- Parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["/initiatives?limit=abc", "/initiatives?near=49.21,5.37&radius=1.5", "/changes?since=-"]
)
def test_a_number_in_an_address_is_wanted_without_a_word_of_quotes(anyone: httpx.Client, question: str) -> None:
    (error,) = check_problem(anyone.get(question, headers=JSON), 400)["errors"]
    assert error["detail"] == "Un nombre entier est attendu, en chiffres seuls, par exemple 50."
    population = [{"territory": "insee:81004", "stated_population": "50"}]
    assert "sans guillemets" in said(anyone, territories=population)["/territories/0/stated_population"]


# --- Themes ----------------------------------------------------------------------------------------------------------

THEMES = [
    ("circuit-courts", ["circuit-court"]),
    ("Circuit court", ["circuit-court"]),
    ("ÉCONOMIE sociale", ["economie-sociale-solidaire"]),
    ("coworking", ["tiers-lieux"]),
    ("alimentation", []),
    ("short food supply chain", ["circuit-court"]),
    ("Participatory mappings", ["cartographie-participative"]),
    ("Revitalisation Centre", ["revitalisation-centre-ville"]),
    ("zzz", []),
    ("", []),
    ("???", []),
]


@pytest.mark.parametrize(("name", "meant"), THEMES)
def test_of_a_theme_that_there_is_not_the_nearest_are_told(anyone: httpx.Client, name: str, meant: list[str]) -> None:
    in_draft = said(anyone, themes=["tiers-lieux", name])["/themes/1"]
    answer = anyone.get("/initiatives", params={"theme": ["tiers-lieux", name]}, headers=JSON)
    (error,) = check_problem(answer, 400)["errors"]
    near = f" ; est-ce {' ou '.join(meant)} ?" if meant else " ;"
    sentence = f"Ce thème n'existe pas{near} /v1/themes en donne la liste."
    assert (in_draft, error) == (sentence, {"parameter": "theme", "detail": sentence})


def test_of_several_themes_that_there_are_not_each_is_told(anyone: httpx.Client) -> None:
    answer = anyone.get("/initiatives?theme=circuit-courts&theme=tiers-lieu&theme=zzz&territory=zz")
    found = [(error["parameter"], error["detail"]) for error in check_problem(answer, 400)["errors"]]
    assert [name for name, _ in found] == ["theme", "theme", "theme", "territory"]
    assert "is circuit-court meant?" in found[0][1]
    assert "is tiers-lieux meant?" in found[1][1]


# --- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        ({"territories": "insee:81004"}, "/territories", '[{"territory": "insee:81004"}]'),
        ({"territories": [{"name": "Courcy"}]}, "/territories/0/territory", 'se met dans territory : {"territory"'),
        ({"sources": "https://a.example"}, "/sources", '[{"url": "https://www.example.org/jardin"}]'),
        ({"place": "Mairie"}, "/place", '{"label": "Mairie"'),
        ({"summary": "Deux\nlignes."}, "/summary", "Après 4 caractères se trouve un retour à la ligne"),
        ({"sources": [5]}, "/sources/0", 'entre accolades, par exemple {"url": "https://www.example.org/jardin"}.'),
        ({"started_on": 2024}, "/started_on", "entre guillemets. Écrivez 2014"),
        ({"started_on": "2024-02-01T00:00:00Z"}, "/started_on", "Écrivez 2014"),
        ({"language": "fr-FR"}, "/language", "Un code à deux lettres"),
        ({"sources": [{"url": "https://a.example/mon jardin.pdf"}]}, "/sources/0/url", "ne contient pas d'espace"),
        ({"territories": [{"territory": "insee:99999"}]}, "/territories/0/territory", "Aucun territoire n'a ce code"),
        ({"territories": []}, "/territories", "Obligatoire pour un cas."),
    ],
)
def test_a_value_that_is_wrong_is_told_how_it_should_be(
    anyone: httpx.Client, fields: dict[str, Any], where: str, sentence: str
) -> None:
    assert sentence in said(anyone, **fields)[where]


def test_of_what_is_there_twice_both_places_are_told(anyone: httpx.Client) -> None:
    pages = [{"url": f"https://{host}"} for host in ("a.example", "b.example", "www.b.example/")]
    places = [{"territory": name} for name in ("insee:81004", "insee:51183", "Albi (81)")]
    details = said(anyone, sources=pages, territories=places)
    assert "en positions 2 et 3" in details["/sources"]
    assert "en positions 1 et 3" in details["/territories"]


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        (
            {
                "territories": [
                    {"territory": "Alby (81)", "role": "lead"},
                    {"territory": "insee:51183", "role": "lead"},
                    {"territory": "fr-51183", "stated_population": "beaucoup"},
                ]
            },
            {"/territories": ["Un seul territoire", "en positions 2 et 3"]},
        ),
        (
            {
                "territories": [
                    {"territory": "insee:81004", "role": "partner"},
                    {"territory": "insee:99999", "role": "site"},
                ]
            },
            {"/territories": ["Un territoire doit avoir le rôle"]},
        ),
        (
            {
                "sources": [
                    {"url": "https://a.example", "kind": "presse"},
                    {"url": "a.example"},
                    {"url": "https://b.example"},
                    {"url": "https://b.example/"},
                    {"url": "https://www.a.example"},
                    "https://b.example",
                ]
            },
            {"/sources": ["en positions 3 et 4", "en positions 1 et 5"]},
        ),
    ],
)
def test_what_is_wrong_with_a_list_is_told_with_what_is_wrong_with_its_items(
    anyone: httpx.Client, fields: dict[str, Any], sentences: dict[str, list[str]]
) -> None:
    answer = anyone.post("/initiatives?check=true", json=DRAFT | fields, headers=JSON)
    found = [(error["pointer"], error["detail"]) for error in check_problem(answer, 400)["errors"]]
    of_items = [where for where, _ in found if where not in sentences]
    assert of_items
    assert len(of_items) == len(set(of_items))
    for where, parts in sentences.items():
        told = [detail for pointer, detail in found if pointer == where]
        assert len(told) == len(parts)
        assert all(part in detail for part, detail in zip(parts, told, strict=True)), told


@pytest.mark.parametrize("role", [None, "lead", "chef", 5, [], {"lead": True}])
def test_of_a_list_nothing_is_told_that_a_wrong_item_may_settle(anyone: httpx.Client, role: Any) -> None:
    wrong = {"territory": "insee:99999"} | ({} if role is None else {"role": role})
    details = said(anyone, territories=[{"territory": "insee:81004", "role": "partner"}, wrong])
    assert "/territories" not in details
    assert "/territories/1/territory" in details


def test_a_list_that_is_none_or_too_long_is_told_as_that_alone(anyone: httpx.Client) -> None:
    for wrong in (5, "Albi", {"territory": "Albi"}, [{"territory": "insee:81004"}] * 51):
        answer = anyone.post("/initiatives?check=true", json=DRAFT | {"territories": wrong})
        assert [error["pointer"] for error in check_problem(answer, 400)["errors"]] == ["/territories"]


@pytest.mark.parametrize("kind", ["cas", "", None, 5])
def test_what_a_case_needs_is_told_while_its_kind_is_wrong(anyone: httpx.Client, kind: Any) -> None:
    details = told(anyone, json.dumps({"kind": kind, "title": "Un jardin"}).encode())
    assert details.keys() == {"/kind", "/summary", "/territories"}
    places = [{"territory": "insee:81004", "role": "partner"}]
    details = said(anyone, kind=kind, territories=places)
    assert "porteur" in details["/territories"]
    twice = b'{"kind": "lead", "kind": "case", "title": "Un jardin"}'
    assert told(anyone, twice).keys() == {"/kind", "/summary", "/territories"}
