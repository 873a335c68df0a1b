"""A synthetic catalogue of any size: the same cases on every run, spread over the seed's territories and themes."""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, col, select

from api.catalogue import publication
from api.db import WriteSession
from api.models import (
    Initiative,
    InitiativeTerritory,
    InitiativeTheme,
    Relation,
    SourceLink,
    Territory,
    Theme,
)
from api.vocabulary import (
    InitiativeKind,
    InitiativeState,
    Progress,
    RelationKind,
    SourceKind,
    TerritoryKind,
    TerritoryRole,
)

_BATCH = 5000
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_WORDS = re.findall(
    r"\w+",
    "atelier partagé quartier mairie habitants énergie vélo école jardin commerce tiers lieu association bénévoles "
    "financement participatif marché local navette rénovation logement culture numérique forêt rivière compost "
    "cantine producteurs artisans coopérative médiathèque place centre bourg friche passerelle budget citoyen",
)


def drafts(count: int, territories: Sequence[str], themes: Sequence[str], seed: int = 1) -> Iterator[dict[str, Any]]:
    """Bodies as POST takes them, each of about two thousand characters."""
    chance = random.Random(seed)
    for number in range(count):
        yield {
            "title": f"{_said(chance, 5)} n° {number}",
            "summary": _said(chance, 25),
            "description": "\n\n".join(_said(chance, 40) for _ in range(3)),
            "themes": chance.sample(themes, 2),
            "progress": chance.choice(list(Progress)),
            "started_on": f"{chance.randint(1995, 2026)}",
            "territories": [{"territory": place} for place in chance.sample(territories, 2)],
            "actors": [{"name": _said(chance, 3), "kind": "association"}],
            "results": [
                {"label": _said(chance, 3), "value": chance.randint(1, 9999), "unit": "ha", "year": 2025, "note": None}
            ],
            "sources": [
                {"url": f"https://www{chance.randint(1, 500)}.example.org/{number}/{link}", "kind": kind}
                for link, kind in enumerate(chance.sample(list(SourceKind), 2))
            ],
        }


def _said(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words)).capitalize()


def places(session: WriteSession) -> list[str]:
    """The municipalities of the seed."""
    return sorted(session.exec(select(Territory.id).where(col(Territory.kind) == TerritoryKind.MUNICIPALITY)))


def taxonomy(session: WriteSession) -> list[str]:
    """The themes of the seed."""
    return sorted(session.exec(select(Theme.id)))


def fill(session: WriteSession, count: int) -> None:
    """Write `count` more cases straight into the record, without submissions or revisions, which no reader asks for.

    `publication rebuild` makes them public.
    """
    turn = publication.take_turn(session)
    others = turn.number
    made = drafts(count, places(session), taxonomy(session))
    rows: dict[type[SQLModel], list[dict[str, Any]]]
    while batch := list(islice(made, _BATCH)):
        rows = {table: [] for table in (Initiative, InitiativeTerritory, InitiativeTheme, SourceLink, Relation)}
        for draft in batch:
            turn.number += 1
            turn.sequence += 1
            _add(rows, draft, turn.number, turn.sequence, related=turn.number - 10 > others)
        for table, inserted in rows.items():
            session.execute(insert(table), inserted)
    session.flush()


def _add(
    rows: dict[type[SQLModel], list[dict[str, Any]]],
    draft: dict[str, Any],
    number: int,
    sequence: int,
    *,
    related: bool,
) -> None:
    """The rows of one case; every tenth was inspired by the one ten before."""
    name = f"cas-{number}"
    moment = _BEGIN + timedelta(minutes=number)
    elsewhere = {"territories", "themes", "sources"}
    rows[Initiative].append(
        {key: value for key, value in draft.items() if key not in elsewhere}
        | {
            "id": name,
            "number": number,
            "sequence": sequence,
            "state": InitiativeState.PUBLISHED,
            "code": None,
            "kind": InitiativeKind.CASE,
            "language": "fr",
            "ended_on": None,
            "place": None,
            "open_questions": [],
            "external": None,
            "published_at": moment,
            "updated_at": moment,
            "version": 1,
        }
    )
    for position, (part, role) in enumerate(zip(draft["territories"], TerritoryRole, strict=False)):
        rows[InitiativeTerritory].append(
            {
                "initiative_id": name,
                "territory_id": part["territory"],
                "position": position,
                "role": role,
                "stated_population": None,
                "stated_on": None,
            }
        )
    for position, theme in enumerate(draft["themes"]):
        rows[InitiativeTheme].append({"initiative_id": name, "theme_id": theme, "position": position})
    for position, source in enumerate(draft["sources"]):
        nothing = dict.fromkeys(("title", "publisher", "language", "published_on", "consulted_on"))
        rows[SourceLink].append(nothing | source | {"initiative_id": name, "position": position})
    if related and number % 10 == 0:
        target = f"cas-{number - 10}"
        rows[Relation].append({"initiative_id": name, "kind": RelationKind.INSPIRED_BY, "target_id": target})
