"""Reading drafts against what the catalogue knows: themes, territories, published initiatives."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import exists
from sqlmodel import col, select

from api.catalogue import provisional, resolving, territories
from api.db import ReadSession
from api.decisions import KeyDraft
from api.drafts import Draft, InitiativeDraft, TerritoryDraft
from api.known import Known, NamedTerritoryDraft
from api.mistakes import in_body
from api.models import Initiative, Theme
from api.vocabulary import InitiativeState, TerritoryRole

AnyDraft = TypeVar("AnyDraft", bound=Draft)

_DEEPEST = 8  # levels of a merge patch: more than a draft has


class _Reference:
    """What a draft may refer to: the themes, territories and published initiatives of the database, and siblings."""

    def __init__(self, session: ReadSession, siblings: AbstractSet[str]) -> None:
        self._session = session
        self._siblings = siblings

    @cached_property
    def _themes(self) -> frozenset[str]:
        return frozenset(self._session.exec(select(Theme.id)))

    def theme(self, theme_id: str) -> bool:
        return theme_id in self._themes

    def territory(self, code: str) -> str | None:
        return territories.resolve(self._session, code)

    def named(self, said: NamedTerritoryDraft) -> str | NamedTerritoryDraft:
        return resolving.named(self._session, said)

    def initiative(self, initiative_id: str) -> bool:
        published = exists().where(
            col(Initiative.id) == initiative_id, col(Initiative.state) == InitiativeState.PUBLISHED
        )
        return initiative_id in self._siblings or bool(self._session.scalar(select(published)))


class _AsAccepted:
    """What a stored draft refers to existed when it was read."""

    def theme(self, theme_id: str) -> bool:  # noqa: ARG002
        return True

    def territory(self, code: str) -> str | None:
        return code

    def named(self, said: NamedTerritoryDraft) -> NamedTerritoryDraft:
        return said

    def initiative(self, initiative_id: str) -> bool:  # noqa: ARG002
        return True


def read(session: ReadSession, body: object, siblings: AbstractSet[str] = frozenset()) -> InitiativeDraft:
    """The draft that a body holds, territories resolved; or every mistake in it at once.

    `siblings` are ids that relations may name before they are published: those of the same seed file.
    """
    return _read(InitiativeDraft, body, _Reference(session, siblings))


def read_key(session: ReadSession, body: object) -> KeyDraft:
    """The key that a body asks for, territories resolved; or every mistake in it at once."""
    return _read(KeyDraft, body, _Reference(session, frozenset()))


def _read(kind: type[AnyDraft], body: object, known: Known) -> AnyDraft:
    try:
        return kind.model_validate(body, context=known)
    except ValidationError as error:
        raise in_body(error.errors(include_url=False, include_input=False)) from None


def trusted(kept: Mapping[str, Any]) -> InitiativeDraft:
    """A draft that was read before, or is made of such."""
    return InitiativeDraft.model_validate(kept, context=_AsAccepted())


def today(session: ReadSession, kept: Sequence[Mapping[str, Any]]) -> list[InitiativeDraft]:
    """Drafts as they were read, with the territories that their own are now, each once."""
    drafts = list(map(trusted, kept))
    became = provisional.became(session, {part.territory for draft in drafts for part in draft.territories})
    return [_moved(draft, became) for draft in drafts]


def _moved(draft: InitiativeDraft, became: Mapping[str | NamedTerritoryDraft, str]) -> InitiativeDraft:
    places: dict[str | NamedTerritoryDraft, TerritoryDraft] = {}
    for place in draft.territories:
        here = became.get(place.territory, place.territory)
        if here not in places or place.role is TerritoryRole.LEAD:
            places[here] = place.model_copy(update={"territory": here})
    return draft.model_copy(update={"territories": list(places.values())})


def merged(target: Any, patch: Any, depth: int = 0) -> Any:
    """JSON Merge Patch (RFC 7396), of as many levels as a draft could have."""
    if not isinstance(patch, dict) or depth > _DEEPEST:
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value, depth + 1)
    return result
