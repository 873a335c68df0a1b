"""What is wrong with a list as a whole is told together with what is wrong with its items, not once they are mended."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

Item = TypeVar("Item", bound=BaseModel)


def whole(
    kind: type[Item],
    value: object,
    read: ValidatorFunctionWrapHandler,
    wrong: Callable[[Sequence[Item]], Iterator[PydanticCustomError]],
) -> list[Item]:
    """A list of such items that is right, or all that is wrong: with each, and, as `wrong` knows, with all together.

    Of an item that is wrong, `wrong` is given as much as is right: some of its attributes may be missing.
    """
    items, faults = _apart(kind, value, read)
    faults += [InitErrorDetails(type=error, loc=(), input=value) for error in wrong(items)]
    if faults:
        raise ValidationError.from_exception_data(kind.__name__, faults)
    return items


def _apart(
    kind: type[Item], value: Any, read: ValidatorFunctionWrapHandler
) -> tuple[list[Item], list[InitErrorDetails]]:
    """The items, and what is wrong with them."""
    try:
        return read(value), []
    except ValidationError as error:
        found = error.errors(include_url=False)
    wrong = {fault["loc"][:2] for fault in found}
    whole_list = () not in wrong  # else it is no list, or too long a one
    items = [_right(kind, item, place, wrong, read) for place, item in enumerate(value)] if whole_list else []
    return items, list(map(_as_found, found))


def _right(
    kind: type[Item], item: object, place: int, wrong: set[tuple[int | str, ...]], read: ValidatorFunctionWrapHandler
) -> Item:
    """As much of an item as is right."""
    given = item if isinstance(item, dict) else {}
    parts = {name: given[name] for name in kind.model_fields if name in given and (place, name) not in wrong}
    try:
        return cast("Item", read([parts])[0])
    except ValidationError:  # what it must have is missing
        return kind.model_construct(**parts)


def _as_found(fault: ErrorDetails) -> InitErrorDetails:
    """What was found, in the form in which it is raised again."""
    error = PydanticCustomError(fault["type"], "as found", fault.get("ctx"))
    return InitErrorDetails(type=error, loc=fault["loc"], input=fault["input"])
