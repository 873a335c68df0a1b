"""Names of places as people write them: without regard to case, accents, hyphens, apostrophes, articles, ligatures.

Both what is searched and what is sought are folded, so that each engine of the database compares plain words.
"""

import re
import unicodedata

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ARTICLES = {"l", "le", "la", "les", "lez", "d", "de", "du", "des"}
_WORDS = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’ʼ`´]")


def folded(text: str) -> str:
    """The words of a name that tell it from others, in their order; of a name that has no others, its articles too."""
    words = [_SHORT.get(word, word) for word in _WORDS.findall(_plain(text))]
    return " ".join([word for word in words if word not in _ARTICLES] or words)


def forms(name: str) -> set[str]:
    """A folded name, with its apostrophes as gaps and as nothing: Mesnil-Roc'h is `mesnil roc h` and `mesnil roch`."""
    together = _APOSTROPHES.sub("", name)
    return {folded(name)} if together == name else {folded(name), folded(together)}


def _plain(text: str) -> str:
    lowered = text.lower().translate(_LIGATURES)
    return "".join(letter for letter in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(letter))
