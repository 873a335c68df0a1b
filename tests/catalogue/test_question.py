"""Whatever is typed is a question, and means what it says."""

import pytest
from hypothesis import strategies as st

from api.catalogue import question
from api.catalogue.question import Question, Sought
from api.catalogue.tokens import tokens
from tests.catalogue.properties import given


def word(text: str, beginning: str | None = None) -> Sought:
    return Sought(tuple(token.stem for token in tokens(text)), beginning)


VELO, JARDIN, ECOLE = word("vélo"), word("jardin"), word("école")
NOTHING = Question()
MEANT = {
    "jardin vélo": Question((JARDIN, word("vélo", "velo"))),
    "  jardin   vélo  ": Question((JARDIN, word("vélo", "velo"))),
    "vélo, jardin.": Question((VELO, word("jardin", "jardin"))),
    "jardin de l'école": Question((JARDIN, word("école", "ecole"))),
    "jardin de": Question((JARDIN,)),
    "jardin x": Question((JARDIN, word("x"))),
    "jardin vé": Question((JARDIN, word("vé"))),
    "jardin vél": Question((JARDIN, word("vél", "vel"))),
    "tiers-lieu": Question((word("tiers"), word("lieu", "lieu"))),
    "vélo jardin vélo x": Question((VELO, JARDIN, word("x"))),
    '"jardin partagé"': Question((word("jardin partagé"),)),
    '"le jardin de la mairie"': Question((word("jardin mairie"),)),
    "“jardin partagé”": Question((word("jardin partagé"),)),
    "« jardin partagé »": Question((word("jardin partagé"),)),
    '"jardin partagé': Question((word("jardin partagé"),)),
    'vélo"jardin partagé"école': Question((VELO, word("jardin partagé"), word("école", "ecole"))),
    '"vélo" "jardin"': Question((VELO, JARDIN)),
    "jardin -vélo": Question((JARDIN,), (VELO,)),
    "-vélo jardin": Question((word("jardin", "jardin"),), (VELO,)),
    "jardin −vélo": Question((JARDIN,), (VELO,)),
    'école -"jardin partagé"': Question((ECOLE,), (word("jardin partagé"),)),
    "-tiers-lieux": Question((), (word("tiers lieu"),)),
    "-l'école": Question((), (ECOLE,)),
    "--vélo": Question((), (VELO,)),
    "vélo - x": Question((VELO, word("x"))),
    "vélo – x": Question((VELO, word("x"))),
    "plan-vélo x": Question((word("plan"), VELO, word("x"))),
    "AND OR NOT": Question((word("or"), word("not", "not"))),
    "vélo* (x)": Question((VELO, word("x"))),
    "title:vélo x": Question((word("title"), VELO, word("x"))),
    "vélo 🚲": Question((VELO,)),
    **dict.fromkeys(
        ["", " ", "-", "--", '"', '""', '-"', "…?!", "le la les", '"de la"', "-de", "🚲", "'", "\\", "%_"], NOTHING
    ),
}


@pytest.mark.parametrize("text", MEANT, ids=str)
def test_a_question_means_what_it_says(text: str) -> None:
    assert question.read(text) == MEANT[text]


def test_thirty_two_words_count() -> None:
    many = question.read(" ".join(f"mot{place}" for place in range(100)))
    assert [sought.stems for sought in many.required] == [(f"mot{place}",) for place in range(32)]
    phrases = question.read(" ".join(f'"un{place} deux{place} trois{place}"' for place in range(100)))
    assert sum(len(sought.stems) for sought in phrases.required) == 32


@given(st.text() | st.text(alphabet="aé -\"'«»’*():^=", max_size=80))
def test_anything_can_be_typed(text: str) -> None:
    asked = question.read(text)
    assert hash(asked) == hash(question.read(text))
    every = [*asked.required, *asked.excluded]
    assert sum(len(sought.stems) for sought in every) <= 32
    assert all(sought.stems and all(sought.stems) for sought in every)
    assert sum(sought.beginning is not None for sought in every) <= 1
