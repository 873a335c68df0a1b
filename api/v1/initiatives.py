"""Initiatives: listed, shown, proposed."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from api import auth
from api.catalogue import drafting, finding, following, idempotency, rights, submissions, versions
from api.catalogue.keys import Caller
from api.documents import InitiativeDocument, InitiativePage
from api.drafts import InitiativeDraft
from api.queries import CheckQuery, InitiativeQuery
from api.receipts import CheckedDocument, ReceiptDocument
from api.types import Slug
from api.v1 import examples
from api.v1.requests import (
    NoParameters,
    RetryKey,
    SpokenLanguage,
    as_it_came,
    glancing,
    json_body,
    kept_facets,
    reading,
    writing,
)
from api.v1.responses import asks_again, document, listing, moved, private, unchanged
from api.v1.routing import StrictRoute
from api.v1.submissions import receive_retry, received

router = APIRouter(tags=["initiatives"], route_class=StrictRoute)

InitiativeId = Annotated[
    Slug, Path(description="The public id of an initiative.", openapi_examples=examples.INITIATIVE_ID)
]
# Read by the catalogue, which finds unknown themes and missing fields in one pass.
DraftBody = Annotated[Any, as_it_came(InitiativeDraft), Body(openapi_examples=examples.DRAFTS)]


@router.get("/initiatives", response_model=InitiativePage, dependencies=[Depends(auth.anybody)])
def list_initiatives(request: Request, query: Annotated[InitiativeQuery, Query()]) -> Response:
    """Published initiatives, by words and any mix of filters, in the order that you choose, with counts where asked."""
    with reading(request) if query.facets else glancing(request) as reader:
        if asks_again(request) and (held := unchanged(request, versions.current(reader, query))):
            return held
        facts = finding.facts(reader, query)
        page, version = finding.page(reader, query, facts)
        if query.facets:
            page = replace(page, facets=kept_facets(request).of(reader, query, facts))
    return listing(request, page, version)


@router.get("/initiatives/{initiative}", response_model=InitiativeDocument, dependencies=[Depends(auth.anybody)])
def get_initiative(request: Request, initiative: InitiativeId, query: NoParameters) -> Response:
    """One published initiative. A withdrawn one is a 410 with its reason code; a merged one redirects (308)."""
    with glancing(request) as glance:
        if asks_again(request) and (held := unchanged(request, finding.get(glance, initiative, whole=False).version)):
            return held
        found = finding.get(glance, initiative)
    if found.successor:
        return moved(f"/v1/initiatives/{found.successor}")
    return document(request, found.document, found.version)


@router.post(
    "/initiatives",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptDocument,
    responses={200: {"model": CheckedDocument, "description": "With `check=true`: what the submission would be."}},
    dependencies=[Depends(json_body)],
)
def submit_initiative(
    request: Request,
    body: DraftBody,
    query: Annotated[CheckQuery, Query()],
    caller: Annotated[Caller, Depends(auth.sender)],
    language: SpokenLanguage,
    key: RetryKey,
) -> Response:
    """Proposez une initiative. Submit a case; it is public once a moderator has published it.

    No account is needed. The answer holds an edit token, shown once, with which to follow, correct or withdraw it.
    """
    attempt = None if query.check else idempotency.attempt(key, caller, body)
    if made := receive_retry(request, attempt):
        return received(request, made, language)
    with reading(request) as session:  # a long look at the draft keeps no writer waiting
        draft = drafting.read(session, body)
        rights.expect_to_speak_for(session, caller, draft)
        if query.check:
            return private(following.checked(session, draft, caller, language))
    with writing(request) as session:
        made = submissions.submit(session, draft, caller, attempt=attempt)
    return received(request, made, language, None if attempt else draft)  # what came before may have been edited
