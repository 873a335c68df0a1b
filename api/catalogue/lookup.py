"""What a question needs to know before it is asked, in one statement.

The sequence that dates the answer, which of its themes and territories exist, and how long their posting lists are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, SQLColumnExpression, String, literal, select, union_all
from sqlmodel import col

from api.catalogue import terms
from api.db import ReadSession
from api.mistakes import in_parameters
from api.models import Counter, TermCount, TerritoryCode, Theme


@dataclass(frozen=True)
class Facts:
    """The answer: the lengths of posting lists by term; our ids of territories by the codes that were asked for."""

    sequence: int
    lengths: Mapping[str, int]
    territories: Mapping[str, str]


def look_up(
    session: ReadSession,
    *,
    themes: Sequence[str] = (),
    territories: Sequence[str] = (),
    lists: Sequence[str] = (),
    territory_parameter: str = "territory",
) -> Facts:
    """Everything about these themes, territory codes and posting lists, and the sequence that it is true of."""
    rows = session.execute(union_all(*_parts(themes, territories, lists))).all()
    found = {what: [row for row in rows if row.what == what] for what in ("sequence", "theme", "territory", "list")}
    unknown = [("theme", "unknown_theme")] * (not {row.name for row in found["theme"]}.issuperset(themes))
    unknown += [(territory_parameter, "unknown_territory")] * (
        not {row.name for row in found["territory"]}.issuperset(territories)
    )
    if unknown:
        raise in_parameters(unknown)
    return Facts(
        sequence=found["sequence"][0].length,
        lengths={row.term: row.length or 0 for row in rows},
        territories={row.name: row.id for row in found["territory"]},
    )


def _parts(
    themes: Sequence[str], territories: Sequence[str], lists: Sequence[str]
) -> Iterator[Select[str, str, str, str, int | None]]:
    """Rows of what was asked for, its name, our id, its term and the length of the term's list."""
    nothing, length = literal("", String), col(TermCount.length)
    yield _part("sequence", nothing, nothing, nothing, col(Counter.sequence))
    if themes:
        theme, term = col(Theme.id), terms.theme("") + col(Theme.id)
        yield (
            _part("theme", theme, theme, term, length)
            .outerjoin(TermCount, col(TermCount.term) == term)
            .where(theme.in_(themes))
        )
    if territories:
        code, territory = col(TerritoryCode.code), col(TerritoryCode.territory_id)
        term = terms.within("") + territory
        yield (
            _part("territory", code, territory, term, length)
            .outerjoin(TermCount, col(TermCount.term) == term)
            .where(code.in_(territories))
        )
    if lists:
        listed = col(TermCount.term)
        yield _part("list", listed, listed, listed, length).where(listed.in_(lists))


def _part(
    what: str,
    name: SQLColumnExpression[str],
    identifier: SQLColumnExpression[str],
    term: SQLColumnExpression[str],
    length: SQLColumnExpression[int],
) -> Select[str, str, str, str, int | None]:
    return select(
        literal(what, String).label("what"),
        name.label("name"),
        identifier.label("id"),
        term.label("term"),
        length.label("length"),
    )
