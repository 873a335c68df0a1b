"""What moderators do with cases that were published: withdraw, hide, merge, restore; each is one transaction."""

from api.catalogue import proposals, publication, versions
from api.catalogue.finding import NO_INITIATIVE
from api.catalogue.keys import Caller
from api.catalogue.versions import Expected
from api.db import ReadSession, WriteSession
from api.decisions import DecisionDraft, MergeInitiativeDraft
from api.errors import Conflict, NotFound
from api.mistakes import in_fields
from api.models import Event, Initiative
from api.receipts import ModeratedDocument, ModeratedInitiative
from api.texts import Text
from api.types import now
from api.vocabulary import InitiativeState, PublicChange
from api.wording import STATES

_REFUSED = Text(
    "An initiative that is {state} cannot become {to}.",
    "Une initiative dans l'état « {state} » ne peut pas passer à l'état « {to} ».",
)
_MOVES = {
    InitiativeState.PUBLISHED: (InitiativeState.ARCHIVED, InitiativeState.QUARANTINED, InitiativeState.MERGED),
    InitiativeState.ARCHIVED: (InitiativeState.PUBLISHED,),
    InitiativeState.QUARANTINED: (InitiativeState.PUBLISHED,),
    InitiativeState.MERGED: (),
}
# How each looks from outside: why a case is hidden is nobody's business.
_CHANGES = {
    InitiativeState.PUBLISHED: PublicChange.RESTORED,
    InitiativeState.ARCHIVED: PublicChange.ARCHIVED,
    InitiativeState.QUARANTINED: PublicChange.ARCHIVED,
    InitiativeState.MERGED: PublicChange.MERGED,
}


def get(session: ReadSession, initiative_id: str) -> ModeratedDocument:
    """An initiative, public or hidden, in the words of its last accepted draft."""
    initiative = _there(session.get(Initiative, initiative_id))
    key = (initiative.id, initiative.version)
    draft = proposals.accepted(session, {key})[key]
    return ModeratedDocument.model_validate(initiative.model_dump() | {"draft": draft})


def move(
    session: WriteSession,
    initiative_id: str,
    to: InitiativeState,
    decision: DecisionDraft,
    by: Caller,
    expected: Expected,
) -> ModeratedInitiative:
    """Bring an initiative to another state, with its event, if the present one allows it."""
    turn = publication.take_turn(session)
    initiative = _there(session.get(Initiative, initiative_id))
    versions.expect(versions.of_document(initiative.sequence), expected)
    state = InitiativeState(initiative.state)
    if to not in _MOVES[state]:
        raise Conflict(_REFUSED.format(state=STATES[state], to=STATES[to]), allowed=_MOVES[state])
    if isinstance(decision, MergeInitiativeDraft):
        initiative.merged_into = _successor(session, initiative, decision.into)
    initiative.state = to
    initiative.code = None if to is InitiativeState.PUBLISHED else decision.code
    publication.mark(turn, initiative, _CHANGES[to])
    _record_event(session, initiative, decision, by)
    publication.refresh(session, turn, initiative)
    return ModeratedInitiative(id=initiative.id, state=to, sequence=initiative.sequence)


def _there(initiative: Initiative | None) -> Initiative:
    if initiative is None:
        raise NotFound(NO_INITIATIVE)
    return initiative


def _successor(session: WriteSession, initiative: Initiative, into: str) -> str:
    other = session.get(Initiative, into)
    if other is None or other is initiative or other.state != InitiativeState.PUBLISHED:
        raise in_fields([("into", "unknown_initiative")])
    return other.id


def _record_event(session: WriteSession, initiative: Initiative, decision: DecisionDraft, by: Caller) -> None:
    restored = initiative.state == InitiativeState.PUBLISHED
    session.add(
        Event(
            at=now(),
            actor=by.name,
            action="restored" if restored else initiative.state,
            initiative_id=initiative.id,
            template=decision.template,
            reason=decision.reason,
            code=decision.code,
        )
    )
