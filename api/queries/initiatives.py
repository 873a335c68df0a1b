"""What may be asked of the list of initiatives."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from api.extents import BoxText, DaysText, PointText, RangeText, TimesText
from api.queries.base import RESUMED, SEPARATOR, LimitedQuery, PageQuery, Query, refused
from api.queries.places import RADIUS, Radius
from api.types import CountryCode, Cursor, Host, InitiativeId, LanguageCode, Sought, TerritoryCode, WrittenTheme
from api.vocabulary import Facet, InitiativeKind, Progress, Separator


@dataclass(frozen=True)
class FacetNames:
    """What matches are counted by."""

    names: tuple[Facet, ...]


def _facets(value: object) -> object:
    if not isinstance(value, str):
        return refused(value, FacetNames, "string_type")
    names = dict.fromkeys(value.split(","))
    if names.keys() - set(Facet):
        raise PydanticCustomError("enum", "no such facet", {"expected": ", ".join(Facet)})
    return FacetNames(tuple(map(Facet, names)))


_FACET = f"({'|'.join(Facet)})"
FacetsText = Annotated[
    FacetNames,
    BeforeValidator(_facets),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_FACET}(,{_FACET})*$",
            "maxLength": 300,
            "examples": ["theme,country", "region,department,kind,progress,language,decade,evidence,size"],
        }
    ),
]


class InitiativeSort(StrEnum):
    """The order of a list of initiatives."""

    NEWEST = "-published"
    OLDEST = "published"
    CHANGED = "-updated"
    TITLE = "title"
    LARGEST = "-population"
    SMALLEST = "population"
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    SIMILARITY = "similarity"


# Orders that only stand to reason with another parameter.
_NEEDED = {
    InitiativeSort.RELEVANCE: "q",
    InitiativeSort.DISTANCE: "near",
    InitiativeSort.SIMILARITY: "similar",
}


class InitiativeFilters(Query):
    """Which initiatives are meant, and in which order. Values of one filter are alternatives; all filters must hold."""

    q: Sought | None = Field(
        default=None,
        description="Words of the title, summary, description, actors, place, territories (by any of their names) and "
        'themes: all are wanted, in any form; `"an exact phrase"`, `-without`; the last word also as a beginning.',
    )
    theme: tuple[WrittenTheme, ...] = Field(
        default=(), max_length=50, description="Themes; the themes below them are included."
    )
    territory: tuple[TerritoryCode, ...] = Field(
        default=(),
        max_length=50,
        description="Territories in any role, by id or official code; everything inside is included.",
    )
    country: tuple[CountryCode, ...] = Field(default=(), max_length=50, description="Countries, ISO 3166-1 alpha-2.")
    progress: tuple[Progress, ...] = Field(default=(), max_length=50, description="How far the case got.")
    kind: tuple[InitiativeKind, ...] = Field(default=(), max_length=50, description="Cases, leads, or both.")
    language: tuple[LanguageCode, ...] = Field(
        default=(), max_length=50, description="Languages of the texts, ISO 639-1."
    )
    source: tuple[Host, ...] = Field(
        default=(),
        max_length=50,
        description="Hosts of source links, such as `www.lci.fr`.",
        examples=[["www.lci.fr"]],
    )
    evidence: RangeText | None = Field(
        default=None,
        description="How well it is documented, from 0 to 3: `2/..` for two hosts or better.",
        examples=["1/.."],
    )
    population: RangeText | None = Field(
        default=None,
        description="Inhabitants of the lead territory, ends included: `20000/40000`, `100000/..`, `../5000`.",
    )
    near: PointText | None = Field(
        default=None,
        description="Within `radius` of this point: its latitude and longitude. Each item then tells its distance. A "
        "case lies where it says, else where its lead territory does.",
    )
    radius: Radius | None = Field(default=None, description="Kilometres around `near`; 20 by default.")
    bbox: BoxText | None = Field(
        default=None,
        description="West, south, east, north. With west greater than east, the box crosses the antimeridian.",
    )
    similar: TerritoryCode | None = Field(
        default=None,
        description="Cases of other towns like this one: led by a territory of its kind with half to twice its "
        "inhabitants. Those of its country come first, then the nearest; each item tells how alike they are.",
    )
    published: TimesText | None = Field(
        default=None, description="First published between these days or times (UTC), ends included."
    )
    updated: TimesText | None = Field(
        default=None, description="Last changed between these days or times (UTC), ends included."
    )
    started: DaysText | None = Field(
        default=None,
        description="May have started between these days, months or years, ends included: `2000/2010`. What is known "
        "to the year may have started on any of its days.",
    )
    related: InitiativeId | None = Field(
        default=None, description="Cases that have a relation with this one.", examples=["gand-refill"]
    )
    sort: InitiativeSort | None = Field(
        default=None,
        description="A leading `-` sorts in descending order. Default: `relevance` with `q`, else `similarity` with "
        "`similar`, else `-published`. What is unknown comes last.",
    )

    @field_validator("sort")
    @classmethod
    def _by_something(cls, value: InitiativeSort | None, info: ValidationInfo) -> InitiativeSort | None:
        wanted = _NEEDED.get(value) if value else None
        if wanted and info.data.get(wanted, ...) is None:
            raise PydanticCustomError("sorted_by_nothing", "needs {parameter}", {"parameter": wanted})
        return value

    @property
    def order(self) -> InitiativeSort:
        """The order that is meant."""
        if self.sort:
            return self.sort
        if self.q is not None:
            return InitiativeSort.RELEVANCE
        return InitiativeSort.SIMILARITY if self.similar else InitiativeSort.NEWEST

    @property
    def kilometres(self) -> int:
        """The radius that is meant."""
        return self.radius or RADIUS

    def listed(self, limit: int) -> "InitiativeQuery":
        """The list that is meant, so many at a time."""
        return InitiativeQuery.model_construct(**dict(self) | {"limit": limit})


class InitiativeQuery(InitiativeFilters, PageQuery):
    """What may be asked of the list of initiatives."""

    facets: FacetsText | None = Field(
        default=None,
        description="Count the matches by these, in `facets`: each as if its own filter were not set (`territory` for "
        "`region` and `department`, `started` for `decade`, `population` for `size`).",
    )

    def meant(self) -> dict[str, Any]:
        """With the order and the radius that it has by default."""
        return super().meant() | {"sort": self.order, "radius": self.kilometres if self.near else None}

    def is_bounded(self) -> bool:
        """One posting list is walked as far as the page needs; of several, a long way may hold nothing in common."""
        lists = (self.theme, self.territory, self.country, self.progress, self.kind, self.language, self.source)
        alone = sum(map(bool, lists)) + (self.related is not None) + (self.evidence is not None) <= 1
        beside = (self.q, self.population, self.near, self.bbox, self.similar, self.published, self.updated)
        walked = self.order in (InitiativeSort.NEWEST, InitiativeSort.OLDEST)
        return alone and walked and not self.total and not self.started and all(one is None for one in beside)


class InitiativeExportQuery(InitiativeFilters):
    """What may be asked of an export of initiatives: all that match, from after one of them on."""

    cursor: Cursor | None = RESUMED


class InitiativeTableQuery(InitiativeExportQuery):
    """What may be asked of an export of initiatives as CSV."""

    separator: Separator = SEPARATOR


class InitiativeFeedQuery(InitiativeFilters, LimitedQuery):
    """What may be asked of the feed of initiatives."""

    cursor: Cursor | None = Field(default=None, description="In the feed's own links to other pages.")
    sort: InitiativeSort = Field(
        default=InitiativeSort.CHANGED,
        description="A leading `-` sorts in descending order. What is unknown comes last.",
    )
