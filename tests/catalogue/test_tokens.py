"""However a word is written, it is the same token; what is another word stays apart."""

import re

import pytest
from hypothesis import strategies as st

from api.catalogue.question import BEGINNING
from api.catalogue.tokens import MOST, tokens
from api.sqlite import driver
from tests.catalogue.properties import given

SAME = [
    ("l'école", "ecole", "L’ÉCOLE", "l`ecole", "Les écoles", "d'école"),
    ("tiers lieux", "Tiers-Lieu", "TIERS LIEU", "tiers‑lieux", "le tiers-lieu", "tiers/lieux"),
    ("cœur", "coeur", "CŒUR", "cœurs", "Coeurs"),
    ("vélos", "velo", "VÉLO", "un vélo", "ve\u0301los"),
    ("mobilites", "mobilités", "mobilité", "Mobilite"),
    ("jeux", "jeu", "le jeu", "JEUX"),
    ("lieux", "lieu"),
    ("choux", "chou"),
    ("chevaux", "cheval"),
    ("bureaux", "bureau"),
    ("eaux", "eau", "l'eau"),
    ("tuyaux", "tuyau"),
    ("travaux", "travail"),
    ("vitraux", "vitrail"),
    ("royaux", "royal"),
    ("yeux", "œil"),
    ("locaux", "local", "locales"),
    ("prix", "Prix"),
    ("heureux", "heureuse", "heureuses"),
    ("partagé", "partagée", "partagés", "partagées", "partager"),
    ("créées", "créé", "crée"),
    ("participatif", "participative", "participatifs"),
    ("énergie", "énergies", "energie", "l'énergie"),
    ("citoyenne", "citoyennes"),
    ("St-Denis", "Saint Denis", "saint-denis", "ST DENIS"),
    ("Ste Colombe", "Sainte-Colombe"),
    ("aujourd'hui", "aujourd’hui", "aujourd hui"),
    ("qu'il y a", "de la", "…", ""),
    ("Straße", "strasse"),
    ("Łódź", "lodz"),
    ("Ærø", "aero"),
    ("m²", "m2"),
    ("２０３０", "2030"),
    ("🚲 vélo 🚲", "velo"),
    ("ﬁnancer", "financer"),
    ("não", "nao"),
    ("Αθήνα", "ΑΘΗΝΑ"),
]
APART = [
    ("prix", "pri"),
    ("voix", "voi"),
    ("choix", "choi"),
    ("gaz", "ga"),
    ("bus", "bu"),
    ("eau", "eai"),
    ("cheval", "chevau"),
    ("est", ""),
    ("sans", ""),
    ("école", "colle"),
    ("2030", "203"),
    ("e-sport", "sport"),
]


def stems(text: str) -> list[str]:
    return [token.stem for token in tokens(text)]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_however_it_is_written_it_is_the_same(spellings: tuple[str, ...]) -> None:
    assert {spelling: stems(spelling) for spelling in spellings} == dict.fromkeys(spellings, stems(spellings[0]))


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert stems(one) != stems(other)


def test_a_word_is_kept_beside_its_stem() -> None:
    assert [token.word for token in tokens("Les Mobilités d'aujourd’hui, à Saint-Étienne")] == [
        *("mobilites", "aujourd", "hui", "saint", "etienne")
    ]


def test_a_beginning_is_all_that_must_be_typed_before_the_stem_is_that_of_the_word() -> None:
    beginnings = {
        "vélos": "vel",
        "écoles": "eco",
        "mobilités": "mobilit",
        "chevaux": "chevau",
        "un œil": "oei",
        "x": "",
    }
    assert {text: tokens(text)[0].beginning for text in beginnings} == beginnings


@given(st.text(alphabet="abeilmnorstuxé", min_size=1, max_size=12))
def test_whoever_types_a_word_finds_it_by_its_beginning_then_by_its_stem(word: str) -> None:
    for token in tokens(word):
        for end in range(BEGINNING, len(token.word) + 1):
            typed = tokens(token.word[:end])
            found = token.beginning.startswith(token.word[:end]) or typed[:1] == [] or typed[0].stem == token.stem
            assert found, (token, typed)


def test_a_long_text_and_a_long_word_are_cut() -> None:
    assert len(tokens("mot " * (MOST + 1))) == MOST
    assert tokens("a" * 10_000) == tokens("a" * 9_000)
    assert len(tokens("a" * 10_000)[0].word) == 30


@given(st.text(max_size=300) | st.text(alphabet="eauxsl'’-. œÉ", max_size=60))
def test_whatever_is_written_its_tokens_are_plain_words_that_stay_themselves(text: str) -> None:
    for token in tokens(text):
        for form in (token.word, token.stem):
            assert re.fullmatch(r"[^\W_A-Z]{1,32}", form)
        assert token.word in {again.word for again in tokens(token.word)} | {"saint", "sainte"}


@given(st.text(max_size=100))
def test_the_database_takes_them_as_they_are(text: str) -> None:
    forms = {form for token in tokens(text) for form in (token.word, token.stem)}
    memory = driver.connect(":memory:")
    memory.execute("CREATE VIRTUAL TABLE kept USING fts5(text, tokenize=ascii)")
    memory.execute("CREATE VIRTUAL TABLE known USING fts5vocab(kept, row)")
    memory.execute("INSERT INTO kept VALUES (?)", [" ".join(forms)])
    assert {term for (term,) in memory.execute("SELECT term FROM known")} == forms
    memory.close()
