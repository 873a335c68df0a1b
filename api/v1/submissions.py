"""Submissions, as their senders follow them: with the edit token, or with the key that sent them."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from api import auth, models
from api.catalogue import following, idempotency, submissions, versions
from api.catalogue.idempotency import Attempt
from api.catalogue.keys import Caller
from api.drafts import InitiativeDraft
from api.errors import Busy
from api.queries import SubmissionQuery
from api.receipts import SubmissionDocument, SubmissionPage
from api.texts import Language
from api.types import SubmissionId
from api.v1 import examples
from api.v1.requests import (
    IfMatch,
    NoParameters,
    SpokenLanguage,
    merge_patch_body,
    reading,
    writing,
)
from api.v1.responses import private, private_listing
from api.v1.routing import StrictRoute

router = APIRouter(tags=["submissions"], route_class=StrictRoute)

Submission = Annotated[SubmissionId, Path(description="The id of a submission, as the receipt gives it.")]
Follower = Annotated[Caller, Depends(auth.follower)]
Patch = Annotated[
    dict[str, Any],
    Body(
        media_type="application/merge-patch+json",
        description="The fields to change; null empties a field.",
        openapi_examples=examples.PATCHES,
    ),
]


def receipt(
    request: Request,
    submission: models.Submission,
    language: Language,
    token: str | None = None,
    draft: InitiativeDraft | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    location: str | None = None,
) -> Response:
    """A submission as its sender sees it. What it may repeat is looked for after the commit: no writer waits for it.

    By then it is in, whatever happens: with an error, it would be sent again.
    """
    try:
        with reading(request) as session:
            told = following.receipt(session, submission, language, token, draft)
    except Busy:
        told = following.receipt_alone(submission, language, token)
    return private(told, versions.of_submission(submission), status, location)


def receive_retry(request: Request, attempt: Attempt | None) -> tuple[models.Submission, str] | None:
    """What the same request made when it was sent before, with a new token: its first answer may have been lost."""
    if attempt is None:
        return None
    with reading(request) as session:
        earlier = idempotency.earlier(session, attempt)
    if earlier is None:
        return None
    with writing(request) as session:
        return submissions.receive_again(session, earlier)


def received(
    request: Request,
    made: tuple[models.Submission, str],
    language: Language,
    draft: InitiativeDraft | None = None,
) -> Response:
    """The receipt of a submission that is in, with its token."""
    submission, token = made
    location = f"/v1/submissions/{submission.id}"
    return receipt(request, submission, language, token, draft, status=HTTPStatus.CREATED, location=location)


@router.get("/submissions", response_model=SubmissionPage)
def list_submissions(
    request: Request,
    holder: Annotated[Caller, Depends(auth.holder)],
    query: Annotated[SubmissionQuery, Query()],
    language: SpokenLanguage,
) -> Response:
    """Retrouvez vos propositions. What your key sent, newest first."""
    with reading(request) as session:
        return private_listing(request, following.page(session, query, holder, language))


@router.get("/submissions/{submission}", response_model=SubmissionDocument)
def get_submission(
    request: Request, submission: Submission, caller: Follower, language: SpokenLanguage, _: NoParameters
) -> Response:
    """Suivez votre proposition. What became of a submission."""
    with reading(request) as session:
        found = submissions.find(session, submission, caller)
        return private(following.receipt(session, found, language), versions.of_submission(found))


@router.patch(
    "/submissions/{submission}",
    response_model=SubmissionDocument,
    dependencies=[Depends(merge_patch_body), Depends(auth.recognised)],
)
def edit_submission(
    request: Request,
    submission: Submission,
    body: Patch,
    caller: Follower,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
) -> Response:
    """Corrigez votre proposition. Change a draft that is not decided on; after a request for changes, resubmit it."""
    with writing(request) as session:
        edited = submissions.edit(session, submission, body, caller, expected)
    return receipt(request, edited, language)


@router.delete("/submissions/{submission}", response_model=SubmissionDocument, dependencies=[Depends(auth.recognised)])
def withdraw_submission(
    request: Request,
    submission: Submission,
    caller: Follower,
    expected: IfMatch,
    language: SpokenLanguage,
    _: NoParameters,
) -> Response:
    """Retirez votre proposition. Withdraw a draft that is not decided on; it stays readable to you."""
    with writing(request) as session:
        withdrawn = submissions.withdraw(session, submission, caller, expected)
    return receipt(request, withdrawn, language)
