"""What a draft refers to: themes, published initiatives, and territories, by a code or by a name as people write it.

Each is looked up while the draft is read, in what its context says is known; what comes of a territory is our id of it.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Protocol, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from api.errors import Candidate
from api.types import (
    CountryCode,
    InitiativeId,
    SchemedCode,
    TerritoryCode,
    TerritoryName,
    WrittenPostcode,
    WrittenTheme,
)
from api.vocabulary import TerritoryKind


class Known(Protocol):
    """What a draft may refer to."""

    def theme(self, theme_id: str) -> bool: ...

    def themes_like(self, said: str) -> Sequence[str]:
        """Ids of the themes that may be meant, the likeliest first."""

    def initiative(self, initiative_id: str) -> bool:
        """Whether there is such a case to be related to; a PydanticCustomError where it is the draft's own."""

    def territory(self, code: str) -> str | None:
        """Our id of the territory that has this id or official code."""

    def area(self, name: str) -> str | None:
        """Our id of the department, or what else lies around municipalities, that alone has this name."""

    def named(self, said: "NamedTerritoryDraft") -> "str | NamedTerritoryDraft":
        """Our id of the only territory that is meant; of a body that no reference has, what was said of it.

        Anything else is a PydanticCustomError, with `candidates`.
        """

    def alike(self, readings: "Sequence[NamedTerritoryDraft]") -> Sequence[Candidate]:
        """Territories that have these names, or else similar ones, the likeliest first."""


def _of(info: ValidationInfo) -> Known:
    return cast("Known", info.context)


def _known_theme(value: str, info: ValidationInfo) -> str:
    known = _of(info)
    if known.theme(value):
        return value
    if alike := known.themes_like(value):
        raise PydanticCustomError("similar_theme", "similar theme", {"meant": " or ".join(alike)})
    raise PydanticCustomError("unknown_theme", "unknown theme")


def _known_initiative(value: str, info: ValidationInfo) -> str:
    if not _of(info).initiative(value):
        raise PydanticCustomError("unknown_initiative", "unknown initiative")
    return value


def _known_code(value: str, info: ValidationInfo) -> str:
    if (territory := _of(info).territory(value)) is None:
        raise PydanticCustomError("unknown_territory", "unknown territory")
    return territory


def _known_country(value: str, info: ValidationInfo) -> str:
    if _of(info).territory(value.lower()) is None:
        raise PydanticCustomError("unknown_country", "unknown country")
    return value


_CODE = re.compile(r"[A-Za-z0-9:-]{1,100}")  # or an id of ours
_NUMBER = re.compile(r"[0-9]{1,3}|2[ab]")  # of a French department


def _known_area(value: str, info: ValidationInfo) -> str:
    if (area := _area(value, _of(info))) is None:
        raise PydanticCustomError("unknown_department", "unknown department")
    return area


def _area(value: str, known: Known) -> str | None:
    code = value.lower()
    if _NUMBER.fullmatch(code):
        return known.territory(f"fr-dep-{code.zfill(2)}")
    return (known.territory(code) if _CODE.fullmatch(code) else None) or known.area(value)


KnownCountry = Annotated[CountryCode, AfterValidator(_known_country)]
Area = Annotated[TerritoryName, AfterValidator(_known_area)]


class NamedTerritoryDraft(BaseModel):
    """A territory by its name and what tells it from others of that name: the more is said, the fewer are meant.

    A body that is in no reference (a syndicate, a country park, a town elsewhere) is told by its name, kind and
    country; a moderator confirms it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: TerritoryName
    department: Area | None = Field(
        default=None,
        examples=["51"],
        description="Where it lies: the number or name of a department, or the id or official code of any territory "
        "around it (`be-dep-70000`).",
    )
    postcode: WrittenPostcode | None = Field(default=None, examples=["51220"], description="One of its postcodes.")
    kind: TerritoryKind | None = Field(default=None, description="Required for a body that is in no reference.")
    country: KnownCountry | None = Field(
        default=None, description="ISO 3166-1 alpha-2; required for a body that is in no reference."
    )
    code: SchemedCode | None = Field(
        default=None, examples=["insee:51183"], description="An official code, with its scheme."
    )


_TEXT = TypeAdapter(TerritoryName)
# As people write codes: INSEE 81004, siren : 248 100 737.
_SPACED = re.compile(r"(insee|siren|nis|dicofre|nuts)\s*:?\s*((?=\D*\d)[0-9a-z ]+)", re.IGNORECASE)
_WRITTEN = r"[0-9]{4,5}|[0-9]{4}-[0-9]{3}"  # a postcode
# As people say where a town is: Albi (81), Albi (Tarn); Albi, Tarn; 81000 Albi, Albi 81000.
_PLACED = (
    re.compile(r"(?P<name>.*\S)\s*\(\s*(?P<place>[^()]*\S)\s*\)"),
    re.compile(r"(?P<name>[^,]*\S)\s*,\s*(?P<place>[^,]+)"),
    re.compile(r"(?P<place>[0-9-]+)\s+(?P<name>.+)"),
    re.compile(rf"(?P<name>.*\S)\s+(?P<place>{_WRITTEN})"),
)
_POSTCODE = re.compile(_WRITTEN)
# As people call who speaks for a town; some territories have it in their names.
_TITLE = re.compile(r"^(commune|mairie|municipalit[ée]|ville)\s+(?=d)", re.IGNORECASE)
# What is said of a name that no territory has.
_OF_NO_TERRITORY = ("unknown_name", "similar_name", "body_with_a_place", "unknown_of_its_kind")


def _known_territory(value: object, _: object, info: ValidationInfo) -> str | NamedTerritoryDraft:
    """Told by hand which of the two is meant: what Pydantic says of a union that nothing fits helps nobody."""
    known = _of(info)
    if isinstance(value, str):
        text = _TEXT.validate_python(value)
        if spaced := _SPACED.fullmatch(text):
            text = f"{spaced[1]}:{spaced[2].replace(' ', '')}"
        code = known.territory(text.lower()) if _CODE.fullmatch(text) else None
        return code or _known_by_name(text, known)
    if isinstance(value, dict | NamedTerritoryDraft):
        return _named(NamedTerritoryDraft.model_validate(value, context=known), known)
    raise PydanticCustomError("territory_type", "neither a text nor an object")


def _known_by_name(text: str, known: Known) -> str | NamedTerritoryDraft:
    """The territory of the name in it, where a place is told beside; else of the whole."""
    if ":" in text and _CODE.fullmatch(text):
        raise PydanticCustomError("unknown_code", "unknown code")
    whole = NamedTerritoryDraft(name=text)
    match = next(filter(None, (form.fullmatch(text) for form in _PLACED)), None)
    if match is None:
        return _named(whole, known)
    apart = _told_apart(match["name"], match["place"], known)
    if apart is None:
        return _named(whole, known, NamedTerritoryDraft(name=match["name"]), whole)
    try:
        return _named(apart, known)
    except PydanticCustomError:
        with suppress(PydanticCustomError):  # some names hold commas or parentheses
            return known.named(whole)
        raise


def _told_apart(name: str, place: str, known: Known) -> NamedTerritoryDraft | None:
    """A name, and the department or postcode that is told beside it; nothing where no such place is known."""
    if _POSTCODE.fullmatch(place):
        return NamedTerritoryDraft(name=name, postcode=place)
    area = _area(place, known)
    if area is None and _NUMBER.fullmatch(place.lower()):
        raise PydanticCustomError("unknown_department", "unknown department")
    # It was looked up here: a mistake in it is one of the whole text.
    return NamedTerritoryDraft(name=name).model_copy(update={"department": area}) if area else None


def _named(said: NamedTerritoryDraft, known: Known, *loosely: NamedTerritoryDraft) -> str | NamedTerritoryDraft:
    """What is meant; or, where no territory has the name, those that it may be without a title, or read `loosely`.

    These are suggested, never taken: something was left out that its sender said.
    """
    try:
        return known.named(said)
    except PydanticCustomError as error:
        readings = loosely or (said,)
        untitled = [one.model_copy(update={"name": _TITLE.sub("", one.name)}) for one in readings]
        if untitled == [said] or error.type not in _OF_NO_TERRITORY:
            raise
        if not (candidates := known.alike([*untitled, *readings])):
            raise
        raise PydanticCustomError("similar_name", "nearly", {"candidates": candidates}) from None


# Our id of it, whichever of its codes was given.
KnownCode = Annotated[TerritoryCode, AfterValidator(_known_code)]
KnownTheme = Annotated[WrittenTheme, AfterValidator(_known_theme)]
KnownInitiative = Annotated[InitiativeId, AfterValidator(_known_initiative)]
KnownTerritory = Annotated[TerritoryName | NamedTerritoryDraft, WrapValidator(_known_territory)]
