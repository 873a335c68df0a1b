"""What a question needs to know before it is asked, in one statement.

The sequence that dates the answer, which of its themes and territories exist, and how long their posting lists are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlmodel import col

from api.catalogue import terms
from api.glance import Reader, parameters
from api.mistakes import in_parameters
from api.models import Counter, TermCount, Territory, TerritoryCode, Theme

Part = Select[str, str, str, str, int | None]


@dataclass(frozen=True)
class Facts:
    """The answer: the lengths of lists by their terms; our ids of territories by the codes that were asked for."""

    sequence: int
    lengths: Mapping[str, int]
    territories: Mapping[str, str]
    spellings: Collection[str] = ()


def look_up(
    reader: Reader,
    *,
    themes: Sequence[str] = (),
    territories: Sequence[str] = (),
    lists: Sequence[str] = (),
    territory_parameter: str = "territory",
    more: Sequence[Part] = (),
) -> Facts:
    """Everything about these themes, territory codes and posting lists, and the sequence that it is true of.

    `more` is asked beside it: lengths of other lists, and spellings.
    """
    if not (themes or territories or lists or more):
        return Facts(reader.rows(_SEQUENCE, {})[0][0], {}, {})
    asked = {"theme": themes, "territory": list(map(canonical, territories)), "list": lists}
    values = {f"{what}_{place}": name for what, names in asked.items() for place, name in enumerate(names)}
    found: dict[str, dict[str, Any]] = {"sequence": {}, "theme": {}, "territory": {}, "list": {}, "spelling": {}}
    statement = _statement(len(themes), len(territories), len(lists))
    for what, name, *rest in reader.rows(union_all(*statement.selects, *more) if more else statement, values):
        found[what][name] = rest
    named = {"theme": "theme", "territory": territory_parameter}
    if unknown := [what for what in named if not found[what].keys() >= set(asked[what])]:
        raise in_parameters((named[what], f"unknown_{what}") for what in unknown)
    return Facts(
        sequence=found["sequence"][""][2] or 0,
        lengths={term: length or 0 for part in found.values() for _, term, length in part.values()},
        territories={name: found["territory"][canonical(name)][0] for name in territories},
        spellings=found["spelling"].keys(),
    )


def length(name: str, ids: Select[str] | CompoundSelect[str], most: int) -> Part:
    """How long a list is, counted as far as that."""
    counted = select(func.count()).select_from(ids.limit(most).subquery()).scalar_subquery()
    named = literal(name, String)
    return _part("list", named, named, named, counted)


def spelling(words: Select[str]) -> Part:
    """Known words."""
    (word,) = words.subquery().c
    return _part("spelling", word, word, word, null())


def canonical(code: str) -> str:
    """An id or code in the one form that is kept: an INSEE code is kept as the id that it makes."""
    lowered = code.lower()
    return "fr-" + lowered.removeprefix("insee:") if lowered.startswith("insee:") else lowered


def named(codes: Sequence[str] | Sequence[BindParameter[Any]]) -> CompoundSelect[str, str]:
    """The canonical codes that lead to a territory, and our ids of these, current and former ones alike."""
    own, code = col(Territory.id), col(TerritoryCode.code)
    return union_all(
        select(own.label("code"), own.label("leads_to")).where(own.in_(codes)),
        select(code, col(TerritoryCode.territory_id)).where(code.in_(codes)),
    )


_SEQUENCE = select(col(Counter.sequence))


@lru_cache(maxsize=256)
def _statement(themes: int, territories: int, lists: int) -> CompoundSelect[str, str, str, str, int | None]:
    """Rows of what was asked for, its name, our id, its term and the length of the term's list, for so many of each."""
    return union_all(*_parts(themes, territories, lists))


def _parts(themes: int, territories: int, lists: int) -> Iterator[Part]:
    nothing, length = literal("", String), col(TermCount.length)
    yield _part("sequence", nothing, nothing, nothing, col(Counter.sequence))
    if themes:
        theme, term = col(Theme.id), terms.theme("") + col(Theme.id)
        yield (
            _part("theme", theme, theme, term, length)
            .outerjoin(TermCount, col(TermCount.term) == term)
            .where(theme.in_(parameters("theme", themes)))
        )
    if territories:
        found = named(parameters("territory", territories)).subquery()
        term = terms.within("") + found.c.leads_to
        yield _part("territory", found.c.code, found.c.leads_to, term, length).outerjoin(
            TermCount, col(TermCount.term) == term
        )
    if lists:
        listed = col(TermCount.term)
        yield _part("list", listed, listed, listed, length).where(listed.in_(parameters("list", lists)))


def _part(
    what: str,
    name: SQLColumnExpression[str],
    identifier: SQLColumnExpression[str],
    term: SQLColumnExpression[str],
    length: SQLColumnExpression[int] | SQLColumnExpression[int | None],
) -> Part:
    return select(
        literal(what, String).label("what"),
        name.label("name"),
        identifier.label("id"),
        term.label("term"),
        length.label("length"),
    )
