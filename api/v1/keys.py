"""Keys, as admins see, make, rotate and revoke them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from api import auth
from api.catalogue import drafting, keys
from api.catalogue.keys import Caller
from api.decisions import KeyDraft
from api.queries import KeyQuery
from api.receipts import IssuedKeyDocument, KeyDocument, KeyPage
from api.types import KeyId
from api.v1 import examples
from api.v1.requests import NoParameters, as_it_came, json_body, reading, writing
from api.v1.responses import private, private_listing
from api.v1.routing import StrictRoute

router = APIRouter(tags=["keys"], route_class=StrictRoute)

Admin = Annotated[Caller, Depends(auth.admin)]
Key = Annotated[KeyId, Path(description="The id of a key, which is not the key.")]
# Read by the catalogue, which finds unknown territories and missing fields in one pass.
KeyBody = Annotated[Any, as_it_came(KeyDraft), Body(openapi_examples=examples.KEYS)]


@router.get("/keys", response_model=KeyPage)
def list_keys(request: Request, admin: Admin, query: Annotated[KeyQuery, Query()]) -> Response:
    """All keys, newest first: whose they are, what for, until when; of the keys themselves nothing is kept."""
    with reading(request) as session:
        return private_listing(request, keys.page(session, query))


@router.post(
    "/keys", status_code=HTTPStatus.CREATED, response_model=IssuedKeyDocument, dependencies=[Depends(json_body)]
)
def create_key(request: Request, admin: Admin, _: NoParameters, body: KeyBody) -> Response:
    """Make a key. The answer holds it, this once."""
    with writing(request) as session:
        draft = drafting.read_key(session, body)
        key, secret = keys.issue(session, draft, timedelta(days=draft.days), admin.name)
        return private(keys.issued(session, key.id, secret), status=HTTPStatus.CREATED)


@router.post("/keys/{key}/_rotate", response_model=IssuedKeyDocument)
def rotate_key(request: Request, key: Key, admin: Admin, _: NoParameters) -> Response:
    """Give the same holder another key, valid for as long again; the one before is void at once."""
    with writing(request) as session:
        secret = keys.rotate(session, key, admin.name)
        return private(keys.issued(session, key, secret))


@router.post("/keys/{key}/_revoke", response_model=KeyDocument)
def revoke_key(request: Request, key: Key, admin: Admin, _: NoParameters) -> Response:
    """Void a key, at once and for good."""
    with writing(request) as session:
        keys.revoke(session, key, admin.name)
        return private(keys.shown(session, key))
