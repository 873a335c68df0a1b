"""What can go wrong, said to people in both languages, with the HTTP status it stands for.

The catalogue raises these; `api/problems.py` alone turns them into answers (RFC 9457).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar

from api.texts import Text


@dataclass(frozen=True)
class Candidate:
    """A territory that may be meant; `parent` is the name of what it lies in."""

    id: str
    name: str
    kind: str
    parent: str | None
    population: int | None


@dataclass(frozen=True)
class Mistake:
    """One thing to mend, and where: an RFC 6901 pointer into the body, or a parameter's name."""

    detail: Text
    pointer: str | None = None
    parameter: str | None = None
    candidates: Sequence[Candidate] = ()  # what may be meant, the likeliest first


@dataclass(eq=False)
class CatalogueError(Exception):
    """An answer that is not the one asked for."""

    status: ClassVar[HTTPStatus]

    detail: Text
    mistakes: Sequence[Mistake] = ()
    allowed: Sequence[str] | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None  # seconds


class BadInput(CatalogueError):
    """What was sent cannot be taken; every mistake is listed."""

    status = HTTPStatus.BAD_REQUEST


class Unauthorized(CatalogueError):
    """No credentials, or none that are valid."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(CatalogueError):
    """Known, but not allowed."""

    status = HTTPStatus.FORBIDDEN


class NotFound(CatalogueError):
    """Unknown, or hidden from the caller: the same answer for both."""

    status = HTTPStatus.NOT_FOUND


class NotAcceptable(CatalogueError):
    """The caller takes none of the media types there are."""

    status = HTTPStatus.NOT_ACCEPTABLE


class Conflict(CatalogueError):
    """A move that the present state does not allow; `allowed` names the states that can follow it."""

    status = HTTPStatus.CONFLICT


class Gone(CatalogueError):
    """Once public, now withdrawn, for the reason that `code` gives."""

    status = HTTPStatus.GONE


class Stale(CatalogueError):
    """Changed since the caller read it."""

    status = HTTPStatus.PRECONDITION_FAILED


class UnsupportedMediaType(CatalogueError):
    """A body of another media type than the operation takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Reused(CatalogueError):
    """An Idempotency-Key that came with another request before."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PreconditionRequired(CatalogueError):
    """A change without `If-Match`."""

    status = HTTPStatus.PRECONDITION_REQUIRED


class TooMany(CatalogueError):
    """More than the caller may ask in this time."""

    status = HTTPStatus.TOO_MANY_REQUESTS


_BUSY = Text("The catalogue is busy; try again shortly.", "Le catalogue est occupé ; réessayez dans un instant.")


@dataclass(eq=False)
class Busy(CatalogueError):
    """The database cannot be had just now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    detail: Text = _BUSY
    retry_after: int | None = 5
