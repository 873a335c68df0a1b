"""What an initiative is about: territories, with what they are found by, and themes."""

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import KEY
from api.vocabulary import TerritoryKind

_BLOCKS = {"pages_per_range": 8, "autosummarize": True}
_RARE = ("municipality_id", "larger_region_id")


class Territory(SQLModel, table=True):
    """A public body's area, as the reference has it.

    What it lies within is at most one territory of each kind (a statistical region may lie in a larger one), so that
    everything inside another is one index away.
    """

    # PostgreSQL's share of the disk is small: blocks of rows are near each other; few rows have these parents.
    __table_args__ = (
        Index("ix_territory_place", "latitude", "longitude", postgresql_using="brin", postgresql_with=_BLOCKS),
        *(Index(f"ix_territory_{name}", name, postgresql_where=text(f"{name} IS NOT NULL")) for name in _RARE),
    )

    id: str = Field(primary_key=True, sa_type=KEY)
    kind: str = Field(index=True)
    name: str
    other_names: list[str] = Field(sa_type=JSON)
    folded: str  # all its names as they are searched, between bars
    country: str = Field(index=True)
    municipality_id: str | None = Field(sa_type=KEY)
    intercommunality_id: str | None = Field(sa_type=KEY, index=True)
    department_id: str | None = Field(sa_type=KEY, index=True)
    region_id: str | None = Field(sa_type=KEY, index=True)
    larger_region_id: str | None = Field(sa_type=KEY)
    codes: dict[str, str] = Field(sa_type=JSON)
    former_codes: dict[str, list[str]] = Field(sa_type=JSON)
    population: int | None
    population_year: int | None
    latitude: float | None
    longitude: float | None
    x: float | None = None  # the place on a sphere of radius 1
    y: float | None = None
    z: float | None = None
    precision: str | None
    postcodes: list[str] = Field(sa_type=JSON)
    smallness: int = Field(default=1, index=True)  # minus its population: sorts the larger first, the unknown last

    @property
    def within(self) -> list[str]:
        """What it lies within, from the nearest to the country."""
        nearest_first = (
            self.municipality_id,
            self.intercommunality_id,
            self.department_id,
            self.region_id,
            self.larger_region_id,
            self.country.lower() if self.kind != TerritoryKind.COUNTRY else None,
        )
        return [ancestor for ancestor in nearest_first if ancestor]


class TerritoryWord(SQLModel, table=True):
    """The words of territories' names, folded, and their postcodes; `alone` where a word is one of the names."""

    __tablename__ = "territory_word"
    __table_args__ = {"sqlite_with_rowid": False}  # the key is the table

    word: str = Field(primary_key=True, sa_type=KEY)
    territory_id: str = Field(primary_key=True, foreign_key="territory.id", sa_type=KEY)
    alone: bool


class Spelling(SQLModel, table=True):
    """The longer words of names, each once, forwards and backwards: half of a mistyped word is right."""

    __table_args__ = {"sqlite_with_rowid": False}

    word: str = Field(primary_key=True, sa_type=KEY)
    backwards: str = Field(sa_type=KEY, index=True)


class Reference(SQLModel, table=True):
    """Which file of territories was loaded last, by its SHA-256."""

    id: int = Field(primary_key=True)
    digest: str


class TerritoryCode(SQLModel, table=True):
    """What leads to a territory beside its id: official codes, ids and codes of what it took over, provisional ids."""

    __tablename__ = "territory_code"
    __table_args__ = {"sqlite_with_rowid": False}

    code: str = Field(primary_key=True, sa_type=KEY)
    territory_id: str = Field(foreign_key="territory.id", sa_type=KEY)


class Theme(SQLModel, table=True):
    """An entry of the small taxonomy."""

    id: str = Field(primary_key=True, sa_type=KEY)
    label_fr: str
    label_en: str
    parent_id: str | None = Field(foreign_key="theme.id", sa_type=KEY)
