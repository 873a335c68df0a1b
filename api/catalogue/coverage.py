"""What the catalogue covers as a whole: in time, on the map, in words. Measured in what is public, nothing else."""

from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlmodel import col

from api.catalogue import terms
from api.db import ReadSession
from api.documents import Label
from api.extents import Box
from api.formats.dcat import Area, Coverage
from api.models import Counter, PublicationExtent, TermCount, Territory, Theme
from api.vocabulary import Facet


def measured(session: ReadSession) -> Coverage:
    """What is covered at this moment."""
    updated_at = session.execute(select(col(Counter.updated_at))).scalar_one()
    times = session.execute(_TIMES).one()
    return Coverage(
        updated_at=updated_at,
        first_published=None if times.published is None else datetime.fromtimestamp(times.published, UTC),
        first_start=_day(times.started),
        languages=_values(session, Facet.LANGUAGE),
        themes=[Label(fr=row.label_fr, en=row.label_en) for row in session.execute(_THEMES)],
        initiatives=Area(_box(session, PublicationExtent), _values(session, Facet.COUNTRY)),
        territories=Area(_box(session, Territory), session.execute(_COUNTRIES).scalars().all()),
    )


_TIMES = select(
    func.min(col(PublicationExtent.published)).label("published"),
    func.min(col(PublicationExtent.started_first)).label("started"),
)
_THEMES = (
    select(col(Theme.label_fr), col(Theme.label_en))
    .join(TermCount, col(TermCount.term) == terms.theme("") + col(Theme.id))
    .order_by(col(Theme.id))
)
_COUNTRIES = select(col(Territory.country)).distinct().order_by(col(Territory.country))


def _values(session: ReadSession, facet: Facet) -> list[str]:
    """The values that published initiatives have."""
    found = select(col(TermCount.term)).where(col(TermCount.facet) == facet)
    return sorted(terms.value_of(term) for term in session.execute(found).scalars())


def _box(session: ReadSession, table: type[PublicationExtent | Territory]) -> Box | None:
    latitude, longitude = col(table.latitude), col(table.longitude)
    edges = select(func.min(longitude), func.min(latitude), func.max(longitude), func.max(latitude))
    west, south, east, north = session.execute(edges).one()
    return None if west is None or south is None else Box(west, south, east, north)


def _day(yyyymmdd: int | None) -> date | None:
    return None if yyyymmdd is None else datetime.strptime(str(yyyymmdd), "%Y%m%d").replace(tzinfo=UTC).date()
