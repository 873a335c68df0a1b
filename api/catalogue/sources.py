"""Source links of published initiatives."""

from sqlalchemy import select
from sqlmodel import col

from api.catalogue import paging
from api.catalogue.paging import Page
from api.db import ReadSession
from api.models import Publication, PublicationSource
from api.queries import SourceQuery


def page(session: ReadSession, query: SourceQuery) -> Page:
    """Source links of published initiatives, the newest initiative's first."""
    number, position = col(PublicationSource.number), col(PublicationSource.position)
    conditions = []
    if query.host:
        conditions.append(col(PublicationSource.host) == query.host)
    if query.kind:
        conditions.append(col(PublicationSource.kind).in_(query.kind))
    if query.initiative:
        conditions.append(number.in_(select(col(Publication.number)).where(col(Publication.id) == query.initiative)))
    found = select(number, position, col(PublicationSource.document)).where(*conditions)
    if key := paging.after(query, int, int):
        found = found.where((number < key[0]) | ((number == key[0]) & (position > key[1])))
    counted = paging.counted(select(number, position).where(*conditions))
    rows, total = paging.fetch(session, query, found.order_by(number.desc(), position), counted, "-number", "position")
    return paging.page(query, [((row.number, row.position), row.document) for row in rows], total)
