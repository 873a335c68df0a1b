"""What moderators see and decide, with a moderator's key."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from api import auth
from api.catalogue import moderation, settling
from api.catalogue.keys import Caller
from api.decisions import ConfirmDraft, DecisionDraft, MergeDraft, NoteDraft, PublishDraft
from api.queries import EventQuery, ProvisionalQuery, QueueQuery
from api.receipts import (
    EventPage,
    ProvisionalPage,
    QueuedDocument,
    QueuePage,
    ReceiptDocument,
    SettledTerritory,
    SubmissionDocument,
)
from api.types import ProvisionalId, SubmissionId
from api.v1 import examples
from api.v1.requests import IfMatch, NoParameters, SpokenLanguage, json_body, reading, writing
from api.v1.responses import private, private_listing
from api.v1.routing import StrictRoute
from api.v1.submissions import receipt
from api.vocabulary import SubmissionState

router = APIRouter(prefix="/moderation", tags=["moderation"], route_class=StrictRoute)

Submission = Annotated[SubmissionId, Path(description="The id of a submission.")]
Moderator = Annotated[Caller, Depends(auth.moderator)]
Publication = Annotated[PublishDraft | None, Body(openapi_examples=examples.PUBLICATIONS)]
Territory = Annotated[ProvisionalId, Path(description="The id of a provisional territory.")]
Confirmation = Annotated[ConfirmDraft | None, Body(openapi_examples=examples.CONFIRMATIONS)]
Merger = Annotated[MergeDraft, Body(openapi_examples=examples.MERGERS)]
Note = Annotated[NoteDraft | None, Body(openapi_examples=examples.NOTES)]
ChangesWanted = Annotated[DecisionDraft, Body(openapi_examples=examples.REQUESTS)]
Refusal = Annotated[DecisionDraft, Body(openapi_examples=examples.REFUSALS)]


@router.get("/submissions", response_model=QueuePage)
def list_queued_submissions(
    request: Request, moderator: Moderator, query: Annotated[QueueQuery, Query()], language: SpokenLanguage
) -> Response:
    """Submissions in a state, those that wait longest first."""
    with reading(request) as session:
        return private_listing(request, moderation.queue(session, query, language))


@router.get("/submissions/{submission}", response_model=QueuedDocument)
def get_queued_submission(
    request: Request, submission: Submission, moderator: Moderator, language: SpokenLanguage, _: NoParameters
) -> Response:
    """One submission, whatever its state, with the ETag that a decision needs."""
    with reading(request) as session:
        found = moderation.get(session, submission, language)
    return private(found, str(found.version))


@router.post("/submissions/{submission}/_publish", response_model=SubmissionDocument, dependencies=[Depends(json_body)])
def publish_submission(
    request: Request,
    submission: Submission,
    moderator: Moderator,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
    body: Publication = None,
) -> Response:
    """Accept a draft and make it public."""
    with writing(request) as session:
        accepted = moderation.publish(session, submission, body or PublishDraft(), moderator, expected)
    return receipt(request, accepted, language)


@router.post("/submissions/{submission}/_reject", response_model=SubmissionDocument, dependencies=[Depends(json_body)])
def reject_submission(
    request: Request,
    submission: Submission,
    moderator: Moderator,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
    body: Refusal,
) -> Response:
    """Refuse a draft, with the reason that its sender reads."""
    with writing(request) as session:
        decided = moderation.turn_down(session, submission, SubmissionState.REJECTED, body, moderator, expected)
    return receipt(request, decided, language)


@router.post(
    "/submissions/{submission}/_request-changes",
    response_model=SubmissionDocument,
    dependencies=[Depends(json_body)],
)
def request_changes(
    request: Request,
    submission: Submission,
    moderator: Moderator,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
    body: ChangesWanted,
) -> Response:
    """Give a draft back to its sender, with what to mend."""
    with writing(request) as session:
        decided = moderation.turn_down(
            session, submission, SubmissionState.CHANGES_REQUESTED, body, moderator, expected
        )
    return receipt(request, decided, language)


@router.post("/submissions/{submission}/_token", response_model=ReceiptDocument, dependencies=[Depends(json_body)])
def reissue_token(
    request: Request,
    submission: Submission,
    moderator: Moderator,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
    body: Note = None,
) -> Response:
    """Make a new edit token for a sender who has lost the last, which is void from now on."""
    with writing(request) as session:
        kept, token = moderation.reissue_token(session, submission, body or NoteDraft(), moderator, expected)
    return receipt(request, kept, language, token)


@router.get("/territories", response_model=ProvisionalPage)
def list_provisional_territories(
    request: Request, moderator: Moderator, query: Annotated[ProvisionalQuery, Query()]
) -> Response:
    """Bodies that no reference has and that undecided submissions name, those that wait longest first."""
    with reading(request) as session:
        return private_listing(request, settling.page(session, query))


@router.post("/territories/{territory}/_confirm", response_model=SettledTerritory, dependencies=[Depends(json_body)])
def confirm_territory(
    request: Request, territory: Territory, moderator: Moderator, _: NoParameters, body: Confirmation = None
) -> Response:
    """Make a territory of it, which is public at once."""
    with writing(request) as session:
        return private(settling.confirm(session, territory, body or ConfirmDraft(), moderator))


@router.post("/territories/{territory}/_merge", response_model=SettledTerritory, dependencies=[Depends(json_body)])
def merge_territory(
    request: Request, territory: Territory, moderator: Moderator, _: NoParameters, body: Merger
) -> Response:
    """Say which territory it is, under another name."""
    with writing(request) as session:
        return private(settling.merge(session, territory, body, moderator))


@router.get("/events", response_model=EventPage)
def list_events(request: Request, moderator: Moderator, query: Annotated[EventQuery, Query()]) -> Response:
    """The audit trail, newest first: every transition, by whom, and why."""
    with reading(request) as session:
        return private_listing(request, moderation.events(session, query))
