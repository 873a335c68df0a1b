"""Names and other texts as people write them: without regard to case, accents, hyphens, apostrophes, articles.

Both what is searched and what is sought are folded, so that each engine of the database compares plain words: letters
and digits, nothing that a pattern could take for a wildcard.
"""

import re
import unicodedata
from collections.abc import Sequence

_SORTED = 180  # bytes: with the rest of its key and in base64 they fit into the 300 characters of a cursor
LONG = 5  # letters of a word in which a typing error is forgiven; in a shorter one, it makes another word

# What neither case folding nor decomposition takes apart.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"})
_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "mt": "mont", "nd": "notre dame"}
_ARTICLES = {"l", "le", "la", "les", "lez", "d", "de", "du", "des"}
_WORDS, _ASCII_WORDS = re.compile(r"[^\W_]+"), re.compile(r"[a-z0-9]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_APOSTROPHES = re.compile(r"['’ʼ`´]")
_UNDER, _UPON = re.compile(r"\bs/s\b"), re.compile(r"\bs/")  # Chalonnes-s/s-le-Lude, Châlons s/ Marne
_ORDINAL = re.compile(r"(?<=\d)i?eme$")  # 3ème, as others write 3e


def folded(text: str) -> str:
    """The words of a name that tell it from others, in their order; of a name that has no others, its articles too."""
    return " ".join(_SHORT.get(word, word) for word in _words(text))


def forms(name: str) -> set[str]:
    """A folded name, with its apostrophes as gaps and as nothing: Mesnil-Roc'h is `mesnil roc h` and `mesnil roch`."""
    together = _APOSTROPHES.sub("", name)
    return {folded(name)} if together == name else {folded(name), folded(together)}


def beginnings(text: str) -> list[tuple[str, ...]]:
    """The words that are sought, each with all that it may be the beginning of: who writes `st` may mean Strasbourg."""
    sought = dict.fromkeys(_words(text))
    return [
        beginning
        for word in sought
        for beginning in ([(word,)] if word not in _SHORT else _spelt_out(word, *_SHORT[word].split()))
    ]


def alphabetical(title: str) -> str:
    """What a title is sorted by: its words in plain letters, as many bytes of them as a cursor holds."""
    return " ".join(_WORDS.findall(plain(title))).encode()[:_SORTED].decode(errors="ignore")


def slug(text: str) -> str:
    """A text as a part of an address: lower-case ASCII words joined by hyphens, at most 80 characters."""
    name = "-".join(_ASCII_WORDS.findall(plain(text)))
    return name if len(name) <= 80 else name[:81].rpartition("-")[0] or name[:80]


def is_mistyped(word: str, known: str) -> bool:
    """Whether one letter more, one less, another one, or two that changed places make one of the other."""
    different = (place for place, (one, other) in enumerate(zip(word, known, strict=False)) if one != other)
    start = next(different, min(len(word), len(known)))
    rest, right = word[start:], known[start:]
    if len(rest) != len(right):
        return rest[1:] == right or rest == right[1:]
    return rest[1:] == right[1:] or rest == right[1::-1] + right[2:]


def plain(text: str) -> str:
    """A text without case, accents and ligatures."""
    return _BEYOND_ASCII.sub(_without_marks, unicodedata.normalize("NFKD", text).casefold())


def _without_marks(found: re.Match[str]) -> str:
    return "".join(letter for letter in found[0].translate(_LETTERS) if not unicodedata.combining(letter))


def _spelt_out(word: str, first: str, *others: str) -> list[tuple[str, ...]]:
    return [(first, word), *((other, word) for other in others)]


def _words(text: str) -> Sequence[str]:
    written = _UPON.sub("sur ", _UNDER.sub("sous ", plain(text)))
    words = [_ORDINAL.sub("e", word) for word in _WORDS.findall(written)]
    return [word for word in words if word not in _ARTICLES] or words
