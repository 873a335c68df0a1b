"""A radius only stands to reason around a point."""

from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from api.extents import Kilometres
from api.queries.base import whole

RADIUS = 20  # kilometres, where nothing else is said

Radius = Annotated[Kilometres, BeforeValidator(whole)]


def around_a_point(value: int | None, info: ValidationInfo) -> int | None:
    """A radius that has its point."""
    if info.data.get("near", ...) is None:  # a point that is malformed is told by itself
        raise PydanticCustomError("radius_alone", "no point")
    return value
