"""A service that the tests of one module share. A test that counts what is there takes one of its own instead."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from api.catalogue import keys
from api.db import Database
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.conftest import PUBLIC_URL, Service, databases_of, serving
from tests.databases import ENGINES
from tests.v1.wire import ORIGIN, bearer


@dataclass(frozen=True)
class Shared:
    """A running service, a client of anybody's and those of two moderators."""

    service: Service
    anybody: httpx.Client
    moderator: httpx.Client
    colleague: httpx.Client


@pytest.fixture(scope="module", params=ENGINES)
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    with databases_of(request).copy() as url:
        database = Database(url)
        with database.write() as session:
            first, second = (keys.create(session, KeyRole.MODERATOR, name) for name in ("Test", "Colleague"))
        database.close()
        for service in serving(Settings(database_url=url, public_url=PUBLIC_URL, rate_limit_writes="off")):
            with (
                service.client(headers=ORIGIN) as anybody,
                service.client(headers=ORIGIN | bearer(first)) as moderator,
                service.client(headers=ORIGIN | bearer(second)) as other,
            ):
                yield Shared(service, anybody, moderator, other)


@pytest.fixture(scope="module")
def anyone(shared: Shared) -> httpx.Client:
    """Anybody, in a service that others have used: for what does not depend on who was there before."""
    return shared.anybody


@pytest.fixture(scope="module")
def judge(shared: Shared) -> httpx.Client:
    """A moderator of the shared service."""
    return shared.moderator


@pytest.fixture(scope="module")
def other_judge(shared: Shared) -> httpx.Client:
    """Another moderator of the shared service."""
    return shared.colleague


@pytest.fixture
def colleague(service: Service, database: Database) -> Iterator[httpx.Client]:
    """The holder of another moderator's key."""
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Colleague")
    with service.client(headers=bearer(key)) as client:
        yield client
