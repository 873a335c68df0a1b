"""A synthetic catalogue of any size: the same cases on every run, spread over the reference's towns and the themes.

Nothing is as frequent as anything else: towns are chosen by their size, words and hosts by their rank.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlmodel import SQLModel, col, select

from api.catalogue import publication
from api.db import ReadSession, WriteSession
from api.models import Initiative, InitiativeTerritory, InitiativeTheme, Relation, SourceLink, Territory, Theme
from api.vocabulary import (
    ActorKind,
    InitiativeKind,
    InitiativeState,
    Progress,
    RelationKind,
    SourceKind,
    TerritoryKind,
    TerritoryRole,
)
from api.webpages import comparable
from tests.bench.vocabulary import said

_BATCH = 5000
_BEGIN, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
_UNKNOWN = 100_000  # inhabitants of a town of which the reference does not tell them: the Belgian and Portuguese ones
_HOSTS = 500
_LANGUAGES = {"FR": ("fr",) * 24 + ("en",), "BE": ("fr", "nl"), "PT": ("pt",) * 9 + ("en",)}
_PROGRESS = dict(zip(Progress, (8, 10, 45, 25, 4, 8), strict=True))
_SOURCES = (0, 1, 1, 1, 2, 2, 2, 3)  # how many a case has
_ELSEWHERE = {"themes", "territories", "sources"}  # what of a draft has tables of its own


class Town(NamedTuple):
    """Where a case may be."""

    id: str
    latitude: float
    longitude: float


class Towns:
    """The municipalities of the reference by country, each as often as the square root of its inhabitants says."""

    def __init__(self, session: ReadSession) -> None:
        columns = (Territory.country, Territory.population, Territory.id, Territory.latitude, Territory.longitude)
        found = select(*columns).where(
            col(Territory.kind) == TerritoryKind.MUNICIPALITY, col(Territory.latitude).is_not(None)
        )
        self._towns: dict[str, list[Town]] = {country: [] for country in _LANGUAGES}
        weights: dict[str, list[float]] = {country: [] for country in _LANGUAGES}
        for country, population, *town in session.exec(found.order_by(Territory.id)):
            self._towns[country].append(Town(*town))
            weights[country].append((population or _UNKNOWN) ** 0.5)
        self._cumulated = {country: list(accumulate(those)) for country, those in weights.items()}

    def some(self, chance: random.Random, count: int) -> tuple[str, list[Town]]:
        """A country, and different towns of it."""
        (country,) = chance.choices(list(_LANGUAGES), [those[-1] for those in self._cumulated.values()])
        towns = chance.choices(self._towns[country], cum_weights=self._cumulated[country], k=count)
        return country, list(dict.fromkeys(towns))


def taxonomy(session: ReadSession) -> list[str]:
    """The themes of the seed."""
    return sorted(session.exec(select(Theme.id)))


def drafts(count: int, towns: Towns, themes: Sequence[str], seed: int = 1) -> Iterator[dict[str, Any]]:
    """Bodies as POST takes them, each of about two thousand characters."""
    chance = random.Random(seed)
    for number in range(count):
        country, those = towns.some(chance, chance.choice((1, 2)))
        yield {
            "kind": chance.choices(list(InitiativeKind), (98, 2))[0],
            "title": said(chance, 6),
            "summary": said(chance, 25),
            "description": "\n\n".join(said(chance, 40) for _ in range(3)),
            "language": chance.choice(_LANGUAGES[country]),
            "themes": chance.sample(themes, chance.choice((1, 2, 2, 3))),
            "progress": chance.choices(list(_PROGRESS), list(_PROGRESS.values()))[0],
            "started_on": _date(chance),
            "territories": [{"territory": town.id} for town in those],
            "place": _place(chance, those[0]),
            "actors": [{"name": said(chance, 3), "kind": chance.choice(list(ActorKind))}],
            "results": [
                {"label": said(chance, 3), "value": chance.randint(1, 9999), "unit": "ha", "year": 2025, "note": None}
            ],
            "sources": [
                {"url": f"https://{_host(chance)}/{number}/{link}", "kind": chance.choice(list(SourceKind))}
                for link in range(chance.choice(_SOURCES))
            ],
        }


def _date(chance: random.Random) -> str | None:
    """Known to the year, the month or the day, or not at all; the recent ones are more."""
    year = 2026 - min(int(chance.expovariate(1 / 8)), 60)
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    return chance.choice((None, f"{year}", f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"))


def _place(chance: random.Random, town: Town) -> dict[str, Any] | None:
    """Of every third case, somewhere in or around its town."""
    if chance.random() > 0.33:
        return None
    north, east = (round(degrees + chance.gauss(0, 0.03), 5) for degrees in town[1:])
    return {"label": said(chance, 2), "latitude": north, "longitude": east}


def _host(chance: random.Random) -> str:
    """One of five hundred, the hundredth a tenth as often as the tenth."""
    return f"www{int(_HOSTS ** chance.random())}.example.org"


def fill(session: WriteSession, count: int) -> None:
    """Write `count` more cases straight into the record, without submissions or revisions, which no reader asks for.

    `publication rebuild` makes them public.
    """
    session.execute(update(Initiative).values(published_at=_BEGIN, updated_at=_BEGIN))  # numbers are in order of time
    turn = publication.take_turn(session)
    others, step = turn.number, (_END - _BEGIN) / (count + 1)
    made = drafts(count, Towns(session), taxonomy(session))
    chance = random.Random(4)
    rows: dict[type[SQLModel], list[dict[str, Any]]]
    while batch := list(islice(made, _BATCH)):
        rows = {table: [] for table in (Initiative, InitiativeTerritory, InitiativeTheme, SourceLink, Relation)}
        for draft in batch:
            turn.number += 1
            turn.sequence += 1
            published = _BEGIN + step * (turn.number - others)
            updated = published + (_END - published) * max(0.0, chance.uniform(-2, 1))  # of every third, later
            times = {"published_at": published, "updated_at": updated, "changed_at": updated}
            _add(rows, draft, {"number": turn.number, "sequence": turn.sequence, "change": "published", **times})
            if turn.number % 10 == 0 and turn.number - 10 > others:  # inspired by the one ten before
                ends = {"initiative_id": f"cas-{turn.number}", "target_id": f"cas-{turn.number - 10}"}
                rows[Relation].append({"kind": RelationKind.INSPIRED_BY, **ends})
        for table, inserted in rows.items():
            session.execute(insert(table), inserted)
    session.flush()


_PLAIN = {
    "state": InitiativeState.PUBLISHED,
    "code": None,
    "merged_into": None,
    "ended_on": None,
    "open_questions": [],
    "external": None,
    "origin": None,
    "version": 1,
}


def _add(rows: dict[type[SQLModel], list[dict[str, Any]]], draft: dict[str, Any], given: dict[str, Any]) -> None:
    """The rows of one case."""
    name = f"cas-{given['number']}"
    own = {key: value for key, value in draft.items() if key not in _ELSEWHERE}
    rows[Initiative].append({**own, **_PLAIN, **given, "id": name})
    for position, (part, role) in enumerate(zip(draft["territories"], TerritoryRole, strict=False)):
        taking_part = {"territory_id": part["territory"], "role": role, "stated_population": None, "stated_on": None}
        rows[InitiativeTerritory].append({"initiative_id": name, "position": position, **taking_part})
    for position, theme in enumerate(draft["themes"]):
        rows[InitiativeTheme].append({"initiative_id": name, "theme_id": theme, "position": position})
    for position, source in enumerate(draft["sources"]):
        nothing = dict.fromkeys(("title", "publisher", "language", "published_on", "consulted_on"))
        kept = nothing | source | {"comparable": comparable(source["url"])}
        rows[SourceLink].append({"initiative_id": name, "position": position, **kept})
