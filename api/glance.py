"""Statements that are compiled once: for the reads that are asked most.

SQLAlchemy writes them; what it does for each execution (a cache key, a transaction, a result of its own) costs more
than these reads themselves, and is left out. Without a transaction each statement sees a moment of its own, and must
tell by itself all that has to agree.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import BindParameter, Dialect, Executable, bindparam
from sqlalchemy.sql.compiler import SQLCompiler

Rows = Sequence[Sequence[Any]]
Parameters = Mapping[str, Any] | tuple[Any, ...]
Run = Callable[[str, Parameters], Rows]


class Reader(Protocol):
    """What answers a statement: a session, or a glance."""

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        """The rows of a statement for these values of its parameters."""


class Glance:
    """Reads on one connection; `run` hands SQL in the driver's own words to it."""

    def __init__(self, dialect: Dialect, run: Run) -> None:
        self._dialect = dialect
        self._run = run

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        """The rows of a statement that is kept, such as a module's constant: it is compiled once."""
        sql, defaults, order = _compiled(statement, self._dialect)
        named = {**defaults, **values}
        return self._run(sql, named if order is None else tuple([named[name] for name in order]))


@lru_cache(maxsize=2000)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, Mapping[str, Any], Sequence[str] | None]:
    """SQL, the values that it holds itself, and the order of parameters where the driver takes them by place."""
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    return compiled.string, compiled.params, compiled.positiontup


def parameters(name: str, count: int) -> list[BindParameter[Any]]:
    """So many parameters of a statement, `name_0` and on."""
    return [bindparam(f"{name}_{place}") for place in range(count)]
