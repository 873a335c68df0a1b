"""What is typed finds what is meant: the same on both engines, and what a look at every case finds."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import bindparam, column, insert
from sqlmodel import col, select

from api import schema
from api.catalogue import question, search
from api.catalogue.search import Searched
from api.db import Database, WriteSession
from api.models import Publication
from tests.catalogue.searching import CORPUS, Case, Shelf, document, typed
from tests.databases import PostgresDatabases, SqliteFiles

CASES, QUERIES = CORPUS["cases"], CORPUS["queries"]
NEWEST_FIRST = [case["id"] for case in reversed(CASES)]
NUMBER = column("number")
BY_TIER = {tier: search.hits(tier).order_by(NUMBER.desc()) for tier in (None, *search.LEVELS)}

Engines = Mapping[str, Database]


def publish(session: WriteSession, cases: list[Case], first: int = 1) -> None:
    """Cases with nothing but what is searched."""
    numbered = list(enumerate(cases, first))
    session.execute(
        insert(Publication), [{"number": n, "id": case["id"], "sequence": n, "document": b""} for n, case in numbered]
    )
    search.write(session, [Searched(number, document(case), case.get("other_names", ())) for number, case in numbered])


@pytest.fixture(scope="module")
def engines(sqlite_files: SqliteFiles, postgres_databases: PostgresDatabases) -> Iterator[Any]:
    """Both, with the cases of the corpus."""
    with sqlite_files.empty() as file, postgres_databases.empty() as server:
        opened = {"sqlite": Database(file), "postgresql": Database(server)}
        for database in opened.values():
            schema.migrate(database)
            with database.write() as session:
                publish(session, CASES)
        yield opened
        for database in opened.values():
            database.close()


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    opened = Database(empty_url)
    schema.migrate(opened)
    yield opened
    opened.close()


def numbers(database: Database, text: str, tier: int | None = None) -> list[int]:
    with database.glance() as glance:
        return [number for (number,) in glance.rows(BY_TIER[tier], search.values(question.read(text)))]


def found(database: Database, text: str) -> list[tuple[int, str]]:
    """The tier and the id of each case that is found, in order."""
    return [(tier, CASES[number - 1]["id"]) for tier in search.LEVELS for number in numbers(database, text, tier)]


def wanted(text: str) -> list[str]:
    match QUERIES[text]:
        case "everything":
            return NEWEST_FIRST
        case {"everything but": unwanted}:
            return [one for one in NEWEST_FIRST if one not in unwanted]
        case ids:
            return ids


def test_the_corpus_is_worth_asking() -> None:
    assert len(CASES) >= 40
    assert len(QUERIES) >= 150
    assert {one for text in QUERIES for one in wanted(text)} == set(NEWEST_FIRST)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_is_meant_is_found_in_the_order_that_is_wanted(engines: Engines, engine: str) -> None:
    answers = {text: [one for _, one in found(engines[engine], text)] for text in QUERIES}
    assert answers == {text: wanted(text) for text in QUERIES}


def test_whatever_is_typed_both_engines_find_what_a_look_at_every_case_finds(engines: Engines) -> None:
    dice, shelf, sizes = Random(4), Shelf(CASES), []
    for _ in range(1000):
        text = typed(dice, CASES)
        expected = shelf.found(text)
        for engine, database in engines.items():
            assert found(database, text) == expected, (engine, text)
            assert {CASES[number - 1]["id"] for number in numbers(database, text)} == {one for _, one in expected}, text
        sizes.append(len(expected))
    assert sum(0 < size < 10 for size in sizes) > 300  # most of them tell something


def test_what_is_found_can_be_narrowed_ordered_and_turned_by_pages(engines: Engines) -> None:
    hits = search.hits()
    after = hits.where(hits.selected_columns.number < bindparam("after")).order_by(NUMBER.desc()).limit(2)
    oldest = search.hits(2).order_by(NUMBER.asc()).limit(3)
    values = search.values(question.read("école"))
    for database in engines.values():
        every = numbers(database, "école")
        with database.glance() as glance, database.read() as session:
            for reader in (glance, session):
                assert [n for (n,) in reader.rows(after, values | {"after": every[1]})] == every[2:4]
                assert [n for (n,) in reader.rows(oldest, values)] == sorted(numbers(database, "école", 2))[:3]


def test_a_case_tells_whether_it_matches(engines: Engines) -> None:
    number = col(Publication.number)
    matching = select(number).where(search.matches(number)).order_by(number.desc())
    for text in ("école", "-école", '"eau de pluie"', "jar", "…", "zzz"):
        for database in engines.values():
            with database.glance() as glance, database.read() as session:
                for reader in (glance, session):
                    rows = reader.rows(matching, search.values(question.read(text)))
                    assert [n for (n,) in rows] == numbers(database, text)


def test_sqlite_walks_the_hits_in_their_order(engines: Engines) -> None:
    for statement in BY_TIER.values():
        for order in (NUMBER.desc(), NUMBER.asc()):
            with engines["sqlite"].read() as session:
                compiled = statement.order_by(None).order_by(order).limit(5).compile(session.connection())
                named = compiled.params | search.values(question.read("école -vélo"))
                explained = f"EXPLAIN QUERY PLAN {compiled}", tuple(named[name] for name in compiled.positiontup or ())
                plan = str(session.connection().exec_driver_sql(*explained).all())
            assert "VIRTUAL TABLE" in plan
            assert "B-TREE" not in plan  # which would be a sort


def test_what_is_erased_is_found_no_more_and_can_be_written_again(empty: Database) -> None:
    with empty.write() as session:
        publish(session, CASES)
    before = {text: numbers(empty, text) for text in ("école", "-école", "…", "jar")}
    gone = before["école"][1:3]
    with empty.write() as session:
        search.erase(session, gone)
    for text, every in before.items():
        assert numbers(empty, text) == [number for number in every if number not in gone]
    with empty.write() as session:
        search.write(session, [Searched(number, document(CASES[number - 1])) for number in reversed(gone)])
        search.write(session, [])
    assert {text: numbers(empty, text) for text in before} == before
    with empty.write() as session:
        search.erase(session, [])
        search.clear(session)
    assert not any(numbers(empty, text) for text in before)


def test_a_case_is_found_by_what_it_says_now(empty: Database) -> None:
    case = {"id": "case", "title": "Le jardin partagé", "summary": "Vingt familles."}
    with empty.write() as session:
        publish(session, [case])
        search.erase(session, [1])
        search.write(session, [Searched(1, document(case | {"title": "La rivière"}))])
    assert [numbers(empty, text) for text in ("jardin", "rivière", "familles")] == [[], [1], [1]]


HARD = [
    "mot " * 2000 + "fin",  # more often than PostgreSQL remembers places
    " ".join(f"{n}e" for n in range(1666)),
    "a" * 10_000,
    "ﷺ" * 10_000,  # eighteen letters each
    "㌖㌖㌖㌖㌖㌖ " * 1400,
    " ".join(chr(0x4E00 + n) for n in range(5000)),
    "= == ' '' \\ \\' \" : * & | ! <-> ( ) 0=a 2==b %s :x ?",
    "𝕍é𝕝𝕠 🚲 e\u0301 ﬁ Ⅻ ½ ௧ ß",
]


def test_any_text_that_may_be_published_is_searched_alike(sqlite_files: SqliteFiles, postgres_databases: Any) -> None:
    cases: list[Case] = [{"id": str(n), "title": "Un mot", "description": text} for n, text in enumerate(HARD, 1)]
    largest = [chr(0x3300 + n) * 40 + f"{n} " + "㌖" * 250 for n in range(50)]
    cases.append({"id": "9", "title": "㌖" * 200, "summary": "㌖ " * 250, "description": HARD[4], "actors": largest})
    texts = [*HARD, *(f'"{text}"' for text in HARD), "velo", "xii", '"mot a"', '"mot mot mot"', "1600e", "㌖㌖㌖㌖㌖㌖"]
    shelf = Shelf(cases)
    with sqlite_files.empty() as file, postgres_databases.empty() as server:
        for database in (Database(file), Database(server)):
            schema.migrate(database)
            with database.write() as session:
                publish(session, cases)
            assert {text: numbers(database, text) for text in texts} == {
                text: sorted((int(one) for _, one in shelf.found(text)), reverse=True) for text in texts
            }
            assert numbers(database, '"mot fin"') == []
            database.close()


def test_a_question_that_nobody_would_ask_is_answered(engines: Engines) -> None:
    for text in ("a " * 5000, '"' * 3000, "-" * 3000, "mot-" * 3000, '-"' * 999, "".join(map(chr, range(1, 3000)))):
        for database in engines.values():
            numbers(database, text)
