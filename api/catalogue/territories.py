"""Territories: the reference as it is loaded, rendered and read, and the codes that name them.

A territory's document is rendered when the reference is loaded; only its count of initiatives is added on the way out.
"""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Row, Select, delete
from sqlalchemy import select as rows_of
from sqlmodel import col, select

from api.catalogue import lookup, paging, terms
from api.catalogue.lookup import Facts
from api.catalogue.paging import Page
from api.db import ReadSession, WriteSession
from api.documents import Around, TerritoryDocument
from api.errors import NotFound
from api.models import TermCount, Territory, TerritoryCode, TerritoryWithin
from api.queries import TerritoryQuery
from api.texts import Text
from api.types import CountryCode, Latitude, Longitude, Population, Slug, Year
from api.vocabulary import Precision, TerritoryKind

NO_TERRITORY = Text("There is no territory with this id or code.", "Aucun territoire n'a cet identifiant ou ce code.")


class TerritoryEntry(BaseModel):
    """A territory as the reference file has it: `within` goes from the nearest to the country."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    kind: TerritoryKind
    name: str
    other_names: list[str] = []
    country: CountryCode
    codes: dict[str, str]
    former_codes: dict[str, list[str]] = {}
    population: Population | None = None
    population_year: Year | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    precision: Precision | None = None
    postcodes: list[str] = []
    within: list[Slug] = []

    def names(self) -> set[str]:
        """Every code that leads to it, its own id included."""
        former = {f"{scheme}:{code}".lower() for scheme, codes in self.former_codes.items() for code in codes}
        return {self.id} | {f"{scheme}:{code}".lower() for scheme, code in self.codes.items()} | former


def load(session: WriteSession, entries: Sequence[TerritoryEntry]) -> bool:
    """Bring the reference to these entries; tells whether anything changed. Parents come before their children."""
    changed = [entry for entry in entries if _held(session, entry.id) != entry]
    for entry in changed:
        session.merge(Territory(**entry.model_dump(exclude={"within"}, mode="json"), document=b""))
        session.flush()
        session.execute(delete(TerritoryWithin).where(col(TerritoryWithin.territory_id) == entry.id))
        session.execute(delete(TerritoryCode).where(col(TerritoryCode.territory_id) == entry.id))
        session.add_all(
            TerritoryWithin(territory_id=entry.id, ancestor_id=ancestor, position=position)
            for position, ancestor in enumerate(entry.within)
        )
        session.add_all(TerritoryCode(code=name, territory_id=entry.id) for name in sorted(entry.names()))
    if changed:
        session.flush()
        render_all(session)
    return bool(changed)


def _held(session: WriteSession, territory_id: str) -> TerritoryEntry | None:
    """The entry from which a territory was loaded."""
    if (territory := session.get(Territory, territory_id)) is None:
        return None
    around = select(TerritoryWithin.ancestor_id).where(col(TerritoryWithin.territory_id) == territory_id)
    within = session.exec(around.order_by(col(TerritoryWithin.position))).all()
    return TerritoryEntry.model_validate(territory.model_dump(exclude={"document"}) | {"within": within})


def render_all(session: WriteSession) -> None:
    """Render every territory's document from its row and its ancestors'."""
    known = {territory.id: territory for territory in session.exec(select(Territory))}
    within: dict[str, list[Around]] = {territory_id: [] for territory_id in known}
    for step in session.exec(select(TerritoryWithin).order_by(col(TerritoryWithin.position))):
        ancestor = known[step.ancestor_id]
        within[step.territory_id].append(Around.model_validate(ancestor.model_dump()))
    for territory in known.values():
        shown = TerritoryDocument.model_validate(
            territory.model_dump() | {"within": within[territory.id], "initiatives": 0}
        )
        territory.document = shown.model_dump_json(exclude={"initiatives"}).encode()
    session.flush()


def resolve(session: ReadSession, code: str) -> str | None:
    """Our id of the territory that has this id or official code."""
    return session.scalar(select(TerritoryCode.territory_id).where(col(TerritoryCode.code) == code.lower()))


def facts(session: ReadSession, query: TerritoryQuery) -> Facts:
    """What `page` needs to know."""
    parents = [query.parent] if query.parent else []
    return lookup.look_up(session, territories=parents, territory_parameter="parent")


def page(session: ReadSession, query: TerritoryQuery, facts: Facts) -> Page:
    """Territories in the order of their ids."""
    conditions = list(_conditions(query, facts))
    found = _counted().where(*conditions).order_by(col(Territory.id))
    if key := paging.after(query, str):
        found = found.where(col(Territory.id) > key[0])
    counted = paging.counted(select(Territory.id).where(*conditions))
    rows, total = paging.fetch(session, query, found, counted, "id")
    return paging.page(query, [((row.id,), _document(row)) for row in rows], total)


def get(session: ReadSession, code: str) -> bytes:
    """The document of the territory that has this id or official code."""
    named = select(TerritoryCode.territory_id).where(col(TerritoryCode.code) == code.lower())
    row = session.execute(_counted().where(col(Territory.id).in_(named))).one_or_none()
    if row is None:
        raise NotFound(NO_TERRITORY)
    return _document(row)


def _conditions(query: TerritoryQuery, facts: Facts) -> Iterable[ColumnElement[bool]]:
    if query.kind:
        yield col(Territory.kind).in_(query.kind)
    if query.country:
        yield col(Territory.country).in_(query.country)
    if query.parent:
        inside = select(TerritoryWithin.territory_id).where(
            col(TerritoryWithin.ancestor_id) == facts.territories[query.parent]
        )
        yield col(Territory.id).in_(inside)


def _counted() -> Select[str, bytes, int]:
    return rows_of(col(Territory.id), col(Territory.document), col(TermCount.length)).outerjoin(
        TermCount, col(TermCount.term) == terms.within("") + col(Territory.id)
    )


def _document(row: Row[tuple[str, bytes, int | None]]) -> bytes:
    return b'%b,"initiatives":%d}' % (row.document.removesuffix(b"}"), row.length or 0)
