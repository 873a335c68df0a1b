"""What a draft refers to: themes, published initiatives, and territories, by a code or by a name as people write it.

Each is looked up while the draft is read, in what its context says is known; what comes of a territory is our id of it.
"""

import re
from typing import Annotated, Protocol, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, WrapValidator
from pydantic_core import PydanticCustomError

from api.types import (
    CountryCode,
    InitiativeId,
    Postcode,
    SchemedCode,
    TerritoryCode,
    TerritoryName,
    ThemeId,
)
from api.vocabulary import TerritoryKind


class Known(Protocol):
    """What a draft may refer to."""

    def theme(self, theme_id: str) -> bool: ...

    def initiative(self, initiative_id: str) -> bool:
        """Whether there is such a case to be related to; a PydanticCustomError where it is the draft's own."""

    def territory(self, code: str) -> str | None:
        """Our id of the territory that has this id or official code."""

    def named(self, said: "NamedTerritoryDraft") -> "str | NamedTerritoryDraft":
        """Our id of the only territory that is meant; of a body that no reference has, what was said of it.

        Anything else is a PydanticCustomError, with `candidates`.
        """


def _of(info: ValidationInfo) -> Known:
    return cast("Known", info.context)


def _known_theme(value: str, info: ValidationInfo) -> str:
    if not _of(info).theme(value):
        raise PydanticCustomError("unknown_theme", "unknown theme")
    return value


def _known_initiative(value: str, info: ValidationInfo) -> str:
    if not _of(info).initiative(value):
        raise PydanticCustomError("unknown_initiative", "unknown initiative")
    return value


def _known_code(value: str, info: ValidationInfo) -> str:
    if (territory := _of(info).territory(value)) is None:
        raise PydanticCustomError("unknown_territory", "unknown territory")
    return territory


_NUMBER = re.compile(r"[0-9]{1,3}|2[ab]")  # of a French department


def _known_area(value: str, info: ValidationInfo) -> str:
    known, code = _of(info), value.lower()
    area = known.territory(f"fr-dep-{code.zfill(2)}" if _NUMBER.fullmatch(code) else code)
    if area is None:
        raise PydanticCustomError("unknown_department", "unknown department")
    return area


# Its form first: only then is it looked up.
Area = Annotated[str, Field(pattern=r"^[0-9A-Za-z]+([:-][0-9A-Za-z]+)*$", max_length=40), AfterValidator(_known_area)]


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
        description="Where it lies: the number of a French department, or the id or official code of any territory "
        "around it (`be-dep-70000`).",
    )
    postcode: Postcode | None = Field(default=None, examples=["51220"], description="One of its postcodes.")
    kind: TerritoryKind | None = Field(default=None, description="Required for a body that is in no reference.")
    country: CountryCode | None = Field(
        default=None, description="ISO 3166-1 alpha-2; required for a body that is in no reference."
    )
    code: SchemedCode | None = Field(
        default=None, examples=["insee:51183"], description="An official code, with its scheme."
    )


_TEXT = TypeAdapter(TerritoryName)
_CODE = re.compile(r"[A-Za-z0-9:-]{1,100}")
_WITH_A_PLACE = re.compile(r"(?P<name>.*\S)\s*\(\s*(?P<place>[0-9][0-9A-Za-z-]*|[A-Za-z]+[:-][0-9A-Za-z-]+)\s*\)")
_POSTCODE = re.compile(r"[0-9]{4,5}|[0-9]{4}-[0-9]{3}")


def _known_territory(value: object, _: object, info: ValidationInfo) -> str | NamedTerritoryDraft:
    """Told by hand which of the two is meant: what Pydantic says of a union that nothing fits helps nobody."""
    known = _of(info)
    if isinstance(value, str):
        text = _TEXT.validate_python(value)
        code = known.territory(text.lower()) if _CODE.fullmatch(text) else None
        return code or known.named(_parsed(text, info))
    if isinstance(value, dict | NamedTerritoryDraft):
        return known.named(NamedTerritoryDraft.model_validate(value, context=known))
    raise PydanticCustomError("territory_type", "neither a text nor an object")


def _parsed(text: str, info: ValidationInfo) -> NamedTerritoryDraft:
    """A name, with the department or postcode that follows in parentheses; a code that is unknown is no name."""
    if ":" in text and _CODE.fullmatch(text):
        raise PydanticCustomError("unknown_territory", "unknown territory")
    if not (match := _WITH_A_PLACE.fullmatch(text)):
        return NamedTerritoryDraft(name=text)
    if _POSTCODE.fullmatch(place := match["place"]):
        return NamedTerritoryDraft(name=match["name"], postcode=place)
    # The place is looked up here: a mistake in it is one of the whole text.
    return NamedTerritoryDraft(name=match["name"]).model_copy(update={"department": _known_area(place, info)})


# Our id of it, whichever of its codes was given.
KnownCode = Annotated[TerritoryCode, AfterValidator(_known_code)]
KnownTheme = Annotated[ThemeId, AfterValidator(_known_theme)]
KnownInitiative = Annotated[InitiativeId, AfterValidator(_known_initiative)]
KnownTerritory = Annotated[TerritoryName | NamedTerritoryDraft, WrapValidator(_known_territory)]
