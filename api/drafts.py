"""What comes in: the words of an initiative as a clerk posts them and as the seed file holds them.

A draft is read whole, against the territories, themes and initiatives that exist, so that every mistake is found in
one pass: `InitiativeDraft.model_validate(body, context=known)`, where `known` tells what exists.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError

from api.known import KnownInitiative, KnownTerritory, KnownTheme
from api.lists import whole
from api.types import (
    Description,
    Email,
    FuzzyDate,
    LanguageCode,
    Latitude,
    Longitude,
    Number,
    Population,
    ShortText,
    Summary,
    Title,
    WebAddress,
    Year,
)
from api.vocabulary import (
    ActorKind,
    InitiativeKind,
    Progress,
    RelationKind,
    SourceKind,
    TerritoryRole,
)
from api.webpages import comparable


class Draft(BaseModel):
    """Unknown fields are mistakes: a misspelt field must not vanish silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TerritoryDraft(Draft):
    """A territory that takes part, and what its source stated of it."""

    territory: KnownTerritory = Field(
        description="The territory's id (`fr-81004`), its official code (`insee:81004`, `nis:71016`, `dicofre:0105`), "
        "its name where no other has it, its name with a department or postcode in parentheses, or what is said of it "
        "as an object. What comes back is its id; of a body that is in no reference, the object.",
        examples=["insee:81004", "Courcy (51)", {"name": "Courcy", "postcode": "51220"}],
    )
    role: TerritoryRole | None = Field(
        default=None,
        description="Exactly one territory is `lead`: the first without a role, unless another says so. "
        "The others are `partner` by default.",
    )
    stated_population: Population | None = Field(
        default=None, description="Inhabitants, as the source of the case states them."
    )
    stated_on: FuzzyDate | None = Field(default=None, description="When the source stated it.")

    @property
    def territory_id(self) -> str | None:
        """Our id of it; none while it is in no reference."""
        return self.territory if isinstance(self.territory, str) else None


class PlaceDraft(Draft):
    """Where exactly: WGS 84 degrees."""

    label: ShortText = Field(examples=["Jardin de la mairie"])
    latitude: Latitude
    longitude: Longitude


class ActorDraft(Draft):
    """Who carries the initiative or takes part in it."""

    name: ShortText = Field(examples=["Ville d'Albi"])
    kind: ActorKind


class ResultDraft(Draft):
    """One measured result."""

    label: ShortText = Field(examples=["Surface cultivée"])
    value: Number
    unit: ShortText | None = Field(default=None, examples=["ha"])
    year: Year | None = None
    note: ShortText | None = Field(
        default=None, description="Who says so, or how it was measured.", examples=["Selon la mairie."]
    )


class RelationDraft(Draft):
    """How this initiative stands to a published one."""

    kind: RelationKind
    initiative: KnownInitiative = Field(description="The public id of the other initiative.", examples=["gand-refill"])


class SourceDraft(Draft):
    """A web page that documents the initiative."""

    url: WebAddress = Field(
        description="An absolute http or https URL, kept to the letter.", json_schema_extra={"format": "uri"}
    )
    title: ShortText | None = Field(default=None, examples=["Le jardin partagé ouvre au printemps"])
    publisher: ShortText | None = Field(default=None, examples=["Mairie"])
    kind: SourceKind = SourceKind.OTHER
    language: LanguageCode | None = Field(default=None, description="ISO 639-1 code of the page's language.")
    published_on: FuzzyDate | None = None
    consulted_on: FuzzyDate | None = None


class ExternalDraft(Draft):
    """The initiative's identifier in the system that it comes from."""

    system: ShortText = Field(examples=["portail-occitanie"])
    id: ShortText = Field(examples=["1234"])


class ContactDraft(Draft):
    """Whom a moderator may ask. Never public."""

    name: ShortText | None = Field(default=None, examples=["Service environnement"])
    email: Email | None = None


def _is_case(info: ValidationInfo) -> bool:
    """Whether it is one, as it is by default; also while its kind is told wrongly."""
    return info.data.get("kind", InitiativeKind.CASE) is InitiativeKind.CASE


def _territories(value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> list[TerritoryDraft]:
    """Say every role: one lead, by default the first that says none; the rest are partners."""
    territories = whole(TerritoryDraft, value, read, lambda places: _wrong_together(places, info))
    led = any(place.role is TerritoryRole.LEAD for place in territories)
    said = []
    for place in territories:
        role = place.role or (TerritoryRole.PARTNER if led else TerritoryRole.LEAD)
        led = led or role is TerritoryRole.LEAD
        said.append(place.model_copy(update={"role": role}))
    return said


def _wrong_together(places: Sequence[TerritoryDraft], info: ValidationInfo) -> Iterator[PydanticCustomError]:
    roles = [place.role for place in places]
    if roles.count(TerritoryRole.LEAD) > 1:
        yield PydanticCustomError("several_leads", "several leads")
    if roles and _is_case(info) and {*roles} <= {TerritoryRole.PARTNER, TerritoryRole.SITE}:
        yield PydanticCustomError("no_lead", "no lead")
    yield from _repeated("repeated_territory", [getattr(place, "territory", None) for place in places])


def _sources(value: object, read: ValidatorFunctionWrapHandler) -> list[SourceDraft]:
    return whole(SourceDraft, value, read, _one_page_twice)


def _one_page_twice(sources: Sequence[SourceDraft]) -> Iterator[PydanticCustomError]:
    urls = [getattr(source, "url", None) for source in sources]
    return _repeated("repeated_url", [url and comparable(url) for url in urls])


def _repeated(kind: str, values: Sequence[object]) -> Iterator[PydanticCustomError]:
    """Each that is known and stood there before, with both its places, counted from one."""
    for place, value in enumerate(values):
        if value is not None and (first := values.index(value)) < place:
            yield PydanticCustomError(kind, "twice", {"first": first + 1, "second": place + 1})


Item = TypeVar("Item")


def once(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items))


# Checked before what is in the list, so that a long one costs nothing.
FEW = Field(max_length=50)


class InitiativeDraft(Draft):
    """A case of local innovation, or a lead to one, as it is proposed."""

    kind: InitiativeKind = InitiativeKind.CASE
    title: Title
    summary: Summary | None = Field(default=None, validate_default=True, description="Required for a case.")
    description: Description | None = None
    language: LanguageCode = Field(default="fr", description="ISO 639-1 code of the language of the texts.")
    themes: Annotated[list[KnownTheme], FEW, AfterValidator(once)] = Field(default=[], description="Ids of themes.")
    progress: Progress = Progress.UNKNOWN
    started_on: FuzzyDate | None = Field(default=None, description="YYYY, YYYY-MM or YYYY-MM-DD.")
    ended_on: FuzzyDate | None = Field(default=None, description="YYYY, YYYY-MM or YYYY-MM-DD.")
    territories: Annotated[list[TerritoryDraft], FEW, WrapValidator(_territories)] = Field(
        default=[], validate_default=True, description="At least one for a case."
    )
    place: PlaceDraft | None = None
    actors: Annotated[list[ActorDraft], FEW] = []
    results: Annotated[list[ResultDraft], FEW] = []
    open_questions: Annotated[list[Summary], FEW] = []
    relations: Annotated[list[RelationDraft], FEW, AfterValidator(once)] = []
    sources: Annotated[list[SourceDraft], FEW, WrapValidator(_sources)] = []
    external: ExternalDraft | None = None
    contact: ContactDraft | None = Field(
        default=None, exclude=True, description="For the moderators alone; not kept in the draft."
    )

    @field_validator("summary", "territories")
    @classmethod
    def _a_case_needs_it(cls, value: object, info: ValidationInfo) -> object:
        if not value and _is_case(info):
            raise PydanticCustomError("case_needs_it", "a case needs it")
        return value

    @field_validator("ended_on")
    @classmethod
    def _after_its_start(cls, value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("started_on")
        # Compared at the coarser of the two precisions: "2015-03" does not end before "2015-03-07".
        if value and start and value[: min(len(value), len(start))] < start[: min(len(value), len(start))]:
            raise PydanticCustomError("ends_before_start", "ends before its start")
        return value
