"""The small taxonomy: loaded from its file, listed whole with how many initiatives each theme has."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlmodel import col

from api.catalogue import names, paging, terms
from api.catalogue.paging import Page
from api.db import ReadSession, WriteSession
from api.documents import Label, ThemeDocument
from api.glance import Reader
from api.models import TermCount, Theme
from api.queries import ThemeQuery
from api.types import Slug

_SUGGESTED = 3
_ALIKE = 0.75  # of folded names: below it, something else is meant
_CALLED = select(col(Theme.id), col(Theme.label_fr), col(Theme.label_en)).order_by(col(Theme.id))


class ThemeEntry(BaseModel):
    """A theme as its file has it; parents come before their children."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    label: Label
    parent: Slug | None = None


def load(session: WriteSession, entries: Sequence[ThemeEntry]) -> bool:
    """Bring the taxonomy to these entries; tells whether anything changed."""
    changed = False
    for entry in entries:
        wanted = Theme(id=entry.id, label_fr=entry.label.fr, label_en=entry.label.en, parent_id=entry.parent)
        if session.get(Theme, entry.id) != wanted:
            session.merge(wanted)
            session.flush()
            changed = True
    return changed


def called(reader: Reader) -> Mapping[str, str]:
    """The ids of themes by what these are called: the ids and the labels, folded."""
    return {names.folded(name): row[0] for row in reader.rows(_CALLED, {}) for name in row}


def alike(said: str, called: Mapping[str, str]) -> Sequence[str]:
    """The ids of those that may be meant, the likeliest first: they have this in a name, or else one nearly so."""
    form = names.folded(said)
    near = [name for name in called if len(form) > 2 and f" {form}" in f" {name}"]
    near = near or get_close_matches(form, called, 3 * _SUGGESTED, _ALIKE)  # each is called by three names
    return list(dict.fromkeys(called[name] for name in near))[:_SUGGESTED]


def page(session: ReadSession, query: ThemeQuery) -> Page:
    """Themes in the order of their ids."""
    listed = select(Theme, col(TermCount.length)).outerjoin(
        TermCount, col(TermCount.term) == terms.theme("") + col(Theme.id)
    )
    if key := paging.after(query, str):
        listed = listed.where(col(Theme.id) > key[0])
    rows, total = paging.fetch(session, query, listed.order_by(col(Theme.id)), paging.counted(select(col(Theme.id))))
    return paging.page(query, [((row.Theme.id,), _document(row.Theme, row.length or 0)) for row in rows], total)


def _document(theme: Theme, initiatives: int) -> bytes:
    label = Label(fr=theme.label_fr, en=theme.label_en)
    document = ThemeDocument(id=theme.id, label=label, parent=theme.parent_id, initiatives=initiatives)
    return document.model_dump_json().encode()
