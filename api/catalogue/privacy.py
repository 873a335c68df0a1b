"""What is forgotten: contacts when somebody asks, and after a time whatever is no longer needed.

Events stay: they name no person, and refer to nothing that must be there.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import col, select

from api.catalogue import idempotency, keys
from api.db import WriteSession
from api.models import Contact, Event, Idempotency, ProvisionalTerritory, Submission
from api.types import now
from api.vocabulary import SubmissionState

# A draft that its sender was to mend, and did not, can be moved by nobody else.
_IN_VAIN = (SubmissionState.CHANGES_REQUESTED, SubmissionState.REJECTED, SubmissionState.WITHDRAWN)


class Purged(NamedTuple):
    """How many were forgotten."""

    contacts: int
    submissions: int
    tokens: int
    retries: int


def erase_contact(session: WriteSession, whom: str) -> int:
    """Forget a contact, wherever its e-mail address is or of one submission; how many there were."""
    sought = whom.casefold()  # here, or each database would take other letters for the same
    known = session.exec(select(Contact)).all()
    found = [one for one in known if sought in (one.submission_id, one.email and one.email.casefold())]
    for contact in found:
        session.delete(contact)
        session.add(Event(at=now(), actor=keys.OPERATOR, action="contact_erased", submission_id=contact.submission_id))
    return len(found)


def purge(session: WriteSession, before: datetime) -> Purged:
    """Forget what has rested since before that moment: contacts, and submissions that came to nothing.

    An accepted submission stays, as the origin of what is public. Tokens that have expired and answers kept for
    retries go whenever they are of no more use.
    """
    rested = select(Submission.id).where(col(Submission.updated_at) < before)
    left = rested.where(col(Submission.state) != SubmissionState.PENDING)
    in_vain = rested.where(col(Submission.state).in_(_IN_VAIN))
    contacts = _run(session, delete(Contact).where(col(Contact.submission_id).in_(left)))
    _run(session, delete(ProvisionalTerritory).where(col(ProvisionalTerritory.submission_id).in_(in_vain)))
    submissions = _run(session, delete(Submission).where(col(Submission.id).in_(in_vain)))
    expired = update(Submission).where(col(Submission.token_expires_at) <= now())
    tokens = _run(session, expired.values(token_hash=None, token_expires_at=None))
    retries = _run(session, delete(Idempotency).where(col(Idempotency.created_at) <= now() - idempotency.KEPT))
    return Purged(contacts, submissions, tokens, retries)


def _run(session: WriteSession, statement: UpdateBase) -> int:
    """Run a statement on the rows alone; how many there were."""
    done: CursorResult[Any] = session.connection().execute(statement)
    return done.rowcount
