"""Each facet counts what a look at every document finds, its own filter left out."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, update
from sqlmodel import Session, col, select

from api.catalogue import facets, finding, labels, publication, terms
from api.catalogue.facets import KeptFacets
from api.db import Database, WriteSession
from api.documents import Label
from api.glance import Reader, Rows
from api.models import Counter, Initiative, TermCount
from api.queries import InitiativeQuery
from api.vocabulary import Facet, InitiativeKind, Progress
from tests.bench import corpus
from tests.catalogue.cases import Catalogue
from tests.conftest import SOAK, databases_of
from tests.databases import ENGINES

CASES = 250
ALL = ",".join(Facet)
OWN = {"region": "territory", "department": "territory", "decade": "started", "size": "population"}
BANDS = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
# Words that some cases have, and places where some are.
ELSEWHERE = {"q": ["jardin", "énergie -forêt"], "near": ["49.2,5.4", "50.9,4.3"], "bbox": ["-5,42,8,48"]}

Item = Mapping[str, Any]
Asked = Mapping[str, Any]


@pytest.fixture(scope="module", params=ENGINES)
def varied(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Cases that differ in all that is counted."""
    with databases_of(request).copy() as url:
        database = Database(url)
        with database.write() as session:
            corpus.fill(session, CASES)
            scatter(session, Random(6))
            publication.rebuild(session, lambda _: None)
        yield database
        database.close()


def scatter(session: WriteSession, dice: Random) -> None:
    for initiative in session.exec(select(Initiative).order_by(col(Initiative.number))):
        initiative.kind = dice.choice([InitiativeKind.CASE, InitiativeKind.CASE, InitiativeKind.LEAD])
        initiative.language = dice.choice(["fr", "fr", "nl", "pt", "br", "qq"])
        initiative.started_on = dice.choice([None, "1987", "1999-12", "2000-01-01", "2009-12-31", "2010", "2019-06"])
        initiative.ended_on = None


def everywhere(case: Item) -> set[str]:
    return {here for place in case["territories"] for here in (place["id"], *place["within"])}


def around(case: Item, catalogue: Catalogue, kind: str) -> set[str]:
    return {here for here in everywhere(case) if catalogue.towns[here].kind == kind}


def lead(case: Item) -> int | None:
    return next((place["population"] for place in case["territories"] if place["role"] == "lead"), None)


def band(population: int | None) -> set[str]:
    if population is None:
        return set()
    least = max((edge for edge in BANDS if edge <= population), default=None)
    most = min((edge for edge in BANDS if edge > population), default=None)
    return {f"{least or '..'}/{most - 1 if most else '..'}"}


VALUES: Mapping[str, Callable[[Item, Catalogue], set[str]]] = {
    "theme": lambda case, catalogue: catalogue.themes_of(case),
    "country": lambda case, _: {place["country"] for place in case["territories"]},
    "region": lambda case, catalogue: {here for here in everywhere(case) if catalogue.towns[here].kind == "region"},
    "department": lambda case, catalogue: {
        here for here in everywhere(case) if catalogue.towns[here].kind == "department"
    },
    "kind": lambda case, _: {case["kind"]},
    "progress": lambda case, _: {case["progress"]},
    "language": lambda case, _: {case["language"]},
    "decade": lambda case, _: {f"{case['started_on'][:3]}0"} if case["started_on"] else set(),
    "evidence": lambda case, _: {str(case["evidence"])},
    "size": lambda case, _: band(lead(case)),
}


def expected(query: Asked, catalogue: Catalogue) -> dict[str, list[tuple[str, int]]]:
    """Of each facet the values and counts of the cases that pass all filters but its own."""
    tallies: dict[str, Tally[str]] = {}
    for own in {OWN.get(facet, facet) for facet in Facet}:
        matching = set(catalogue.found({name: value for name, value in query.items() if name != own}))
        cases = [case for case in catalogue.cases.values() if case["id"] in matching]
        for facet in (facet for facet in Facet if OWN.get(facet, facet) == own):
            tallies[facet] = Tally(value for case in cases for value in VALUES[facet](case, catalogue))
    return {facet: sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) for facet, found in tallies.items()}


def asked(dice: Random, catalogue: Catalogue) -> dict[str, Any]:
    """Any mix of filters that a case or two may pass."""
    one, other = (dice.choice(list(catalogue.cases.values())) for _ in range(2))
    filters: dict[str, Any] = {
        name: sorted({value for case in (one, other) for value in list(VALUES[name](case, catalogue))[:1]})
        for name in ("theme", "country", "kind", "progress", "language")
    }
    filters["territory"] = [dice.choice(sorted(everywhere(one)))]
    filters["evidence"] = dice.choice(["2/2", "1/..", "../2", "0/1"])
    filters["population"] = dice.choice(["../5000", "500/..", "20000/60000", "5000/5001"])
    filters["started"] = dice.choice(["1990/2009", "2010/2019", "1987/1987"])
    filters |= {name: dice.choice(texts) for name, texts in ELSEWHERE.items()}
    chosen = dice.sample(sorted(filters), k=dice.choice([0, 1, 1, 2, 2, 3, 4]))
    return {name: filters[name] for name in chosen if filters[name]}


class Listening:
    """A reader that remembers what it was asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.statements: list[str] = []

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        self.statements.append(str(statement))
        return self._reader.rows(statement, values)


def counted(session: Session, query: Asked) -> dict[str, list[tuple[str, int]]]:
    asks = InitiativeQuery.model_validate({**query, "facets": ALL})
    found = facets.counted(session, asks, finding.facts(session, asks))
    return {facet: [(one.value, one.count) for one in getattr(found, facet)] for facet in Facet}


@pytest.mark.parametrize("few", [2000, 15])  # up to so many matches are looked up one by one
@pytest.mark.parametrize("seed", range(20 if SOAK else 1))
def test_every_facet_counts_what_a_look_at_each_document_finds(
    varied: Database, seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "_FEW", few)
    dice, seen = Random(seed), set()
    with varied.read() as session:
        catalogue = Catalogue(session)
        for _ in range(15):
            query = asked(dice, catalogue)
            found, wanted = counted(session, query), expected(query, catalogue)
            for facet in Facet:
                assert found[facet] == wanted[facet], (facet, query)
                seen.add((facet, min(len(found[facet]), 2)))
    assert {(facet, 2) for facet in Facet} <= seen


def test_what_has_one_value_in_each_case_adds_up_to_the_total_without_its_filter(varied: Database) -> None:
    query = {"kind": ["case"], "progress": ["idea", "running"], "language": ["fr", "nl"], "evidence": "2/.."}
    with varied.read() as session:
        found = counted(session, query)
        for own in query:
            others = {name: values for name, values in query.items() if name != own}
            asks = InitiativeQuery.model_validate(others | {"total": True})
            page, _ = finding.page(session, asks, finding.facts(session, asks))
            assert sum(count for _, count in found[own]) == page.total > 0


@pytest.mark.parametrize(
    ("filters", "statements"),
    [
        ({}, 1),
        ({"q": "-"}, 1),
        ({"kind": ["case"]}, 2),  # the facet of kinds, which nothing filters; all others
        ({"territory": ["fr"], "sort": "title", "limit": 3}, 2),
        ({"kind": ["case"], "theme": ["tiers-lieux"], "started": "2000/.."}, 4),
        ({"near": "49,2", "source": ["www.lci.fr"]}, 1),
    ],
)
def test_facets_that_leave_out_the_same_are_counted_in_one_statement(
    varied: Database, filters: Asked, statements: int
) -> None:
    asks = InitiativeQuery.model_validate({**filters, "facets": ALL})
    with varied.read() as session:
        facts = finding.facts(session, asks)
        listening = Listening(session)
        facets.counted(listening, asks, facts)
        assert len([told for told in listening.statements if "term_count.facet" in told]) == statements


@pytest.mark.parametrize(("facet", "own"), [(facet, OWN.get(facet, facet)) for facet in Facet])
def test_where_nothing_else_filters_the_kept_lengths_answer(varied: Database, facet: str, own: str) -> None:
    values = {"population": "../5000", "started": "2000/..", "evidence": "2/2", "territory": ["fr"], "country": ["FR"]}
    set_alone = {own: values.get(own, {"kind": ["case"], "theme": ["tiers-lieux"]}.get(own, []))}
    with varied.read() as session:
        for filters in ({}, {"q": "-"}, set_alone, set_alone | {"sort": "population", "total": True, "limit": 1}):
            asks = InitiativeQuery.model_validate({**filters, "facets": facet})
            listening = Listening(session)
            found = facets.counted(listening, asks, finding.facts(session, asks))
            assert getattr(found, facet)
            assert ["publication_term" in told for told in listening.statements] == [False]


def test_a_thousand_values_are_told_in_order_and_one_that_nobody_knows_has_no_name(database: Database) -> None:
    with database.write() as session:
        session.execute(delete(TermCount))
        rows = [
            {"term": terms.within(f"xx-dep-{n:04}"), "length": 1 + n % 2, "facet": Facet.DEPARTMENT}
            for n in range(1001, 0, -1)
        ]
        session.execute(insert(TermCount), [*rows, {"term": terms.country("QQ"), "length": 1, "facet": Facet.COUNTRY}])
    asks = InitiativeQuery.model_validate({"facets": "department,country"})
    with database.read() as session:
        found = facets.counted(session, asks, finding.facts(session, asks))
    in_order = [f"xx-dep-{n:04}" for n in (*range(1, 1002, 2), *range(2, 1002, 2))]
    assert [one.value for one in found.department] == in_order[:1000]
    assert [(one.value, one.label) for one in found.country] == [("QQ", None)]


def test_every_value_of_ours_has_a_name_in_both_languages() -> None:
    values = {
        Facet.KIND: list(InitiativeKind),
        Facet.PROGRESS: list(Progress),
        Facet.EVIDENCE: ["0", "1", "2", "3"],
        Facet.SIZE: list(terms.SIZES),
        Facet.DECADE: ["1980"],
        Facet.COUNTRY: ["FR", "BE", "PT"],
        Facet.LANGUAGE: ["fr", "nl", "br"],
    }
    for facet, known in values.items():
        named = [labels.of(facet, value) for value in known]
        assert all(named), facet
        assert len({(name.fr, name.en) for name in named if name}) == len(known)
        assert labels.of(facet, "QQ") is None or facet is Facet.DECADE


def test_numbers_are_written_as_each_language_writes_them_and_stay_on_their_line() -> None:
    assert labels.of(Facet.DECADE, "2010") == Label(fr="Années\N{NO-BREAK SPACE}2010", en="2010s")
    written = {band: labels.of(Facet.SIZE, band) for band in terms.SIZES}
    assert written["2000/4999"] == Label(
        fr="De 2\N{NARROW NO-BREAK SPACE}000 à 4\N{NARROW NO-BREAK SPACE}999\N{NO-BREAK SPACE}habitants",
        en="2,000 to 4,999 inhabitants",
    )
    assert written["../1999"].en == "Up to 1,999 inhabitants"
    assert written["200000/.."].en == "200,000 inhabitants or more"


def test_what_was_counted_is_kept_as_long_as_nothing_is_published(database: Database) -> None:
    kept = KeptFacets()

    def statements(**query: Any) -> int:
        asks = InitiativeQuery.model_validate({"facets": "theme", "kind": ["case"], **query})
        with database.read() as session:
            facts = finding.facts(session, asks)
            listening = Listening(session)
            kept.of(listening, asks, facts)
        return len(listening.statements)

    asked_once = statements()
    assert asked_once > 0
    assert statements() == statements(sort="title", limit=3, total=True) == 0
    assert statements(facets="theme,kind") > asked_once
    assert statements(kind=["lead"]) == asked_once
    with database.write() as session:
        session.execute(update(Counter).values(sequence=Counter.sequence + 1))
    assert statements() == asked_once


def test_only_those_that_were_asked_for_last_are_kept(database: Database) -> None:
    kept, most = KeptFacets(), 200

    def is_counted(people: int) -> bool:
        asks = InitiativeQuery.model_validate({"facets": "kind", "population": f"{people}/.."})
        with database.read() as session:
            facts = finding.facts(session, asks)
            listening = Listening(session)
            kept.of(listening, asks, facts)
        return bool(listening.statements)

    assert all(is_counted(people) for people in range(most))
    assert not is_counted(0)  # which is kept for longer by that
    assert is_counted(most)
    assert not is_counted(0)
    assert is_counted(1)
