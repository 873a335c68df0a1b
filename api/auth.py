"""Who is calling: nobody in particular, the holder of a key, or the sender with an edit token. Never from the query.

Every route names one of `POLICIES`, and hears from it who may go on. What asks the database does so in a thread; the
others are coroutines, because a thread would cost more than the check.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api import addresses
from api.catalogue import keys, submissions, switch
from api.catalogue.keys import ANYBODY, Caller
from api.db import Database
from api.errors import Forbidden, NotFound, Unauthorized
from api.settings import Settings, Submissions
from api.texts import Text
from api.vocabulary import KeyRole

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_INVALID = Text(
    "This key is not valid: mistyped, expired or revoked. Ask whoever gave it to you for another.",
    "Cette clé n'est pas valide : mal copiée, expirée ou révoquée. Demandez-en une autre à qui vous l'a donnée.",
)
_NO_BEARER = Text(
    "Send the key in the header like this: Authorization: Bearer ti_…",
    "Envoyez la clé ainsi, dans l'en-tête : Authorization: Bearer ti_…",
)
_WANTED = Text(
    "An API key is required: Authorization: Bearer ti_…", "Une clé est nécessaire : Authorization: Bearer ti_…"
)
_FOR_MODERATORS = Text("This requires a moderator's key.", "Une clé de modérateur est nécessaire.")
_FOR_ADMINS = Text("This requires an admin's key.", "Une clé d'administrateur est nécessaire.")
_TO_SUBMIT = Text(
    "Submitting requires a key here: Authorization: Bearer ti_…",
    "Ici, une clé est nécessaire pour proposer : Authorization: Bearer ti_…",
)
_CLOSED = Text("Submissions are closed for now.", "Les propositions sont fermées pour le moment.")

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="Bearer",
    description="A key (`ti_…`), or the edit token of one submission (`te_…`).",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def anybody() -> None:
    """Everybody; credentials are ignored."""


async def follower(request: Request, credentials: Credentials) -> Caller:
    """Whoever asks about a submission. Invalid credentials count as none, and without any the answer is a 404."""
    if credentials is None:
        return ANYBODY
    if keys.is_secret(credentials.credentials, keys.TOKEN):
        return Caller(token_hash=keys.hash_of(credentials.credentials))
    return await run_in_threadpool(key_holder, request.state.database, credentials.credentials)


def key_holder(database: Database, secret: str) -> Caller:
    """Whoever holds a key; anybody, where it is not valid. Asks the database."""
    with database.read() as session:
        return keys.holder(session, secret) or ANYBODY


async def recognised(known: Annotated[Caller, Depends(follower)]) -> None:
    """Refuse to change a submission for anybody: without valid credentials there is none, whatever else is missing."""
    if known is ANYBODY:
        raise NotFound(submissions.NO_SUBMISSION)


async def caller(request: Request, known: Annotated[Caller, Depends(follower)]) -> Caller:
    """Anybody, or the holder of a valid key; credentials that are not valid are refused."""
    sent = request.headers.get("Authorization")
    if sent is not None and known.key_id is None:
        raise Unauthorized(_INVALID if sent.lower().startswith("bearer ") else _NO_BEARER, headers=_CHALLENGE)
    return known


def sender(request: Request, known: Annotated[Caller, Depends(caller)]) -> Caller:
    """Whoever may submit, as an operator said last, or else as the settings say."""
    database: Database = request.state.database
    settings: Settings = request.state.settings
    with database.read() as session:
        allowed = switch.stands(session) or settings.submissions
    if allowed is Submissions.CLOSED:
        raise Forbidden(_CLOSED)
    if allowed is Submissions.KEYS and known.key_id is None:
        raise Unauthorized(_TO_SUBMIT, headers=_CHALLENGE)
    address = None if known.key_id else addresses.subscriber(request.client)
    return replace(known, address=address, pending_limit=settings.most_pending)


async def holder(known: Annotated[Caller, Depends(caller)]) -> Caller:
    """The holder of a valid key of any role."""
    if known.key_id is None:
        raise Unauthorized(_WANTED, headers=_CHALLENGE)
    return known


async def moderator(known: Annotated[Caller, Depends(holder)]) -> Caller:
    """The holder of a moderator's key, or of an admin's: admins could make one for themselves anyway."""
    if known.role not in (KeyRole.MODERATOR, KeyRole.ADMIN):
        raise Forbidden(_FOR_MODERATORS)
    return known


async def admin(known: Annotated[Caller, Depends(holder)]) -> Caller:
    """The holder of an admin's key."""
    if known.role is not KeyRole.ADMIN:
        raise Forbidden(_FOR_ADMINS)
    return known


# Each route of the API has exactly one of these; the tests walk the routes and check it.
POLICIES = (anybody, follower, sender, holder, moderator, admin)
