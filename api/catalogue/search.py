"""Full-text search: what each database keeps of the texts of published cases, and how it is asked.

What is searched is what is shown: the texts come from the public document; only its territories are found by other
names too, Gent by Gand. Both databases hold the same lexemes, made here: each stem once for each level at which it is
found, with the level's mark, so that a good level is quick to look through; then beginnings of words, for whoever has
not typed them to their end. The `=` of these marks is in no token.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FunctionElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    cast,
    column,
    delete,
    insert,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from api.catalogue.planning import tested
from api.catalogue.question import BEGINNING, Question, Sought
from api.catalogue.tokens import MOST, Token, tokens
from api.db import ReadSession, WriteSession
from api.documents import InitiativeDocument

LEVELS = (0, 1, 2)  # all words in the title; in title and summary; anywhere
_GAP = "="  # between two texts, so that no phrase crosses it, and so in every case
_OCCURRENCES = 255  # of a lexeme whose places PostgreSQL remembers

_ROWID = column("rowid", Integer())  # the case's number; FTS5 has no other name for it
_SEARCH = table("publication_search", _ROWID, column("lexemes", String().with_variant(TSVECTOR(), "postgresql")))


# --- What is kept ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Searched:
    """What a case is found by, which nothing finds yet."""

    number: int
    document: InitiativeDocument
    other_names: Sequence[str] = ()  # of its territories


def write(session: WriteSession, cases: Sequence[Searched]) -> None:
    """Let cases be found."""
    form = _text if session.is_sqlite else _tsvector
    rows = [{"rowid": case.number, "lexemes": form(_read(case.document, case.other_names))} for case in cases]
    if rows:
        session.execute(insert(_SEARCH), rows)


def erase(session: WriteSession, numbers: Sequence[int]) -> None:
    """Let these cases be found no more."""
    session.execute(delete(_SEARCH).where(_ROWID.in_(numbers)))


def clear(session: WriteSession) -> None:
    """Let no case be found any more."""
    session.execute(delete(_SEARCH))


def numbers(session: ReadSession) -> set[int]:
    """Of the cases that can be found."""
    return {*session.scalars(select(_ROWID).select_from(_SEARCH))}


Texts = Sequence[Sequence[Token]]


def _read(case: InitiativeDocument, other_names: Sequence[str]) -> Sequence[Texts]:
    """Title, summary, and all other texts of a case."""
    others = chain(
        (territory.name for territory in case.territories),
        other_names,
        (case.place.label,) if case.place else (),
        (label for theme in case.themes for label in (theme.label.fr, theme.label.en)),
        (actor.name for actor in case.actors),
        (case.description,) if case.description else (),
    )
    return [tokens(case.title)], [tokens(case.summary or "")], _at_most(MOST, map(tokens, others))


def _at_most(left: int, texts: Iterator[Sequence[Token]]) -> Texts:
    kept = []
    for text in texts:
        kept.append(text[:left])
        left -= len(kept[-1])
    return kept


def _stems(levels: Sequence[Texts]) -> Sequence[str]:
    """All stems in their order, level after level, each text with a gap behind it."""
    lexemes = []
    for level in LEVELS:
        mark = _stem(level, "")
        for text in _up_to(level, levels):
            lexemes += [mark + token.stem for token in text]
            lexemes.append(_GAP)
    often = {lexeme for lexeme, times in Counter(lexemes).items() if times > _OCCURRENCES}
    return _thinned(lexemes, often) if often - {_GAP} else lexemes


def _thinned(lexemes: Sequence[str], often: AbstractSet[str]) -> Sequence[str]:
    """The same, with gaps for those of which there are enough before."""
    thinned, times = [], Counter[str]()
    for lexeme in lexemes:
        times[lexeme] += lexeme in often
        thinned.append(lexeme if times[lexeme] <= _OCCURRENCES else _GAP)
    return thinned


def _beginnings(levels: Sequence[Texts]) -> set[str]:
    """By which words are found before they are typed to their end. From then on their stems find them.

    The first letters of thousands of words are the same: they have lexemes of their own, of which one is looked up.
    """
    found = ((level, {token.beginning for text in _up_to(level, levels) for token in text}) for level in LEVELS)
    begun = [(level, word) for level, words in found for word in words if len(word) >= BEGINNING]
    return {_beginning(*one) for one in begun} | {_letters(level, word[:BEGINNING]) for level, word in begun}


def _up_to(level: int, levels: Sequence[Texts]) -> Iterator[Sequence[Token]]:
    return chain.from_iterable(levels[: level + 1])


def _stem(level: int, stem: str) -> str:
    return f"{level}={stem}"


def _beginning(level: int, beginning: str) -> str:
    return f"{level}=={beginning}"


def _letters(level: int, letters: str) -> str:
    return f"{level}==={letters}"


def _text(levels: Sequence[Texts]) -> str:
    """As FTS5 takes it apart again."""
    return " ".join((*_stems(levels), *sorted(_beginnings(levels))))


def _tsvector(levels: Sequence[Texts]) -> str:
    """With places, as PostgreSQL writes it itself."""
    places = defaultdict[str, list[str]](list)
    for place, lexeme in enumerate(_stems(levels), 1):
        places[lexeme].append(str(place))
    del places[_GAP][1:]
    stems = (f"'{lexeme}':{','.join(where)}" for lexeme, where in places.items())
    return " ".join((*stems, *(f"'{beginning}'" for beginning in _beginnings(levels))))


# --- How it is asked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Syntax:
    """How a database wants to be asked."""

    quote: str
    then: str
    both: str
    either: str
    without: str
    beginning: str

    def asked(self, question: Question, tier: int | None) -> str:
        """For the cases of a tier, which no better level has; or of any."""
        level = LEVELS[-1] if tier is None else tier
        found = self._all(level, question.required)
        if tier:
            found = self._but(found, self._all(tier - 1, question.required))
        if question.excluded:
            excluded = (self._sought(LEVELS[-1], sought) for sought in question.excluded)
            found = self._but(found, self.either.join(excluded))
        return found

    def _all(self, level: int, required: Sequence[Sought]) -> str:
        return self.both.join(self._sought(level, sought) for sought in required) or self._quoted(_GAP)

    def _sought(self, level: int, sought: Sought) -> str:
        phrase = self.then.join(self._quoted(_stem(level, stem)) for stem in sought.stems)
        if sought.beginning is None:
            return f"({phrase})"
        return f"({phrase}{self.either}{self._begun(level, sought.beginning)})"

    def _begun(self, level: int, beginning: str) -> str:
        if len(beginning) == BEGINNING:
            return self._quoted(_letters(level, beginning))
        return self._quoted(_beginning(level, beginning)) + self.beginning

    def _but(self, found: str, excluded: str) -> str:
        return f"({found}){self.without}({excluded})"

    def _quoted(self, lexeme: str) -> str:
        return f"{self.quote}{lexeme}{self.quote}"


_SYNTAXES = {
    "fts5": _Syntax(quote='"', then=" + ", both=" AND ", either=" OR ", without=" NOT ", beginning=" *"),
    "tsquery": _Syntax(quote="'", then=" <-> ", both=" & ", either=" | ", without=" & !", beginning=":*"),
}


def values(question: Question) -> dict[str, str]:
    """The values of all parameters of `hits` and `matches`, on either database."""
    return {
        _parameter(name, tier): syntax.asked(question, tier)
        for name, syntax in _SYNTAXES.items()
        for tier in (None, *LEVELS)
    }


def hits(tier: int | None = None) -> Select[int]:
    """Numbers of the cases of one tier; or of all that are found."""
    return select(_Number().label("number")).select_from(_SEARCH).where(_found(tier))


def matches(number: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether a case is found: all that are found are gathered once. FTS5 takes longer to be asked for each."""
    return tested(number.in_(select(_ROWID).select_from(_SEARCH).where(_found(None))))


def _parameter(name: str, tier: int | None) -> str:
    return f"{name}_{'any' if tier is None else tier}"


def _found(tier: int | None) -> ColumnElement[bool]:
    fts5, tsquery = (bindparam(_parameter(name, tier), type_=String()) for name in _SYNTAXES)
    return _Found(fts5, cast(tsquery, TSQUERY))


class _Found(FunctionElement[Any]):
    """Whether a row is found: each database has its own question."""

    type = NullType()  # SQLite would be asked whether it is 1, which FTS5 cannot tell
    inherit_cache = True


class _Number(FunctionElement[int]):
    """A case's number. FTS5 walks in its order; PostgreSQL must not, since it would read every text for a rare word."""

    type = Integer()
    inherit_cache = True


@compiles(_Number)
def _in_order(element: _Number, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ARG001
    return "publication_search.rowid"


@compiles(_Number, "postgresql")
def _in_no_order(element: _Number, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ARG001
    return "(publication_search.rowid + 0)"


@compiles(_Found)
def _by_fts5(element: _Found, compiler: SQLCompiler, **options: Any) -> str:
    fts5, _ = element.clauses
    return f"publication_search MATCH {compiler.process(fts5, **options)}"


@compiles(_Found, "postgresql")
def _by_tsquery(element: _Found, compiler: SQLCompiler, **options: Any) -> str:
    _, tsquery = element.clauses
    return f"publication_search.lexemes @@ {compiler.process(tsquery, **options)}"
