"""What the holder of a key sent, as its sender follows it."""

from sqlalchemy import select
from sqlmodel import col

from api.catalogue import paging, submissions
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.db import ReadSession
from api.models import Submission
from api.queries import SubmissionQuery
from api.receipts import SubmissionDocument
from api.texts import Language


def page(session: ReadSession, query: SubmissionQuery, caller: Caller, language: Language) -> Page:
    """The submissions that a key sent, newest first."""
    created, identifier = col(Submission.created_at), col(Submission.id)
    own = select(Submission).where(col(Submission.sent_by) == caller.key_id)
    found = own.order_by(created.desc(), identifier.desc())
    if key := paging.after(query, str, str):
        moment = paging.moment(str(key[0]))
        found = found.where((created < moment) | ((created == moment) & (identifier < key[1])))
    rows, total = paging.fetch(session, query, found, paging.counted(own))
    sent = [row.Submission for row in rows]
    items = [SubmissionDocument.model_validate(one) for one in submissions.shown(session, sent, language)]
    keys = [(one.created_at.isoformat(), one.id) for one in sent]
    return paging.page(
        query, [(key, item.model_dump_json().encode()) for key, item in zip(keys, items, strict=True)], total
    )
