"""JSON bodies, read strictly (RFC 8259, RFC 7493): UTF-8, each name once. Where one cannot be read is said."""

import json
from json import JSONDecodeError
from typing import Any

from api.mistakes import TWICE
from api.texts import Text

_NOT_JSON = Text(
    "Not valid JSON, at line {line}, column {column}: look there for a comma too many or too few, or a quote that is "
    'not straight (") or not closed.',
    "Le JSON n'est pas valide, ligne {line}, colonne {column} : cherchez-y une virgule en trop ou oubliée, ou un "
    "guillemet qui n'est pas droit (\") ou pas fermé.",
)
_LINE_BREAK = Text(
    "Not valid JSON, at line {line}, column {column}: within a description, a line break is written as a backslash and "
    "an n; other texts are one line.",
    "Le JSON n'est pas valide, ligne {line}, colonne {column} : dans une description, un retour à la ligne s'écrit par "
    "une barre oblique inverse et un n ; les autres textes tiennent sur une ligne.",
)
_NOT_UTF_8 = Text(
    "The body is not UTF-8 text, from byte {byte} on; save it as UTF-8.",
    "L'envoi n'est pas un texte en UTF-8, à partir de l'octet {byte} ; enregistrez-le en UTF-8.",
)
_UNREADABLE = Text(
    "The JSON holds what cannot be read: a number that is none (NaN, Infinity) or too long, or too many brackets "
    "within each other.",
    "Le JSON contient ce qui ne se lit pas : un nombre qui n'en est pas un (NaN, Infinity) ou trop long, ou trop de "
    "crochets les uns dans les autres.",
)


def read(body: bytes) -> Any:
    """What a body holds, a name that is given twice as TWICE; or a JSONDecodeError whose `msg` is a Text."""
    try:
        text = body.decode("utf-8-sig")  # as editors on Windows save it; to pass over the mark is allowed
    except UnicodeDecodeError as error:
        raise _unreadable(_NOT_UTF_8.format(byte=error.start)) from None
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_object)
    except JSONDecodeError as error:
        said = _LINE_BREAK if text[error.pos : error.pos + 1] in ("\r", "\n") else _NOT_JSON
        raise _unreadable(said.format(line=error.lineno, column=error.colno)) from None
    except (ValueError, RecursionError):
        raise _unreadable(_UNREADABLE) from None


def _unreadable(said: Text) -> JSONDecodeError:
    """What FastAPI passes on: of anything else than this exception it says nothing but that it was raised."""
    return JSONDecodeError(said, "", 0)  # type: ignore[arg-type]


def _no_number(name: str) -> None:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that is there twice, one value would be lost without a word."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        made[name] = TWICE if name in made else value
    return made
