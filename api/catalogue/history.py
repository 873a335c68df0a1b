"""The public versions of initiatives: when each came, and what it changed in the one before."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlmodel import col, select

from api.catalogue import differences
from api.db import ReadSession
from api.documents import Difference, RevisionDocument
from api.models import Initiative, Revision
from api.vocabulary import ReasonCode


def versions_of(session: ReadSession, initiatives: Sequence[Initiative]) -> Mapping[str, list[dict[str, Any]]]:
    """By initiative, the rows of its versions from the first on. Most have but one, which needs no look."""
    first = {
        one.id: [_row(one, RevisionDocument(version=1, published_at=one.published_at, differences=[]))]
        for one in initiatives
    }
    changed = {one.id: one for one in initiatives if one.version > 1}
    if not changed:
        return first
    kept = session.exec(
        select(Revision)
        .where(col(Revision.initiative_id).in_(changed))
        .order_by(col(Revision.initiative_id), col(Revision.version))
    )
    by_initiative = groupby(kept, lambda revision: revision.initiative_id)
    return first | {name: _versions(changed[name], list(revisions)) for name, revisions in by_initiative}


def _versions(initiative: Initiative, revisions: Sequence[Revision]) -> list[dict[str, Any]]:
    legal = max((one.version for one in revisions if one.code == ReasonCode.LEGAL), default=0)
    drafts = [revisions[0].draft, *(one.draft for one in revisions)]
    rows = []
    for before, revision in zip(drafts, revisions, strict=False):
        changes = differences.between(before, revision.draft)
        if revision.version <= legal:
            changes = [Difference(field=change.field, before=None, after=None) for change in changes]
        told = RevisionDocument(version=revision.version, published_at=revision.accepted_at, differences=changes)
        rows.append(_row(initiative, told))
    return rows


def _row(initiative: Initiative, told: RevisionDocument) -> dict[str, Any]:
    return {"number": initiative.number, "version": told.version, "document": told.model_dump_json().encode()}
