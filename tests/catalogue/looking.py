"""What a look at every territory finds, one after the other: the slow search by which the quick one is judged."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from random import Random
from typing import Any

from api.catalogue import names
from api.catalogue.reference import TerritoryEntry
from api.vocabulary import TerritoryKind

Query = Mapping[str, Any]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres on the sphere, of which each number of the haversine formula is exact."""
    (a, b), (c, d) = (map(math.radians, point) for point in (one, other))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def apart(one: TerritoryEntry, other: TerritoryEntry) -> float | None:
    """The same between two territories, if it is known where they are."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    return distance((one.latitude, one.longitude), (other.latitude, other.longitude))


def is_like(entry: TerritoryEntry, town: TerritoryEntry) -> bool:
    """Whether it is another of its kind and about as large."""
    if entry.id == town.id or entry.kind != town.kind or entry.population is None or town.population is None:
        return False
    return town.population <= 2 * entry.population and entry.population <= 2 * town.population


class Gazetteer:
    """All territories, with their names folded once."""

    def __init__(self, entries: Sequence[TerritoryEntry]) -> None:
        self.entries = entries
        self.forms = {e.id: {form for name in (e.name, *e.other_names) for form in names.forms(name)} for e in entries}
        self.words = {here: {word for form in forms for word in form.split()} for here, forms in self.forms.items()}
        self.known = {word for words in self.words.values() for word in words}
        self.by_id = {entry.id: entry for entry in entries}

    def found(self, query: Query) -> list[str]:
        """The ids, in order."""
        sought = [self._meant(beginnings) for beginnings in names.beginnings(query.get("q", ""))]
        matching = [entry for entry in self.entries if self._matches(entry, query, sought)]
        if "q" not in query:
            return [entry.id for entry in sorted(matching, key=lambda entry: (*self._unlike(entry, query), entry.id))]
        called = names.forms(query["q"]) | {" ".join(words) for words in islice(product(*sought), 16)}
        tiers = {entry.id: called.isdisjoint(self.forms[entry.id]) for entry in matching}
        sizes = {entry.id: 1 if entry.population is None else -entry.population for entry in matching}
        return sorted(tiers, key=lambda here: (tiers[here], sizes[here], here))

    def _meant(self, beginnings: Sequence[str]) -> Sequence[str]:
        word = beginnings[0]
        long = len(beginnings) == 1 and len(word) >= 5 and word.isalpha()
        if not long or any(known.startswith(word) for known in self.known):
            return beginnings
        return sorted(known for known in self.known if len(known) >= 5 and names.is_mistyped(word, known))

    def _matches(self, entry: TerritoryEntry, query: Query, sought: Sequence[Sequence[str]]) -> bool:
        like = "similar" not in query or is_like(entry, self.by_id[query["similar"]])
        return like and all(self._has(entry, beginnings) for beginnings in sought) and all(_conditions(entry, query))

    def _unlike(self, entry: TerritoryEntry, query: Query) -> tuple[bool, float]:
        """Whether it is abroad from the town that others are to be like, and how far from there or from the point."""
        if "similar" not in query:
            return False, _from_point(entry, query) if "near" in query else 0
        town = self.by_id[query["similar"]]
        away = apart(entry, town)
        return entry.country != town.country, math.inf if away is None else away

    def _has(self, entry: TerritoryEntry, beginnings: Sequence[str]) -> bool:
        return any(
            any(word.startswith(beginning) for word in self.words[entry.id])
            or (len(beginning) > 1 and any(code.startswith(beginning) for code in entry.postcodes))
            for beginning in beginnings
        )


def _from_point(entry: TerritoryEntry, query: Query) -> float:
    latitude, longitude = map(float, query["near"].split(","))
    return distance((latitude, longitude), (entry.latitude or 0, entry.longitude or 0))


def _conditions(entry: TerritoryEntry, query: Query) -> Iterator[bool]:
    yield entry.kind in query.get("kind", [entry.kind])
    yield entry.country in query.get("country", [entry.country])
    yield "parent" not in query or query["parent"] in entry.within
    yield "postcode" not in query or query["postcode"] in entry.postcodes
    if "population" in query:
        least, most = (None if end == ".." else int(end) for end in query["population"].split("/"))
        people = entry.population
        yield people is not None and (least or 0) <= people and (most is None or people <= most)
    if "bbox" in query:
        west, south, east, north = map(float, query["bbox"].split(","))
        x, y = entry.longitude, entry.latitude
        across = x is not None and ((west <= x <= east) if west <= east else (x >= west or x <= east))
        yield y is not None and south <= y <= north and across
    if "near" in query:
        here = entry.latitude is not None and entry.longitude is not None
        yield here and _from_point(entry, query) <= int(query.get("radius", 20))


def asked(dice: Random, entries: Sequence[TerritoryEntry]) -> dict[str, Any]:
    """Any mix of words, as people type them, and of filters."""
    one = dice.choice(entries)
    query: dict[str, Any] = {}
    if dice.random() < 0.7:
        query["q"] = written(dice, dice.choice([one.name, *one.other_names, *one.postcodes[:1]]))
    query |= dice.sample(list(_filters(dice, one, entries).items()), k=dice.choice([0, 0, 1, 1, 2, 3]))
    if "near" in query and dice.random() < 0.7:
        query["radius"] = str(dice.choice([1, 5, 50, 100, 200, 500]))
    return query


def written(dice: Random, name: str) -> str:
    """A name as somebody types it: its words in any order or not all of them, each perhaps not to its end, or wrong."""
    text = dice.choice([str, str.lower, str.upper])(name)
    if dice.random() < 0.3:
        text = text.replace("-", " ").replace("Saint ", "St ").replace("'", dice.choice(["", " ", "’"]))
    words = text.split()
    if dice.random() < 0.3:
        words = dice.sample(words, k=dice.randint(1, len(words)))
    if dice.random() < 0.4:
        words[-1] = words[-1][: dice.randint(1, len(words[-1]))]
    if dice.random() < 0.4:
        place = dice.randrange(len(words))
        words[place] = mistyped(dice, words[place])
    text = " ".join(words)
    return text if names.beginnings(text) else name


def mistyped(dice: Random, word: str) -> str:
    """A word with one error."""
    at, letter = dice.randrange(len(word)), dice.choice("abeinorstuz")
    return dice.choice(
        [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
        ]
    )


def _filters(dice: Random, one: TerritoryEntry, entries: Sequence[TerritoryEntry]) -> dict[str, Any]:
    another = dice.choice(entries)
    people, more = sorted([one.population or 0, another.population or 10_000])
    latitude, longitude = one.latitude or 48.5, one.longitude or 179.9
    filters: dict[str, Any] = {
        "kind": dice.sample([kind.value for kind in TerritoryKind], k=dice.randint(1, 3)),
        "country": sorted({one.country, another.country}),
        "population": dice.choice([f"{people}/{more}", f"{people}/..", f"../{more}", f"../{people}"]),
        "near": f"{latitude + dice.uniform(-0.4, 0.4):.4f},{longitude * dice.choice([1, 1, -1]):.4f}",
        "bbox": dice.choice(
            [
                f"{longitude - 1:.3f},{latitude - 0.5:.3f},{longitude:.3f},{latitude + 0.6:.3f}",
                "165.5,-60,-140,0",
                "-180,-90,180,90",
                "-5,42,8,47.5",
            ]
        ),
    }
    like = next((other for other in dice.sample(entries, 50) if is_like(other, one)), another)
    if like.population is not None:
        filters["similar"] = like.id
    if one.within:
        filters["parent"] = dice.choice(one.within)
    if one.postcodes:
        filters["postcode"] = one.postcodes[-1]
    return filters
