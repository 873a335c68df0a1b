"""What one version of a draft says otherwise than another, field by field."""

from collections.abc import Mapping
from typing import Any

from api.documents import Difference
from api.drafts import InitiativeDraft

Fields = Mapping[str, Any]


def fields(draft: InitiativeDraft) -> dict[str, Any]:
    """A draft as it is kept and compared."""
    return draft.model_dump(mode="json")


def between(before: Fields, after: Fields) -> list[Difference]:
    """The fields that differ, in the order of the later draft."""
    return [
        Difference(field=name, before=before.get(name), after=value)
        for name, value in after.items()
        if before.get(name) != value
    ]


def rebased(base: Fields, proposed: Fields, current: Fields) -> tuple[Fields, frozenset[str]]:
    """What was proposed of `base`, as a change of what that has become meanwhile (a three-way merge).

    The fields that both changed, each in its own way, are told too; they stand as proposed.
    """
    changed = {name for name, value in proposed.items() if base.get(name) != value}
    conflicts = {name for name in changed if current.get(name) not in (base.get(name), proposed[name])}
    return {**current, **{name: proposed[name] for name in changed}}, frozenset(conflicts)
