"""Points, boxes and ranges as they stand in a URL: read once, to values that are right. WGS 84, in degrees."""

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_EARTH = 6371.0088  # kilometres, the mean radius (IUGG)
_ENDLESS = 2**31 - 1
_LATITUDE = r"-?(90(\.0{1,15})?|[1-8]?[0-9](\.[0-9]{1,15})?)"
_LONGITUDE = r"-?(180(\.0{1,15})?|(1[0-7]|[1-9])?[0-9](\.[0-9]{1,15})?)"
_COUNT = r"[0-9]{1,10}"
_FORMS = {
    "point": rf"^{_LATITUDE}, ?{_LONGITUDE}$",
    "box": rf"^{_LONGITUDE}, ?{_LATITUDE}, ?{_LONGITUDE}, ?{_LATITUDE}$",
    "range": rf"^({_COUNT}/({_COUNT}|\.\.)|\.\./{_COUNT})$",
}


@dataclass(frozen=True)
class Box:
    """Between two meridians and two parallels; one that crosses the antimeridian has its west east of its east."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Point:
    """A place on the ground."""

    latitude: float
    longitude: float

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
    """Whole numbers, the ends included; an open end is as far as a database counts."""

    least: int
    most: int


def angle(kilometres: float) -> float:
    """The angle at the centre of the Earth, in radians."""
    return kilometres / _EARTH


def _point(value: object) -> object:
    return Point(*_numbers("point", value))


def _box(value: object) -> object:
    box = Box(*_numbers("box", value))
    if box.south > box.north:
        raise PydanticCustomError("box", "no such box")
    return box


def _range(value: object) -> object:
    ends = zip(_matching("range", value).split("/"), (0, _ENDLESS), strict=True)
    least, most = (open_end if end == ".." else min(int(end), _ENDLESS) for end, open_end in ends)
    if least > most:
        raise PydanticCustomError("range", "no such range")
    return Range(least, most)


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
RangeText = Annotated[Range, BeforeValidator(_range), _described("range", 21, "20000/40000")]
Kilometres = Annotated[int, Field(ge=1, le=500, examples=[20], json_schema_extra={"format": "int32"})]
