"""What may be asked of the list of territories."""

from typing import Any

from pydantic import Field

from api.extents import BoxText, PointText, RangeText
from api.queries.base import RESUMED, SEPARATOR, PageQuery, Query
from api.queries.places import RADIUS, Radius
from api.types import AskedPostcode, CountryCode, Cursor, SearchText, TerritoryCode
from api.vocabulary import Separator, TerritoryKind


class TerritoryFilters(Query):
    """Which territories are meant. Values of one filter are alternatives; all filters must hold."""

    q: SearchText | None = Field(
        default=None,
        description="Words of a name as people write them, or a postcode, each from its beginning; in longer words "
        "one typing error is forgiven. Exact names come first, then the largest populations.",
    )
    kind: tuple[TerritoryKind, ...] = Field(default=(), max_length=50, description="Kinds of territories.")
    country: tuple[CountryCode, ...] = Field(default=(), max_length=50, description="Countries, ISO 3166-1 alpha-2.")
    parent: TerritoryCode | None = Field(default=None, description="Everything inside this territory.")
    postcode: AskedPostcode | None = Field(default=None, description="Territories with this postcode.")
    population: RangeText | None = Field(
        default=None, description="Inhabitants, ends included: `20000/40000`, `100000/..`, `../5000`."
    )
    near: PointText | None = Field(
        default=None,
        description="Within `radius` of this point: its latitude and longitude. Each item then tells its distance, and "
        "without `q` and `similar` the nearest come first.",
    )
    radius: Radius | None = Field(default=None, description="Kilometres around `near`; 20 by default.")
    bbox: BoxText | None = Field(
        default=None,
        description="West, south, east, north. With west greater than east, the box crosses the antimeridian.",
    )
    similar: TerritoryCode | None = Field(
        default=None,
        description="Others like this one: territories of its kind with half to twice its inhabitants. Without `q`, "
        "those of its country come first, then the nearest; each item tells how alike they are.",
    )

    @property
    def kilometres(self) -> int:
        """The radius that is meant."""
        return self.radius or RADIUS

    def listed(self, limit: int) -> "TerritoryQuery":
        """The list that is meant, so many at a time."""
        return TerritoryQuery.model_construct(**dict(self) | {"limit": limit})


class TerritoryQuery(TerritoryFilters, PageQuery):
    """What may be asked of the list of territories."""

    def meant(self) -> dict[str, Any]:
        """With the radius that it has by default."""
        return super().meant() | {"radius": self.kilometres if self.near else None}


class TerritoryExportQuery(TerritoryFilters):
    """What may be asked of an export of territories: all that match, from after one of them on."""

    cursor: Cursor | None = RESUMED


class TerritoryTableQuery(TerritoryExportQuery):
    """What may be asked of an export of territories as CSV."""

    separator: Separator = SEPARATOR
