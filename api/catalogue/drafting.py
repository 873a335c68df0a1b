"""Reading drafts against what the catalogue knows: themes, territories, published initiatives."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy import exists
from sqlmodel import col, select

from api.catalogue import misspelt, provisional, resolving, territories, themes
from api.db import ReadSession
from api.decisions import KeyDraft
from api.drafts import Draft, InitiativeDraft, TerritoryDraft
from api.errors import Candidate
from api.known import Known, NamedTerritoryDraft
from api.mistakes import MOST, in_body
from api.models import Initiative, Theme
from api.vocabulary import InitiativeState, TerritoryRole

AnyDraft = TypeVar("AnyDraft", bound=Draft)

_DEEPEST = 8  # levels of a merge patch: more than a draft has


class _Reference:
    """What a draft may refer to: themes, territories, initiatives that are published or `related`, not `itself`."""

    def __init__(
        self, session: ReadSession, related: AbstractSet[str] = frozenset(), itself: str | None = None
    ) -> None:
        self._session = session
        self._related = related
        self._itself = itself

    @cached_property
    def _themes(self) -> frozenset[str]:
        return frozenset(self._session.exec(select(Theme.id)))

    @cached_property
    def _themes_called(self) -> Mapping[str, str]:
        return themes.called(self._session)

    def theme(self, theme_id: str) -> bool:
        return theme_id in self._themes

    def themes_like(self, said: str) -> Sequence[str]:
        return themes.alike(said, self._themes_called)

    def territory(self, code: str) -> str | None:
        return territories.resolve(self._session, code)

    def area(self, name: str) -> str | None:
        return resolving.area(self._session, name)

    def named(self, said: NamedTerritoryDraft) -> str | NamedTerritoryDraft:
        return resolving.named(self._session, said)

    def alike(self, readings: Sequence[NamedTerritoryDraft]) -> Sequence[Candidate]:
        return resolving.alike(self._session, readings)

    def initiative(self, initiative_id: str) -> bool:
        if initiative_id == self._itself:
            raise PydanticCustomError("itself", "itself")
        published = exists().where(
            col(Initiative.id) == initiative_id, col(Initiative.state) == InitiativeState.PUBLISHED
        )
        return initiative_id in self._related or bool(self._session.scalar(select(published)))


class _AsAccepted:
    """What a stored draft refers to existed when it was read."""

    def theme(self, theme_id: str) -> bool:  # noqa: ARG002
        return True

    def themes_like(self, said: str) -> Sequence[str]:  # noqa: ARG002
        return ()

    def territory(self, code: str) -> str | None:
        return code

    def area(self, name: str) -> str | None:
        return name

    def named(self, said: NamedTerritoryDraft) -> NamedTerritoryDraft:
        return said

    def alike(self, readings: Sequence[NamedTerritoryDraft]) -> Sequence[Candidate]:  # noqa: ARG002
        return ()

    def initiative(self, initiative_id: str) -> bool:  # noqa: ARG002
        return True


def read(
    session: ReadSession, body: object, related: AbstractSet[str] = frozenset(), itself: str | None = None
) -> InitiativeDraft:
    """The draft that a body holds, territories resolved; or every mistake in it at once.

    `related` are ids that relations may name though they are not published, such as others of the same seed file.
    `itself` is the id of the case that it is a draft of, if there is one yet.
    """
    return _read(InitiativeDraft, body, _Reference(session, related, itself))


def patched(
    session: ReadSession,
    draft: InitiativeDraft,
    patch: object,
    itself: str | None,
    contact: Mapping[str, Any] | None = None,
) -> InitiativeDraft:
    """What a merge patch (RFC 7396) makes of a draft, whose contact is kept elsewhere.

    Its relations may stay as they are, though what they lead to is no longer public.
    """
    whole = draft.model_dump(mode="json") | {"contact": contact}
    return read(session, _merged(whole, patch), {relation.initiative for relation in draft.relations}, itself)


def read_key(session: ReadSession, body: object) -> KeyDraft:
    """The key that a body asks for, territories resolved; or every mistake in it at once."""
    return _read(KeyDraft, body, _Reference(session))


def _read(kind: type[AnyDraft], body: object, known: Known) -> AnyDraft:
    try:
        return kind.model_validate(body, context=known)
    except ValidationError as error:
        faults = error.errors(include_url=False)[:MOST]
        raise in_body(misspelt.told(kind, fault) for fault in faults) from None


def trusted(kept: Mapping[str, Any]) -> InitiativeDraft:
    """A draft that was read before, or is made of such."""
    return InitiativeDraft.model_validate(kept, context=_AsAccepted())


def with_present_territories(session: ReadSession, kept: Sequence[Mapping[str, Any]]) -> list[InitiativeDraft]:
    """Drafts that were read before, each of their territories replaced by what it has become, without repeats."""
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


def _merged(target: Any, patch: Any, depth: int = 0) -> Any:
    """JSON Merge Patch (RFC 7396), of as many levels as a draft could have."""
    if not isinstance(patch, dict) or depth > _DEEPEST:
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None and name in result:
            del result[name]
        else:  # a null for what is not there stays: it may be a misspelt name, which validation refuses
            result[name] = _merged(result.get(name), value, depth + 1)
    return result
