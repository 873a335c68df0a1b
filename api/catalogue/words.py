"""Words of territories' names, and postcodes: where those are that have one, whether one does, which word is meant."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice, product

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import col

from api.catalogue import names
from api.catalogue.planning import Keys
from api.models import Spelling, Territory, TerritoryWord

Words = Sequence[Sequence[str]]  # of a question, each with all that it may be the beginning of

_FOLDED, _WORD = col(Territory.folded), col(TerritoryWord.word)
_POSTCODES = cast(col(Territory.postcodes), String)
_IDS = select(col(TerritoryWord.territory_id))
_LAST = "\U0010ffff"  # no word goes beyond it
_FORMS = 16


def beginning(beginnings: Sequence[str]) -> Keys:
    """The territories that have a word which begins so or so."""
    found = [_IDS.where(*_range(_WORD, word), *_no_postcode(word)) for word in beginnings]
    return union_all(*found) if found else _IDS.where(false())


def begins(beginnings: Sequence[str]) -> ColumnElement[bool]:
    """Whether a territory has a word which begins so or so."""
    return or_(false(), *(test for word in beginnings for test in _begins(word)))


def whole(forms: Collection[str]) -> Keys:
    """The territories that have one of these names, and others: those that have its shortest word.

    Words by which thousands are found begin with little, which is rarely a word, or are as frequent as `saint`.
    """
    found = []
    for form in sorted(forms):
        words = form.split()
        alone = [col(TerritoryWord.alone).is_(true())] if len(words) == 1 else []
        found.append(_IDS.where(_WORD == min(words, key=len), *alone))
    return union_all(*found)


def is_whole(forms: Collection[str]) -> ColumnElement[bool]:
    """Whether one of these is a name of a territory."""
    return or_(*(_FOLDED.like(f"%|{form}|%") for form in sorted(forms)))


def forms(sought: Words) -> set[str]:
    """The names that a question may be, its words spelt out or put right; some of them, where these are very many."""
    return {" ".join(words) for words in islice(product(*sought), _FORMS)}


def with_postcode(postcode: str) -> Keys:
    """The territories that have a postcode, and others."""
    return _IDS.where(_WORD == postcode.lower())


def has_postcode(postcode: str) -> ColumnElement[bool]:
    """Whether a territory has a postcode."""
    return _POSTCODES.like(f'%"{postcode}"%')


def similar(sought: Words) -> Iterator[Select[str]]:
    """For each word that begins none, those that are like it."""
    for word in (beginnings[0] for beginnings in sought if _may_be_mistyped(beginnings)):
        like = with_a_half_of(word).subquery()
        known = select(_WORD).where(*_range(_WORD, word)).exists()
        yield select(like.c.word).where(not_(known), func.length(like.c.word).between(len(word) - 1, len(word) + 1))


def with_a_half_of(word: str) -> CompoundSelect[str]:
    """The longer words that begin or end as this one does: wherever its one error is, one half of it is right."""
    half = len(word) // 2
    spelling, backwards = col(Spelling.word), col(Spelling.backwards)
    return union_all(
        select(spelling).where(*_range(spelling, word[:half])),
        select(spelling).where(*_range(backwards, word[half + 1 :][::-1])),
    )


def corrected(beginnings: Sequence[str], spellings: Collection[str]) -> Sequence[str]:
    """What a word may mean that begins none."""
    if not _may_be_mistyped(beginnings):
        return beginnings
    return sorted(known for known in spellings if names.is_mistyped(beginnings[0], known))


def _may_be_mistyped(beginnings: Sequence[str]) -> bool:
    return all(len(word) >= names.LONG and word.isalpha() for word in beginnings)


def _range(column: SQLColumnExpression[str], word: str) -> Iterator[ColumnElement[bool]]:
    yield word <= column
    yield column < word + _LAST


def _begins(word: str) -> Iterator[ColumnElement[bool]]:
    yield _FOLDED.like(f"%|{word}%")
    yield _FOLDED.like(f"% {word}%")
    if word.isdigit() and len(word) > 1:
        yield _POSTCODES.like(f'%"{word}%')


def _no_postcode(word: str) -> list[ColumnElement[bool]]:
    """One digit is the beginning of thousands of postcodes; it means a number in a name."""
    return [func.length(_WORD) < 4] if word.isdigit() and len(word) == 1 else []
