"""A sentence for people exists in both languages, side by side, where it is said."""

import re
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """The languages the service speaks (ISO 639-1)."""

    EN = "en"
    FR = "fr"


class Text(NamedTuple):
    """One sentence in English and in French."""

    en: str
    fr: str

    def said_in(self, language: Language) -> str:
        return self.fr if language is Language.FR else self.en

    def format(self, **values: object) -> "Text":
        return Text(self.en.format(**values), self.fr.format(**values))


_RANGE = re.compile(
    r"\s*([A-Za-z*]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?$", re.IGNORECASE
)


def preferred(accept_language: str) -> Language:
    """The language of an `Accept-Language` header (RFC 9110) that the service speaks, the first of equals.

    English when it says nothing.
    """
    best, highest = Language.EN, 0.0
    for part in accept_language.split(","):
        match = _RANGE.match(part)
        if match and match[1].lower() in {*Language} and (weight := float(match[2] or 1)) > highest:
            best, highest = Language(match[1].lower()), weight
    return best
