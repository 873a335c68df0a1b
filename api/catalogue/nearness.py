"""Boxes and distances in SQL: plain arithmetic, so that every database finds the same."""

import math

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, or_

from api.extents import Box, Point, angle

Degrees = SQLColumnExpression[float | None]


def is_in(box: Box, latitude: Degrees, longitude: Degrees) -> ColumnElement[bool]:
    """Whether a point is in the box, its edges included."""
    west_to_east = longitude >= box.west, longitude <= box.east
    across = or_(*west_to_east) if box.west > box.east else and_(*west_to_east)
    return and_(latitude >= box.south, latitude <= box.north, across)


def is_near(point: Point, kilometres: float, latitude: Degrees, longitude: Degrees) -> ColumnElement[bool]:
    """Whether a point is not farther than that, on the sphere.

    The haversine formula: sin² D/2 = sin² x/2 + cos p cos(p + x) sin² y/2, with the differences of latitudes (x) and of
    longitudes (y). Of the sines and cosines the first terms of their series are taken: at 500 km that errs by less than
    3 m up to 70 degrees north or south, and by 30 m at 80.
    """
    box, rad = point.around(kilometres), math.radians(1)
    cos, sin = math.cos(point.latitude * rad), math.sin(point.latitude * rad)
    x, y = latitude - point.latitude, longitude - point.longitude
    if box.west > box.east or box.east - box.west == 360:
        y = case((y > 180, y - 360), (y < -180, y + 360), else_=y)
    half_x, half_y = (d * d * (rad**2 / 4 - d * d * (rad**4 / 48)) for d in (x, y))
    product = cos * cos - x * (cos * sin * rad + x * (cos * cos * rad**2 / 2 - x * (cos * sin * rad**3 / 6)))
    return and_(is_in(box, latitude, longitude), half_x + product * half_y <= math.sin(angle(kilometres) / 2) ** 2)
