"""The words of the synthetic texts: a few are as frequent as in French, most are rare, as Zipf found.

Real words and invented ones that look French, drawn by their rank.
"""

import random
import re
from collections.abc import Iterator
from itertools import accumulate, islice

_split = re.compile(r"\w+").findall

_REAL = _split(
    "atelier partagé quartier mairie habitants énergie vélo école jardin commerce tiers lieu association bénévoles "
    "financement participatif marché local navette rénovation logement culture numérique forêt rivière compost "
    "cantine producteurs artisans coopérative médiathèque place centre bourg friche passerelle budget citoyen"
)
_ONSETS = _split("b c ch d f g j l m n p r s t v bl br cr dr fl gr pl pr tr qu")
_VOWELS = _split("a e i o u é ou an en on in oi ai")
_ENDINGS = _split("tion ment té age eur euse ier ière iste isme ique able oir elle ette ard ance ure")

SIZE = 100_000
_STEEPNESS, _FLATNESS = 1.05, 10  # after Zipf and Mandelbrot
WORDS_OF_A_CASE = 160


def _invented(chance: random.Random) -> Iterator[str]:
    while True:
        syllables = (chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(chance.choice((1, 1, 2, 2, 3))))
        yield "".join(syllables) + chance.choice(_ENDINGS)


WORDS = list(islice(dict.fromkeys((*_REAL, *islice(_invented(random.Random(1)), 2 * SIZE))), SIZE))
_CUMULATED = list(accumulate((rank + _FLATNESS) ** -_STEEPNESS for rank in range(1, len(WORDS) + 1)))


def said(chance: random.Random, count: int) -> str:
    """So many words, each as often as it is common."""
    return " ".join(chance.choices(WORDS, cum_weights=_CUMULATED, k=count)).capitalize()


def as_frequent(share: float, count: int) -> list[str]:
    """So many words of which each is in about this share of the cases."""
    once = 1 - (1 - share) ** (1 / WORDS_OF_A_CASE)
    rank = (once * _CUMULATED[-1]) ** (-1 / _STEEPNESS) - _FLATNESS
    first = min(max(round(rank) - count // 2, 0), len(WORDS) - count)
    return WORDS[first : first + count]
