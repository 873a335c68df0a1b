"""The words by which texts are searched, however they are written: made here alone, so that each database has the same.

Both texts and questions are taken apart so. A token is letters and digits, nothing that a database takes for a sign.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from api.catalogue import names

# What a database takes: PostgreSQL counts no position beyond 16,383, and holds a megabyte for each text.
MOST, _LONGEST = 4000, 30

_WORDS = re.compile(r"[^\W_]+")
_SPELT_OUT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
# Words without which a text says the same, elided ones among them. Not `est`, which is east, nor `dos`, `son`, `van`.
_EMPTY = frozenset(
    _WORDS.findall(
        "l le la les un une des d de du au aux et ou en dans pour par sur entre avec a c ce cet cette ces s se sa ses "
        "leur leurs j je m me n ne t qu que qui y il elle ils elles on nous vous "
        "the of and for with da do uma het een voor"
    )
)
# Plurals in -aux of words in -ail and -oyal, and such as have another root.
_SINGULARS = {
    "aieux": "aieul",
    "baux": "bail",
    "cieux": "ciel",
    "coraux": "corail",
    "deloyaux": "deloyal",
    "emaux": "email",
    "loyaux": "loyal",
    "royaux": "royal",
    "soupiraux": "soupirail",
    "travaux": "travail",
    "vantaux": "vantail",
    "vitraux": "vitrail",
    "yeux": "oeil",
}
_ENDINGS = (("eaux", "eau"), ("yaux", "yau"), ("aux", "al"), ("eux", "eu"), ("oux", "ou"))


class Token(NamedTuple):
    """A folded word; the stem that it shares with its other forms; its longest beginning whose stem is another."""

    word: str
    stem: str
    beginning: str


def tokens(text: str) -> list[Token]:
    """The words of a text that tell it from others, in their order."""
    found = map(_token, _WORDS.findall(names.plain(text)))
    return [token for token in found if token][:MOST]


@lru_cache(maxsize=50_000)
def _token(found: str) -> Token | None:
    """Of a folded word; none of one without which a text says the same."""
    if (cut := found[:_LONGEST]) in _EMPTY:
        return None
    word = _SPELT_OUT.get(cut, cut)
    stemmer = Stemmer.Stemmer("french", 0)  # made anew: one is not for several threads
    stem = _stem(word, stemmer)
    others = (word[:end] for end in range(len(word) - 1, 0, -1) if _stem(word[:end], stemmer) != stem)
    return Token(word, stem, next(others, ""))


def _stem(word: str, stemmer: Stemmer.Stemmer) -> str:
    return _without_x(stemmer.stemWord(_singular(word)))


def _singular(word: str) -> str:
    """A word without the marks of its plural, and of the feminine that only an accent told from it."""
    if word in _SINGULARS:
        return _SINGULARS[word]
    word = word[:-1] if word.endswith("s") and len(word) > 3 else _without_x(word)
    return word[:-1] if word.endswith("ee") else word


def _without_x(word: str) -> str:
    if not word.endswith("x"):
        return word
    for plural, singular in _ENDINGS:
        if word.endswith(plural):
            return word.removesuffix(plural) + singular
    return word
