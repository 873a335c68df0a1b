"""Territories as they are read: listed, shown, and named by any of their codes.

A document is made of a territory's row and those of its ancestors, which one statement finds together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from api.catalogue import lookup, paging, terms
from api.catalogue.lookup import Facts
from api.catalogue.paging import Page
from api.db import ReadSession
from api.documents import Around, TerritoryDocument
from api.errors import NotFound
from api.models import TermCount, Territory
from api.queries import TerritoryQuery
from api.texts import Text

NO_TERRITORY = Text("There is no territory with this id or code.", "Aucun territoire n'a cet identifiant ou ce code.")

_PARENTS = [
    col(Territory.municipality_id),
    col(Territory.intercommunality_id),
    col(Territory.department_id),
    col(Territory.region_id),
    col(Territory.larger_region_id),
]
_AROUND = [*_PARENTS, func.lower(col(Territory.country))]
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
    parents = [query.parent] if query.parent else []
    return lookup.look_up(session, territories=parents, territory_parameter="parent")


def page(session: ReadSession, query: TerritoryQuery, facts: Facts) -> Page:
    """Territories in the order of their ids."""
    conditions = list(_conditions(query, facts))
    found = _shown().where(*conditions).order_by(col(Territory.id))
    if key := paging.after(query, str):
        found = found.where(col(Territory.id) > key[0])
    counted = paging.counted(select(Territory.id).where(*conditions))
    rows, total = paging.fetch(session, query, found, counted, "id")
    return paging.page(query, [((row.id,), _document(row)) for row in rows], total)


def get(session: ReadSession, code: str) -> Found:
    """The territory that has this id or official code, or has taken over the one that had it."""
    asked = lookup.canonical(code)
    named = lookup.named([asked]).subquery()
    row = session.execute(_shown().where(col(Territory.id) == select(named.c.leads_to).scalar_subquery())).one_or_none()
    if row is None:
        raise NotFound(NO_TERRITORY)
    current = {f"{scheme}:{value}".lower() for scheme, value in row.codes.items()} | {row.id}
    return Found(row.id, _document(row), moved=asked not in current)


def _conditions(query: TerritoryQuery, facts: Facts) -> Iterable[ColumnElement[bool]]:
    if query.kind:
        yield col(Territory.kind).in_(query.kind)
    if query.country:
        yield col(Territory.country).in_(query.country)
    if query.parent:
        parent = facts.territories[query.parent]
        inside = [column == parent for column in _PARENTS]
        yield or_(*inside, (col(Territory.country) == parent.upper()) & (col(Territory.id) != parent))


def _shown() -> Select[*tuple[Any, ...]]:
    """All that the documents of territories show, what is shown of their ancestors in numbered columns."""
    own = [col(getattr(Territory, name)) for name in _OWN]
    shown = rows_of(*own, func.coalesce(col(TermCount.length), 0).label("initiatives")).outerjoin(
        TermCount, col(TermCount.term) == terms.within("") + col(Territory.id)
    )
    for place, parent in enumerate(_AROUND):
        ancestor = aliased(Territory)
        shown = shown.add_columns(*(col(getattr(ancestor, name)).label(f"{name}_{place}") for name in _OF_AN_ANCESTOR))
        shown = shown.outerjoin(ancestor, (col(ancestor.id) == parent) & (col(ancestor.id) != col(Territory.id)))
    return shown


def _document(row: Row[*tuple[Any, ...]]) -> bytes:
    found = row._asdict()
    around = [{name: found[f"{name}_{place}"] for name in _OF_AN_ANCESTOR} for place in range(len(_AROUND))]
    within = [ancestor for ancestor in around if ancestor["id"]]
    shown = {name: found[name] for name in (*_OWN, "initiatives")} | {"within": within}
    shown["former_codes"] = {scheme: [] for scheme in found["codes"] if scheme in _MERGED} | found["former_codes"]
    return TerritoryDocument.model_validate(shown).model_dump_json().encode()
