"""Which web addresses lead to the same page, as far as they tell themselves."""

import importlib

import pytest

from api.webpages import comparable

SAME = [
    "https://example.org/a",
    "http://example.org/a",
    "HTTPS://www.Example.org:443/a/",
    "http://example.org:80/a#haut",
    "https://example.org/%61",
    "https://example.org/b/../a",
    "https://example.org/a?utm_source=x&UTM_medium=y&fbclid=z",
    "https://example.org/a?",
    "https://example.org/a?gclid=1&mc_cid=2&mc_eid=3",
]
APART = [
    "https://example.org/a?page=2",
    "https://example.org/a?b=1&c=2",
    "https://example.org/a?c=2&b=1",
    "https://example.org/A",
    "https://example.org/a%2Fb",
    "https://example.org/a/b",
    "https://example.org/a#!b",
    "https://example.org/a#/b",
    "https://example.org:8443/a",
    "https://autre.example.org/a",
    "https://example.org/a?utm=1",
]


@pytest.mark.parametrize("url", SAME)
def test_what_does_not_change_the_page_is_left_out(url: str) -> None:
    assert comparable(url) == "example.org/a"


def test_what_may_change_the_page_is_kept() -> None:
    assert len({comparable(url) for url in [*SAME, *APART]}) == 1 + len(APART)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://élus.example.org/été", "https://xn--lus-9la.example.org/%C3%A9t%c3%a9"),
        ("https://example.org", "http://www.example.org/"),
        ("https://example.org/?a=%7e", "https://example.org/?a=~"),
        ("https://example.org/?utm_source=x&a=1", "https://example.org?a=1"),
    ],
)
def test_the_same_page_in_other_letters(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


LONG = f"https://example.org/?{'é' * 600}"


@pytest.mark.parametrize("url", [*SAME, *APART, LONG])
def test_older_sources_are_compared_by_the_same_rule(url: str) -> None:
    migration = importlib.import_module("migrations.versions.0006_duplicates")
    assert migration._comparable(url) == comparable(url)
