"""Where a place is: GeoNames' point of it, and where it is about when GeoNames has none.

A point far from all of its intercommunality is a mistake and dropped. Overseas it is not: two communes of Guyane lie
further apart than two regions elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from statistics import fmean

from api.vocabulary import Precision
from seed.reference.sources import Place, folded

Point = tuple[float, float]
FAR = 60  # kilometres


@dataclass(frozen=True)
class Located:
    """A point, and how exact it is."""

    latitude: float
    longitude: float
    precision: Precision


def located(point: Point, precision: Precision) -> Located:
    """With five decimals, a metre."""
    return Located(round(point[0], 5), round(point[1], 5), precision)


def best(places: Iterable[Place], name: str) -> Place:
    """Of several places in a municipality the one of its name, else the largest that is no quarter of another."""
    return max(
        places, key=lambda place: (folded(place.name) == folded(name), place.feature != "PPLX", place.population)
    )


def middle(points: Iterable[Point]) -> Point:
    """The mean: near enough for what lies close together."""
    latitudes, longitudes = zip(*points, strict=True)
    return fmean(latitudes), fmean(longitudes)


def kilometres(one: Point, other: Point) -> float:
    """Along the great circle."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, point)) for point in (one, other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * asin(sqrt(chord))


def mistaken(found: Mapping[str, Point], groups: Mapping[str, str]) -> set[str]:
    """Those that are far from the middle of their group."""
    members: dict[str, list[Point]] = defaultdict(list)
    grouped = {code: point for code, point in found.items() if code in groups}
    for code, point in grouped.items():
        members[groups[code]].append(point)
    middles = {group: middle(there) for group, there in members.items()}
    return {code for code, point in grouped.items() if kilometres(point, middles[groups[code]]) > FAR}
