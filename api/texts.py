"""A sentence for people exists in both languages, side by side, where it is said."""

from enum import StrEnum
from typing import NamedTuple

from api.weights import weighed


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
        """With these in its braces, each in the language of the sentence where it is in both."""
        english = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        french = {name: value.fr if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.en.format(**english), self.fr.format(**french))


def preferred(accept_language: str) -> Language:
    """The language of an `Accept-Language` header (RFC 9110) that the service speaks, the first of equals.

    English when it says nothing.
    """
    best, highest = Language.EN, 0.0
    for tag, weight in weighed(accept_language):
        language = tag.partition("-")[0]
        if language in {*Language} and weight > highest:
            best, highest = Language(language), weight
    return best
