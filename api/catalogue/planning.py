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
    func,
    select,
    true,
    union_all,
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


def nearest(
    close: Select[*tuple[Any, ...]], everything: Select[*tuple[Any, ...]], limit: Any
) -> CompoundSelect[*tuple[Any, ...]]:
    """A page from what is close where that is enough for it, or else from everything, which takes long to sort.

    Both are sorted, and whatever is not close comes after all that is; of everything, the limit is set here. A union
    has no order: who asks sorts the page.
    """
    page = close.cte("close")
    enough = select(func.count()).select_from(page).scalar_subquery() == limit
    # By the limit: a condition would be asked of each row.
    rest = everything.limit(case((enough, 0), else_=limit)).subquery()
    return union_all(page.select().where(enough), rest.select())


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
