"""Submissions: drafts on their way in, followed by their senders; every move is one transaction with its event."""

import hmac
import secrets
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from api.catalogue import drafting, idempotency, keys, proposals, provisional, rights, versions
from api.catalogue.idempotency import Attempt
from api.catalogue.keys import Caller
from api.catalogue.versions import Expected
from api.db import ReadSession, WriteSession
from api.decisions import NoteDraft
from api.drafts import InitiativeDraft
from api.errors import Conflict, NotFound, TooMany
from api.models import Contact, Event, Initiative, Submission
from api.texts import Text
from api.types import now
from api.vocabulary import OPEN_STATES, Change, SubmissionState
from api.wording import STATES

NO_SUBMISSION = Text(
    "There is no such submission, or this is not its edit token.",
    "Cette proposition n'existe pas, ou ce n'est pas son jeton.",
)
# Who waits in the queue: those of the first rank, then the others, each in the order of their coming.
FIRST, IN_TURN = 0, 1
QUEUE = (col(Submission.precedence), col(Submission.created_at), col(Submission.id))
_REFUSED = Text(
    "A submission that is {state} cannot become {to}.",
    "Une proposition dans l'état « {state} » ne peut pas passer à l'état « {to} ».",
)
_NO_ROOM = Text(
    "As many of your submissions as may wait ({count}) wait for a decision already. Come back once moderators have "
    "decided on some, withdraw one, or ask for a key.",
    "Vous avez déjà autant de propositions en attente que possible ({count}). Revenez quand les modérateurs en auront "
    "traité, retirez-en une, ou demandez une clé.",
)
_NO_WORD = NoteDraft()
_MOVES = {
    SubmissionState.PENDING: (
        SubmissionState.ACCEPTED,
        SubmissionState.CHANGES_REQUESTED,
        SubmissionState.REJECTED,
        SubmissionState.WITHDRAWN,
    ),
    SubmissionState.CHANGES_REQUESTED: (SubmissionState.PENDING, SubmissionState.WITHDRAWN),
}


def submit(
    session: WriteSession,
    draft: InitiativeDraft,
    sender: Caller,
    revises: Initiative | None = None,
    *,
    precedence: int = IN_TURN,
    attempt: Attempt | None = None,
) -> tuple[Submission, str]:
    """Take a draft in, once. Returns the submission and its edit token, which nobody sees again."""
    if revises is None:  # anybody may propose a revision
        rights.expect_to_speak_for(session, sender, draft)
    submission = unsent(draft, sender, revises)
    submission.id = _new_id()
    submission.precedence = precedence
    if attempt and (earlier := idempotency.claim(session, attempt, submission.id)) != submission.id:
        return receive_again(session, earlier)
    expect_room(session, sender)
    token = _new_token(submission)
    session.add(submission)
    session.flush()
    if draft.contact:
        _keep_contact(session, submission, draft)
    provisional.note(session, submission, draft)
    record_event(session, "submitted", sender, submission)
    return submission, token


def unsent(draft: InitiativeDraft, sender: Caller, revises: Initiative | None) -> Submission:
    """A submission as it would be, in no table yet."""
    moment = now()
    return Submission(
        id="",
        state=SubmissionState.PENDING,
        change=Change.REVISION if revises else Change.NEW,
        initiative_id=revises.id if revises else None,
        based_on=revises.version if revises else None,
        draft=draft.model_dump(mode="json"),
        sent_by=sender.key_id,
        sent_from=sender.address,
        created_at=moment,
        updated_at=moment,
        version=1,
    )


def receive_again(session: WriteSession, submission_id: str) -> tuple[Submission, str]:
    """A submission that was taken in before; of its tokens, only the last is valid."""
    submission = lock(session, submission_id)
    if submission is None:
        raise NotFound(NO_SUBMISSION)
    return submission, _new_token(submission)


def expect_room(session: WriteSession, sender: Caller) -> None:
    """Refuse one more submission from whom as many as allowed wait for a decision."""
    if sender.pending_limit is None:
        return
    session.advisory_lock(f"pending {sender.key_id or sender.address}")  # what they add would not be counted here
    theirs = col(Submission.sent_by) == sender.key_id if sender.key_id else col(Submission.sent_from) == sender.address
    waiting = select(func.count()).where(theirs, col(Submission.state) == SubmissionState.PENDING)
    if session.scalars(waiting).one() >= sender.pending_limit:
        raise TooMany(_NO_ROOM.format(count=sender.pending_limit), retry_after=3600)


def find(session: ReadSession, submission_id: str, caller: Caller) -> Submission:
    """A submission, for its sender alone."""
    return _own(session.get(Submission, submission_id), caller)


def edit(
    session: WriteSession, submission_id: str, patch: dict[str, Any], caller: Caller, expected: Expected
) -> Submission:
    """Change a draft that is not decided on by a merge patch (RFC 7396); after a request for changes, resubmit it."""
    submission = _own(lock(session, submission_id), caller)
    versions.expect(versions.of_submission(submission), expected)
    if not is_open(submission):
        expect_move(submission, SubmissionState.PENDING)
    contact = session.get(Contact, submission.id)
    (proposal,) = proposals.read(session, [submission])
    known = contact.model_dump(exclude={"submission_id"}) if contact else None
    draft = drafting.patched(session, proposal.draft, patch, submission.initiative_id, known)
    sender = keys.sender(session, submission.sent_by)
    if submission.change == Change.NEW:
        rights.expect_to_speak_for(session, sender, draft)
    elif not rights.speaks_for(session, sender, draft):
        submission.precedence = IN_TURN
    if submission.state != SubmissionState.PENDING:
        move(session, submission, SubmissionState.PENDING, caller, action="resubmitted")
    else:
        _step(submission)
        record_event(session, "edited", caller, submission)
    submission.draft, submission.based_on = draft.model_dump(mode="json"), proposal.version
    provisional.note_anew(session, submission, draft)
    if "contact" in patch:
        _keep_contact(session, submission, draft)
    return submission


def withdraw(session: WriteSession, submission_id: str, caller: Caller, expected: Expected) -> Submission:
    """Take a draft back; its contact is forgotten."""
    submission = _own(lock(session, submission_id), caller)
    versions.expect(versions.of_submission(submission), expected)
    move(session, submission, SubmissionState.WITHDRAWN, caller)
    session.execute(delete(Contact).where(col(Contact.submission_id) == submission.id))
    return submission


def lock(session: WriteSession, submission_id: str) -> Submission | None:
    """A submission as it stands, held still until the commit."""
    return session.get(Submission, submission_id, with_for_update=True, populate_existing=True)


def renew_token(session: WriteSession, submission: Submission, said: NoteDraft, by: Caller) -> str:
    """A new edit token; the one before is void."""
    token = _new_token(submission)
    _step(submission)
    record_event(session, "token_reissued", by, submission, said)
    return token


def move(
    session: WriteSession,
    submission: Submission,
    to: SubmissionState,
    by: Caller,
    said: NoteDraft = _NO_WORD,
    *,
    action: str | None = None,
) -> None:
    """Bring a submission to another state, with its event, if the present one allows it."""
    expect_move(submission, to)
    submission.state = to
    submission.template, submission.reason, submission.code = said.template, said.reason, said.code
    submission.sent_from = None  # an address is kept only as long as it is counted
    _step(submission)
    record_event(session, action or to.value, by, submission, said)


def expect_move(submission: Submission, to: SubmissionState) -> None:
    """Refuse a move that the present state does not allow."""
    state = SubmissionState(submission.state)
    if to not in (allowed := _MOVES.get(state, ())):
        raise Conflict(_REFUSED.format(state=STATES[state], to=STATES[to]), allowed=allowed)


def record_event(
    session: WriteSession,
    action: str,
    by: Caller,
    submission: Submission,
    said: NoteDraft = _NO_WORD,
) -> None:
    """One line of the audit trail."""
    session.add(
        Event(
            at=submission.updated_at,
            actor=by.name,
            action=action,
            submission_id=submission.id,
            initiative_id=submission.initiative_id,
            template=said.template,
            reason=said.reason,
            code=said.code,
        )
    )


def is_open(submission: Submission) -> bool:
    """Whether nothing is decided yet."""
    return submission.state in OPEN_STATES


def _own(submission: Submission | None, caller: Caller) -> Submission:
    if submission is None or not (_by_key(submission, caller) or _by_token(submission, caller)):
        raise NotFound(NO_SUBMISSION)
    return submission


def _by_key(submission: Submission, caller: Caller) -> bool:
    return caller.key_id is not None and submission.sent_by == caller.key_id


def _by_token(submission: Submission, caller: Caller) -> bool:
    if not (caller.token_hash and submission.token_hash and submission.token_expires_at):
        return False
    same = hmac.compare_digest(caller.token_hash, submission.token_hash)
    return same and submission.token_expires_at > now()


def _new_token(submission: Submission) -> str:
    token = keys.new_secret(keys.TOKEN)
    submission.token_hash = keys.hash_of(token)
    submission.token_expires_at = now() + keys.LIFETIME
    return token


def _step(submission: Submission) -> None:
    submission.version += 1
    submission.updated_at = now()


def _keep_contact(session: WriteSession, submission: Submission, draft: InitiativeDraft) -> None:
    session.execute(delete(Contact).where(col(Contact.submission_id) == submission.id))
    if draft.contact:
        session.add(Contact(submission_id=submission.id, name=draft.contact.name, email=draft.contact.email))


def _new_id() -> str:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter is taken for another
    return "s-" + "".join(secrets.choice(alphabet) for _ in range(10))
