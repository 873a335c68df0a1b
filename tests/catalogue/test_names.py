"""However a name is written, it is folded to the same; names that differ stay apart."""

import re

import pytest
from hypothesis import strategies as st

from api.catalogue import names
from seed.reference import table
from tests.catalogue.properties import given

SAME = [
    ("Bras-sur-Meuse", "bras sur meuse", "BRAS SUR MEUSE", "Bras s/ Meuse", "bras s/meuse", " Bras–sur‑Meuse "),
    ("Mesnil-Roc'h", "mesnil roc’h", "Mesnil Roc`h"),
    ("Loos-en-Gohelle", "LOOS EN GOHELLE"),
    ("L'Haÿ-les-Roses", "l’hay les roses", "L HAY LES ROSES", "HAY-LES-ROSES"),
    ("La Queue-les-Yvelines", "la queue lez yvelines", "La Queue-lès-Yvelines", "queue yvelines"),
    ("Saint-Denis", "st-denis", "St Denis", "ST. DENIS", "Saint Denis"),
    ("Sainte-Colombe", "ste colombe"),
    ("Saints-Geosmes", "sts geosmes"),
    ("Saintes-Maries-de-la-Mer", "stes maries mer"),
    ("Saint-Étienne-du-Rouvray", "saint etienne du rouvray", "St-Etienne-du-Rouvray"),
    ("Œuilly", "oeuilly", "œuilly", "OEUILLY", "ŒUILLY"),
    ("Le Mont-Saint-Michel", "mt st michel"),
    ("Notre-Dame-de-Bondeville", "ND de Bondeville"),
    ("Paris 3e Arrondissement", "paris 3ème arrondissement", "PARIS 3EME ARRONDISSEMENT", "Paris 3ième arrondissement"),
    ("Saint-Rémy-sous-Barbuise", "St Rémy s/s Barbuise"),
    ("Großenkneten", "grossenkneten", "GROSSENKNETEN"),
    ("Αττική", "ΑΤΤΙΚΗ"),
    ("Νάξος", "ΝΆΞΟΣ"),
    ("İzmir", "Izmir", "IZMIR"),
    ("Sørlandet", "sorlandet"),
    ("Łódź", "lodz"),
    ("Le", "LE"),
]
APART = [
    ("Saint-Denis", "Sainte-Denis"),
    ("Bras", "Bras-sur-Meuse"),
    ("Castillon/Pujols", "Castillon sur Pujols"),
    ("Mont", "Monts"),
    ("Rochefort", "Roche fort"),
    ("Paris 3e", "Paris 13e"),
    ("Le", "La"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_however_it_is_written_it_is_the_same_name(spellings: tuple[str, ...]) -> None:
    assert len({names.folded(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert names.forms(one).isdisjoint(names.forms(other))


def test_an_apostrophe_is_a_gap_or_nothing() -> None:
    assert names.forms("Mesnil-Roc'h") == {"mesnil roc h", "mesnil roch"}
    assert names.folded("mesnil roch") in names.forms("Mesnil-Roc’h")
    assert names.folded("lhay les roses") in names.forms("L'Haÿ-les-Roses")
    assert names.folded("saint jean dangely") in names.forms("Saint-Jean-d'Angély")


def test_what_is_sought_may_be_short_for_one_word_and_the_beginning_of_another() -> None:
    assert names.beginnings("st") == [("saint", "st")]
    assert names.beginnings("Nd de la Mer") == [("notre", "nd"), ("dame", "nd"), ("mer",)]
    assert names.beginnings("la Roche, la ROCHE") == [("roche",)]
    assert names.beginnings("la") == [("la",)]
    assert names.beginnings("'-… ’") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("verdunn", "verdun"),
        ("vedun", "verdun"),
        ("verdin", "verdun"),
        ("vredun", "verdun"),
        ("everdun", "verdun"),
        ("erdun", "verdun"),
        ("verdu", "verdun"),
        ("verdnu", "verdun"),
        ("mesnnil", "mesnil"),
        ("mmesnil", "mesnil"),
        ("aabb", "abab"),
    ],
)
def test_one_typing_error_is_forgiven(typed: str, meant: str) -> None:
    assert names.is_mistyped(typed, meant)
    assert names.is_mistyped(meant, typed)


@pytest.mark.parametrize("typed", ["verd", "vreudn", "vrednu", "virdin", "nudrev", "", "verdunois", "dunver", "revdun"])
def test_two_are_not(typed: str) -> None:
    assert not names.is_mistyped(typed, "verdun")
    assert not names.is_mistyped("verdun", typed)


@given(st.text(alphabet="abc", max_size=7), st.text(alphabet="abc", max_size=7))
def test_errors_are_counted_as_damerau_and_levenshtein_do(typed: str, meant: str) -> None:
    assert names.is_mistyped(typed, meant) == (distance(typed, meant) <= 1)


def distance(one: str, other: str) -> int:
    """Of Damerau and Levenshtein (optimal string alignment), by the book."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and (a, one[i - 2]) == (other[j - 2], b):
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


@given(st.text(max_size=60))
def test_a_folded_text_is_plain_words_and_folds_to_itself(text: str) -> None:
    for form in names.forms(text):
        assert re.fullmatch(r"(\w+( \w+)*)?", form)
        assert "_" not in form
        assert names.folded(form) == form


def test_every_name_of_the_reference_can_be_sought_and_stays_itself() -> None:
    spellings = {name for entry in table.read(table.FILE) for name in (entry.name, *entry.other_names)}
    assert len(spellings) > 35_000
    for name in spellings:
        assert 1 <= len(names.beginnings(name)) <= 12, name
        assert {names.folded(form) for form in names.forms(name)} == names.forms(name), name
        assert names.folded(name.upper()) in names.forms(name), name
        assert names.folded(name.replace("-", " ")) == names.folded(name), name


def test_titles_that_begin_alike_are_sorted_by_where_they_differ() -> None:
    alike = "Un projet alimentaire territorial construit avec les habitants de "
    assert sorted((alike + town for town in ("Gaillac", "Évry", "Albi")), key=names.alphabetical) == [
        alike + town for town in ("Albi", "Évry", "Gaillac")
    ]
    assert len(names.alphabetical("\ufdfa" * 200).encode()) <= 180
