"""Initiatives as a table: a row a case, told by itself, its lead territory beside it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import from_json

from api.documents import LICENSE, NAME
from api.formats import About, Located
from api.formats.tables import Address, Column, Row, Table
from api.types import (
    CountryCode,
    FuzzyDate,
    InitiativeId,
    LanguageCode,
    Latitude,
    Longitude,
    Moment,
    Population,
    TerritoryId,
    ThemeId,
    Version,
    Year,
)
from api.vocabulary import InitiativeKind, Progress, TerritoryKind, TerritoryRole

_Level = Annotated[int, Field(ge=0, le=3)]


def lead(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The territory whose case it is; empty where a lead has none."""
    return next((known for known in document["territories"] if known["role"] == TerritoryRole.LEAD), {})


def _row(item: Located, about: About) -> Row:
    document: dict[str, Any] = from_json(item.document)
    return document | {
        "url": about.page("initiatives", document["id"]),
        "lead": lead(document),
        "place": document["place"] or {},
        "external": document["external"] or {},
        "longitude": item.longitude,
        "latitude": item.latitude,
        "attribution": NAME,
    }


def _part(outer: str, inner: str) -> Callable[[Row], Any]:
    return lambda row: row[outer].get(inner)


def _each(outer: str, inner: str) -> Callable[[Row], list[Any]]:
    return lambda row: [item[inner] for item in row[outer]]


def _around(kind: str) -> Callable[[Row], str | None]:
    """The id of the nearest such territory that is the lead one or lies around it, as its form tells."""

    def nearest(row: Row) -> str | None:
        ids = (row["lead"]["id"], *row["lead"]["within"]) if row["lead"] else ()
        return next((here for here in ids if f"-{kind}-" in here), None)

    return nearest


def _result(result: Mapping[str, Any]) -> str:
    """Such as `Jardins: 73 ha (2019; mesuré)`."""
    figure = " ".join(str(part) for part in (result["value"], result["unit"]) if part is not None)
    aside = "; ".join(str(part) for part in (result["year"], result["note"]) if part is not None)
    return f"{result['label']}: {figure} ({aside})" if aside else f"{result['label']}: {figure}"


_COLUMNS = (
    Column("id", InitiativeId, "Identifier", "Lasting and public."),
    Column(
        "url",
        Address,
        "Address",
        "Where the whole initiative is read, as JSON.",
        example="https://catalogue.example/v1/initiatives/albi-autosuffisance-alimentaire",
    ),
    Column("kind", InitiativeKind, "Kind", "A documented case, or a lead, known by little more than its name."),
    Column("title", str, "Title", "One line.", example="Un jardin partagé"),
    Column("summary", str | None, "Summary", "One line.", example="Vingt familles cultivent un ancien parking."),
    Column(
        "description",
        str | None,
        "Description",
        "Of several lines; paragraphs have an empty line between them.",
        example="La commune prête le terrain ; une association l'anime.",
    ),
    Column("language", LanguageCode, "Language", "Of the texts, ISO 639-1."),
    Column("themes", list[ThemeId], "Themes", "By id, as /v1/themes has them.", _each("themes", "id")),
    Column(
        "theme_labels",
        list[str],
        "Names of the themes",
        "In French, in the same order.",
        lambda row: [theme["label"]["fr"] for theme in row["themes"]],
        example="Circuit court",
    ),
    Column("progress", Progress, "Progress", "How far the case itself got."),
    Column("started_on", FuzzyDate | None, "Beginning", "Known to the year, the month or the day."),
    Column("ended_on", FuzzyDate | None, "End", "Known to the year, the month or the day."),
    Column(
        "territory_id",
        TerritoryId | None,
        "Lead territory",
        "Whose case it is, by id, as /v1/territories has it.",
        _part("lead", "id"),
    ),
    Column(
        "territory_name",
        str | None,
        "Name of the lead territory",
        "The official one.",
        _part("lead", "name"),
        example="Albi",
    ),
    Column(
        "territory_kind",
        TerritoryKind | None,
        "Kind of the lead territory",
        "What sort of public body's area it is.",
        _part("lead", "kind"),
    ),
    Column(
        "country", CountryCode | None, "Country of the lead territory", "ISO 3166-1 alpha-2.", _part("lead", "country")
    ),
    Column(
        "department_id",
        TerritoryId | None,
        "Department",
        "Or province, or district: that of the lead territory, by id.",
        _around("dep"),
        example="fr-dep-81",
    ),
    Column(
        "region_id",
        TerritoryId | None,
        "Region",
        "That of the lead territory, by id.",
        _around("reg"),
        example="fr-reg-76",
    ),
    Column(
        "population",
        Population | None,
        "Population",
        "Inhabitants of the lead territory, the official figure.",
        _part("lead", "population"),
    ),
    Column(
        "population_year",
        Year | None,
        "Year of the population",
        "In which they were counted.",
        _part("lead", "population_year"),
    ),
    Column("territory_ids", list[TerritoryId], "Territories", "All of them, by id.", _each("territories", "id")),
    Column(
        "territory_names",
        list[str],
        "Names of the territories",
        "In the same order.",
        _each("territories", "name"),
        example="Albi",
    ),
    Column("longitude", Longitude | None, "Longitude", "WGS 84, degrees: of the place, else of the lead territory."),
    Column("latitude", Latitude | None, "Latitude", "WGS 84, degrees: of the place, else of the lead territory."),
    Column(
        "place", str | None, "Place", "What it is called.", _part("place", "label"), example="Jardin de la Madeleine"
    ),
    Column(
        "actors", list[str], "Actors", "Who carries it or takes part in it.", _each("actors", "name"), "Ville d'Albi"
    ),
    Column(
        "results",
        list[str],
        "Results",
        "What was measured: the figure, its unit, its year.",
        lambda row: [_result(result) for result in row["results"]],
        example="Surface cultivée: 73 ha (2019)",
    ),
    Column(
        "open_questions", list[str], "Open questions", "What is not known yet.", example="Qui entretient le jardin ?"
    ),
    Column(
        "relations",
        list[str],
        "Related initiatives",
        "How each is related, and its id.",
        lambda row: [f"{relation['kind']}:{relation['id']}" for relation in row["relations"]],
        example="inspired_by:gand-refill",
    ),
    Column(
        "sources",
        list[str],
        "Sources",
        "Addresses of the web pages that document it.",
        _each("sources", "url"),
        example="https://www.example.org/jardin",
    ),
    Column(
        "evidence",
        _Level,
        "Evidence",
        "0 no link; 1 links of one site; 2 of several; 3 an evaluation, or an official link and one from outside.",
        example=2,
    ),
    Column(
        "external_system",
        str | None,
        "System of origin",
        "Where it comes from.",
        _part("external", "system"),
        example="portail-occitanie",
    ),
    Column(
        "external_id",
        str | None,
        "Identifier of origin",
        "Its identifier there.",
        _part("external", "id"),
        example="1234",
    ),
    Column("license", str, "Licence", "SPDX identifier.", example=LICENSE),
    Column("attribution", str, "Attribution", "The source to be named.", example=NAME),
    Column("published_at", Moment, "Publication", "When it was first published, UTC."),
    Column("updated_at", Moment, "Last update", "When it was last updated, UTC: to be told with the source."),
    Column("version", Version, "Version", "How many times it was accepted.", example=1),
)
INITIATIVES = Table("initiatives", "Initiatives", "What territories tried: a row a case.", _COLUMNS, _row)
