"""Where a database is told how to go about it: its planner decides before it knows the values, and often wrongly.

What is to be looked up goes by `among`, what is only to be tested by `tested`; neither is then taken for the other.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FunctionElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    false,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

Keys = Select[Any] | CompoundSelect[Any]


def among(key: SQLColumnExpression[Any], keys: Keys) -> ColumnElement[bool]:
    """Whether a key is one of these: they are found first, then each by the index of the key."""
    return _Among(key, keys.scalar_subquery())


def tested(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That all this holds: no index is chosen by it, and it is expected to hold of half of the rows."""
    return case((and_(true(), *conditions), true()), else_=false())


def looked_up(there: Select[*tuple[Any, ...]]) -> ColumnElement[bool]:
    """That something is there, looked up for one row after the other, as long as any are wanted.

    Of an EXISTS PostgreSQL may gather all that is there first: only worth it where every row is tested.
    """
    return there.limit(1).scalar_subquery().is_not(None)


class _Among(FunctionElement[Any]):
    type = NullType()  # SQLite would be asked whether it is 1, and find no index for that
    inherit_cache = True


@compiles(_Among)
def _in(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    key, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{key} IN {keys}"


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    """An array, which is never joined: a join is by hash, over the whole table."""
    key, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{key} = ANY (ARRAY {keys})"
