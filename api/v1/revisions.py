"""Changes of published cases: anybody proposes one, everybody sees the versions."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import auth
from api.catalogue import following, idempotency, revisions, submissions
from api.catalogue.keys import Caller
from api.documents import RevisionPage
from api.queries import CheckQuery, RevisionQuery
from api.receipts import CheckedDocument, ReceiptDocument
from api.v1.initiatives import InitiativeId
from api.v1.requests import IfMatch, RetryKey, SpokenLanguage, merge_patch_body, reading, writing
from api.v1.responses import listing, private, unchanged
from api.v1.routing import StrictRoute
from api.v1.submissions import Patch, receive_retry, received

router = APIRouter(prefix="/initiatives/{initiative}/revisions", tags=["initiatives"], route_class=StrictRoute)


@router.get("", response_model=RevisionPage, dependencies=[Depends(auth.anybody)])
def list_revisions(request: Request, initiative: InitiativeId, query: Annotated[RevisionQuery, Query()]) -> Response:
    """The public versions of an initiative, the newest first, each with what it changed."""
    with reading(request) as session:
        version = revisions.version(session, initiative, query)
        return unchanged(request, version) or listing(request, revisions.page(session, initiative, query), version)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptDocument,
    responses={200: {"model": CheckedDocument, "description": "With `check=true`: what the submission would be."}},
    dependencies=[Depends(merge_patch_body)],
)
def propose_revision(
    request: Request,
    initiative: InitiativeId,
    body: Patch,
    query: Annotated[CheckQuery, Query()],
    caller: Annotated[Caller, Depends(auth.sender)],
    expected: IfMatch,
    language: SpokenLanguage,
    key: RetryKey,
) -> Response:
    """Proposez une correction. Propose a change of a published case; it is public once a moderator has accepted it.

    `If-Match` holds the ETag of the case that you read. No account is needed.
    """
    attempt = None if query.check else idempotency.attempt(key, caller, initiative, body)
    if made := receive_retry(request, attempt):
        return received(request, made, language)
    with reading(request) as session:
        amendment = revisions.patched(session, initiative, body, expected)
        if query.check:
            return private(following.checked(session, amendment.after, caller, language, amendment.initiative))
        rank = revisions.precedence(session, amendment, caller)
    with writing(request) as session:
        made = submissions.submit(
            session, amendment.after, caller, amendment.initiative, precedence=rank, attempt=attempt
        )
    return received(request, made, language)
