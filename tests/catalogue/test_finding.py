"""Any mix of filters finds what a look at every case would find, page by page, in both directions."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, update
from sqlmodel import Session

from api.catalogue import finding, terms
from api.db import Database
from api.errors import BadInput
from api.glance import Reader, Rows
from api.models import Counter, Publication, PublicationTerm, TermCount
from api.queries import InitiativeQuery
from api.vocabulary import InitiativeKind, Progress
from tests.catalogue.acting import PUBLISHED_TABLES

CASES = 300
THEMES = ["tiers-lieux", "circuit-court", "budget-participatif", "revitalisation", "habitat-partage"]
PLACES = {"insee:81004": "fr-81004", "be-71016": "be-71016", "fr-reg-76": "fr-reg-76", "dicofre:0105": "pt-0105"}
COUNTRIES = ["FR", "BE", "PT"]
VALUES = {
    "theme": {theme: terms.theme(theme) for theme in THEMES},
    "territory": {code: terms.within(place) for code, place in PLACES.items()},
    "country": {code: terms.country(code) for code in COUNTRIES},
    "progress": {value.value: terms.progress(value) for value in Progress},
    "kind": {value.value: terms.kind(value) for value in InitiativeKind},
}
Lists = Mapping[str, set[int]]


def posted(dice: Random) -> Lists:
    """Posting lists as no taxonomy would make them: any term, dense or rare, whatever the others hold."""
    lists = {terms.ALL: set(range(1, CASES + 1))}
    for values in VALUES.values():
        for term in values.values():
            density = dice.choice([0, 0.02, 0.3, 0.9])
            lists[term] = {number for number in lists[terms.ALL] if dice.random() < density}
    return {term: numbers for term, numbers in lists.items() if numbers}


def fill(database: Database, lists: Lists) -> None:
    """A publication of nothing but these lists."""
    with database.write() as session:
        for table in reversed(PUBLISHED_TABLES):
            session.execute(delete(table))
        numbers = sorted(lists[terms.ALL])
        rows = [{"number": n, "id": f"case-{n}", "sequence": n, "document": b"%d" % n, "code": None} for n in numbers]
        session.execute(insert(Publication), rows)
        entries = [{"term": term, "number": number} for term, held in lists.items() for number in held]
        session.execute(insert(PublicationTerm), entries)
        session.execute(insert(TermCount), [{"term": term, "length": len(held)} for term, held in lists.items()])


def asked(dice: Random) -> dict[str, Any]:
    """Any mix of filters, an order and a page size."""
    filters = dice.sample(sorted(VALUES), k=dice.randint(0, len(VALUES)))
    chosen = {name: dice.sample(sorted(VALUES[name]), k=dice.randint(1, min(3, len(VALUES[name])))) for name in filters}
    return chosen | {"sort": dice.choice(["published", "-published"]), "limit": dice.choice([5, 20, 100])}


def expected(lists: Lists, query: Mapping[str, Any]) -> list[int]:
    """By looking at each case."""
    wanted = [{VALUES[name][value] for value in values} for name, values in query.items() if name in VALUES]
    of_case: defaultdict[int, set[str]] = defaultdict(set)
    for term, numbers in lists.items():
        for number in numbers:
            of_case[number].add(term)
    found = [number for number in of_case if all(of_case[number] & alternatives for alternatives in wanted)]
    return sorted(found, reverse=query["sort"] == "-published")


def walk(session: Session, query: Mapping[str, Any]) -> list[int]:
    """Every page, by its cursors."""
    found, cursor = [], None
    while True:
        asks = InitiativeQuery.model_validate({**query, "cursor": cursor, "total": True})
        page, _ = finding.page(session, asks, finding.facts(session, asks))
        found += [json.loads(item) for item in page.items]
        assert len(page.items) == query["limit"] or page.next is None
        assert page.total is not None
        cursor = page.next
        if cursor is None:
            assert page.total == len(found)
            return found


@pytest.mark.parametrize("seed", range(3))
def test_every_mix_of_filters_finds_what_looking_at_each_case_finds(database: Database, seed: int) -> None:
    dice = Random(seed)
    lists = posted(dice)
    fill(database, lists)
    sizes = set()
    with database.read() as session:
        for _ in range(25):
            query = asked(dice)
            found = walk(session, query)
            assert found == expected(lists, query), query
            sizes.add(min(len(found), 50))
    assert {0, 50} < sizes  # no answer, a few and many


def test_a_page_that_others_publish_into_neither_repeats_nor_skips(database: Database) -> None:
    lists = {terms.ALL: set(range(1, 11))}
    fill(database, lists)
    query = InitiativeQuery(limit=4)
    with database.read() as session:
        first, _ = finding.page(session, query, finding.facts(session, query))
    fill(database, {terms.ALL: set(range(1, 13)) - {7}})
    following = query.model_copy(update={"cursor": first.next})
    with database.read() as session:
        second, _ = finding.page(session, following, finding.facts(session, following))
    assert [*first.items, *second.items] == [b"10", b"9", b"8", b"7", b"6", b"5", b"4", b"3"]


@pytest.mark.parametrize(
    ("lengths", "driving"),
    [
        ({"kind:case": 300, "theme:tiers-lieux": 3, "in:fr": 200}, "theme:tiers-lieux"),
        ({"kind:case": 2, "theme:tiers-lieux": 3, "in:fr": 200}, "kind:case"),
        ({"kind:case": 300, "theme:tiers-lieux": 30}, "in:fr"),  # a list that is not there is the shortest
    ],
)
def test_the_rarest_list_is_walked_and_the_others_looked_into(
    database: Database, lengths: dict[str, int], driving: str
) -> None:
    every = {"kind:case", "theme:tiers-lieux", "in:fr"}
    fill(database, {term: set(range(1, length + 1)) for term, length in ({terms.ALL: CASES} | lengths).items()})
    with database.read() as session:
        for sort in ("published", "-published"):
            filters = {"kind": ["case"], "theme": ["tiers-lieux"], "territory": ["fr"], "sort": sort}
            query = InitiativeQuery.model_validate(filters)
            listening = Listening(session)
            found, _ = finding.page(listening, query, finding.facts(session, query))
            assert len(found.items) == min(lengths.get(term, 0) for term in every)
            walked, *looked_into = listening.statement.split("EXISTS")
            assert parameters_of(walked) - {"limit"} == {"list_0_0"}
            assert listening.values["list_0_0"] == driving
            assert {listening.values[name] for name in parameters_of("".join(looked_into))} >= every - {driving}


class Listening:
    """A reader that remembers what it was asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        self.statement, self.values = str(statement), values
        return self._reader.rows(statement, values)


def parameters_of(sql: str) -> set[str]:
    return set(re.findall(r":(\w+)", sql))


def test_an_unknown_name_is_refused_beside_known_ones(database: Database) -> None:
    with database.read() as session:
        for name, unknown in (("theme", "no-such"), ("territory", "insee:00000"), ("territory", "zz")):
            query = InitiativeQuery.model_validate({name: [unknown, next(iter(VALUES[name]))]})
            with pytest.raises(BadInput) as refused:
                finding.facts(session, query)
            assert [mistake.parameter for mistake in refused.value.mistakes] == [name]


def test_a_page_tells_the_sequence_that_it_is_true_of(database: Database) -> None:
    """Not the one that was looked up before it, when others published meanwhile."""
    for filters in ({}, {"total": True}, {"kind": ["case"], "country": ["FR"]}):
        query = InitiativeQuery.model_validate(filters)
        with database.glance() as glance:
            before = finding.facts(glance, query)
        with database.write() as session:
            session.execute(update(Counter).values(sequence=Counter.sequence + 1))
        with database.glance() as glance:
            page, sequence = finding.page(glance, query, before)
        assert page.items
        assert sequence == before.sequence + 1
