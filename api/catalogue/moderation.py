"""What moderators do with submissions: see the queue, publish, refuse, ask for changes; each is one transaction."""

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlmodel import col

from api.catalogue import (
    following,
    paging,
    proposals,
    provisional,
    publication,
    record,
    rendering,
    submissions,
    versions,
)
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.catalogue.versions import Expected
from api.db import ReadSession, WriteSession
from api.decisions import DecisionDraft, NoteDraft, PublishDraft
from api.drafts import InitiativeDraft
from api.errors import Conflict, Forbidden, NotFound
from api.models import Contact, Event, Initiative, Submission
from api.queries import EventQuery, QueueQuery
from api.receipts import EventDocument, QueuedDocument
from api.texts import Language, Text
from api.vocabulary import InitiativeState, SubmissionState
from api.wording import STATES

_NO_SUBMISSION = Text("There is no submission with this id.", "Aucune proposition ne porte cet identifiant.")
_OWN = Text(
    "Your own key sent this; another moderator decides.",
    "Votre propre clé a envoyé ceci ; un autre modérateur décide.",
)
_NOT_PUBLIC = Text(
    "The initiative that this changes is {state}: restore it first, or refuse this.",
    "L'initiative que ceci modifie est dans l'état « {state} » : rétablissez-la d'abord, ou refusez ceci.",
)
_MERGED = Text(
    "The initiative that this changes has become part of another, {successor}: refuse this.",
    "L'initiative que ceci modifie fait désormais partie d'une autre, {successor} : refusez ceci.",
)
_CONFLICTS = Text(
    "The case has been changed since, in the same fields: {fields}. Ask the sender for changes; the receipt shows "
    "both.",
    "Le cas a été modifié entre-temps, dans les mêmes champs : {fields}. Demandez des changements à l'expéditeur ; son "
    "reçu montre les deux versions.",
)
_UNSETTLED = Text(
    "Settle its provisional territories first: {ids}; /v1/moderation/territories lists them.",
    "Réglez d'abord ses territoires provisoires : {ids} ; /v1/moderation/territories en donne la liste.",
)


def queue(session: ReadSession, query: QueueQuery, language: Language) -> Page:
    """Submissions in a state, those that wait longest first."""
    found = (
        select(Submission, Contact)
        .outerjoin(Contact, col(Contact.submission_id) == col(Submission.id))
        .where(col(Submission.state) == query.state)
        .order_by(*submissions.QUEUE)
    )
    if key := paging.after(query, int, datetime, str):
        found = found.where(tuple_(*submissions.QUEUE) > key)
    matching = select(col(Submission.id)).where(col(Submission.state) == query.state)
    rows, total = paging.fetch(session, query, found, paging.counted(matching))
    items = _queued(session, [(row.Submission, row.Contact) for row in rows], language)
    keys = [(one.precedence, one.created_at, one.id) for one in (row.Submission for row in rows)]
    return paging.page(
        query, [(key, item.model_dump_json().encode()) for key, item in zip(keys, items, strict=True)], total
    )


def get(session: ReadSession, submission_id: str, language: Language) -> QueuedDocument:
    """One submission, whatever its state."""
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise NotFound(_NO_SUBMISSION)
    return _queued(session, [(submission, session.get(Contact, submission_id))], language)[0]


def _queued(
    session: ReadSession, rows: list[tuple[Submission, Contact | None]], language: Language
) -> list[QueuedDocument]:
    documents = following.shown(session, [submission for submission, _ in rows], language)
    return [
        QueuedDocument.model_validate(document | {"contact": contact and contact.model_dump()})
        for document, (_, contact) in zip(documents, rows, strict=True)
    ]


def publish(
    session: WriteSession, submission_id: str, decision: PublishDraft, by: Caller, expected: Expected
) -> Submission:
    """Accept a draft into the record and make it public."""
    submission = _to_decide(session, submission_id, by, expected)
    submissions.expect_move(submission, SubmissionState.ACCEPTED)
    turn = publication.take_turn(session)
    formerly = rendering.neighbours(session, submission.initiative_id) if submission.initiative_id else ()
    draft = _publishable(session, submission)
    initiative = record.accept(session, turn, submission, draft, decision, by.name)
    submissions.move(session, submission, SubmissionState.ACCEPTED, by, decision)
    publication.refresh(session, turn, initiative, formerly)
    return submission


def turn_down(
    session: WriteSession,
    submission_id: str,
    to: SubmissionState,
    decision: DecisionDraft,
    by: Caller,
    expected: Expected,
) -> Submission:
    """Refuse a draft, or give it back to its sender, who may change and resubmit it."""
    submission = _to_decide(session, submission_id, by, expected)
    submissions.move(session, submission, to, by, decision)
    return submission


def reissue_token(
    session: WriteSession, submission_id: str, said: NoteDraft, by: Caller, expected: Expected
) -> tuple[Submission, str]:
    """A new edit token for a sender who has lost the last, which is void from here on."""
    submission = submissions.lock(session, submission_id)
    if submission is None:
        raise NotFound(_NO_SUBMISSION)
    versions.expect(versions.of_submission(submission), expected)
    return submission, submissions.renew_token(session, submission, said, by)


def _publishable(session: WriteSession, submission: Submission) -> InitiativeDraft:
    """What a submission proposes, if nothing stands in the way of making it public; kept as it will be accepted."""
    if submission.initiative_id is not None:
        revised = session.get_one(Initiative, submission.initiative_id)
        if revised.state != InitiativeState.PUBLISHED:
            said = _MERGED if revised.merged_into else _NOT_PUBLIC
            said = said.format(state=STATES[revised.state], successor=revised.merged_into)
            raise Conflict(said, allowed=(SubmissionState.REJECTED,))
    (proposal,) = proposals.read(session, [submission])
    ways = (SubmissionState.CHANGES_REQUESTED, SubmissionState.REJECTED)
    if proposal.conflicts:
        raise Conflict(_CONFLICTS.format(fields=", ".join(proposal.conflicts)), allowed=ways)
    if bodies := provisional.in_draft(proposal.draft):
        raise Conflict(_UNSETTLED.format(ids=", ".join(map(provisional.identify, bodies))), allowed=ways)
    submission.draft, submission.based_on = proposal.draft.model_dump(mode="json"), proposal.version
    return proposal.draft


def events(session: ReadSession, query: EventQuery) -> Page:
    """The audit trail, newest first."""
    found = select(Event).order_by(col(Event.id).desc())
    if key := paging.after(query, int):
        found = found.where(col(Event.id) < key[0])
    rows, total = paging.fetch(session, query, found, paging.counted(select(col(Event.id))))
    return paging.page(query, [((row.Event.id,), _event_document(row.Event)) for row in rows], total)


def _event_document(event: Event) -> bytes:
    names = {"submission": event.submission_id, "initiative": event.initiative_id, "territory": event.territory_id}
    names["key"] = event.key_id
    return EventDocument.model_validate(event.model_dump() | names).model_dump_json().encode()


def _to_decide(session: WriteSession, submission_id: str, by: Caller, expected: Expected) -> Submission:
    submission = submissions.lock(session, submission_id)
    if submission is None:
        raise NotFound(_NO_SUBMISSION)
    if by.role and submission.sent_by == by.key_id:  # the seed has no role, and publishes what it has submitted
        raise Forbidden(_OWN)
    versions.expect(versions.of_submission(submission), expected)
    return submission
