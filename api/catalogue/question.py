"""What a search asks for, read from whatever is typed: words, `"exact phrases"`, and what is to be `-without`."""

import re
from dataclasses import dataclass

from api.catalogue.tokens import Token, tokens

BEGINNING = 3  # letters that a word must have to be taken for the beginning of another
_MOST = 32  # words that count
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_CHUNKS = re.compile(r"""(?P<without>[-−])?(?:"(?P<phrase>[^"]*)"?|(?P<words>[^\s"]+))""")


@dataclass(frozen=True)
class Sought:
    """A phrase of stems; with `beginning`, instead of the last of them, any word that begins so."""

    stems: tuple[str, ...]
    beginning: str | None = None


@dataclass(frozen=True)
class Question:
    """All that a text must hold, and what it must not; of nothing at all, every text is an answer."""

    required: tuple[Sought, ...] = ()
    excluded: tuple[Sought, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it is not answered by every text."""
        return bool(self.required or self.excluded)


_NOTHING = Question()


def read(text: str) -> Question:
    """The last word may be unfinished: whoever types sees what is found so far."""
    if not text:  # as of most lists
        return _NOTHING
    required: list[Sought] = []
    excluded: list[Sought] = []
    left = _MOST
    unfinished: Token | None = None
    for chunk in _CHUNKS.finditer(text.translate(_QUOTES)):
        found = tokens(chunk["phrase"] or chunk["words"] or "")[:left]
        left -= len(found)
        words = chunk["words"] is not None and not chunk["without"]
        unfinished = found[-1] if found and words else None
        phrases = [(token.stem,) for token in found] if words else [tuple(token.stem for token in found)]
        (excluded if chunk["without"] else required).extend(Sought(stems) for stems in phrases if stems)
    if unfinished and len(unfinished.word) >= BEGINNING:
        required[-1] = Sought(required[-1].stems, unfinished.word)
    return Question(tuple(dict.fromkeys(required)), tuple(dict.fromkeys(excluded)))
