"""Weights in `Accept…` headers (RFC 9110, §12.4.2): what a caller takes, and how gladly."""

import re
from collections.abc import Iterator

_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def weighed(header: str) -> Iterator[tuple[str, float]]:
    """Each name in a header, in lower case, with its weight from 0 to 1. One with a malformed weight is passed over."""
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        said = next((parameter for parameter in parameters if parameter.startswith("q=")), "q=1")
        if name and (weight := _WEIGHT.fullmatch(said)):
            yield name, float(weight[1])
