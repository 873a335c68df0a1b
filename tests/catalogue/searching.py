"""What a look at every case finds: the slow search by which the quick one is judged, and the cases of its corpus."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import yaml

from api.catalogue import question
from api.catalogue.question import Question, Sought
from api.catalogue.tokens import Token, tokens
from api.documents import InitiativeDocument

CORPUS = yaml.safe_load(Path(__file__).with_name("search.yaml").read_text(encoding="utf-8"))
Case = Mapping[str, Any]
Read = Sequence[tuple[int, Sequence[Token]]]  # texts, each with its level

_UNTOLD = dict.fromkeys(["summary", "description", "started_on", "ended_on", "place", "external"]) | dict.fromkeys(
    ["themes", "territories", "actors", "results", "open_questions", "relations", "sources"], ()
)
_PLAIN = {
    "kind": "case",
    "language": "fr",
    "progress": "unknown",
    "evidence": 0,
    "license": "etalab-2.0",
    "published_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "version": 1,
}
_UNKNOWN = dict.fromkeys(["population", "population_year", "stated_population", "stated_on"])
_SOMEWHERE = _UNKNOWN | {"role": "lead", "id": "fr-1", "kind": "municipality", "country": "FR", "within": ["fr"]}


def document(case: Case) -> InitiativeDocument:
    """A case as it is published."""
    place = case.get("place")
    told = {
        "territories": [_SOMEWHERE | {"name": name} for name in case.get("territories", ())],
        "themes": [{"id": "theme", "label": label} for label in case.get("themes", ())],
        "actors": [{"name": name, "kind": "other"} for name in case.get("actors", ())],
        "place": place and {"label": place, "latitude": 0, "longitude": 0},
    }
    return InitiativeDocument.model_validate({**_UNTOLD, **_PLAIN, **case, **told})


def texts(case: Case) -> Iterator[tuple[int, str]]:
    """The texts of a case, each with the best level that it is in."""
    yield 0, case["title"]
    yield 1, case.get("summary") or ""
    yield 2, case.get("description") or ""
    yield 2, case.get("place") or ""
    for name in (*case.get("actors", ()), *case.get("territories", ()), *case.get("other_names", ())):
        yield 2, name
    for label in case.get("themes", ()):
        yield 2, label["fr"]
        yield 2, label["en"]


class Shelf:
    """Cases, the oldest first, with their texts taken apart once."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = cases
        self._read = [[(level, tokens(text)) for level, text in texts(case)] for case in cases]

    def found(self, text: str) -> list[tuple[int, str]]:
        """The tier and the id of each case that is found, in order."""
        asked = question.read(text)
        found = []
        for case, read in zip(reversed(self.cases), reversed(self._read), strict=True):
            if (tier := tier_of(read, asked)) is not None:
                found.append((tier, case["id"]))
        return sorted(found, key=lambda hit: hit[0])


def tier_of(read: Read, asked: Question) -> int | None:
    """The tier in which a case is found, if it is."""
    levels = [_level(read, sought) for sought in asked.required]
    unwanted = any(_level(read, sought) is not None for sought in asked.excluded)
    return None if None in levels or unwanted else max(filter(None, levels), default=0)


def _level(read: Read, sought: Sought) -> int | None:
    """The best level at which a case has this."""
    return min((level for level, text in read if _holds(text, sought)), default=None)


def _holds(text: Sequence[Token], sought: Sought) -> bool:
    stems, length = tuple(token.stem for token in text), len(sought.stems)
    if any(stems[start : start + length] == sought.stems for start in range(len(stems))):
        return True
    return sought.beginning is not None and any(token.word.startswith(sought.beginning) for token in text)


def typed(dice: Random, cases: Sequence[Case]) -> str:
    """Any mix of words, beginnings, phrases and negations, out of the cases or of thin air."""
    parts = [_part(dice, cases) for _ in range(dice.choice([1, 1, 1, 2, 2, 3]))]
    return dice.choice([str, str, str.upper, str.title])(dice.choice([" ", " ", "  ", ", ", "-"]).join(parts))


def _part(dice: Random, cases: Sequence[Case]) -> str:
    _, text = dice.choice(list(texts(dice.choice(cases))))
    words = text.split() or ["rien"]
    start = dice.randrange(len(words))
    word, phrase = words[start], " ".join(words[start : start + dice.randint(1, 4)])
    part = dice.choice(
        [
            word,
            word,
            word[: dice.randint(1, len(word))],
            word + dice.choice(["s", "e", "x"]),
            f'"{phrase}"',
            phrase,
            '"' + phrase,
            dice.choice(["zzz", "🚲", "la", "-", '"', "l'", "75", "…", "st", "AND", "vél"]),
        ]
    )
    return "-" + part if dice.random() < 0.2 else part
