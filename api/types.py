"""Values that tables, drafts and documents share: each is right, or it is not made."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from api.characters import (
    BLANKS,
    CONTROLS,
    CONTROLS_BUT_LINES,
    INVISIBLE,
    JOINERS,
    SELECTORS,
    letters,
    line,
    lines,
)
from api.webpages import parsed


def now() -> datetime:
    """The present second, in UTC: the resolution of every time that is kept or shown."""
    return datetime.now(UTC).replace(microsecond=0)


def _unspaced(value: object) -> object:
    """A postcode without the spaces, of whatever width, that people write in it."""
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _calendar(value: str) -> str:
    """A day, month or year that exists, in the proleptic Gregorian calendar."""
    try:
        date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:
        raise PydanticCustomError("calendar_date", "no such date") from None
    return value


def _whole(value: object) -> object:
    """JSON knows one sort of number: 51290.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _figure(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("float_type", "not a number")
    if not -1e15 <= value <= 1e15:  # refuses NaN too
        raise PydanticCustomError("finite_number", "not a usable number")
    return value


_SCHEME = re.compile("^https?:", re.IGNORECASE)


def _scheme(value: object) -> object:
    """A scheme as it is written in general: telephones begin with a capital, as if an address were a sentence."""
    if not isinstance(value, str) or not (scheme := _SCHEME.match(value)):
        return value
    if " " in value:
        raise PydanticCustomError("blank_in_address", "a blank in an address")
    return scheme[0].lower() + value[scheme.end() :]


def _url(value: str) -> str:
    """An absolute http(s) URL, kept to the letter. Its host has the form in which hosts are published."""
    try:
        address = parsed(value)
        _HOST.validate_python(address.host)
    except ValidationError:
        raise PydanticCustomError("web_address", "not a web address") from None
    if address.username or address.password:
        raise PydanticCustomError("web_address", "not a web address")
    return value


# Read before their length is measured.
LINE, LINES, LETTERS = BeforeValidator(line), BeforeValidator(lines), BeforeValidator(letters)

# What they take, for the document alone: something visible, what is refused nowhere but among the blanks around it.
# Where a joiner may stand, and what is invisible beyond the 65,536 first characters, these patterns cannot say.
_OUTSIDE = rf"{BLANKS}{CONTROLS}{INVISIBLE}{JOINERS}"
_SEEN, _END = rf"[^{_OUTSIDE}{SELECTORS}]", rf"[^{_OUTSIDE}]"
_INSIDE, _INSIDE_LINES = rf"[^{CONTROLS}{INVISIBLE}]", rf"[^{CONTROLS_BUT_LINES}{INVISIBLE}]"
_THREE = {"pattern": rf"^[{BLANKS}]*{_SEEN}{_INSIDE}+{_END}[{BLANKS}]*$"}
_VISIBLE = {"pattern": rf"^[{BLANKS}]*{_SEEN}({_INSIDE}*{_END})?[{BLANKS}]*$"}
_PARAGRAPH = {"pattern": rf"^[{BLANKS}]*{_SEEN}({_INSIDE_LINES}*{_END})?[{BLANKS}]*$"}
_PARAGRAPHS = {"pattern": rf"^[{BLANKS}]*({_SEEN}({_INSIDE_LINES}*{_END})?)?[{BLANKS}]*$"}

Title = Annotated[
    str,
    Field(strict=True, min_length=3, max_length=200, examples=["Un jardin partagé"], json_schema_extra=_THREE),
    LINE,
]
Summary = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=500,
        examples=["Vingt familles cultivent un ancien parking."],
        json_schema_extra=_VISIBLE,
    ),
    LINE,
]
Description = Annotated[
    str,
    Field(
        strict=True,
        max_length=10_000,
        examples=["La commune prête le terrain ; une association l'anime."],
        json_schema_extra=_PARAGRAPHS,
    ),
    LINES,
]
# Of whatever there is: each field has an example of its own.
ShortText = Annotated[str, Field(strict=True, min_length=1, max_length=300, json_schema_extra=_VISIBLE), LINE]
Reason = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=2000,
        examples=["Merci ; indiquez une source."],
        json_schema_extra=_PARAGRAPH,
    ),
    LINES,
]
# A reason as its sender reads it: a sentence of ours may stand before it.
ToldReason = Annotated[
    str, Field(min_length=1, max_length=2500, examples=["Merci ; indiquez une source."], json_schema_extra=_PARAGRAPH)
]
# Of a territory, as people write it: the longest official one has 75 characters.
TerritoryName = Annotated[
    str,
    Field(strict=True, min_length=1, max_length=150, examples=["Courcy"], json_schema_extra=_VISIBLE),
    LINE,
]
# What is sought: some words.
SearchText = Annotated[
    str, Field(strict=True, min_length=1, max_length=200, examples=["bras sur meuse"], json_schema_extra=_VISIBLE), LINE
]
# What is sought in texts: whatever anybody types.
Sought = Annotated[str, Field(max_length=500, examples=["jardin partagé", "tiers lieux"])]
# One of our own sentences.
Sentence = Annotated[
    str, Field(max_length=1000, examples=["A link lets others check what is said."], json_schema_extra=_VISIBLE)
]
# One of our own words, such as a field's name.
Word = Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40, examples=["sources"])]

# A URL-friendly name: lower-case words joined by hyphens.
_HYPHENATED = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, Field(pattern=_HYPHENATED, max_length=100)]
InitiativeId = Annotated[Slug, Field(examples=["albi-autosuffisance-alimentaire"])]
TerritoryId = Annotated[Slug, Field(examples=["fr-81004"])]
ThemeId = Annotated[Slug, Field(examples=["circuit-court"])]
# As it is asked for or drafted: also of what cannot be an id the nearest themes are told. Only, no text of PostgreSQL's
# holds a NUL.
WrittenTheme = Annotated[
    str,
    Field(
        pattern=r"^[^\x00]*$", max_length=100, examples=["circuit-court"], json_schema_extra={"pattern": _HYPHENATED}
    ),
]
# Short enough for the number that tells it from another of the same name.
ChosenSlug = Annotated[str, Field(pattern=_HYPHENATED, max_length=80, examples=["albi-jardin-partage"])]
SubmissionId = Annotated[str, Field(pattern=r"^s-[0-9a-z]{10}$", max_length=12, examples=["s-9f3k2m7qx4"])]
# Of a body that no reference has.
ProvisionalId = Annotated[str, Field(pattern=r"^t-[0-9a-z]{10}$", max_length=12, examples=["t-mfrggzdfmz"])]
KeyId = Annotated[str, Field(pattern=r"^k-[0-9a-f]{10}$", max_length=12, examples=["k-0123456789"])]
# Our id (`fr-55073`) or an official code with its scheme (`insee:55073`).
TerritoryCode = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9]+(-[A-Za-z0-9]+)*|[A-Za-z]+:[A-Za-z0-9]+)$", max_length=100, examples=["insee:81004"]),
    AfterValidator(str.lower),
]
# An official code, whatever its scheme.
SchemedCode = Annotated[
    str,
    Field(pattern=r"^[A-Za-z]+:[A-Za-z0-9]+$", max_length=40, examples=["insee:81004"]),
    AfterValidator(str.lower),
]
# What an official code is within its scheme.
OfficialCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$", max_length=40, examples=["81004"])]
Postcode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 -]*$", max_length=10, examples=["81000"])]
# As people write it: `55 100` is 55100.
AskedPostcode = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]*$", max_length=20, examples=["55100"]),
    AfterValidator(_unspaced),
]
WrittenPostcode = Annotated[Postcode, BeforeValidator(_unspaced)]
# Where the next page of a list begins: opaque.
Cursor = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=300)]
# ISO 3166-1 alpha-2.
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$", max_length=2, examples=["FR"])]
# ISO 639-1.
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$", max_length=2, examples=["fr"])]
# A date known to the year, the month or the day (ISO 8601 calendar date, reduced precision allowed).
FuzzyDate = Annotated[
    str,
    Field(
        pattern=r"^[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$", max_length=10, examples=["2014-06"]
    ),
    AfterValidator(_calendar),
]
Host = Annotated[str, Field(pattern=r"^[a-z0-9.:\[\]_-]+$", max_length=253, examples=["www.example.org"])]
_HOST = TypeAdapter[str](Host)
# What no address has.
_BLANK = rf"{BLANKS}{CONTROLS}{INVISIBLE}"
WebAddress = Annotated[
    str,
    Field(
        strict=True,
        pattern=rf"^https?://[^{_BLANK}/?#\\]+[^{_BLANK}\\]*$",
        max_length=2000,
        examples=["https://www.example.org/jardin"],
    ),
    BeforeValidator(_scheme),
    LETTERS,
    AfterValidator(_url),
]
Email = Annotated[
    str,
    Field(pattern=rf"^[^@{_BLANK}]+@[^@{_BLANK}]+\.[^@{_BLANK}]+$", max_length=254, examples=["mairie@example.org"]),
    LINE,
]

Population = Annotated[
    int,
    Field(strict=True, ge=0, le=2_000_000_000, examples=[51290], json_schema_extra={"format": "int64"}),
    BeforeValidator(_whole),
]
Year = Annotated[
    int,
    Field(strict=True, ge=1000, le=9999, examples=[2023], json_schema_extra={"format": "int32"}),
    BeforeValidator(_whole),
]
Days = Annotated[
    int,
    Field(strict=True, ge=1, le=3650, examples=[365], json_schema_extra={"format": "int32"}),
    BeforeValidator(_whole),
]
# WGS 84, in degrees; five decimals are a metre.
_degrees = AfterValidator(lambda degrees: round(degrees, 5))
_DOUBLE = {"format": "double"}
Latitude = Annotated[
    float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False, examples=[43.93], json_schema_extra=_DOUBLE), _degrees
]
Longitude = Annotated[
    float,
    Field(strict=True, ge=-180, le=180, allow_inf_nan=False, examples=[2.15], json_schema_extra=_DOUBLE),
    _degrees,
]
# Half of the Earth's circumference at most.
Kilometres = Annotated[float, Field(ge=0, le=20_016, examples=[12.345], json_schema_extra=_DOUBLE)]
# A figure as its source gives it: 73 stays 73.
Number = Annotated[
    Any,
    AfterValidator(_figure),
    WithJsonSchema({"type": "number", "format": "double", "minimum": -1e15, "maximum": 1e15, "examples": [73]}),
]
Count = Annotated[int, Field(ge=0, le=2**53 - 1, examples=[13], json_schema_extra={"format": "int64"})]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
Share = Annotated[float, Field(ge=0, le=1, examples=[0.82], json_schema_extra=_DOUBLE)]
# A time in UTC, to the second (RFC 3339).
Moment = Annotated[datetime, Field(json_schema_extra={"example": "2026-11-23T08:00:00Z", "maxLength": 20})]
