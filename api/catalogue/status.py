"""The catalogue at a glance."""

from sqlalchemy import select
from sqlmodel import col

from api import __version__
from api.catalogue import terms
from api.db import ReadSession
from api.documents import StatusDocument
from api.models import Counter, TermCount


def get(session: ReadSession) -> StatusDocument:
    """The catalogue at a glance."""
    row = session.execute(
        select(col(Counter.sequence), col(Counter.updated_at), col(TermCount.length)).outerjoin(
            TermCount, col(TermCount.term) == terms.ALL
        )
    ).one()
    return StatusDocument(
        status="ok",
        version=__version__,
        sequence=row.sequence,
        initiatives=row.length or 0,
        updated_at=row.updated_at,
    )
