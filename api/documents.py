"""What goes out: the shapes of v1, as the endpoints document them. An initiative's is rendered once, when it changes.

A document holds no address of ours, no clock and no setting, so that it can be rendered again byte for byte.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from api.types import (
    Count,
    CountryCode,
    Cursor,
    Description,
    FuzzyDate,
    Host,
    InitiativeId,
    Kilometres,
    LanguageCode,
    Latitude,
    Longitude,
    Moment,
    Number,
    OfficialCode,
    Population,
    Postcode,
    ShortText,
    Summary,
    TerritoryId,
    ThemeId,
    Title,
    Version,
    WebAddress,
    Word,
    Year,
)
from api.vocabulary import (
    ActorKind,
    InitiativeKind,
    NeighbourKind,
    Precision,
    Progress,
    PublicChange,
    ReasonCode,
    SourceKind,
    TerritoryKind,
    TerritoryRole,
)

NAME = "Territoires innovants"
LICENSE = "etalab-2.0"
LICENSE_PAGE = f"https://spdx.org/licenses/{LICENSE}.html"


class Document(BaseModel):
    """Every field is always there; what is not known is null. The schema tells every field."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})


class Label(Document):
    """A name in French and in English."""

    fr: ShortText = Field(examples=["Circuit court"])
    en: ShortText = Field(examples=["Short food supply chains"])


class ThemeLabel(Document):
    """A theme of an initiative."""

    id: ThemeId
    label: Label


class TakingPart(Document):
    """A territory of an initiative: the official figures, and what the source of the case stated."""

    role: TerritoryRole
    id: TerritoryId
    name: ShortText = Field(examples=["Albi"])
    kind: TerritoryKind
    country: CountryCode
    population: Population | None
    population_year: Year | None
    within: list[TerritoryId] = Field(
        max_length=50, description="Ids of the territories around it, from the nearest to the country."
    )
    stated_population: Population | None
    stated_on: FuzzyDate | None


class Place(Document):
    """Where exactly: WGS 84 degrees."""

    label: ShortText = Field(examples=["Jardin de la mairie"])
    latitude: Latitude
    longitude: Longitude


class Actor(Document):
    """Who carries the initiative or takes part in it."""

    name: ShortText = Field(examples=["Ville d'Albi"])
    kind: ActorKind


class Result(Document):
    """One measured result."""

    label: ShortText = Field(examples=["Surface cultivée"])
    value: Number
    unit: ShortText | None = Field(examples=["ha"])
    year: Year | None
    note: ShortText | None = Field(examples=["Selon la mairie."])


class Neighbour(Document):
    """A published initiative to which this one is related."""

    kind: NeighbourKind
    id: InitiativeId
    title: Title


class Source(Document):
    """A web page that documents the initiative."""

    url: WebAddress
    title: ShortText | None = Field(examples=["Le jardin partagé ouvre au printemps"])
    publisher: ShortText | None = Field(examples=["Mairie"])
    kind: SourceKind
    language: LanguageCode | None
    published_on: FuzzyDate | None
    consulted_on: FuzzyDate | None


class External(Document):
    """The initiative's identifier in the system that it comes from."""

    system: ShortText = Field(examples=["portail-occitanie"])
    id: ShortText = Field(examples=["1234"])


class SimilarityDocument(Document):
    """How alike what was found and the territory that was named are: of a case, its lead territory is compared."""

    population_ratio: float | None = Field(
        ge=0,
        le=3,
        examples=[1.12],
        json_schema_extra={"format": "double"},
        description="Inhabitants for each one of the territory that was named.",
    )
    same_country: bool
    distance: Kilometres | None = Field(description="Between the two; null where it is not known.")


class MatchDocument(Document):
    """How an item matches what was asked for."""

    distance: Kilometres | None = Field(description="From `near`.")
    similarity: SimilarityDocument | None = Field(description="With `similar`.")


class InitiativeDocument(Document):
    """A published initiative: what was tried, where, by whom, how far it got, with which evidence."""

    id: InitiativeId
    kind: InitiativeKind
    title: Title
    summary: Summary | None
    description: Description | None
    language: LanguageCode
    themes: list[ThemeLabel] = Field(max_length=50)
    progress: Progress
    started_on: FuzzyDate | None
    ended_on: FuzzyDate | None
    territories: list[TakingPart] = Field(max_length=50)
    place: Place | None
    actors: list[Actor] = Field(max_length=50)
    results: list[Result] = Field(max_length=50)
    open_questions: list[Summary] = Field(max_length=50)
    # Others may name it without end: as many as there can be initiatives.
    relations: list[Neighbour] = Field(json_schema_extra={"maxItems": 2**31 - 1})
    sources: list[Source] = Field(max_length=50)
    evidence: int = Field(
        ge=0,
        le=3,
        examples=[2],
        json_schema_extra={"format": "int32"},
        description="0 no link; 1 links of one host; 2 of two or more hosts; 3 an evaluation, or an official link and "
        "a press or testimony one of another host.",
    )
    external: External | None
    license: str = Field(
        pattern=r"^[A-Za-z0-9.-]+$",
        max_length=40,
        examples=[LICENSE],
        description="Licence of the document, as an SPDX identifier.",
    )
    published_at: Moment
    updated_at: Moment
    version: Version
    match: MatchDocument | SkipJsonSchema[None] = Field(
        default=None, description="How it matches: only in a list that was asked for with `near` or `similar`."
    )


class Around(Document):
    """A territory that lies around another."""

    id: TerritoryId = Field(examples=["fr-dep-81"])
    kind: TerritoryKind
    name: ShortText = Field(examples=["Tarn"])


class TerritoryDocument(Document):
    """A public body's area, with its official codes."""

    id: TerritoryId
    kind: TerritoryKind = Field(
        description="`department`: in Belgium a province, in Portugal a district; `intercommunality`: municipalities "
        "that act together; `district`: a part of a municipality, such as an arrondissement of Paris; `other`: any "
        "other body, such as a syndicate or a country park."
    )
    name: ShortText = Field(examples=["Albi"])
    other_names: list[ShortText] = Field(max_length=100, examples=[[]])
    country: CountryCode
    codes: dict[str, OfficialCode] = Field(max_length=20, description="Official codes, by their scheme.")
    former_codes: dict[str, Annotated[list[OfficialCode], Field(max_length=1000)]] = Field(
        max_length=20, description="Codes of what was merged into it, by their scheme."
    )
    population: Population | None
    population_year: Year | None
    latitude: Latitude | None
    longitude: Longitude | None
    precision: Precision | None
    postcodes: list[Postcode] = Field(max_length=10_000)
    within: list[Around] = Field(max_length=50, description="From the nearest to the country.")
    initiatives: Count = Field(description="Published initiatives in it, everything inside included.")
    match: MatchDocument | SkipJsonSchema[None] = Field(
        default=None, description="How it matches: only in a list that was asked for with `near` or `similar`."
    )


class ThemeDocument(Document):
    """An entry of the taxonomy."""

    id: ThemeId
    label: Label
    parent: ThemeId | None
    initiatives: Count = Field(description="Published initiatives of it and of the themes below it.")


class Difference(Document):
    """A field that a version changes: as it was, and as it is from then on, in the words of a draft."""

    field: Word
    before: Any
    after: Any


class RevisionDocument(Document):
    """A public version of an initiative."""

    version: Version
    published_at: Moment
    differences: list[Difference] = Field(
        max_length=50,
        description="What it changed in the version before. Of a version that something was taken from for a legal "
        "reason, and of those before it, only the names of the fields are told.",
    )


class InitiativeReference(Document):
    """The initiative that a source documents."""

    id: InitiativeId
    title: Title


class SourceDocument(Document):
    """A source link of a published initiative."""

    url: WebAddress
    host: Host
    initiative: InitiativeReference
    title: ShortText | None = Field(examples=["Le jardin partagé ouvre au printemps"])
    publisher: ShortText | None = Field(examples=["Mairie"])
    kind: SourceKind
    language: LanguageCode | None
    published_on: FuzzyDate | None
    consulted_on: FuzzyDate | None


class ChangeDocument(Document):
    """The latest change of a case: as it is now, or that it is no longer public."""

    sequence: Count = Field(description="Its place in the order of all public changes.")
    change: PublicChange
    id: InitiativeId
    at: Moment
    document: InitiativeDocument | None = Field(description="As it is now; null for what was archived or merged.")
    successor: InitiativeId | None = Field(description="The case that it was merged into.")
    reason: ReasonCode | None = Field(description="Why it was archived.")


class StatusDocument(Document):
    """The catalogue at a glance."""

    status: Word = Field(examples=["ok"], description="How it is: `ok`.")
    version: str = Field(
        pattern=r"^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$",
        max_length=40,
        examples=["1.0.0"],
        description="The software's version.",
    )
    sequence: Count = Field(description="That of the last public change.")
    initiatives: Count
    updated_at: Moment


class ChangePage(Document):
    """What has changed since, in the order in which it did; each case once, at its latest change."""

    items: list[ChangeDocument] = Field(max_length=100)
    next: Count = Field(description="Where to go on from, as `since`; the same as `sequence` where nothing is left.")
    sequence: Count = Field(description="That of the last public change.")


class FacetValue(Document):
    """A value of a filter, and how many initiatives have it."""

    value: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$", max_length=253, examples=["circuit-court"])]
    label: Label | None
    count: Count


Counted = Annotated[list[FacetValue], Field(max_length=1000)] | SkipJsonSchema[None]


class Facets(Document):
    """Each facet that was asked for: its values with how many of the matches have them, the most frequent first.

    Each facet ignores its own filter.
    """

    theme: Counted = Field(default=None, description="Themes; the themes below them are included.")
    country: Counted = Field(default=None, description="Countries of territories in any role, ISO 3166-1 alpha-2.")
    region: Counted = Field(default=None, description="Regions in which territories are, in any role, by id.")
    department: Counted = Field(default=None, description="Departments in which territories are, in any role, by id.")
    kind: Counted = Field(default=None, description="Cases and leads.")
    progress: Counted = Field(default=None, description="How far cases got.")
    language: Counted = Field(default=None, description="Languages of the texts, ISO 639-1.")
    decade: Counted = Field(default=None, description="Decades in which cases started, by their first year.")
    evidence: Counted = Field(default=None, description="How well cases are documented, from 0 to 3.")
    size: Counted = Field(default=None, description="Inhabitants of the lead territory, as `population` takes them.")


class Page(Document):
    """One page of a list."""

    next: Cursor | None = Field(description="Cursor of the next page; null on the last one.")
    total: Count | None = Field(description="How many match in all; only with `total=true`.")
    facets: Facets | None = Field(description="Counts by value, where asked for.")


class InitiativePage(Page):
    """One page of initiatives."""

    items: list[InitiativeDocument] = Field(max_length=100)


class TerritoryPage(Page):
    """One page of territories."""

    items: list[TerritoryDocument] = Field(max_length=100)


class RevisionPage(Page):
    """One page of the public versions of an initiative."""

    items: list[RevisionDocument] = Field(max_length=100)


class ThemePage(Page):
    """One page of the themes."""

    items: list[ThemeDocument] = Field(max_length=100)


class SourcePage(Page):
    """One page of source links."""

    items: list[SourceDocument] = Field(max_length=100)
