"""Public reads of initiatives: stored bytes, found through posting lists, scales and words.

Any mix of filters is one query. What is walked is chosen here, by what is known of the lengths of what there is; how
that is said to a database is the matter of `walking`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Select, bindparam, case, func, literal, select
from sqlmodel import col

from api.catalogue import lookup, paging, scales, search, terms, versions, walking
from api.catalogue.lookup import Facts
from api.catalogue.paging import Page
from api.catalogue.question import Question, read
from api.catalogue.versions import Version
from api.catalogue.walking import BY_NUMBER, INDEXED, Form, Way
from api.errors import Gone, NotFound
from api.extents import ENDLESS
from api.formats import Located
from api.glance import Reader
from api.mistakes import in_parameters
from api.models import Publication, PublicationExtent
from api.models.columns import as_text, moment
from api.queries import InitiativeQuery, InitiativeSort
from api.texts import Text

NO_INITIATIVE = Text("No published initiative has this id.", "Aucune initiative publiée ne porte cet identifiant.")
WITHDRAWN = Text("This initiative is no longer published.", "Cette initiative n'est plus publiée.")

_KEYS = 2  # where in a row the keys of the order begin
_MOST = 2000  # what is gathered one by one; what is more is not counted

_NUMBER, _PUBLISHED = col(PublicationExtent.number), col(PublicationExtent.published)


@dataclass(frozen=True)
class Found:
    """A document as it is served, the sequence of its last change, and when that was, as the database writes it."""

    document: bytes
    sequence: int
    changed: str
    successor: str | None = None  # the case that it was merged into: then there is no document
    code: str | None = None  # of the reason why it is no longer published

    @property
    def version(self) -> Version:
        return Version(versions.of_document(self.sequence), moment(self.changed))


_DOCUMENT = col(Publication.document)
_CHANGED = as_text(col(Publication.changed_at))
_TOLD = (col(Publication.sequence), _CHANGED, col(Publication.code), col(Publication.successor))
_WHOLE, _WITHOUT_DOCUMENT = (
    select(document, *_TOLD).where(col(Publication.id) == bindparam("id"))
    for document in (_DOCUMENT, case((_DOCUMENT.is_not(None), literal(b""))))
)


def get(reader: Reader, initiative_id: str, *, whole: bool = True) -> Found:
    """The document of a published initiative, an empty one unless it is wanted whole; a withdrawn initiative is gone,
    with its reason code."""
    for document, sequence, changed, code, successor in reader.rows(
        _WHOLE if whole else _WITHOUT_DOCUMENT, {"id": initiative_id}
    ):
        if successor is not None:
            return Found(b"", sequence, changed, successor, code)
        if document is None:
            raise Gone(WITHDRAWN, code=code)
        return Found(document, sequence, changed)
    raise NotFound(NO_INITIATIVE)


def facts(reader: Reader, query: InitiativeQuery) -> Facts:
    """What `page` needs to know: which names there are, how long lists are, and the town to compare others with."""
    town = lookup.town(reader, query.similar) if query.similar else None
    asked = [name for name in scales.asked(query) if name != "similar" or town]
    return lookup.look_up(
        reader,
        themes=query.theme,
        territories={"territory": query.territory, "similar": [query.similar] if query.similar else []},
        lists=[term for alternatives in _plain_lists(query) for term in alternatives] + _all(query),
        counted=tuple(_COUNTED[name] for name in asked) + (_ENDS if _times(query) else ()),
        values=scales.values(query, town) | _times(query),
        town=town,
    )


def page(reader: Reader, query: InitiativeQuery, facts: Facts) -> tuple[Page, Version]:
    """The documents that match, in the order that is asked for, and the version that they are of: that of the facts.

    These were read before, and bound what is found. Where somebody has published since, the tag is older than what it
    stands for, and is asked about once more; newer than any part of it, it would be kept.
    """
    form, rows = _rows(reader, query, facts)
    rows, total = paging.split(rows) if query.total else (rows, None)
    shown, following = _shown(query, form, rows)
    items = [_item(row, form, facts) for row in shown]
    return Page(items, following, total), versions.of_list(facts.sequence, facts.changed, query)


def located(reader: Reader, query: InitiativeQuery, facts: Facts) -> tuple[Sequence[Located], str | None]:
    """The documents of a page, each with where it is, and the cursor of what comes next."""
    form, rows = _rows(reader, query, facts, located=True)
    shown, following = _shown(query, form, rows)
    return [Located(_item(row, form, facts), *row[-2:]) for row in shown], following


def resumed(reader: Reader, query: InitiativeQuery, facts: Facts) -> InitiativeQuery:
    """The question with a cursor proper, where the id of a case stands for it."""
    if not paging.is_id(query.cursor):
        return query
    form, values = _asked(query.model_copy(update={"cursor": None}), facts)
    for key in reader.rows(walking.key(form), values | {"id": query.cursor, "limit": ENDLESS}):
        return query.model_copy(update={"cursor": paging.cursor(query, key)})
    raise in_parameters([("cursor", "bad_cursor")])


def matching(query: InitiativeQuery, facts: Facts) -> tuple[Select[int], dict[str, Any]]:
    """The numbers of all that match, each once, and the values of the statement's parameters."""
    form, values = _asked(query, facts)
    return walking.matching(form), values


_COUNTED = {
    name: lookup.length(name, select(_NUMBER).where(condition), _MOST + 1)
    for name, condition in (scales.CONDITIONS | scales.AROUND).items()
}
_SINCE = select(_NUMBER).where(_PUBLISHED >= bindparam("published_least")).order_by(_PUBLISHED, _NUMBER)
_UNTIL = select(_NUMBER).where(_PUBLISHED <= bindparam("published_most"))
_UNTIL = _UNTIL.order_by(_PUBLISHED.desc(), _NUMBER.desc())
# Numbers are in the order of time: between two times there are those between two numbers.
_ENDS = (
    lookup.figure("first", func.coalesce(_SINCE.limit(1).scalar_subquery(), ENDLESS)),
    lookup.figure("last", func.coalesce(_UNTIL.limit(1).scalar_subquery(), 0)),
)


def _all(query: InitiativeQuery) -> list[str]:
    """How many there are is only asked where that decides what is walked."""
    return [] if query.order in BY_NUMBER else [terms.ALL]


def _times(query: InitiativeQuery) -> dict[str, Any]:
    """Between which times a case must have been published: what was last changed by then was published before."""
    asked = [times for times in (query.published, query.updated) if times]
    if not asked:
        return {}
    least = query.published.least if query.published else 0
    return {"published_least": least, "published_most": min(times.most for times in asked)}


def _plain_lists(query: InitiativeQuery) -> Sequence[Sequence[str]]:
    """The posting lists, of each filter its alternatives, that need no looking up of names."""
    return [
        [terms.country(code) for code in query.country],
        [terms.progress(value) for value in query.progress],
        [terms.kind(value) for value in query.kind],
        [terms.language(code) for code in query.language],
        [terms.host(name) for name in query.source],
        terms.levels(query.evidence.least, query.evidence.most) if query.evidence else [],
        [terms.related(query.related)] if query.related else [],
    ]


def _lists(query: InitiativeQuery, facts: Facts) -> Sequence[Sequence[str]]:
    """Each of them must hold a number, under one of its terms; the shortest first."""
    named = [
        [terms.theme(theme) for theme in query.theme],
        [terms.within(facts.territories[code]) for code in query.territory],
    ]
    asked = [sorted(set(alternatives)) for alternatives in (*named, *_plain_lists(query)) if alternatives]
    return sorted(asked, key=lambda alternatives: _length(alternatives, facts))


def _length(alternatives: Sequence[str], facts: Facts) -> int:
    return sum(facts.lengths.get(term, 0) for term in alternatives)


def _asked(query: InitiativeQuery, facts: Facts, *, located: bool = False) -> tuple[Form, dict[str, Any]]:
    """The form of a question, and the values that fill it."""
    lists, conditions = _lists(query, facts), sorted(scales.asked(query), key=facts.lengths.__getitem__)
    sought = read(query.q or "")
    sort = query.order
    if sort is InitiativeSort.RELEVANCE and not sought.required:  # nothing is in a better place than anything else
        sort = InitiativeSort.NEWEST
    lengths = [_length(alternatives, facts) for alternatives in lists]
    counts = [facts.lengths[name] for name in conditions]
    shortest = min([*lengths[:1], *(count for count in counts[:1] if count <= _MOST)], default=ENDLESS)
    form = Form(
        way=_way(sort, sought, shortest, lengths, counts, facts),
        sizes=tuple(map(len, lists)),
        conditions=tuple(conditions),
        numbered=bool(_times(query)),
        sought=sought.asks,
        sort=sort,
        near=query.near is not None,
        similar=query.similar is not None,
        later=query.cursor is not None,
        counting=query.total,
        nearest=sort in scales.IS_CLOSE and shortest > _MOST,
        located=located,
    )
    values: dict[str, Any]
    values = {f"list_{place}_{n}": term for place, alike in enumerate(lists) for n, term in enumerate(alike)}
    if sought.asks:
        values |= search.values(sought)
    if conditions:
        values |= scales.values(query, facts.town)
    if form.nearest:
        values |= scales.close_values(query, facts.town)
    if form.numbered:
        values |= {end: facts.lengths[end] for end in ("first", "last")}
    return form, values


def _way(
    sort: InitiativeSort,
    question: Question,
    shortest: int,
    lists: Sequence[int],
    counts: Sequence[int],
    facts: Facts,
) -> Way:
    """The shortest one. Lists and hits are in the order of numbers; for other orders, what is found is sorted."""
    if sort is InitiativeSort.RELEVANCE or (question.asks and shortest > _MOST):
        return Way.HITS
    if shortest == ENDLESS:
        return Way.ORDER if counts or sort not in BY_NUMBER else Way.ALL
    if sort in INDEXED and not (sort in BY_NUMBER or _is_worth_gathering(shortest, [*lists, *counts], facts)):
        return Way.ORDER
    return Way.LIST if lists[:1] == [shortest] else Way.SCALE


def _is_worth_gathering(shortest: int, lengths: Sequence[int], facts: Facts) -> bool:
    """Whether that is quicker than going through all in their order until the page is full.

    How far that goes is known for filters that have nothing to do with each other.
    """
    there = max(facts.lengths.get(terms.ALL, 0), 1)
    through = 100 * math.prod(there / max(min(length, there), 0.1) for length in lengths)
    return shortest <= max(_MOST, through)


def _rows(
    reader: Reader, query: InitiativeQuery, facts: Facts, *, located: bool = False
) -> tuple[Form, Sequence[Sequence[Any]]]:
    """The rows of a page and one more, and the form of their statement."""
    form, values = _asked(query, facts, located=located)
    if key := paging.after(query, *form.order.kinds):
        values |= {f"after_{place}": part for place, part in enumerate(key)}
    return form, reader.rows(walking.page(form), values | {"limit": query.limit + 1})


def _shown(
    query: InitiativeQuery, form: Form, rows: Sequence[Sequence[Any]]
) -> tuple[Sequence[Sequence[Any]], str | None]:
    """The rows of a page, and the cursor of the next one."""
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return shown, paging.cursor(query, shown[-1][_KEYS : form.end_of_keys]) if more else None


def _item(row: Sequence[Any], form: Form, facts: Facts) -> bytes:
    """A document, with how it matches where a place or a town was asked for."""
    document: bytes = row[1]
    if not (form.near or form.similar):
        return document
    match = scales.match(row[form.end_of_keys :], near=form.near, town=facts.town)
    return b'%b,"match":%b}' % (document[:-1], to_json(match))
