r"""The characters that texts may hold: those that a reader sees, and what joins them where a script needs it.

What cannot be seen can make two texts look alike, or one text read otherwise than it is kept. Patterns here are read
alike by Python, by Rust and by ECMAScript: blanks are listed, since each of them has another `\s`.
"""

import re
import unicodedata

from pydantic_core import PydanticCustomError

# C0 and C1 controls; a text of several lines may hold tabulations and line ends.
CONTROLS, CONTROLS_BUT_LINES = r"\x00-\x1f\x7f-\x9f", r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
BLANKS = r"\t-\r \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
JOINERS, SELECTORS = r"\u200c\u200d", r"\ufe0e\ufe0f"  # of letters and emoji; of a sign's form, as text or as emoji
# What Unicode calls default ignorable (bidirectional controls, soft hyphens, fillers…) but for those four, separators
# of lines, marks of annotations, and what is no character.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
)
_BEYOND = r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17)
)

# What most texts are made of, each in one look: letters of western Europe, dashes, quotation marks; not U+00AD.
_PLAIN = re.compile(r"[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u20ac]*")
# Those that are refused even around a text, where blanks are dropped.
_NEVER_BLANK = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_CONTROLS, _CONTROLS_BUT_LINES = re.compile(f"[{CONTROLS}]"), re.compile(f"[{CONTROLS_BUT_LINES}]")
_BREAKS = re.compile(r"[\t\n\r]")
_SCRIPT = rf"[^{BLANKS}\u0000-\u024f{JOINERS}]"  # beyond Latin letters, which nothing need join
_UNSEEN = re.compile(
    rf"[{INVISIBLE}{_BEYOND}]"
    rf"|(?<!{_SCRIPT})[{JOINERS}]|[{JOINERS}](?!{_SCRIPT})"
    rf"|(?<![^{BLANKS}{JOINERS}{SELECTORS}])[{SELECTORS}]"
)


def line(value: object) -> object:
    """One line, in NFC and without blanks around it: equal texts are equal bytes."""
    return _normalised(value, _CONTROLS) if isinstance(value, str) else value


def lines(value: object) -> object:
    """Several lines, likewise, each ended by a line feed."""
    if not isinstance(value, str):
        return value
    return _normalised(value, _CONTROLS_BUT_LINES).replace("\r\n", "\n").replace("\r", "\n")


def letters(value: object) -> object:
    """One line kept to the letter, but for blanks around it."""
    return _trimmed(value, _CONTROLS) if isinstance(value, str) else value


def _normalised(value: str, controls: re.Pattern[str]) -> str:
    return _trimmed(unicodedata.normalize("NFC", value), controls)


def _trimmed(value: str, controls: re.Pattern[str]) -> str:
    text = value.strip()
    if text == value and _PLAIN.fullmatch(text):
        return text
    if controls is _CONTROLS and (broken := _BREAKS.search(text)):
        raise PydanticCustomError("line_break", "line break", {"before": broken.start()})
    if _NEVER_BLANK.search(value) or controls.search(text):
        raise PydanticCustomError("control_character", "control character")
    if unseen := _UNSEEN.search(value):
        raise PydanticCustomError("invisible_character", "invisible character", {"before": unseen.start()})
    return text
