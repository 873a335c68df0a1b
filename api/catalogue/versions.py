"""What an ETag is made of, and the check that nobody changed the thing since the caller read it."""

import hashlib
from collections.abc import Set as AbstractSet

from api.catalogue.rendering import RENDERER
from api.errors import Stale
from api.models import Submission
from api.queries import PageQuery
from api.texts import Text

# The tags of `If-Match`; None for `*`, which any version matches.
Expected = AbstractSet[str] | None

_STALE = Text(
    "It has changed since you read it. Read it again, then decide.",
    "Le contenu a changé depuis votre lecture. Relisez-le, puis décidez.",
)


def of_submission(submission: Submission) -> str:
    return str(submission.version)


def of_document(sequence: int) -> str:
    """Of an initiative: moved by any change of its document, a neighbour's doing included."""
    return f"{RENDERER}-{sequence}"


def of_list(sequence: int, query: PageQuery) -> str:
    """Of one page of one list."""
    return f"{of_document(sequence)}-{query.digest}"


def of_bytes(*parts: bytes) -> str:
    """Of what is made of more than what is published: of settings, or of the reference."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def expect(tag: str, expected: Expected) -> None:
    """Refuse a change made on another version than the present one."""
    if expected is not None and tag not in expected:
        raise Stale(_STALE)
