"""The catalogue at a glance."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import col

from api import __version__
from api.catalogue import terms
from api.db import ReadSession
from api.documents import StatusDocument
from api.models import Counter, Submission, TermCount
from api.vocabulary import SubmissionState


class Waiting(NamedTuple):
    """Submissions that wait for a decision: how many, and since when the oldest."""

    number: int
    since: datetime | None


def waiting(session: ReadSession) -> Waiting:
    """What moderators have before them."""
    pending = col(Submission.state) == SubmissionState.PENDING
    return Waiting(*session.execute(select(func.count(), func.min(col(Submission.created_at))).where(pending)).one())


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
