"""Secrets that callers hold: keys (`ti_…`) and edit tokens (`te_…`). Only their SHA-256 is kept.

A secret is its prefix, 32 random bytes in hexadecimal and the CRC-32 of those, so that a mistyped one, or one found in
a log, is recognised without the database.
"""

import hashlib
import secrets
import zlib
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from api.db import ReadSession, WriteSession
from api.models import AccessKey
from api.types import now
from api.vocabulary import KeyRole

KEY, TOKEN = "ti_", "te_"
LIFETIME = timedelta(days=365)


@dataclass(frozen=True)
class Caller:
    """Who asks: the holder of a key, of an edit token (its hash), or anybody.

    Of who submits without a key, the address; of who submits, how many may wait for a decision at once.
    """

    key_id: str | None = None
    role: KeyRole | None = None
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


def create(session: WriteSession, role: KeyRole, name: str, lifetime: timedelta = LIFETIME) -> str:
    """A new key, shown this once."""
    secret, moment = new_secret(KEY), now()
    session.add(
        AccessKey(
            id=f"k-{secrets.token_hex(5)}",
            name=name,
            role=role,
            territories=[],
            hash=hash_of(secret),
            created_at=moment,
            expires_at=moment + lifetime,
        )
    )
    return secret


def holder(session: ReadSession, secret: str) -> Caller | None:
    """Who holds this key, if it is one of ours and still valid."""
    if not is_secret(secret, KEY):
        return None
    key = session.exec(select(AccessKey).where(col(AccessKey.hash) == hash_of(secret))).one_or_none()
    if key is None or key.expires_at <= now():
        return None
    return Caller(key_id=key.id, role=KeyRole(key.role))
