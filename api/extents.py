"""Points, boxes and ranges as they stand in a URL: read once, to values that are right. WGS 84, in degrees."""

import math
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_EARTH = 6371.0088  # kilometres, the mean radius (IUGG)
ENDLESS = 2**31 - 1
_LATITUDE = r"-?(90(\.0{1,15})?|[1-8]?[0-9](\.[0-9]{1,15})?)"
_LONGITUDE = r"-?(180(\.0{1,15})?|(1[0-7]|[1-9])?[0-9](\.[0-9]{1,15})?)"
_COUNT = r"[0-9]{1,10}"
_DAY = r"[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
_TIME = r"[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_FORMS = {
    "point": rf"^{_LATITUDE}, ?{_LONGITUDE}$",
    "box": rf"^{_LONGITUDE}, ?{_LATITUDE}, ?{_LONGITUDE}, ?{_LATITUDE}$",
    "range": rf"^({_COUNT}/({_COUNT}|\.\.)|\.\./{_COUNT})$",
    "days": rf"^({_DAY}/({_DAY}|\.\.)|\.\./{_DAY})$",
    "times": rf"^(({_DAY}|{_TIME})/({_DAY}|{_TIME}|\.\.)|\.\./({_DAY}|{_TIME}))$",
}


@dataclass(frozen=True)
class Box:
    """Between two meridians and two parallels; one that crosses the antimeridian has its west east of its east."""

    west: float
    south: float
    east: float
    north: float

    @property
    def crosses(self) -> bool:
        """Whether the antimeridian runs through it."""
        return self.west > self.east


@dataclass(frozen=True)
class Point:
    """A place on the ground."""

    latitude: float
    longitude: float

    @property
    def vector(self) -> tuple[float, float, float]:
        """The same place on a sphere of radius 1, in space: what distances are reckoned by."""
        north, east = math.radians(self.latitude), math.radians(self.longitude)
        return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)

    def around(self, kilometres: float) -> Box:
        """The smallest box that holds all that is as near as that."""
        reach = angle(kilometres) + 1e-9  # with what is just on its edge
        south, north = self.latitude - math.degrees(reach), self.latitude + math.degrees(reach)
        if south <= -90 or north >= 90:
            return Box(-180, max(south, -90), 180, min(north, 90))
        width = math.degrees(math.asin(math.sin(reach) / math.cos(math.radians(self.latitude))))
        west, east = ((self.longitude + side + 180) % 360 - 180 for side in (-width, width))
        return Box(west, south, east, north)


@dataclass(frozen=True)
class Range:
    """Whole numbers, the ends included; an open end is as far as a database counts.

    Of days these are YYYYMMDD, of times seconds since 1970, both in UTC and in the Gregorian calendar.
    """

    least: int
    most: int


def angle(kilometres: float) -> float:
    """The angle at the centre of the Earth, in radians."""
    return kilometres / _EARTH


def squared_chord(kilometres: float) -> float:
    """The square of the straight line between two places of this distance, through a sphere of radius 1."""
    return (2 * math.sin(angle(kilometres) / 2)) ** 2


def distance(squared_chord: float) -> float:
    """Kilometres on the sphere, of which the ends of such a line are apart."""
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(squared_chord) / 2))


def _point(value: object) -> object:
    return Point(*_numbers("point", value))


def _box(value: object) -> object:
    box = Box(*_numbers("box", value))
    if box.south > box.north:
        raise PydanticCustomError("box", "no such box")
    return box


def _range(value: object) -> object:
    return _between("range", value, lambda end: (min(int(end), ENDLESS),) * 2, ENDLESS)


def _days(value: object) -> object:
    return _between("days", value, days, ENDLESS)


def _times(value: object) -> object:
    return _between("times", value, _seconds, 2**53)


def _between(form: str, value: object, read: Callable[[str], tuple[int, int]], endless: int) -> Range:
    """From the first of what one end stands for to the last of what the other does."""
    ends = zip(_matching(form, value).split("/"), (0, endless), strict=True)
    (least, _), (_, most) = ((open_end, open_end) if end == ".." else read(end) for end, open_end in ends)
    if least > most:
        raise PydanticCustomError(form, "no such range")
    return Range(least, most)


def days(date: str) -> tuple[int, int]:
    """The first and the last day, as YYYYMMDD, of a date that is known to the year, the month or the day."""
    year, month, day = (*map(int, date.split("-")), 0, 0)[:3]
    last_month = month or 12
    last_day = day or monthrange(year, last_month)[1]
    if last_day > monthrange(year, last_month)[1]:
        raise PydanticCustomError("calendar_date", "no such date")
    return year * 10_000 + (month or 1) * 100 + (day or 1), year * 10_000 + last_month * 100 + last_day


def _seconds(moment: str) -> tuple[int, int]:
    """The first and the last second of a date or time."""
    first, last = days(moment.partition("T")[0])
    if "T" in moment:
        return (int(datetime.fromisoformat(moment).timestamp()),) * 2
    return _midnight(first), _midnight(last) + 86_399


def _midnight(day: int) -> int:
    return int(datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=UTC).timestamp())


def _numbers(form: str, value: object) -> list[float]:
    return [float(number) for number in _matching(form, value).split(",")]


def _matching(form: str, value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_FORMS[form], value, re.ASCII):
        return value
    raise PydanticCustomError(form, "of another form")


def _described(form: str, length: int, example: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "pattern": _FORMS[form], "maxLength": length, "examples": [example]}
    return WithJsonSchema(schema)


PointText = Annotated[Point, BeforeValidator(_point), _described("point", 45, "49.21,5.37")]
BoxText = Annotated[Box, BeforeValidator(_box), _described("box", 90, "5.2,49.1,5.5,49.3")]
DaysText = Annotated[Range, BeforeValidator(_days), _described("days", 21, "2000/2010")]
TimesText = Annotated[Range, BeforeValidator(_times), _described("times", 41, "2026-01-01/..")]
RangeText = Annotated[Range, BeforeValidator(_range), _described("range", 21, "20000/40000")]
RadiusKm = Annotated[int, Field(ge=1, le=500, examples=[20], json_schema_extra={"format": "int32"})]
