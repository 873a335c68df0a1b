"""Every setting is an environment variable `TERRITOIRES_…`, described here; the README lists them, as a test checks."""

import ipaddress
from contextlib import suppress
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import limits
from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict


class Submissions(StrEnum):
    """Who may submit."""

    OPEN = "open"
    KEYS = "keys"
    CLOSED = "closed"


def _address(value: str) -> str:
    return str(TypeAdapter(HttpUrl).validate_python(value)).rstrip("/")


def _rate_limit(value: str) -> str:
    with suppress(ValueError):
        if value == "off" or [limit.amount > 0 for limit in limits.parse_many(value)] == [True]:
            return value
    raise ValueError("off is expected, or a number for a time, such as 60/minute or 1000/hour")


def _storage(value: str) -> str:
    with suppress(ValueError):  # of a port, which is not repeated: it may be a part of the password
        parts = urlsplit(value)
        if parts.scheme in ("memory", "redis", "rediss", "redis+unix") and parts.port != 0:
            return value
    raise ValueError("memory:// is expected, or redis://host:port/db")


def _pending_limit(value: str) -> str:
    if value == "off" or (value.isascii() and value.isdecimal() and 0 < int(value) <= 1_000_000):
        return value
    raise ValueError("off is expected, or a number, such as 200")


def _proxies(value: str) -> str:
    try:
        for proxy in value.split(",") if value else ():
            ipaddress.ip_network(proxy.strip())
    except ValueError:
        raise ValueError("addresses or networks are expected, such as 192.0.2.1,10.0.0.0/8") from None
    return value


class Settings(BaseSettings):
    """The service's settings, read once from the environment by `create_app` and the command."""

    model_config = SettingsConfigDict(env_prefix="TERRITOIRES_", frozen=True)

    database_url: str = Field(
        default="sqlite:///data/territoires.sqlite",
        description="Where the catalogue lives: sqlite:///relative/path, sqlite:////absolute/path "
        "or postgresql://user:password@host/name.",
    )
    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="http://127.0.0.1:8000",
        description="The address under which clients reach the service; absolute links are made from it. "
        "`serve` sets it to the address it listens on when it is unset.",
    )
    contact_email: str | None = Field(
        default=None,
        description="Where questions about the service and reports of vulnerabilities go, as the OpenAPI document, "
        "/v1/catalog and security.txt say; unset, webmaster@ the host of the public address.",
    )
    submissions: Submissions = Field(
        default=Submissions.OPEN,
        description="Who may submit: open (anybody), keys (holders of a key) or closed (nobody).",
    )
    rate_limit_reads: Annotated[str, AfterValidator(_rate_limit)] = Field(
        default="off",
        description="How often an address, or the holder of a key, may read: off, or for example 1000/minute.",
    )
    rate_limit_writes: Annotated[str, AfterValidator(_rate_limit)] = Field(
        default="60/minute",
        description="How often an address, or the holder of a key, may write, and try keys that are not valid: "
        "for example 60/minute, or off.",
    )
    rate_limit_storage: Annotated[str, AfterValidator(_storage)] = Field(
        default="memory://",
        description="Where that is counted: memory:// counts in each process for itself, "
        "redis://:password@host:port/db for all workers and machines together.",
    )
    pending_limit: Annotated[str, AfterValidator(_pending_limit)] | None = Field(
        default=None,
        description="How many submissions of an address, or of the holder of a key, may wait for a decision at once: "
        "a number, or off. Unset, 200; off where writes are not limited either.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        default="",
        description="Whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks of proxies, "
        "for example 192.0.2.1,10.0.0.0/8; unset, nobody's. `serve` alone reads it.",
    )

    @property
    def contact(self) -> str:
        """Where questions go: unless it is set, the mailbox that RFC 2142 keeps for whoever runs a web service."""
        return self.contact_email or f"webmaster@{urlsplit(self.public_url).hostname}"

    @property
    def most_pending(self) -> int | None:
        """How many submissions of one sender may wait, if not any number."""
        unset = "off" if self.rate_limit_writes == "off" else "200"
        limit = self.pending_limit or unset
        return None if limit == "off" else int(limit)
