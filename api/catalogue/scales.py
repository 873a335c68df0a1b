"""Where a case lies on every scale: written when it is published, compared with what is asked for.

All is told by parameters, so that a statement is the same for every question of its form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Float, and_, bindparam, case
from sqlmodel import col

from api.catalogue import names, nearness
from api.catalogue.lookup import Town
from api.documents import MatchDocument, SimilarityDocument
from api.extents import ENDLESS, Box, Point, days, distance, squared_chord
from api.models import Initiative, PublicationExtent, Territory
from api.queries import InitiativeQuery, InitiativeSort

# Where thousands of cases are near, or like a town, a page of them is about so close: within this share of the radius
# that is asked for (one in 144), or so near to the town. A larger box takes longer to look through than it saves.
_CLOSER, _CLOSE_BY = 1 / 12, 25  # kilometres
_A_YEAR = 10_000  # in YYYYMMDD: no date that is known at least to the year covers more

_LATITUDE, _LONGITUDE = col(PublicationExtent.latitude), col(PublicationExtent.longitude)
_POSITION = col(PublicationExtent.x), col(PublicationExtent.y), col(PublicationExtent.z)
_COUNTRY = col(PublicationExtent.country)


def extent(initiative: Initiative, lead: Territory | None) -> dict[str, Any]:
    """The row that is written of a case. Its place is the one that it names, else that of its lead territory."""
    population = lead.population if lead else None
    first, last = days(initiative.started_on) if initiative.started_on else (None, None)
    place: Mapping[str, Any] = initiative.place or (lead.model_dump() if lead else {})
    latitude, longitude = place.get("latitude"), place.get("longitude")
    x, y, z = (None, None, None) if latitude is None or longitude is None else Point(latitude, longitude).vector
    return {
        "number": initiative.number,
        "published": int(initiative.published_at.timestamp()),
        "updated": int(initiative.updated_at.timestamp()),
        "title": names.alphabetical(initiative.title),
        "started_first": first,
        "started_last": last,
        "population": ENDLESS if population is None else population,
        "smallness": 1 if population is None else -population,
        "territory_id": lead.id if lead else None,
        "territory_kind": lead.kind if lead else None,
        "country": lead.country if lead else None,
        "latitude": latitude,
        "longitude": longitude,
        "x": x,
        "y": y,
        "z": z,
    }


def _between(name: str) -> tuple[BindParameter[int], BindParameter[int]]:
    return bindparam(f"{name}_least"), bindparam(f"{name}_most")


def _in_box(name: str, *, across: bool) -> ColumnElement[bool]:
    west, south, east, north = (bindparam(f"{name}_{edge}", type_=Float) for edge in ("west", "south", "east", "north"))
    return nearness.is_within(west, south, east, north, _LATITUDE, _LONGITUDE, across=across)


def _axes(name: str) -> list[BindParameter[float]]:
    return [bindparam(f"{name}_{axis}", type_=Float) for axis in "xyz"]


_started_least, _started_most = _between("started")
_reach = bindparam("reach", type_=Float)

AWAY, APART = nearness.squared_chord(_POSITION, _axes("near")), nearness.apart(_POSITION, _axes("town"))
ABROAD = case((_COUNTRY == bindparam("town_country"), 0), else_=1)
_AROUND, _AROUND_ACROSS = (_in_box("around", across=across) for across in (False, True))
# What is near is counted by the box around it, which the index of places tells without looking up a row.
AROUND: dict[str, ColumnElement[bool]] = {"near": _AROUND, "near across": _AROUND_ACROSS}
# Of what is sorted by how near it is, what comes first, whatever else there is: a box, and a test in it. Of a box
# across the antimeridian nothing is close, and all are sorted.
CLOSE = _in_box("close", across=False)
_close_reach = bindparam("close_reach", type_=Float)
IS_CLOSE: dict[InitiativeSort, ColumnElement[bool]] = {
    InitiativeSort.DISTANCE: AWAY <= _close_reach,
    InitiativeSort.SIMILARITY: and_(ABROAD == 0, APART <= _close_reach),
}
# By name, the conditions that a question may have, and what of them is looked up by an index.
CONDITIONS: dict[str, ColumnElement[bool]] = {
    "population": col(PublicationExtent.population).between(*_between("population")),
    "updated": col(PublicationExtent.updated).between(*_between("updated")),
    "started": and_(
        col(PublicationExtent.started_first) <= _started_most,
        col(PublicationExtent.started_first) >= bindparam("started_earliest"),
        col(PublicationExtent.started_last) >= _started_least,
    ),
    "bbox": _in_box("bbox", across=False),
    "bbox across": _in_box("bbox", across=True),
    "near": and_(_AROUND, AWAY <= _reach),
    "near across": and_(_AROUND_ACROSS, AWAY <= _reach),
    "similar": and_(
        col(PublicationExtent.population).between(*_between("town")),
        col(PublicationExtent.territory_kind) == bindparam("town_kind"),
        col(PublicationExtent.territory_id) != bindparam("town_id"),
    ),
}


def asked(query: InitiativeQuery) -> list[str]:
    """The names of the conditions that a question has."""
    across = {
        "bbox": query.bbox is not None and query.bbox.crosses,
        "near": query.near is not None and query.near.around(query.kilometres).crosses,
    }
    plain = ("population", "updated", "started", "bbox", "near", "similar")
    return [f"{name} across" if across.get(name) else name for name in plain if getattr(query, name) is not None]


def values(query: InitiativeQuery, town: Town | None) -> dict[str, Any]:
    """The values of their parameters."""
    found: dict[str, Any] = {}
    for name in ("population", "updated", "started"):
        if (asked := getattr(query, name)) is not None:
            found |= {f"{name}_least": asked.least, f"{name}_most": asked.most}
    if query.population:  # ENDLESS is the unknown one
        found["population_most"] = min(query.population.most, ENDLESS - 1)
    if query.started:
        found["started_earliest"] = query.started.least - _A_YEAR
    if query.bbox:
        found |= _edges("bbox", query.bbox)
    if query.near:
        found |= _edges("around", query.near.around(query.kilometres)) | _vector("near", query.near.vector)
        found["reach"] = squared_chord(query.kilometres)
    if town:
        alike = town.about_as_many
        found |= {"town_least": alike.least, "town_most": alike.most}
        found |= {"town_kind": town.kind, "town_id": town.id, "town_country": town.country}
        found |= _vector("town", town.position)
    return found


def close_values(query: InitiativeQuery, town: Town | None) -> dict[str, Any]:
    """The values of the parameters of what is close. A town of unknown place is apart from everything, wherever its box
    is."""
    here, kilometres = query.near, query.kilometres * _CLOSER
    if query.order is InitiativeSort.SIMILARITY:
        here, kilometres = town.place if town else None, _CLOSE_BY
    return {"close_reach": squared_chord(kilometres)} | _edges("close", (here or Point(0, 0)).around(kilometres))


def match(told: Sequence[Any], *, near: bool, town: Town | None) -> MatchDocument:
    """How a case matches, of what its row tells: how far it is, how far from the town, in which country, how large."""
    columns = iter(told)
    away = kilometres(next(columns)) if near else None
    if town is None:
        return MatchDocument(distance=away, similarity=None)
    apart, abroad, population, *_ = columns
    ratio = population / town.population if town.population else None
    return MatchDocument(
        distance=away,
        similarity=SimilarityDocument(
            population_ratio=ratio and round(ratio, 3),
            same_country=not abroad,
            distance=None if apart == nearness.NOWHERE else kilometres(apart),
        ),
    )


def kilometres(squared: float) -> float:
    """A distance as it is told: to the metre."""
    return round(distance(squared), 3)


def _edges(name: str, box: Box) -> dict[str, float]:
    edges = {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
    return {f"{name}_{edge}": degrees for edge, degrees in edges.items()}


def _vector(name: str, vector: Sequence[float | None]) -> dict[str, float | None]:
    return {f"{name}_{axis}": value for axis, value in zip("xyz", vector, strict=True)}
