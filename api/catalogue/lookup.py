"""What a question needs to know before it is asked, in one statement; in two where it names a town to compare with.

The sequence that dates the answer, which of its themes and territories exist, and how long their posting lists are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlmodel import col

from api.catalogue import terms
from api.catalogue.themes import alike, called
from api.db import ReadSession
from api.errors import Mistake
from api.extents import ENDLESS, Point, Range
from api.glance import Reader, parameters
from api.mistakes import in_parameter, in_parameters, mistaken
from api.models import Counter, TermCount, Territory, TerritoryCode, Theme
from api.models.columns import as_text

Part = Select[str, str, str, str, int | None]

NOTHING: Mapping[str, Any] = {}


class _Row(NamedTuple):
    """Something of a kind, as it was asked for; our id of it, its term, and the length of the term's list. Of the
    sequence: when it was given in the place of the id, and itself in that of the length."""

    what: str
    name: str
    id: str
    term: str
    length: int | None


@dataclass(frozen=True)
class Town:
    """A territory that others are compared with."""

    id: str
    kind: str
    country: str
    population: int
    place: Point | None

    @property
    def position(self) -> Sequence[float | None]:
        return self.place.vector if self.place else (None, None, None)

    @property
    def about_as_many(self) -> Range:
        """From half to twice its population."""
        return Range(-(-self.population // 2), min(2 * self.population, ENDLESS - 1))


@dataclass(frozen=True)
class Facts:
    """The answer: the lengths of lists by their terms; our ids of territories by the codes that were asked for."""

    sequence: int
    changed: str  # when, as the database writes it
    lengths: Mapping[str, int]
    territories: Mapping[str, str]
    spellings: Collection[str] = ()
    town: Town | None = None


def look_up(
    reader: Reader,
    *,
    themes: Sequence[str] = (),
    territories: Mapping[str, Sequence[str]] = NOTHING,
    lists: Sequence[str] = (),
    counted: tuple[Part, ...] = (),
    more: Sequence[Part] = (),
    values: Mapping[str, Any] = NOTHING,
    town: Town | None = None,
) -> Facts:
    """Everything about these themes, posting lists and codes of territories (by the parameters that they came in), and
    the sequence that it is true of.

    `counted` and `more` ask for lengths of other lists beside it. `counted` are constants, compiled with the rest once,
    with their parameters in `values`; `more`, spellings among them, are made for one question.
    """
    codes = sorted({canonical(code) for asked in territories.values() for code in asked})
    asked = {"theme": themes, "territory": codes, "list": lists}
    named = {f"{what}_{place}": name for what, names in asked.items() for place, name in enumerate(names)}
    found: dict[str, dict[str, _Row]] = {"sequence": {}, "theme": {}, "territory": {}, "list": {}, "spelling": {}}
    statement = _statement(len(themes), len(codes), len(lists), counted)
    asking = union_all(*statement.selects, *more) if more else statement
    for row in map(_Row._make, reader.rows(asking, {**values, **named})):
        found[row.what][row.name] = row
    _refuse_unknown(reader, found, themes, territories)
    last = found["sequence"][""]
    return Facts(
        sequence=last.length or 0,
        changed=last.id,
        lengths={row.term: row.length or 0 for rows in found.values() for row in rows.values()},
        territories={code: found["territory"][canonical(code)].id for asked in territories.values() for code in asked},
        spellings=found["spelling"].keys(),
        town=town,
    )


def _refuse_unknown(
    reader: Reader,
    found: Mapping[str, Mapping[str, Any]],
    themes: Sequence[str],
    territories: Mapping[str, Sequence[str]],
) -> None:
    absent = [theme for theme in themes if theme not in found["theme"]]
    unknown = _unknown_themes(reader, absent) if absent else []
    for name, codes in territories.items():
        if not found["territory"].keys() >= set(map(canonical, codes)):
            unknown.append(in_parameter(name, "unknown_territory"))
    if unknown:
        raise mistaken(unknown)


def _unknown_themes(reader: Reader, absent: Sequence[str]) -> list[Mistake]:
    """Each with those that may be meant."""
    known = called(reader)
    near = [" or ".join(alike(theme, known)) for theme in absent]
    return [in_parameter("theme", "similar_theme" if meant else "unknown_theme", meant=meant) for meant in near]


def town(reader: Reader, code: str) -> Town | None:
    """The territory that others are compared with; None where there is none of this id or code."""
    for here, kind, country, population, *degrees in reader.rows(_TOWN, {"territory_0": canonical(code)}):
        if population is None:
            raise in_parameters([("similar", "no_population")])
        return Town(here, kind, country, population, None if None in degrees else Point(*degrees))
    return None


def length(name: str, ids: Select[Any] | CompoundSelect[Any], most: int) -> Part:
    """How long a list is, counted as far as that."""
    return figure(name, select(func.count()).select_from(ids.limit(most).subquery()).scalar_subquery())


def figure(name: str, number: SQLColumnExpression[int]) -> Part:
    """Any number that is asked beside the lengths."""
    named = literal(name, String)
    return _part("list", named, named, named, number)


def spelling(words: Select[str]) -> Part:
    """Known words."""
    (word,) = words.subquery().c
    return _part("spelling", word, word, word, null())


def canonical(code: str) -> str:
    """An id or code in the one form that is kept: an INSEE code is kept as the id that it makes."""
    lowered = code.lower()
    return "fr-" + lowered.removeprefix("insee:") if lowered.startswith("insee:") else lowered


def leading(session: ReadSession, codes: Collection[str]) -> dict[str, str]:
    """Of canonical codes: our ids of the territories that these lead to, where there are any."""
    return dict(session.execute(_LEADING, {"codes": sorted(codes)}).all()) if codes else {}


def named(codes: Sequence[str] | Sequence[BindParameter[Any]] | BindParameter[Any]) -> CompoundSelect[str, str]:
    """The canonical codes that lead to a territory, and our ids of these, current and former ones alike."""
    own, code = col(Territory.id), col(TerritoryCode.code)
    return union_all(
        select(own.label("code"), own.label("leads_to")).where(own.in_(codes)),
        select(code, col(TerritoryCode.territory_id)).where(code.in_(codes)),
    )


@lru_cache(maxsize=1000)
def _statement(
    themes: int, territories: int, lists: int, counted: tuple[Part, ...]
) -> CompoundSelect[str, str, str, str, int | None]:
    """Rows of what was asked for (`_Row`), for so many of each."""
    return union_all(*_parts(themes, territories, lists), *counted)


def _parts(themes: int, territories: int, lists: int) -> Iterator[Part]:
    nothing, length = literal("", String), col(TermCount.length)
    yield _part("sequence", nothing, as_text(col(Counter.updated_at)), nothing, col(Counter.sequence))
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


_LEADING = named(bindparam("codes"))
_CALLED = named(parameters("territory", 1)).subquery()
_OF_A_TOWN = ("id", "kind", "country", "population", "latitude", "longitude")
_TOWN = select(*(col(getattr(Territory, name)) for name in _OF_A_TOWN)).join(
    _CALLED, _CALLED.c.leads_to == col(Territory.id)
)
