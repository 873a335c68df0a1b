"""Territories as they are read: listed, shown, and named by any of their codes.

A document is made of a territory's row and those of its ancestors, which one statement finds together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all
from sqlmodel import col

from api.catalogue import gazetteer, lookup, paging, terms
from api.catalogue.lookup import Facts
from api.catalogue.paging import Key, Page
from api.catalogue.planning import among
from api.db import ReadSession
from api.documents import Around, TerritoryDocument
from api.errors import NotFound
from api.models import TermCount, Territory
from api.queries import TerritoryQuery
from api.texts import Text

NO_TERRITORY = Text("There is no territory with this id or code.", "Aucun territoire n'a cet identifiant ou ce code.")

_AROUND = [*gazetteer.PARENTS, func.lower(col(Territory.country))]
# What a document shows of the territory's own row, and of each of those around it.
_OWN = [name for name in TerritoryDocument.model_fields if name not in ("within", "initiatives")]
_OF_AN_ANCESTOR = list(Around.model_fields)
_MERGED = ("insee", "nis", "dicofre")  # schemes whose codes mergers make former ones


@dataclass(frozen=True)
class Found:
    """A territory's document, and its id; `moved` where what was asked for has become part of it."""

    id: str
    document: bytes
    moved: bool


def resolve(session: ReadSession, code: str) -> str | None:
    """Our id of the territory that has this id or official code, or has taken over the one that had it."""
    found = lookup.named([lookup.canonical(code)]).subquery()
    territory: str | None = session.scalar(select(found.c.leads_to))
    return territory


def facts(session: ReadSession, query: TerritoryQuery) -> Facts:
    """What `page` needs to know."""
    return gazetteer.facts(session, query)


def page(session: ReadSession, query: TerritoryQuery, facts: Facts) -> Page:
    """Territories in the order of their ids; of those that are sought by words, the likeliest first."""
    found = _shown(gazetteer.page(query, facts))
    if not query.total:
        return paging.page(query, _documents(session.execute(found).all()), None)
    rows = session.execute(paging.with_total(found, gazetteer.count(query, facts))).all()
    return paging.page(query, _documents(rows), rows[0].total)


def get(session: ReadSession, code: str) -> Found:
    """The territory that has this id or official code, or has taken over the one that had it."""
    asked = lookup.canonical(code)
    rows = session.execute(_shown(select(lookup.named([asked]).subquery().c.leads_to.label("id")))).all()
    for row in (row for row in rows if row.id == row.key_0):
        current = {f"{scheme}:{value}".lower() for scheme, value in row.codes.items()} | {row.id}
        return Found(row.id, dict(_documents(rows))[(row.id,)], moved=asked not in current)
    raise NotFound(NO_TERRITORY)


def _shown(found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The rows of these territories, each with the key by which it is ordered, and of all that lies around them."""
    page = found.cte("page")
    ids = select(page.c.id)
    around = union_all(ids, *(select(parent).where(among(col(Territory.id), ids)) for parent in _AROUND))
    return (
        select(
            *(col(getattr(Territory, name)) for name in _OWN),
            *(parent.label(f"around_{place}") for place, parent in enumerate(_AROUND)),
            *(part.label(f"key_{place}") for place, part in enumerate(page.c)),
            func.coalesce(col(TermCount.length), 0).label("initiatives"),
        )
        .outerjoin(page, page.c.id == col(Territory.id))
        .outerjoin(TermCount, col(TermCount.term) == terms.within("") + col(Territory.id))
        .where(among(col(Territory.id), around))
    )


def _documents(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[tuple[Key, bytes]]:
    """The documents of those that have a key, in its order."""
    known = {row.id: row._asdict() for row in rows}
    keys = (tuple(part for name, part in row.items() if name.startswith("key_")) for row in known.values())
    return [(key, _document(known[key[-1]], known)) for key in sorted(key for key in keys if key[-1] is not None)]


def _document(own: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> bytes:
    around = [known[here] for here in (own[f"around_{place}"] for place in range(len(_AROUND))) if here in known]
    within = [{name: outer[name] for name in _OF_AN_ANCESTOR} for outer in around if outer is not own]
    shown = {name: own[name] for name in (*_OWN, "initiatives")} | {"within": within}
    shown["former_codes"] = {scheme: [] for scheme in own["codes"] if scheme in _MERGED} | own["former_codes"]
    return TerritoryDocument.model_validate(shown).model_dump_json().encode()
