"""A radius only stands to reason around a point."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from api.extents import RadiusKm
from api.queries.base import whole

RADIUS = 20  # kilometres, where nothing else is said


def _around_a_point(value: int, info: ValidationInfo) -> int:
    if info.data.get("near", ...) is None:  # a point that is malformed is told by itself
        raise PydanticCustomError("radius_alone", "no point")
    return value


Radius = Annotated[RadiusKm, BeforeValidator(whole), AfterValidator(_around_a_point)]
