"""What goes out: the shapes of v1. Rendered once, when something changes; documented by the endpoints.

A document holds no address of ours, no clock and no setting, so that it can be rendered again byte for byte.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.types import (
    ActorKind,
    Count,
    CountryCode,
    InitiativeKind,
    LanguageCode,
    NeighbourKind,
    Precision,
    Progress,
    SourceKind,
    TerritoryKind,
    TerritoryRole,
    Version,
)

LICENSE = "etalab-2.0"


class Document(BaseModel):
    """Every field is always there; what is not known is null."""

    model_config = ConfigDict(frozen=True)


class Label(Document):
    """A name in French and in English."""

    fr: str
    en: str


class ThemeLabel(Document):
    """A theme of an initiative."""

    id: str
    label: Label


class TakingPart(Document):
    """A territory of an initiative: the official figures, and what the source of the case stated."""

    role: TerritoryRole
    id: str
    name: str
    kind: TerritoryKind
    country: CountryCode
    population: int | None
    population_year: int | None
    within: list[str] = Field(description="Ids of the territories around it, from the nearest to the country.")
    stated_population: int | None
    stated_on: str | None


class Place(Document):
    """Where exactly: WGS 84 degrees."""

    label: str
    latitude: float
    longitude: float


class Actor(Document):
    """Who carries the initiative or takes part in it."""

    name: str
    kind: ActorKind


class Result(Document):
    """One measured result."""

    label: str
    value: int | float
    unit: str | None
    year: int | None
    note: str | None


class Neighbour(Document):
    """A published initiative to which this one is related."""

    kind: NeighbourKind
    id: str
    title: str


class Source(Document):
    """A web page that documents the initiative."""

    url: str
    title: str | None
    publisher: str | None
    kind: SourceKind
    language: LanguageCode | None
    published_on: str | None
    consulted_on: str | None


class External(Document):
    """The initiative's identifier in the system that it comes from."""

    system: str
    id: str


class InitiativeDocument(Document):
    """A published initiative: what was tried, where, by whom, how far it got, with which evidence."""

    id: str
    kind: InitiativeKind
    title: str
    summary: str | None
    description: str | None
    language: LanguageCode
    themes: list[ThemeLabel]
    progress: Progress
    started_on: str | None
    ended_on: str | None
    territories: list[TakingPart]
    place: Place | None
    actors: list[Actor]
    results: list[Result]
    open_questions: list[str]
    relations: list[Neighbour]
    sources: list[Source]
    evidence: Annotated[int, Field(ge=0, le=3)] = Field(
        description="0 no link; 1 links of one host; 2 of two or more hosts; 3 an evaluation, or an official link and "
        "a press or testimony one of another host."
    )
    external: External | None
    license: str = Field(description="Licence of the document, as an SPDX identifier.")
    published_at: datetime
    updated_at: datetime
    version: Version


class Around(Document):
    """A territory that lies around another."""

    id: str
    kind: TerritoryKind
    name: str


class TerritoryDocument(Document):
    """A public body's area, with its official codes."""

    id: str
    kind: TerritoryKind
    name: str
    other_names: list[str]
    country: CountryCode
    codes: dict[str, str]
    former_codes: dict[str, list[str]]
    population: int | None
    population_year: int | None
    latitude: float | None
    longitude: float | None
    precision: Precision | None
    postcodes: list[str]
    within: list[Around] = Field(description="From the nearest to the country.")
    initiatives: Count = Field(description="Published initiatives in it, everything inside included.")


class ThemeDocument(Document):
    """An entry of the taxonomy."""

    id: str
    label: Label
    parent: str | None
    initiatives: Count = Field(description="Published initiatives of it and of the themes below it.")


class InitiativeReference(Document):
    """The initiative that a source documents."""

    id: str
    title: str


class SourceDocument(Document):
    """A source link of a published initiative."""

    url: str
    host: str
    initiative: InitiativeReference
    title: str | None
    publisher: str | None
    kind: SourceKind
    language: LanguageCode | None
    published_on: str | None
    consulted_on: str | None


class StatusDocument(Document):
    """The catalogue at a glance."""

    status: str
    version: str = Field(description="The software's version.")
    sequence: Count = Field(description="That of the last public change.")
    initiatives: Count
    updated_at: datetime


class Page(Document):
    """One page of a list."""

    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    total: Count | None = Field(description="How many match in all; only with `total=true`.")
    facets: dict[str, list[dict[str, object]]] | None = Field(description="Counts by value, where asked for.")


class InitiativePage(Page):
    """One page of initiatives."""

    items: list[InitiativeDocument]


class TerritoryPage(Page):
    """One page of territories."""

    items: list[TerritoryDocument]


class ThemePage(Page):
    """The themes."""

    items: list[ThemeDocument]


class SourcePage(Page):
    """One page of source links."""

    items: list[SourceDocument]
