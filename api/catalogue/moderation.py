"""What moderators do: see the queue, publish, refuse, ask for changes, archive; each decision is one transaction."""

from sqlalchemy import select
from sqlmodel import col

from api.catalogue import drafting, paging, provisional, publication, record, rendering, submissions, versions
from api.catalogue.finding import NO_INITIATIVE
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.catalogue.versions import Expected
from api.db import ReadSession, WriteSession
from api.drafts import DecisionDraft, PublishDraft
from api.errors import Conflict, Forbidden, NotFound
from api.models import Contact, Event, Initiative, Submission
from api.queries import EventQuery, QueueQuery
from api.receipts import EventDocument, ModeratedInitiative, QueuedDocument
from api.texts import Language, Text
from api.types import now
from api.vocabulary import InitiativeState, SubmissionState

_NO_SUBMISSION = Text("There is no submission with this id.", "Aucune proposition ne porte cet identifiant.")
_OWN = Text(
    "Your own key sent this; another moderator decides.",
    "Votre propre clé a envoyé ceci ; un autre modérateur décide.",
)
_NOT_PUBLIC = Text("This initiative is {state} already.", "Cette initiative est déjà dans l'état {state}.")

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
        .order_by(col(Submission.created_at), col(Submission.id))
    )
    created, identifier = col(Submission.created_at), col(Submission.id)
    if key := paging.after(query, str, str):
        moment = paging.moment(str(key[0]))
        found = found.where((created > moment) | ((created == moment) & (identifier > key[1])))
    matching = select(identifier).where(col(Submission.state) == query.state)
    rows, total = paging.fetch(session, query, found, paging.counted(matching))
    items = _queued(session, [(row.Submission, row.Contact) for row in rows], language)
    keys = [(row.Submission.created_at.isoformat(), row.Submission.id) for row in rows]
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
    documents = submissions.shown(session, [submission for submission, _ in rows], language)
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
    (draft,) = drafting.today(session, [submission])
    if bodies := provisional.in_draft(draft):
        raise Conflict(_UNSETTLED.format(ids=", ".join(map(provisional.identify, bodies))))
    submission.draft = draft.model_dump(mode="json")
    initiative = record.accept(session, turn, submission, draft, decision.id, by.name)
    submissions.move(session, submission, SubmissionState.ACCEPTED, by, reason=decision.reason, code=decision.code)
    publication.refresh(session, turn, initiative, formerly)
    return submission


def reject(
    session: WriteSession, submission_id: str, decision: DecisionDraft, by: Caller, expected: Expected
) -> Submission:
    """Refuse a draft, with the reason."""
    submission = _to_decide(session, submission_id, by, expected)
    submissions.move(session, submission, SubmissionState.REJECTED, by, reason=decision.reason, code=decision.code)
    return submission


def request_changes(
    session: WriteSession, submission_id: str, decision: DecisionDraft, by: Caller, expected: Expected
) -> Submission:
    """Give a draft back to its sender, who may change and resubmit it."""
    submission = _to_decide(session, submission_id, by, expected)
    submissions.move(
        session, submission, SubmissionState.CHANGES_REQUESTED, by, reason=decision.reason, code=decision.code
    )
    return submission


def archive(
    session: WriteSession, initiative_id: str, decision: DecisionDraft, by: Caller, expected: Expected
) -> ModeratedInitiative:
    """Withdraw a published initiative: its address answers 410 with the reason's code."""
    turn = publication.take_turn(session)
    initiative = session.get(Initiative, initiative_id)
    if initiative is None:
        raise NotFound(NO_INITIATIVE)
    versions.expect(versions.of_document(initiative.sequence), expected)
    if initiative.state != InitiativeState.PUBLISHED:
        raise Conflict(_NOT_PUBLIC.format(state=initiative.state), allowed=())
    initiative.state, initiative.code = InitiativeState.ARCHIVED, decision.code
    initiative.sequence = publication.next_sequence(turn)
    session.add(
        Event(
            at=now(),
            actor=by.name,
            action=InitiativeState.ARCHIVED.value,
            initiative_id=initiative.id,
            reason=decision.reason,
            code=decision.code,
        )
    )
    publication.refresh(session, turn, initiative)
    return ModeratedInitiative(id=initiative.id, state=InitiativeState(initiative.state), sequence=initiative.sequence)


def events(session: ReadSession, query: EventQuery) -> Page:
    """The audit trail, newest first."""
    found = select(Event).order_by(col(Event.id).desc())
    if key := paging.after(query, int):
        found = found.where(col(Event.id) < key[0])
    rows, total = paging.fetch(session, query, found, paging.counted(select(col(Event.id))))
    return paging.page(query, [((row.Event.id,), _told(row.Event)) for row in rows], total)


def _told(event: Event) -> bytes:
    names = {"submission": event.submission_id, "initiative": event.initiative_id, "territory": event.territory_id}
    names["key"] = event.key_id
    return EventDocument.model_validate(event.model_dump() | names).model_dump_json().encode()


def _to_decide(session: WriteSession, submission_id: str, by: Caller, expected: Expected) -> Submission:
    submission = submissions.lock(session, submission_id)
    if submission is None:
        raise NotFound(_NO_SUBMISSION)
    if by.role and submission.sent_by == by.key_id:
        raise Forbidden(_OWN)
    versions.expect(versions.of_submission(submission), expected)
    return submission
