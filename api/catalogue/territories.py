"""Territories as they are read: listed, shown, and named by any of their codes.

A document is made of a territory's row and those of its ancestors, which one statement finds together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Row, Select, SQLColumnExpression, func, select, union_all
from sqlmodel import col

from api.catalogue import gazetteer, lookup, paging, scales, terms
from api.catalogue.lookup import Facts, Town
from api.catalogue.paging import Key, Page
from api.catalogue.planning import among
from api.db import ReadSession
from api.documents import Around, TerritoryDocument
from api.errors import NotFound
from api.mistakes import in_parameters
from api.models import TermCount, Territory
from api.queries import TerritoryQuery
from api.texts import Text

NO_TERRITORY = Text("There is no territory with this id or code.", "Aucun territoire n'a cet identifiant ou ce code.")

_AROUND = [*gazetteer.PARENTS, func.lower(col(Territory.country))]
# What a document shows of the territory's own row, and of each of those around it.
_OWN = [name for name in TerritoryDocument.model_fields if name not in ("within", "initiatives", "match")]
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
    asked = lookup.canonical(code)
    return lookup.leading(session, [asked]).get(asked)


def facts(session: ReadSession, query: TerritoryQuery) -> Facts:
    """What `page` needs to know."""
    return gazetteer.facts(session, query)


def page(session: ReadSession, query: TerritoryQuery, facts: Facts) -> Page:
    """Territories in the order of their ids; around a point the nearest first, by words or by a town the likeliest."""
    found = _shown(gazetteer.page(query, facts), *gazetteer.match_columns(query, facts.town))
    if query.total:
        found = paging.with_total(found, gazetteer.count(query, facts))
    rows = session.execute(found).all()
    documents = _documents(rows, near=query.near is not None, town=facts.town)
    return paging.page(query, documents, rows[0].total if query.total else None)


def resumed(session: ReadSession, query: TerritoryQuery, facts: Facts) -> TerritoryQuery:
    """The question with a cursor proper, where the id of a territory stands for it."""
    if not paging.is_id(query.cursor):
        return query
    for key in session.execute(gazetteer.key(query, facts).where(col(Territory.id) == query.cursor)):
        return query.model_copy(update={"cursor": paging.cursor(query, key)})
    raise in_parameters([("cursor", "bad_cursor")])


def get(session: ReadSession, code: str) -> Found:
    """The territory that has this id or official code, or has taken over the one that had it."""
    asked = lookup.canonical(code)
    rows = session.execute(_shown(select(lookup.named([asked]).subquery().c.leads_to.label("id")))).all()
    for row in (row for row in rows if row.id == row.key_0):
        current = {f"{scheme}:{value}".lower() for scheme, value in row.codes.items()} | {row.id}
        return Found(row.id, dict(_documents(rows))[(row.id,)], moved=asked not in current)
    raise NotFound(NO_TERRITORY)


def _shown(found: gazetteer.Rows, *told: SQLColumnExpression[Any]) -> Select[*tuple[Any, ...]]:
    """The rows of these territories, each with the key by which it is ordered and what is told of its match, and of all
    that lies around them."""
    page = found.cte("page").prefix_with("MATERIALIZED")  # SQLite would look for a union once for each use
    ids = select(page.c.id)
    around = union_all(ids, *(select(parent).where(among(col(Territory.id), ids)) for parent in _AROUND))
    return (
        select(
            *(col(getattr(Territory, name)) for name in _OWN),
            *(parent.label(f"around_{place}") for place, parent in enumerate(_AROUND)),
            *(part.label(f"key_{place}") for place, part in enumerate(page.c)),
            *(part.label(f"told_{place}") for place, part in enumerate(told)),
            func.coalesce(col(TermCount.length), 0).label("initiatives"),
        )
        .outerjoin(page, page.c.id == col(Territory.id))
        .outerjoin(TermCount, col(TermCount.term) == terms.within("") + col(Territory.id))
        .where(among(col(Territory.id), around))
    )


def _documents(
    rows: Sequence[Row[*tuple[Any, ...]]], *, near: bool = False, town: Town | None = None
) -> list[tuple[Key, bytes]]:
    """The documents of those that have a key, in its order."""
    known = {row.id: row._asdict() for row in rows}
    keys = sorted(key for key in (_parts(row, "key_") for row in known.values()) if key[-1] is not None)
    return [(key, _item(known[key[-1]], known, near=near, town=town)) for key in keys]


def _parts(row: Mapping[str, Any], prefix: str) -> tuple[Any, ...]:
    return tuple(part for name, part in row.items() if name.startswith(prefix))


def _item(own: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], *, near: bool, town: Town | None) -> bytes:
    """A document, with how it matches where a point or a town was asked for."""
    document, told = _document(own, known), _parts(own, "told_")
    if not told:
        return document
    return b'%b,"match":%b}' % (document[:-1], to_json(scales.match(told, near=near, town=town)))


def _document(own: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> bytes:
    around = [known[here] for here in (own[f"around_{place}"] for place in range(len(_AROUND))) if here in known]
    within = [{name: outer[name] for name in _OF_AN_ANCESTOR} for outer in around if outer is not own]
    shown = {name: own[name] for name in (*_OWN, "initiatives")} | {"within": within}
    shown["former_codes"] = {scheme: [] for scheme in own["codes"] if scheme in _MERGED} | own["former_codes"]
    return TerritoryDocument.model_validate(shown).model_dump_json(exclude={"match"}).encode()
