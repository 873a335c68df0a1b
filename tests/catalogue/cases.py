"""Cases of every sort, and what a look at each of them finds: the slow search by which the quick one is judged."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlmodel import col, select

from api.catalogue import question
from api.catalogue.names import plain
from api.catalogue.tokens import tokens
from api.db import ReadSession, WriteSession
from api.models import Initiative, Publication, Territory, Theme
from api.types import now
from api.webpages import host_of
from tests.catalogue.acting import archive, publish
from tests.catalogue.looking import distance
from tests.catalogue.searching import Read, tier_of

Query = Mapping[str, Any]

_NOUNS = (
    *("jardin", "école", "atelier", "vélo", "marché", "forêt", "cœur", "énergie", "tiers-lieu", "bibliothèque"),
    *("travaux", "chevaux", "friche", "halle"),
)
_MORE = (
    *("partagé", "solidaire", "municipal", "des", "habitants", "l'été", "mobilités", "numérique", "à", "Albi"),
    *("d'Aveiro", "œuvre", "commune"),
)
_HOSTS = ("www.example.org", "example.com", "presse.example.net", "data.example.org:8080")
_PLACES = ((43.93, 2.15), (48.85, 2.35), (-17.53, -179.9), (-16.5, 179.95), (-21.1, 55.5), (89.9, 10.0), (50.9, 5.5))


def write(session: WriteSession, dice: Random, count: int) -> None:
    """Cases of every sort, one of them archived, some changed since."""
    places = sorted(session.exec(select(Territory.id)))
    themes = sorted(session.exec(select(Theme.id)))
    ids: list[str] = []
    for _ in range(count):
        ids.append(publish(session, **_draft(dice, places, themes, ids)).id)
    for case in session.exec(select(Initiative)):  # as if they had come over the years
        case.published_at = case.updated_at = datetime.fromtimestamp(case.number * 86_400 * 30, tz=UTC)
    for changed in dice.sample(ids, k=count // 10):
        case = session.get_one(Initiative, changed)
        case.updated_at, case.version = now(), 2
    archive(session, ids[-1])


def _draft(dice: Random, places: Sequence[str], themes: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    is_lead = dice.random() < 0.2
    parts = dice.sample(places, k=dice.choice([0, 1, 2] if is_lead else [1, 1, 1, 2, 3]))
    hosts = dice.sample(_HOSTS, k=dice.choice([0, 1, 2]))
    kinds = ("official", "press", "evaluation", "other")
    draft: dict[str, Any] = {
        "kind": "lead" if is_lead else "case",
        "title": dice.choice([_said(dice, 3), "Un jardin partagé"]),  # some have the same
        "summary": _said(dice, 6),
        "description": _said(dice, 12),
        "language": dice.choice(["fr", "fr", "nl", "pt"]),
        "progress": dice.choice(["idea", "study", "running", "completed", "unknown"]),
        "themes": dice.sample(themes, k=dice.choice([0, 1, 2])),
        "territories": [{"territory": place, "role": "site" if n else "lead"} for n, place in enumerate(parts)],
        "started_on": dice.choice([None, "1999", "2005", "2005-11", "2005-11-30", "2010-01-01", "2019-12", "2024"]),
        "actors": [{"name": _said(dice, 2), "kind": "public"}],
        "sources": [{"url": f"https://{host}/{dice.random()}", "kind": dice.choice(kinds)} for host in hosts],
    }
    if dice.random() < 0.4:
        latitude, longitude = dice.choice(_PLACES)
        around = round(latitude + dice.uniform(-0.05, 0.05), 5), round(longitude + dice.uniform(-0.05, 0.05), 5)
        draft["place"] = {"label": _said(dice, 1), "latitude": around[0], "longitude": around[1]}
    if ids and dice.random() < 0.3:
        draft["relations"] = [{"kind": "inspired_by", "initiative": dice.choice(ids)}]
    return draft


def _said(dice: Random, words: int) -> str:
    return " ".join(dice.choices(_NOUNS, k=words) + dice.choices(_MORE, k=words)).capitalize()


class Catalogue:
    """All published cases, and what is known of places and themes."""

    def __init__(self, session: ReadSession) -> None:
        rows = session.exec(select(Publication.number, Publication.document).order_by(col(Publication.number)))
        self.cases = {number: json.loads(document) for number, document in rows if document}
        self.towns = {one.id: one for one in session.exec(select(Territory))}
        self.texts = {number: read(case, self.towns) for number, case in self.cases.items()}
        self.parents = dict(session.exec(select(Theme.id, Theme.parent_id)).all())

    def found(self, query: Query) -> list[str]:
        """The ids of all that match, in order."""
        numbers = [number for number, case in self.cases.items() if all(self._tests(number, case, query))]
        return [self.cases[number]["id"] for number in sorted(numbers, key=lambda n: self._key(n, query))]

    def themes_of(self, case: Mapping[str, Any]) -> set[str]:
        """Its themes and those above them."""
        return {above for theme in case["themes"] for above in self._up(theme["id"])}

    def _up(self, theme: str | None) -> Iterator[str]:
        while theme is not None:
            yield theme
            theme = self.parents[theme]

    def place_of(self, case: Mapping[str, Any]) -> tuple[float, float] | None:
        if case["place"]:
            return case["place"]["latitude"], case["place"]["longitude"]
        town = self.towns[led["id"]] if (led := lead(case)) else None
        return None if town is None or town.latitude is None else (town.latitude, town.longitude or 0.0)

    def _tests(self, number: int, case: Mapping[str, Any], query: Query) -> Iterator[bool]:
        within = {here for part in case["territories"] for here in (part["id"], *part["within"])}
        of_case = {
            "theme": self.themes_of(case),
            "territory": within,
            "country": {part["country"] for part in case["territories"]},
            "progress": {case["progress"]},
            "kind": {case["kind"]},
            "language": {case["language"]},
            "source": {host_of(source["url"]) for source in case["sources"]},
        }
        for name, values in of_case.items():
            yield name not in query or not values.isdisjoint(query[name])
        yield "related" not in query or query["related"] in {other["id"] for other in case["relations"]}
        yield "evidence" not in query or _between(query["evidence"], case["evidence"])
        yield "population" not in query or _between(query["population"], (lead(case) or {}).get("population"))
        for name in ("published", "updated"):
            yield name not in query or _since_until(query[name], case[f"{name}_at"])
        yield "started" not in query or _may_be(query["started"], case["started_on"])
        yield from self._places(case, query)
        if "q" in query:
            yield tier_of(self.texts[number], question.read(query["q"])) is not None

    def _places(self, case: Mapping[str, Any], query: Query) -> Iterator[bool]:
        here = self.place_of(case)
        if "near" in query:
            yield here is not None and distance(_point(query), here) <= int(query.get("radius", 20))
        if "bbox" in query:
            west, south, east, north = map(float, query["bbox"].split(","))
            across = here and ((west <= here[1] <= east) if west <= east else (here[1] >= west or here[1] <= east))
            yield bool(here and south <= here[0] <= north and across)
        if "similar" in query:
            town, led = self.towns[query["similar"]], lead(case) or {}
            alike = led.get("kind") == town.kind and led.get("id") != town.id and led.get("population") is not None
            yield alike and town.population <= 2 * led["population"] and led["population"] <= 2 * town.population

    def _key(self, number: int, query: Query) -> tuple[Any, ...]:
        case = self.cases[number]
        people = (lead(case) or {}).get("population")
        default = "relevance" if "q" in query else "similarity" if "similar" in query else "-published"
        sort = query.get("sort") or default
        if sort == "relevance":
            return tier_of(self.texts[number], question.read(query["q"])), -number
        if sort == "similarity":
            town, here = self.towns[query["similar"]], self.place_of(case)
            apart = distance((town.latitude, town.longitude), here) if here and town.latitude else math.inf
            return (lead(case) or {}).get("country") != town.country, round(apart, 6), number
        return {
            "-published": (-number,),
            "published": (number,),
            "-updated": (-datetime.fromisoformat(case["updated_at"]).timestamp(), -number),
            "title": (" ".join("".join(c if c.isalnum() else " " for c in plain(case["title"])).split())[:40], number),
            "population": (math.inf if people is None else people, number),
            "-population": (1 if people is None else -people, number),
            "distance": (round(distance(_point(query), self.place_of(case)), 6) if "near" in query else 0, number),
        }[sort]


def lead(case: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((part for part in case["territories"] if part["role"] == "lead"), None)


def read(case: Mapping[str, Any], towns: Mapping[str, Territory]) -> Read:
    """Its texts, taken apart, each with the best level that it is in."""
    others = [case["description"] or "", case["place"]["label"] if case["place"] else ""]
    others += [actor["name"] for actor in case["actors"]] + [part["name"] for part in case["territories"]]
    others += [name for part in case["territories"] for name in towns[part["id"]].other_names]
    others += [label for theme in case["themes"] for label in theme["label"].values()]
    texts = [(0, case["title"]), (1, case["summary"] or ""), *((2, text) for text in others)]
    return [(level, tokens(text)) for level, text in texts]


def _point(query: Query) -> tuple[float, float]:
    latitude, longitude = map(float, query["near"].split(","))
    return latitude, longitude


def _between(asked: str, value: int | None) -> bool:
    least, most = (
        math.inf * sign if end == ".." else int(end) for end, sign in zip(asked.split("/"), (-1, 1), strict=True)
    )
    return value is not None and least <= value <= most


def _since_until(asked: str, moment: str) -> bool:
    """Compared as texts, each end as far as it is told."""
    first, last = asked.split("/")
    return (first == ".." or moment[: len(first)] >= first) and (last == ".." or moment[: len(last)] <= last)


def _may_be(asked: str, date: str | None) -> bool:
    first, last = asked.split("/")
    return bool(date) and (first == ".." or _end(str(date)) >= first) and (last == ".." or str(date) <= _end(last))


def _end(date: str) -> str:
    """The last day that it may be, as it is compared."""
    return date + "-12-31"[len(date) - 4 :] if len(date) in (4, 7) else date
