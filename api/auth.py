"""Who is calling: nobody in particular, the holder of a key, or the sender with an edit token. Never from the query."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api import addresses
from api.catalogue import keys, switch
from api.catalogue.keys import ANYBODY, Caller
from api.db import Database
from api.errors import Forbidden, Unauthorized
from api.settings import Settings, Submissions
from api.texts import Text
from api.vocabulary import KeyRole

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_INVALID = Text("This is not a valid key, or it has expired.", "Cette clé n'est pas valide, ou elle a expiré.")
_WANTED = Text(
    "A moderator's key is wanted: Authorization: Bearer ti_…",
    "Une clé de modérateur est nécessaire : Authorization: Bearer ti_…",
)
_KEY_WANTED = Text(
    "Submitting takes a key here: Authorization: Bearer ti_…",
    "Ici, une clé est nécessaire pour proposer : Authorization: Bearer ti_…",
)
_CLOSED = Text("Submissions are closed for now.", "Les propositions sont fermées pour le moment.")

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="Bearer",
    description="A key (`ti_…`), or the edit token of one submission (`te_…`).",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def follower(request: Request, credentials: Credentials) -> Caller:
    """Whoever asks about a submission: what is not valid is as good as nothing, and nothing leads to a 404."""
    if credentials is None:
        return ANYBODY
    if keys.is_secret(credentials.credentials, keys.TOKEN):
        return Caller(token_hash=keys.hash_of(credentials.credentials))
    database: Database = request.state.database
    with database.read() as session:
        return keys.holder(session, credentials.credentials) or ANYBODY


def caller(request: Request, known: Annotated[Caller, Depends(follower)]) -> Caller:
    """Anybody, or the holder of a valid key; credentials that are not valid are refused."""
    if "Authorization" in request.headers and known.key_id is None:
        raise Unauthorized(_INVALID, headers=_CHALLENGE)
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
        raise Unauthorized(_KEY_WANTED, headers=_CHALLENGE)
    address = None if known.key_id else addresses.subscriber(request.client)
    return replace(known, address=address, pending_limit=settings.most_pending)


def moderator(known: Annotated[Caller, Depends(caller)]) -> Caller:
    """The holder of a moderator's key."""
    if known.role is not KeyRole.MODERATOR:
        raise Unauthorized(_WANTED, headers=_CHALLENGE)
    return known
