"""Boxes and distances in SQL: plain arithmetic, so that every database finds the same.

A distance is compared by the straight line between two places through a sphere of radius 1, squared: it grows as the
distance on the ground does, at the poles and across the antimeridian too.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_

from api.extents import Box, Point
from api.extents import squared_chord as squared_chord_of

Degrees = SQLColumnExpression[float | None]
Position = Sequence[SQLColumnExpression[float | None]]
Values = Sequence[Any]  # floats, or parameters that stand for them

NOWHERE = 9.0  # farther, as a squared chord, than any two places are


def is_within(
    west: Any, south: Any, east: Any, north: Any, latitude: Degrees, longitude: Degrees, *, across: bool
) -> ColumnElement[bool]:
    """Whether a point lies between these edges, which are included; `across` the antimeridian, west is east of east."""
    west_to_east = longitude >= west, longitude <= east
    return and_(latitude >= south, latitude <= north, or_(*west_to_east) if across else and_(*west_to_east))


def is_in(box: Box, latitude: Degrees, longitude: Degrees) -> ColumnElement[bool]:
    """Whether a point is in the box, its edges included."""
    return is_within(box.west, box.south, box.east, box.north, latitude, longitude, across=box.crosses)


def squared_chord(position: Position, there: Values) -> ColumnElement[float]:
    """The square of the straight line from a position to another."""
    x, y, z = (here - other for here, other in zip(position, there, strict=True))
    squared: ColumnElement[float] = x * x + y * y + z * z
    return squared


def apart(position: Position, there: Values) -> ColumnElement[float]:
    """The same where it is known, else what comes after all that is."""
    return func.coalesce(squared_chord(position, there), NOWHERE)


def is_near(
    point: Point, kilometres: float, latitude: Degrees, longitude: Degrees, position: Position
) -> ColumnElement[bool]:
    """Whether a point is not farther than that, on the sphere."""
    reach = squared_chord_of(kilometres)
    box = is_in(point.around(kilometres), latitude, longitude)
    return and_(box, squared_chord(position, point.vector) <= reach)
