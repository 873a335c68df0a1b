"""What tells one version from another, to caches and to whoever changes it: an ETag, and when it came about."""

import hashlib
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import col

from api.catalogue.rendering import RENDERER
from api.errors import Stale
from api.glance import Reader
from api.models import Counter, Submission
from api.models.columns import as_text, moment
from api.queries import Query
from api.texts import Text

# The tags of `If-Match`; None for `*`, which any version matches.
Expected = AbstractSet[str] | None

_SECOND = timedelta(seconds=1)
_STALE = Text(
    "It has changed since you read it. Read it again, then decide.",
    "Le contenu a changé depuis votre lecture. Relisez-le, puis décidez.",
)


class Version(NamedTuple):
    """A version of what is public."""

    tag: str
    since: datetime | None = None

    @property
    def date(self) -> datetime | None:
        """When it came about, as soon as that second is over: another change within it would have the same date
        (RFC 9110, §8.8.2.2)."""
        return self.since if self.since and self.since <= datetime.now(UTC) - _SECOND else None


_CHANGE = select(col(Counter.sequence), as_text(col(Counter.updated_at)))


def current(reader: Reader, query: Query | None = None) -> Version:
    """The version of whatever any public change may change, or of one page of a list. Reads one row."""
    [(sequence, changed)] = reader.rows(_CHANGE, {})
    return of_list(sequence, changed, query) if query else Version(of_document(sequence), moment(changed))


def of_list(sequence: int, changed: str, query: Query) -> Version:
    """The version of one page of one list."""
    return Version(f"{of_document(sequence)}-{query.digest}", moment(changed))


def of_submission(submission: Submission) -> str:
    return str(submission.version)


def of_document(sequence: int) -> str:
    """The tag of an initiative's version: another after any change of its document, a neighbour's doing included."""
    return f"{RENDERER}-{sequence}"


def of_bytes(body: bytes) -> Version:
    """The version of what depends on more than the publication, on settings or the reference: its bytes tell."""
    return Version(hashlib.sha256(body).hexdigest()[:16])


def expect(tag: str, expected: Expected) -> None:
    """Refuse a change made on another version than the present one."""
    if expected is not None and tag not in expected:
        raise Stale(_STALE)
