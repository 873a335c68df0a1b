"""What is public, rendered from the record, and the turn of whoever changes it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from api.models.columns import KEY, UtcDateTime


class Counter(SQLModel, table=True):
    """The one row that publications lock in turn, so that the order of numbers is the order of commits."""

    id: int = Field(primary_key=True)
    number: int
    sequence: int
    updated_at: datetime = Field(sa_type=UtcDateTime)
    renderer: int = 0  # the version of the renderer that all of the publication is made by
    # Sequences between these two, if they were given, may be of changes that a restored backup does not know of.
    lost_after: int = 0
    lost_before: int = 0


class Publication(SQLModel, table=True):
    """A published initiative's document as it is served; without a document, its tombstone."""

    number: int = Field(primary_key=True)
    id: str = Field(unique=True, sa_type=KEY)
    sequence: int = Field(unique=True)
    change: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    document: bytes | None = Field(sa_type=LargeBinary)
    code: str | None
    successor: str | None = Field(sa_type=KEY)


class PublicationTerm(SQLModel, table=True):
    """The posting lists of every discrete filter: `theme:tiers-lieux`, `in:fr-reg-44`, `kind:lead`, `all`."""

    __tablename__ = "publication_term"
    __table_args__ = {"sqlite_with_rowid": False}  # the key is the table

    term: str = Field(primary_key=True, sa_type=KEY)
    number: int = Field(primary_key=True, foreign_key="publication.number", index=True)


class TermCount(SQLModel, table=True):
    """How long each posting list is, and which facet counts it."""

    __tablename__ = "term_count"

    term: str = Field(primary_key=True, sa_type=KEY)
    length: int
    facet: str | None = Field(index=True)


class PublicationExtent(SQLModel, table=True):
    """Where a published initiative lies on every scale: what intervals, distances and orders are asked of.

    Times are seconds since 1970, dates YYYYMMDD, and of one known to the month or year the first and the last of its
    days. An unknown population is greater than any. `x`, `y`, `z` are the place on a sphere of radius 1.
    """

    __tablename__ = "publication_extent"
    # Each order and each interval has its index; a page goes on by number where the rest is equal.
    __table_args__ = tuple(
        Index(f"ix_publication_extent_{columns[0]}", *columns)
        for columns in (
            ("published", "number"),
            ("updated", "number"),
            ("title", "number"),
            ("population", "number"),
            ("smallness", "number"),
            ("started_first", "started_last", "number"),
            ("latitude", "longitude", "number"),
        )
    )

    number: int = Field(primary_key=True, foreign_key="publication.number")
    published: int = Field(sa_type=BigInteger)
    updated: int = Field(sa_type=BigInteger)
    title: str = Field(sa_type=KEY)  # as it is sorted
    started_first: int | None
    started_last: int | None
    population: int  # of the lead territory
    smallness: int  # sorts the larger first, the unknown last
    territory_id: str | None = Field(sa_type=KEY)
    territory_kind: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    x: float | None
    y: float | None
    z: float | None


class PublicationSource(SQLModel, table=True):
    """A source link of a published initiative, as it is served."""

    __tablename__ = "publication_source"

    number: int = Field(primary_key=True, foreign_key="publication.number")
    position: int = Field(primary_key=True)
    host: str = Field(sa_type=KEY, index=True)
    kind: str
    document: bytes = Field(sa_type=LargeBinary)


class PublicationRevision(SQLModel, table=True):
    """A version of a published initiative, with what it changed, as it is served."""

    __tablename__ = "publication_revision"

    number: int = Field(primary_key=True, foreign_key="publication.number")
    version: int = Field(primary_key=True)
    document: bytes = Field(sa_type=LargeBinary)
