"""How long one case takes to come while others search: 99 of 100 of them, without and with a crowd."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

from tests.bench.load import SECONDS, Measured, load, loading, measured, ours
from tests.bench.reads import FILTERS, SAMPLE, newest, page_before
from tests.bench.vocabulary import as_frequent

CONNECTIONS = 4  # of those who search, each of whom asks again at once
FACETS = "theme,country,region"
WANTED = 3


def crowded(url: str, rounds: int) -> Iterator[str]:
    """A table of details alone and in a crowd."""
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder, ours(url, workers=1) as server:
        last, chance = newest(url), Random(6)
        details, crowd = Path(folder, "details"), Path(folder, "crowd")
        details.write_text("\n".join(f"/v1/initiatives/cas-{chance.randint(last // 2, last)}" for _ in range(SAMPLE)))
        alone: list[Measured] = []
        together: list[Measured] = []
        searches: list[Measured] = []
        for _ in range(rounds):
            crowd.write_text("\n".join(_searches(chance, last)))
            alone.append(load(server.address, details, SECONDS))
            with loading(server.address, crowd, SECONDS + 1, CONNECTIONS) as others:
                together.append(load(server.address, details, SECONDS))
                searches.append(measured(others))
    yield f"\nDetails while {CONNECTIONS} others search, one worker, medians of {rounds} rounds:\n"
    yield "| details | req/s | p50 ms | p99 ms |"
    yield "|---|---|---|---|"
    for name, found in (("alone", alone), ("in a crowd", together), ("what the crowd is answered", searches)):
        yield f"| {name} | {' | '.join(f'{median(one[place] for one in found):,.1f}' for place in range(3))} |"
    ratio = median(with_others.p99 / without.p99 for without, with_others in zip(alone, together, strict=True))
    yield f"\np99 in a crowd / alone: {ratio:.1f} (wanted: at most {WANTED})."


def _searches(chance: Random, last: int) -> Iterator[str]:
    """Searches by relevance, filtered pages and facets in turn; no two facets the same, for they are kept."""
    for word in (*as_frequent(0.14, SAMPLE // 10), *as_frequent(0.01, SAMPLE // 10)):
        yield f"/v1/initiatives?q={quote(word)}"
        yield page_before(chance.randint(last // 2, last), FILTERS)
        fewer = f"population=../{chance.randint(10_000, 99_999)}"
        yield f"/v1/initiatives?limit=1&q={quote(word)}&{fewer}&facets={FACETS}"
