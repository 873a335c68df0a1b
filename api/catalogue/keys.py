"""Secrets that callers hold: keys (`ti_…`) and edit tokens (`te_…`). Only their SHA-256 is kept.

Keys are made, rotated and revoked here, each time with an event; whether one is valid is asked at each request.

A secret is its prefix, 32 random bytes in hexadecimal and the CRC-32 of those, so that a mistyped one, or one found in
a log, is recognised without the database.
"""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, tuple_
from sqlmodel import col, select

from api.catalogue import drafting, paging
from api.catalogue.paging import Page
from api.db import ReadSession, WriteSession
from api.decisions import KeyDraft
from api.errors import Conflict, NotFound
from api.models import AccessKey, Event
from api.queries import KeyQuery
from api.receipts import IssuedKeyDocument, KeyDocument
from api.texts import Text
from api.types import now
from api.vocabulary import KeyRole

KEY, TOKEN = "ti_", "te_"
LIFETIME = timedelta(days=365)
OPERATOR = "operator"  # who makes keys by command, in the audit trail

_NO_KEY = Text("There is no key with this id.", "Aucune clé ne porte cet identifiant.")
_REVOKED = Text(
    "This key is revoked, for good; make another.", "Cette clé est révoquée, définitivement ; créez-en une autre."
)


@dataclass(frozen=True)
class Caller:
    """Who asks: the holder of a key, of an edit token (its hash), or anybody.

    `address` is set for senders without a key, `pending_limit` for every sender.
    """

    key_id: str | None = None
    role: KeyRole | None = None
    territories: Sequence[str] = ()  # a contributor's, by id
    token_hash: str | None = None
    address: str | None = None
    pending_limit: int | None = None

    @property
    def name(self) -> str:
        """What the audit trail calls them."""
        return self.key_id or ("sender" if self.token_hash else "anonymous")


ANYBODY = Caller()


def new_secret(prefix: str) -> str:
    body = secrets.token_hex(32)
    return prefix + body + _checksum(body)


def is_secret(text: str, prefix: str) -> bool:
    """Whether this can be a secret of ours at all."""
    body = text.removeprefix(prefix)
    return text.startswith(prefix) and text.isascii() and len(body) == 72 and body[64:] == _checksum(body[:64])


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def create(
    session: WriteSession,
    role: KeyRole,
    name: str,
    lifetime: timedelta = LIFETIME,
    territories: Sequence[str] = (),
) -> str:
    """A new key, by command, shown this once. Territories are told by id or official code."""
    draft = drafting.read_key(session, {"role": role, "name": name, "territories": [*territories]})
    return issue(session, draft, lifetime, OPERATOR)[1]


def issue(session: WriteSession, draft: KeyDraft, lifetime: timedelta, by: str) -> tuple[AccessKey, str]:
    """A key for the holder that a draft tells, and its secret, shown this once."""
    key = AccessKey(
        id=f"k-{secrets.token_hex(5)}",
        name=draft.name,
        role=draft.role,
        territories=draft.territories,
        **_fresh(secret := new_secret(KEY), lifetime),
    )
    session.add(key)
    _record(session, "key_created", key, by)
    return key, secret


def rotate(session: WriteSession, key_id: str, by: str) -> str:
    """Another secret for the same holder, valid for as long again; the old one is void at once."""
    key = _lock(session, key_id)
    key.sqlmodel_update(_fresh(secret := new_secret(KEY), key.expires_at - key.created_at))
    _record(session, "key_rotated", key, by)
    return secret


def revoke(session: WriteSession, key_id: str, by: str) -> None:
    """Void a key at once and for good."""
    key = _lock(session, key_id)
    key.revoked_at = now()
    _record(session, "key_revoked", key, by)


def holder(session: ReadSession, secret: str) -> Caller | None:
    """Who holds this key, if it is one of ours and still valid. Asked of the database each time: a no holds at once."""
    if not is_secret(secret, KEY):
        return None
    key = session.exec(select(AccessKey).where(col(AccessKey.hash) == hash_of(secret))).one_or_none()
    return _as_caller(key) if key and not key.revoked_at and key.expires_at > now() else None


def sender(session: ReadSession, key_id: str | None) -> Caller:
    """Whose key sent something, valid or not by now; anybody without one."""
    key = session.get(AccessKey, key_id) if key_id else None
    return _as_caller(key) if key else ANYBODY


def page(session: ReadSession, query: KeyQuery) -> Page:
    """Keys, the newest first."""
    created, identifier = col(AccessKey.created_at), col(AccessKey.id)
    found = _with_use().order_by(created.desc(), identifier.desc())
    if after := paging.after(query, datetime, str):
        found = found.where(tuple_(created, identifier) < after)
    rows, total = paging.fetch(session, query, found, paging.counted(select(col(AccessKey.id))))
    keyed = [((key.created_at, key.id), _document(key, used)) for key, used, *_ in rows]
    return paging.page(query, [(key, document.model_dump_json().encode()) for key, document in keyed], total)


def every(session: ReadSession) -> list[KeyDocument]:
    """All keys, the oldest first."""
    found = _with_use().order_by(col(AccessKey.created_at), col(AccessKey.id))
    return [_document(key, used) for key, used in session.execute(found)]


def shown(session: ReadSession, key_id: str) -> KeyDocument:
    """A key as admins see it."""
    key, used = session.execute(_with_use().where(col(AccessKey.id) == key_id)).one()
    return _document(key, used)


def issued(session: ReadSession, key_id: str, secret: str) -> IssuedKeyDocument:
    """A key with its secret, as it is answered once."""
    return IssuedKeyDocument(**shown(session, key_id).model_dump(), key=secret)


def _as_caller(key: AccessKey) -> Caller:
    return Caller(key_id=key.id, role=KeyRole(key.role), territories=tuple(key.territories))


def _with_use() -> Select[AccessKey, datetime | None]:
    """Keys, each with the last change that the audit trail has of its holder: nothing is written when one reads."""
    used = select(func.max(Event.at)).where(col(Event.actor) == col(AccessKey.id)).scalar_subquery()
    return select(AccessKey, used.label("used"))


def _document(key: AccessKey, used: datetime | None) -> KeyDocument:
    return KeyDocument.model_validate(key.model_dump() | {"last_used_at": used})


def _fresh(secret: str, lifetime: timedelta) -> dict[str, Any]:
    """What is kept of a new secret."""
    moment = now()
    return {"hash": hash_of(secret), "created_at": moment, "expires_at": moment + lifetime}


def _lock(session: WriteSession, key_id: str) -> AccessKey:
    """A key that is not revoked, held still until the commit."""
    key = session.get(AccessKey, key_id, with_for_update=True, populate_existing=True)
    if key is None:
        raise NotFound(_NO_KEY)
    if key.revoked_at:
        raise Conflict(_REVOKED, allowed=())
    return key


def _record(session: WriteSession, action: str, key: AccessKey, by: str) -> None:
    session.add(Event(at=now(), actor=by, action=action, key_id=key.id))
