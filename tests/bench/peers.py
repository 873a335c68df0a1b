"""Datasette beside ours, over HTTP: it serves any SQLite file, and is what one takes without a service of one's own.

It has the same cases in a file as its users make one: plain columns with indexes, a table of themes, a view of both.
The file is served as immutable, which is quickest, by the newest SQLite, without the counts and the suggestions that
ours does not make either.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx

from api.sqlite import driver
from tests.bench.load import Measured, Server, load, ours, serving
from tests.bench.reads import FILTERS, SAMPLE, newest, page_before

DATASETTE = Path("build/datasette/bin/datasette")  # `make bench` puts it there
FACETS = ("kind", "progress", "language", "evidence")
_SECONDS, _CONNECTIONS = 10, 4  # facets of many cases take their time
_WITHOUT = {"_nocount": "1", "_nosuggest": "1"}
_PATIENT = ("facet_time_limit_ms", "sql_time_limit_ms")  # it leaves out what takes longer

_FILE = """
CREATE TABLE cases (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, title TEXT, kind TEXT, progress TEXT, language TEXT, country TEXT,
    population INTEGER, started_on TEXT, latitude REAL, longitude REAL, published_at TEXT, evidence INTEGER,
    document TEXT
);
INSERT INTO cases SELECT
    number, id, document ->> 'title', document ->> 'kind', document ->> 'progress', document ->> 'language',
    document ->> '$.territories[0].country', document ->> '$.territories[0].population', document ->> 'started_on',
    latitude, longitude, document ->> 'published_at', document ->> 'evidence', document
    FROM (
        SELECT number, id, CAST(document AS TEXT) AS document, latitude, longitude
        FROM ours.publication JOIN ours.publication_extent USING (number)
    );
CREATE TABLE case_themes (
    theme TEXT, number INTEGER REFERENCES cases(number), PRIMARY KEY (theme, number)
) WITHOUT ROWID;
INSERT INTO case_themes SELECT substr(term, 7), number FROM ours.publication_term WHERE term LIKE 'theme:%';
CREATE INDEX case_themes_number ON case_themes(number);
CREATE INDEX cases_kind ON cases(kind);
CREATE INDEX cases_progress ON cases(progress);
CREATE INDEX cases_language ON cases(language);
CREATE INDEX cases_country ON cases(country);
CREATE INDEX cases_evidence ON cases(evidence);
CREATE INDEX cases_population ON cases(population);
CREATE VIEW themed AS SELECT theme, cases.* FROM case_themes JOIN cases USING (number);
ANALYZE;
"""


def compared(url: str, rounds: int) -> Iterator[str]:
    """A table of ours and Datasette."""
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
        file = Path(folder, "bench.db")
        with closing(driver.connect(file)) as connection:
            connection.execute("ATTACH ? AS ours", [url.removeprefix("sqlite:///")])
            connection.executescript(_FILE)
        with ours(url, workers=1) as mine, _datasette(file) as theirs:
            asked = _asked(newest(url))
            _must_agree(mine, theirs, asked)
            yield f"\nOurs and Datasette, one worker each, {_CONNECTIONS} connections, medians of {rounds} rounds:\n"
            yield "| read | ours req/s | p50 ms | Datasette req/s | p50 ms | ours / Datasette |"
            yield "|---|---|---|---|---|---|"
            for kind, pairs in asked.items():
                for server, addresses in zip(("ours", "theirs"), zip(*pairs, strict=True), strict=True):
                    Path(folder, server).write_text("\n".join(addresses) + "\n")
                found: list[tuple[Measured, Measured]] = []
                for _ in range(rounds):
                    one = load(mine.address, Path(folder, "ours"), _SECONDS, _CONNECTIONS)
                    found.append((one, load(theirs.address, Path(folder, "theirs"), _SECONDS, _CONNECTIONS)))
                yield _row(kind, found)


def _row(kind: str, found: list[tuple[Measured, Measured]]) -> str:
    cells = [
        f"{median(both[place].per_second for both in found):,.0f} | {median(both[place].p50 for both in found):.1f}"
        for place in range(2)
    ]
    return f"| {kind} | {' | '.join(cells)} | {median(one[0] / other[0] for one, other in found):.1f} |"


def _datasette(file: Path) -> AbstractContextManager[Server]:
    if not DATASETTE.exists():
        sys.exit(f"There is no {DATASETTE}: `make bench` installs it")
    settings = [word for name in _PATIENT for word in ("--setting", name, "60000")]
    return serving([str(DATASETTE), "serve", "--immutable", str(file), "--port", "{port}", *settings], {})


Pairs = list[tuple[str, str]]


def _asked(last: int) -> dict[str, Pairs]:
    """Addresses of each kind, the same question to ours and to Datasette."""
    chance = Random(7)

    def many(pair: Callable[[int], tuple[str, str]], least: int, most: int) -> Pairs:
        return [pair(chance.randint(least, most)) for _ in range(SAMPLE)]

    return {
        "page of 50, by theme and country": many(_pages, last // 2, last),
        "4 facets of all": many(lambda _: _facets({}, {}), 0, 0),
        "4 facets of a theme and a population": many(_narrowed_facets, 1, 20_000),
    }


def _pages(number: int) -> tuple[str, str]:
    columns = [("_col", "number"), ("_col", "document")]
    before = [*FILTERS.items(), ("number__lt", number), ("_sort_desc", "number"), ("_size", 50), *columns]
    return page_before(number, FILTERS), _address("themed", [*before, ("_nofacet", 1)])


def _narrowed_facets(population: int) -> tuple[str, str]:
    theme = {"theme": FILTERS["theme"]}
    return _facets(theme | {"population": f"{population}/.."}, theme | {"population__gte": population})


def _facets(mine: dict[str, Any], theirs: dict[str, Any]) -> tuple[str, str]:
    counted = [*theirs.items(), *(("_facet", name) for name in FACETS), ("_size", 1)]
    asked = urlencode({"limit": 1, **mine, "facets": ",".join(FACETS)}, safe=",/")
    return f"/v1/initiatives?{asked}", _address("themed" if theirs else "cases", counted)


def _address(table: str, asked: list[tuple[str, Any]]) -> str:
    return f"/bench/{table}.json?{urlencode([*asked, *_WITHOUT.items()])}"


def _must_agree(mine: Server, theirs: Server, asked: dict[str, Pairs]) -> None:
    """The same cases in the same order, the same counts."""
    for pairs in asked.values():
        for ours_asked, datasette_asked in pairs[:3]:
            found = httpx.get(mine.address + ours_asked, timeout=60).json()
            other = httpx.get(theirs.address + datasette_asked, timeout=60).json()
            for name, facet in (found["facets"] or {}).items():
                counted = {str(value["value"]): value["count"] for value in other["facet_results"][name]["results"]}
                assert {value["value"]: value["count"] for value in facet} == counted, f"{name} of {ours_asked}"
            if "facet_results" not in other or not other["facet_results"]:
                documents = [json.loads(row[-1]) for row in other["rows"]]
                assert found["items"] == documents, f"{ours_asked} and {datasette_asked} differ"
