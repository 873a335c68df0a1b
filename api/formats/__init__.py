"""The formats in which lists are exported: pure functions from stored documents to bytes. No SQL, no HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True)
class About:
    """What an export tells of the catalogue that it was taken from."""

    address: str  # public, without a slash at its end
    sequence: int  # of the last public change
    updated_at: datetime  # when that was, in UTC

    @property
    def updated(self) -> str:
        """The time of the last public change (RFC 3339)."""
        return f"{self.updated_at:%Y-%m-%dT%H:%M:%SZ}"

    def page(self, *parts: str) -> str:
        """The address of what lies at this path in version 1."""
        return "/".join((self.address, "v1", *parts))


class Located(NamedTuple):
    """An initiative's document, with where it is in degrees (WGS 84): its place, else its lead territory's."""

    document: bytes
    longitude: float | None
    latitude: float | None
