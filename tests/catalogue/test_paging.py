"""A cursor is what a client sends back: whatever it holds, it is a place in the list or bad input."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from pydantic import ValidationError

from api.catalogue import finding, moderation, paging, sources, territories, themes
from api.catalogue.lookup import Facts
from api.errors import BadInput
from api.queries import (
    EventQuery,
    InitiativeQuery,
    PageQuery,
    QueueQuery,
    SourceQuery,
    TerritoryQuery,
    ThemeQuery,
)
from api.texts import Language
from tests.catalogue.properties import given

FACTS = Facts(sequence=1, changed="2026-11-23 08:00:00", lengths={"all": 13, "near": 13}, territories={})
NO_DATABASE: Any = object()  # any question to it is an AttributeError

# Every list, with the kinds of which its keys are made.
LISTS: dict[str, tuple[Callable[..., PageQuery], Callable[[Any], object], tuple[type, ...]]] = {
    "initiatives": (InitiativeQuery, lambda query: finding.page(NO_DATABASE, query, FACTS), (int,)),
    "by title": (
        partial(InitiativeQuery, sort="title"),
        lambda query: finding.page(NO_DATABASE, query, FACTS),
        (str, int),
    ),
    "by words": (
        partial(InitiativeQuery, q="jardin"),
        lambda query: finding.page(NO_DATABASE, query, FACTS),
        (int, int),
    ),
    "by distance": (
        partial(InitiativeQuery, near="48.9,2.3", sort="distance"),
        lambda query: finding.page(NO_DATABASE, query, FACTS),
        (float, int),
    ),
    "sources": (SourceQuery, lambda query: sources.page(NO_DATABASE, query), (int, int)),
    "territories": (TerritoryQuery, lambda query: territories.page(NO_DATABASE, query, FACTS), (str,)),
    "themes": (ThemeQuery, lambda query: themes.page(NO_DATABASE, query), (str,)),
    "queue": (QueueQuery, lambda query: moderation.queue(NO_DATABASE, query, Language.EN), (int, datetime, str)),
    "events": (EventQuery, lambda query: moderation.events(NO_DATABASE, query), (int,)),
}
every_list = pytest.mark.parametrize("name", LISTS)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
well_formed = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refused(name: str, cursor: str) -> None:
    """The list says that the cursor is bad, before it has asked the database anything."""
    kind, page, _ = LISTS[name]
    try:
        query = kind(cursor=cursor)
    except ValidationError:
        return  # not even of a cursor's form
    with pytest.raises(BadInput) as error:
        page(query)
    assert [mistake.parameter for mistake in error.value.mistakes] == ["cursor"]


@every_list
@given(st.text(alphabet="ABCXYZabcxyz0189-_", min_size=1, max_size=300) | st.text(max_size=310))
def test_random_text_is_refused(name: str, text: str) -> None:
    refused(name, text)


@every_list
@given(st.binary(min_size=1, max_size=225))
def test_random_bytes_are_refused(name: str, content: bytes) -> None:
    refused(name, base64.urlsafe_b64encode(content).decode().rstrip("="))


@every_list
@given(well_formed)
def test_json_of_any_shape_is_refused(name: str, value: object) -> None:
    refused(name, cursor_of(value))


@every_list
@given(key=st.lists(scalars, max_size=4))
def test_a_key_that_is_not_of_the_lists_kind_is_refused_though_it_names_the_list(name: str, key: list[Any]) -> None:
    kind, _, parts = LISTS[name]
    if tuple(map(type, key)) != parts:
        refused(name, cursor_of([kind().family, *key]))


@every_list
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2**31, "\x00"),
        (-(2**31) - 1, "a\nb"),
        (10**200, "\ud800"),
        (2**63, "\U000e0001"),
    ],
)
def test_a_key_that_no_database_holds_is_refused(name: str, number: int, text: str) -> None:
    kind, _, parts = LISTS[name]
    refused(name, cursor_of([kind().family, *(number if part is int else text for part in parts)]))


@pytest.mark.parametrize(
    "text", ["", "now", "2026", "2026-13-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    refused("queue", cursor_of([QueueQuery().family, 0, text, "s-0123456789"]))


@pytest.mark.parametrize(
    ("kind", "asked", "same"),
    [
        (InitiativeQuery, {}, {"sort": "-published"}),
        (InitiativeQuery, {"q": "jardin"}, {"q": "jardin", "sort": "relevance"}),
        (InitiativeQuery, {"similar": "fr"}, {"similar": "fr", "sort": "similarity"}),
        (InitiativeQuery, {"near": "48.9,2.3"}, {"near": "48.9,2.3", "radius": 20}),
        (InitiativeQuery, {"theme": ["a", "b"]}, {"theme": ["b", "a", "b"]}),
        (TerritoryQuery, {"near": "48.9,2.3"}, {"near": "48.9,2.3", "radius": 20}),
    ],
)
def test_a_cursor_leads_on_however_the_same_list_is_asked_for(
    kind: type[PageQuery], asked: dict[str, Any], same: dict[str, Any]
) -> None:
    cursor = paging.page(kind(limit=1, **asked), [((7,), b"1"), ((0,), b"2")], None).next
    assert paging.after(kind(cursor=cursor, **same), int) == [7]


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_cursor_leads_back_to_its_key_in_its_own_list_alone(number: int) -> None:
    here, filtered = InitiativeQuery(), InitiativeQuery(country=["FR"])
    cursor = paging.page(here.model_copy(update={"limit": 1}), [((number,), b"1"), ((0,), b"2")], None).next
    assert cursor is not None
    asked = {"cursor": cursor, "limit": 3, "total": True}  # these may change from page to page
    assert paging.after(here.model_copy(update=asked), int) == [number]
    for other in (filtered, InitiativeQuery(sort="published"), TerritoryQuery(kind=["region"]), EventQuery()):
        with pytest.raises(BadInput):
            paging.after(other.model_copy(update=asked), int)
