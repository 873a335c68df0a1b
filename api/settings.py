"""Every setting is an environment variable `TERRITOIRES_…`, described here; the README lists them, as a test checks."""

import ipaddress
import os
import re
from contextlib import suppress
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import limits
from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_PREFIX = "territoires_"
# What begins so and is no setting: the tests' own, and what Kubernetes tells of services that are named like this one.
_OTHERS = re.compile(r"test_|(.*_)?(service_host|(service_)?port)(_|$)")
# As it can stand in `mailto:` without being escaped.
_MAILBOX = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")


class Submissions(StrEnum):
    """Who may submit."""

    OPEN = "open"
    KEYS = "keys"
    CLOSED = "closed"


def _database(value: str) -> str:
    with suppress(ArgumentError, ValueError):  # which may repeat a part of the password
        url = make_url(value)
        engine = url.get_backend_name()
        if engine == "postgresql" or (engine == "sqlite" and url.database not in (None, "", ":memory:")):
            return value
    raise ValueError("a file is expected, such as sqlite:///data/x.sqlite, or postgresql://user:password@host/name")


def _address(value: str) -> str:
    url = TypeAdapter(HttpUrl).validate_python(value)
    if (url.path or "").rstrip("/").endswith("/v1"):
        raise ValueError("the address of the service is expected, without the /v1 that links have after it")
    return str(url).rstrip("/")


def _mailbox(value: str) -> str:
    if not value or _MAILBOX.fullmatch(value):
        return value
    raise ValueError("an e-mail address is expected, such as webmaster@example.org")


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

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True)

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        default="sqlite:///data/territoires.sqlite",
        description="Where the catalogue lives: sqlite:///relative/path, sqlite:////absolute/path "
        "or postgresql://user:password@host/name.",
    )
    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="http://127.0.0.1:8000",
        description="The address under which clients reach the service; absolute links are made from it. "
        "`serve` sets it to the address it listens on when it is unset.",
    )
    contact_email: Annotated[str, AfterValidator(_mailbox)] | None = Field(
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


def strangers() -> list[str]:
    """Variables that are named as if they were settings: what was meant by a misspelt one is left out in silence."""
    ours = sorted(name for name in os.environ if name.lower().startswith(_PREFIX))
    return [name for name in ours if not _is_known(name.lower().removeprefix(_PREFIX))]


def _is_known(name: str) -> bool:
    return name in Settings.model_fields or _OTHERS.match(name) is not None
