"""A request that is sent again, with the same Idempotency-Key, is answered as the first was, for a day.

The key is kept in the transaction of what it protects: there is none without the other. Of two at once, the second
waits until the first is done (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import col

from api.catalogue.keys import Caller
from api.db import ReadSession, WriteSession
from api.errors import Conflict, Reused
from api.models import Idempotency
from api.texts import Text
from api.types import now

KEPT = timedelta(hours=24)
_REUSED = Text(
    "This Idempotency-Key was sent with another request; make a new key for each new submission.",
    "Cette Idempotency-Key a déjà servi pour un autre envoi ; créez une clé nouvelle pour chaque proposition.",
)
_IN_FLIGHT = Text(
    "The first request with this Idempotency-Key is not done yet; send this one again shortly.",
    "Le premier envoi avec cette Idempotency-Key n'est pas terminé ; renvoyez celui-ci dans un instant.",
)


@dataclass(frozen=True)
class Attempt:
    """One try of a request that may be sent again: its key, bound to its sender's, and what was asked; both hashed."""

    key: str
    request: str


def attempt(key: str | None, caller: Caller, *asked: object) -> Attempt | None:
    """Of a request with a key, `asked` tells all that makes it another."""
    return Attempt(_hashed(caller.key_id, key), _hashed(*asked)) if key else None


def earlier(session: ReadSession, attempt: Attempt) -> str | None:
    """The id of the submission that this made before, if it did."""
    known = session.get(Idempotency, attempt.key)
    return _same(known, attempt) if known and known.created_at > now() - KEPT else None


def claim(session: WriteSession, attempt: Attempt, submission_id: str) -> str:
    """Keep the key with the submission that it makes; returns its id, or that of the one which it made before."""
    session.execute(
        delete(Idempotency).where(col(Idempotency.key) == attempt.key, col(Idempotency.created_at) <= now() - KEPT)
    )
    mine = Idempotency(key=attempt.key, request=attempt.request, submission_id=submission_id, created_at=now())
    try:
        with session.begin_nested():
            session.add(mine)
    except IntegrityError:
        return _same(session.get_one(Idempotency, attempt.key), attempt)
    except OperationalError:  # waited too long for it
        raise Conflict(_IN_FLIGHT, retry_after=5) from None
    return submission_id


def _same(known: Idempotency, attempt: Attempt) -> str:
    if known.request != attempt.request:
        raise Reused(_REUSED)
    return known.submission_id


def _hashed(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()
