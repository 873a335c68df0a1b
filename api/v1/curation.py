"""What becomes of cases that were published, in moderators' hands."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response

from api import auth
from api.catalogue import curation, versions
from api.catalogue.keys import Caller
from api.catalogue.versions import Expected
from api.decisions import DecisionDraft, MergeInitiativeDraft
from api.receipts import ModeratedDocument, ModeratedInitiative
from api.types import Slug
from api.v1 import examples
from api.v1.requests import IfMatch, NoParameters, json_body, reading, writing
from api.v1.responses import private
from api.v1.routing import StrictRoute
from api.vocabulary import InitiativeState

router = APIRouter(prefix="/moderation/initiatives", tags=["moderation"], route_class=StrictRoute)

InitiativeId = Annotated[Slug, Path(description="The public id of an initiative.")]
Moderator = Annotated[Caller, Depends(auth.moderator)]
Archival = Annotated[DecisionDraft, Body(openapi_examples=examples.ARCHIVALS)]
Quarantine = Annotated[DecisionDraft, Body(openapi_examples=examples.QUARANTINES)]
Restoration = Annotated[DecisionDraft, Body(openapi_examples=examples.RESTORATIONS)]
Merger = Annotated[MergeInitiativeDraft, Body(openapi_examples=examples.CASE_MERGERS)]


@router.get("/{initiative}", response_model=ModeratedDocument)
def get_moderated_initiative(
    request: Request, initiative: InitiativeId, moderator: Moderator, _: NoParameters
) -> Response:
    """One initiative, public or hidden, with the ETag that a decision needs."""
    with reading(request) as session:
        found = curation.get(session, initiative)
    return private(found, versions.of_document(found.sequence))


@router.post("/{initiative}/_archive", response_model=ModeratedInitiative, dependencies=[Depends(json_body)])
def archive_initiative(
    request: Request,
    initiative: InitiativeId,
    moderator: Moderator,
    expected: IfMatch,
    _: NoParameters,
    body: Archival,
) -> Response:
    """Withdraw a published initiative: its address answers 410 with the code of the reason."""
    return _moved(request, initiative, InitiativeState.ARCHIVED, body, moderator, expected)


@router.post("/{initiative}/_quarantine", response_model=ModeratedInitiative, dependencies=[Depends(json_body)])
def quarantine_initiative(
    request: Request,
    initiative: InitiativeId,
    moderator: Moderator,
    expected: IfMatch,
    _: NoParameters,
    body: Quarantine,
) -> Response:
    """Hide a published initiative at once, until it is looked at closely; in public it looks archived."""
    return _moved(request, initiative, InitiativeState.QUARANTINED, body, moderator, expected)


@router.post("/{initiative}/_restore", response_model=ModeratedInitiative, dependencies=[Depends(json_body)])
def restore_initiative(
    request: Request,
    initiative: InitiativeId,
    moderator: Moderator,
    expected: IfMatch,
    _: NoParameters,
    body: Restoration,
) -> Response:
    """Make an archived or quarantined initiative public again, as it was last accepted."""
    return _moved(request, initiative, InitiativeState.PUBLISHED, body, moderator, expected)


@router.post("/{initiative}/_merge", response_model=ModeratedInitiative, dependencies=[Depends(json_body)])
def merge_initiative(
    request: Request,
    initiative: InitiativeId,
    moderator: Moderator,
    expected: IfMatch,
    _: NoParameters,
    body: Merger,
) -> Response:
    """Say that a published initiative is the same as another: its address leads there from now on, for good."""
    return _moved(request, initiative, InitiativeState.MERGED, body, moderator, expected)


def _moved(
    request: Request,
    initiative: str,
    to: InitiativeState,
    decision: DecisionDraft,
    by: Caller,
    expected: Expected,
) -> Response:
    with writing(request) as session:
        moved = curation.move(session, initiative, to, decision, by, expected)
    return private(moved, versions.of_document(moved.sequence))
