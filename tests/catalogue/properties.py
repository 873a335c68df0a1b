"""Properties are tried without a deadline: a busy machine is no fault of the code."""

from collections.abc import Callable
from typing import Any

import hypothesis


def given(*values: Any, **named: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hypothesis' own `given`, with no limit of time for one example."""
    return lambda test: hypothesis.settings(deadline=None)(hypothesis.given(*values, **named)(test))
