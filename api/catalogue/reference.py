"""The reference of territories is loaded whole: a new vintage of it moves names and figures, and breaks no id in use.

Codes, words and spellings are made anew. Where a territory has taken over another, the other's initiatives move there,
and its id and codes lead there; one that the file no longer has and nobody took over stays as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Table, delete, insert, text, update
from sqlmodel import SQLModel, col, select

from api.catalogue import lookup, names
from api.db import WriteSession
from api.extents import Point
from api.models import InitiativeTerritory, Reference, Spelling, Territory, TerritoryCode, TerritoryWord
from api.types import CountryCode, Latitude, Longitude, Population, Slug, Year
from api.vocabulary import Precision, TerritoryKind, TerritoryRole

_PARENTS = {
    TerritoryKind.MUNICIPALITY: ["municipality_id"],
    TerritoryKind.INTERCOMMUNALITY: ["intercommunality_id"],
    TerritoryKind.DEPARTMENT: ["department_id"],
    TerritoryKind.REGION: ["region_id", "larger_region_id"],
}
_ANALYZE = text("ANALYZE territory, territory_code, territory_word, spelling")
# The ids of municipalities are made of these codes.
_IDS = {"insee": "fr-", "nis": "be-", "dicofre": "pt-"}

Rows = list[dict[str, Any]]
Forms = Mapping[str, set[str]]  # the folded names of territories, by id


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
        """Every id and code that leads to it."""
        return self.own_names() | self.former_names()

    def own_names(self) -> set[str]:
        """Its id, and the codes that it has."""
        return {self.id} | {f"{scheme}:{code}".lower() for scheme, code in self.codes.items()}

    def former_names(self) -> set[str]:
        """Ids and codes of what was merged into it."""
        former = [(scheme, code.lower()) for scheme, codes in self.former_codes.items() for code in codes]
        return {f"{scheme}:{code}" for scheme, code in former} | {
            _IDS[scheme] + code for scheme, code in former if scheme in _IDS
        }


def is_loaded(session: WriteSession, digest: str) -> bool:
    """Whether the file of this digest was the last to be loaded."""
    loaded = session.get(Reference, 1)
    return loaded is not None and loaded.digest == digest


def load(session: WriteSession, entries: Sequence[TerritoryEntry], digest: str) -> set[str]:
    """Bring the reference to these entries, ancestors first, known by their digest; tells which have new names."""
    forms = {entry.id: _forms(entry) for entry in entries}
    renamed = _bring(session, entries, forms)
    kept = _kept(session, entries)
    _look_up_anew(session, entries, kept, {**forms, **{entry.id: _forms(entry) for entry in kept}})
    _take_over(session)
    session.merge(Reference(id=1, digest=digest))
    session.flush()
    if not session.is_sqlite:  # by itself it would within a minute, and plan badly meanwhile
        session.execute(_ANALYZE)
    return renamed


def add(session: WriteSession, entry: TerritoryEntry) -> None:
    """One territory more, which the file does not have."""
    forms = {entry.id: _forms(entry)}
    _insert(session, Territory, _rows([entry], forms))
    rows = _found_by([entry], forms)
    spelt = [row["word"] for row in rows[Spelling]]
    known = set(session.exec(select(Spelling.word).where(col(Spelling.word).in_(spelt))))
    rows[Spelling] = [row for row in rows[Spelling] if row["word"] not in known]
    for table, added in rows.items():
        _insert(session, table, added)


def _kept(session: WriteSession, entries: Sequence[TerritoryEntry]) -> list[TerritoryEntry]:
    """Territories that the file does not have, nor what they became: no longer, or confirmed by moderators."""
    known = {name for entry in entries for name in entry.names()}
    lacking = [one for one in session.exec(select(Territory.id)) if one not in known]
    found = session.exec(select(Territory).where(col(Territory.id).in_(lacking)))
    return [TerritoryEntry.model_validate(one.model_dump(include=set(TerritoryEntry.model_fields))) for one in found]


def _bring(session: WriteSession, entries: Sequence[TerritoryEntry], forms: Forms) -> set[str]:
    """Write the territories that are new or other than they were; tells which of these have other names now."""
    table: Table = Territory.__table__  # type: ignore[attr-defined]
    held = {row.id: row._asdict() for row in session.execute(table.select())}
    rows = _rows(entries, forms)
    fresh = [row for row in rows if row["id"] not in held]
    changed = [row for row in rows if row["id"] in held and held[row["id"]] != row]
    _insert(session, Territory, fresh)
    if changed:
        session.execute(update(Territory), changed)
    return {row["id"] for row in changed if held[row["id"]]["folded"] != row["folded"]}


def _rows(entries: Sequence[TerritoryEntry], forms: Forms) -> Rows:
    kinds = {entry.id: entry.kind for entry in entries}
    return [
        entry.model_dump(mode="json", exclude={"within"})
        | _parents(entry, kinds)
        | {"folded": f"|{'|'.join(sorted(forms[entry.id]))}|", "smallness": _smallness(entry)}
        | _place(entry)
        for entry in sorted(entries, key=lambda entry: entry.id)  # an index that grows at its end is half as large
    ]


def _smallness(entry: TerritoryEntry) -> int:
    return 1 if entry.population is None else -entry.population


def _place(entry: TerritoryEntry) -> dict[str, float | None]:
    if entry.latitude is None or entry.longitude is None:
        return dict.fromkeys("xyz")
    return dict(zip("xyz", Point(entry.latitude, entry.longitude).vector, strict=True))


def _parents(entry: TerritoryEntry, kinds: Mapping[str, TerritoryKind]) -> dict[str, str | None]:
    """What it lies within, by kind; the country is told by its code."""
    parents: dict[str, str | None] = {column: None for columns in _PARENTS.values() for column in columns}
    for ancestor in entry.within:
        for column in _PARENTS.get(kinds[ancestor], ()):
            if parents[column] is None:
                parents[column] = ancestor
                break
    return parents


def _forms(entry: TerritoryEntry) -> set[str]:
    return {form for name in (entry.name, *entry.other_names) for form in names.forms(name)}


def _look_up_anew(
    session: WriteSession, entries: Sequence[TerritoryEntry], kept: Sequence[TerritoryEntry], forms: Forms
) -> None:
    """Make the tables anew by which territories are found; a code that led somewhere leads there still, or further.

    A kept one with a code that the file has is the file's: moderators had confirmed it before the file knew of it.
    """
    in_file = {name: entry.id for entry in entries for name in entry.names()}
    became = {one.id: in_file[name] for one in kept for name in one.own_names() if name in in_file}
    here = [*(one for one in kept if one.id not in became), *entries]
    rows = _found_by(here, forms)
    leads_to = {row["code"]: row["territory_id"] for row in rows[TerritoryCode]} | became
    ids = {entry.id for entry in here}
    for code, led_to in session.exec(select(TerritoryCode.code, TerritoryCode.territory_id)).all():
        if code not in ids:
            leads_to.setdefault(code, leads_to.get(led_to, led_to))
    rows[TerritoryCode] = [{"code": code, "territory_id": found} for code, found in leads_to.items()]
    for table, made in rows.items():
        session.execute(delete(table))
        _insert(session, table, made)


def _found_by(entries: Sequence[TerritoryEntry], forms: Forms) -> dict[type[SQLModel], Rows]:
    """The rows by which these territories are found: codes, words of their names and postcodes, and spellings."""
    now = {name: entry.id for entry in entries for name in entry.own_names()}
    former = {name: entry.id for entry in entries for name in entry.former_names()}
    codes = {lookup.canonical(name): here for name, here in (former | now).items()}
    words = {entry.id: {word for form in forms[entry.id] for word in form.split()} for entry in entries}
    long = {word for found in words.values() for word in found if len(word) >= names.LONG}
    return {
        TerritoryCode: [{"code": code, "territory_id": here} for code, here in sorted(codes.items()) if code != here],
        TerritoryWord: [
            {"word": word, "territory_id": here, "alone": word in forms[here]}
            for word, here in sorted(
                (word, entry.id) for entry in entries for word in words[entry.id].union(entry.postcodes)
            )
        ],
        Spelling: [{"word": word, "backwards": word[::-1]} for word in sorted(long)],
    }


def _insert(session: WriteSession, table: type[SQLModel], rows: Rows) -> None:
    """Many rows: past the mapper, which would take longer than the database."""
    if rows:
        session.execute(insert(table.__table__), rows)  # type: ignore[attr-defined]


def _take_over(session: WriteSession) -> None:
    """Move the initiatives of territories that have become part of others, which then are all that is left of them."""
    moving = (
        select(InitiativeTerritory, TerritoryCode.territory_id)
        .join(TerritoryCode, col(TerritoryCode.code) == col(InitiativeTerritory.territory_id))
        .order_by(col(InitiativeTerritory.initiative_id), col(InitiativeTerritory.position))
    )
    for part, successor in session.exec(moving).all():
        already = session.get(InitiativeTerritory, (part.initiative_id, successor))
        if already is None:
            session.add(InitiativeTerritory.model_validate(part.model_dump() | {"territory_id": successor}))
        elif part.role == TerritoryRole.LEAD:
            already.role = TerritoryRole.LEAD
        session.delete(part)
        session.flush()
    session.execute(delete(Territory).where(col(Territory.id).in_(select(TerritoryCode.code))))
