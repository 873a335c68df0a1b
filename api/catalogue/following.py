"""Submissions as they are shown to their senders: with what the catalogue makes of them, in the language asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from api.catalogue import advice, drafting, duplicates, paging, proposals, reasons, resolving, submissions
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.catalogue.proposals import Proposal
from api.db import ReadSession
from api.drafts import InitiativeDraft
from api.models import Initiative, Submission
from api.queries import SubmissionQuery
from api.receipts import CheckedDocument, ReceiptDocument, SubmissionDocument
from api.texts import Language
from api.vocabulary import SubmissionState

_other = aliased(Submission)
_AHEAD = (
    col(_other.state) == SubmissionState.PENDING,
    tuple_(col(_other.precedence), col(_other.created_at), col(_other.id)) <= tuple_(*submissions.QUEUE),
)
_PLACES = select(col(Submission.id), select(func.count()).where(*_AHEAD).scalar_subquery()).where(
    col(Submission.id).in_(bindparam("waiting"))
)


def checked(
    session: ReadSession,
    draft: InitiativeDraft,
    caller: Caller,
    language: Language,
    revises: Initiative | None = None,
) -> CheckedDocument:
    """What a submission of this draft would be."""
    unsent = submissions.unsent(draft, caller, revises)
    return CheckedDocument.model_validate(shown(session, [unsent], language, () if revises else [Proposal(draft)])[0])


def receipt(
    session: ReadSession,
    submission: Submission,
    language: Language,
    token: str | None = None,
    draft: InitiativeDraft | None = None,
) -> SubmissionDocument:
    """A submission as its sender sees it; with the token, as it is answered once.

    `draft` is what it was made of just now, which need not be read again.
    """
    return _receipt(shown(session, [submission], language, [Proposal(draft)] if draft else ())[0], token)


def receipt_alone(submission: Submission, language: Language, token: str | None = None) -> SubmissionDocument:
    """A receipt without a look at the database: nothing of what it may repeat, of its territories, or its place."""
    return _receipt(_shown(submission, Proposal(drafting.trusted(submission.draft)), language), token)


def _receipt(document: dict[str, Any], token: str | None) -> SubmissionDocument:
    if token:
        return ReceiptDocument.model_validate(document | {"edit_token": token})
    return SubmissionDocument.model_validate(document)


def shown(
    session: ReadSession, asked: list[Submission], language: Language, proposed: Sequence[Proposal] = ()
) -> list[dict[str, Any]]:
    """Submissions with what the catalogue makes of them, in the caller's language; `proposed` where it is known."""
    proposed = proposed or proposals.read(session, asked)
    both = list(zip(asked, proposed, strict=True))
    undecided = {submission.id: proposal.draft for submission, proposal in both if submissions.is_open(submission)}
    repeated = dict(zip(undecided, duplicates.possible(session, [*undecided.values()], language), strict=True))
    positions = _positions(session, asked)
    known = resolving.told(session, {one for proposal in proposed for one in _territories(proposal)})
    return [
        _shown(submission, proposal, language)
        | {
            "territories": [vars(known[one]) for one in _territories(proposal) if one in known],
            "possible_duplicates": [
                one for one in repeated.get(submission.id, ()) if one.id != submission.initiative_id
            ],
            "position": positions.get(submission.id),
        }
        for submission, proposal in both
    ]


def _territories(proposal: Proposal) -> list[str]:
    return [part.territory_id for part in proposal.draft.territories if part.territory_id]


def _shown(submission: Submission, proposal: Proposal, language: Language) -> dict[str, Any]:
    """What is known of a submission by itself."""
    return submission.model_dump() | {
        "initiative": submission.initiative_id,
        "draft": proposal.draft,
        "territories": (),
        "completeness": advice.completeness(proposal.draft, language),
        "possible_duplicates": (),
        "differences": proposal.changes,
        "position": None,
        "reason": reasons.in_words(submission.template, submission.reason, language),
    }


def page(session: ReadSession, query: SubmissionQuery, caller: Caller, language: Language) -> Page:
    """The submissions that a key sent, newest first."""
    created, identifier = col(Submission.created_at), col(Submission.id)
    own = select(Submission).where(col(Submission.sent_by) == caller.key_id)
    found = own.order_by(created.desc(), identifier.desc())
    if key := paging.after(query, datetime, str):
        found = found.where(tuple_(created, identifier) < key)
    rows, total = paging.fetch(session, query, found, paging.counted(own))
    sent = [row.Submission for row in rows]
    items = [SubmissionDocument.model_validate(one) for one in shown(session, sent, language)]
    keys = [(one.created_at, one.id) for one in sent]
    return paging.page(
        query, [(key, item.model_dump_json().encode()) for key, item in zip(keys, items, strict=True)], total
    )


def _positions(session: ReadSession, asked: list[Submission]) -> dict[str, int]:
    """Places in the queue, of those that wait in it: counted along its index, nothing is sorted."""
    waiting = [one.id for one in asked if one.id and one.state == SubmissionState.PENDING]
    return dict(session.execute(_PLACES, {"waiting": waiting}).all()) if waiting else {}
