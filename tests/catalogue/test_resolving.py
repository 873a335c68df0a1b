"""Every commune of France is found as its clerk would name it; a name that several have leads to none of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pytest
from pydantic_core import PydanticCustomError
from sqlmodel import select

from api.catalogue import drafting, lookup, names, reference, resolving, territories
from api.catalogue.reference import TerritoryEntry
from api.catalogue.resolving import Place
from api.db import Database, ReadSession
from api.errors import BadInput
from api.known import NamedTerritoryDraft
from api.models import TerritoryCode
from api.vocabulary import TerritoryKind
from seed.reference import table
from tests.databases import PostgresDatabases, SqliteFiles, prepare_whole

Entries = Sequence[TerritoryEntry]
Places = Mapping[str, Sequence[Place]]


@pytest.fixture(scope="module")
def entries() -> Entries:
    return table.read(table.FILE)


@pytest.fixture(scope="module")
def communes(entries: Entries) -> Entries:
    found = [one for one in entries if one.country == "FR" and one.kind == TerritoryKind.MUNICIPALITY]
    assert len(found) == 34_969
    return found


@pytest.fixture(scope="module")
def places(entries: Entries) -> Places:
    """All territories, by each folded form of each of their names."""
    found = defaultdict(list)
    for entry in entries:
        for form in reference._forms(entry):
            found[form].append(place(entry))
    return found


def place(entry: TerritoryEntry) -> Place:
    return Place(
        id=entry.id,
        kind=entry.kind,
        name=entry.name,
        folded=f"|{'|'.join(sorted(reference._forms(entry)))}|",
        country=entry.country,
        population=entry.population,
        postcodes=tuple(entry.postcodes),
        parent=None,
        around=frozenset(entry.within),
    )


def said(name: str, **more: str) -> NamedTerritoryDraft:
    """As a draft has it once it is read."""
    nothing = dict.fromkeys(NamedTerritoryDraft.model_fields)
    return NamedTerritoryDraft.model_construct(**(nothing | {"name": name} | more))


def department(commune: TerritoryEntry) -> str:
    return next(around for around in commune.within if "-dep-" in around)


def bearing(places: Places, name: str) -> list[Place]:
    return list(dict.fromkeys(one for form in sorted(names.forms(name)) for one in places.get(form, ())))


def test_a_commune_is_told_by_name_and_department_and_by_a_postcode_that_no_namesake_has(
    communes: Entries, places: Places
) -> None:
    folded = {one.id: names.folded(one.name) for one in communes}
    bearers = Counter((folded[one.id], postcode) for one in communes for postcode in one.postcodes)
    for one in communes:
        alone = [postcode for postcode in one.postcodes if bearers[folded[one.id], postcode] == 1]
        told = [said(one.name, department=department(one)), *(said(one.name, postcode=each) for each in alone[:1])]
        for each in told:
            assert [found.id for found in resolving.fitting(each, bearing(places, one.name))] == [one.id], each


def test_a_name_that_several_communes_have_is_never_one_alone(communes: Entries, places: Places) -> None:
    shared = [name for name, count in Counter(names.folded(one.name) for one in communes).items() if count > 1]
    assert len(shared) >= 1_482
    assert [name for name in shared if len(resolving.fitting(said(name), bearing(places, name))) < 2] == []


@pytest.fixture
def whole(databases: SqliteFiles | PostgresDatabases) -> Iterator[ReadSession]:
    """A database that holds them all."""
    with databases.copy(prepare_whole) as url:
        database = Database(url)
        with database.read() as session:
            yield session
        database.close()


def test_the_database_holds_what_they_are_told_by_and_finds_it(
    whole: ReadSession, entries: Entries, communes: Entries, places: Places
) -> None:
    held = {resolving._place(*row)._replace(parent=None) for row in whole.execute(resolving._SEEN)}
    assert held == {place(entry) for entry in entries}
    leads_to = {one.id: one.id for one in held}
    leads_to |= dict(whole.exec(select(TerritoryCode.code, TerritoryCode.territory_id)).all())
    assert sum(len(one.former_codes.get("insee", ())) for one in communes) >= 2_667
    assert all(leads_to[lookup.canonical(name)] == one.id for one in communes for name in one.names())

    for one in [*communes[::400], *(one for one in communes if one.name in ("Vergné", "La Vergne", "Courcy"))]:
        alike = resolving.bearing(whole, names.forms(one.name))
        assert {found._replace(parent=None) for found in alike} == set(bearing(places, one.name))
        assert resolving.named(whole, said(one.name, department=department(one))) == one.id
        assert {territories.resolve(whole, name) for name in one.names()} == {one.id}
    with pytest.raises(PydanticCustomError) as refused:
        resolving.named(whole, said("Sainte-Colombe"))
    assert (refused.value.type, len((refused.value.context or {})["candidates"])) == ("ambiguous_territory", 12)

    # A name of a commune that is no more is not taken where those of others begin so.
    with pytest.raises(PydanticCustomError) as refused:
        resolving.named(whole, said("Villefranche"))
    assert "fr-69264" in [one.id for one in (refused.value.context or {})["candidates"]]  # Villefranche-sur-Saône
    assert resolving.named(whole, said("Villefranche", department="fr-dep-89")) == "fr-89086"

    # What the name of a territory begins with is no title.
    body = {"kind": "lead", "title": "Une piste", "territories": [{"territory": "Ville d'Avray"}]}
    assert drafting.read(whole, body).territories[0].territory == "fr-92077"
    for told, answer in {"Ville d'Avray (75)": "A territory of this name", "Ville d'Avrai": "No territory has"}.items():
        with pytest.raises(BadInput) as wrong:
            drafting.read(whole, body | {"territories": [{"territory": told}]})
        (mistake,) = wrong.value.mistakes
        assert mistake.detail.en.startswith(answer)
        assert "fr-92077" in [one.id for one in mistake.candidates]

    # The place that is told beside a name is no part of another's: there is a Saint-Aubin-des-Landes elsewhere.
    for told in ("Saint-Aubin (Landes)", "Saint-Aubin, Landes", "40250 Saint-Aubin"):
        body = {"kind": "lead", "title": "Une piste", "territories": [{"territory": told}]}
        assert drafting.read(whole, body).territories[0].territory == "fr-40249"
