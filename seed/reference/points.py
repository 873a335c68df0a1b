"""Where a place is: GeoNames' point of it, and where it is about when GeoNames has none.

A point far from all of its intercommunality is a mistake and dropped. Overseas it is not: two communes of Guyane lie
further apart than two regions elsewhere.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
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


def mistaken(points: Mapping[str, Point], group: Callable[[str], str | None]) -> set[str]:
    """Whose point is far from the middle of its group."""
    middles = middles_of(points, {code: [name] if (name := group(code)) else [] for code in points})
    return {code for code, point in points.items() if (name := group(code)) and kilometres(point, middles[name]) > FAR}


def middles_of(points: Mapping[str, Point], groups: Mapping[str, Iterable[str]]) -> dict[str, Point]:
    """The middle of each group that has a point in it."""
    found: dict[str, list[Point]] = defaultdict(list)
    for code, point in points.items():
        for group in groups[code]:
            found[group].append(point)
    return {group: middle(members) for group, members in found.items()}
