"""The reference, put together from its countries; what no package holds is added last.

Parts of older vintages are built the same way: the tests of a refresh begin with them.
"""

from collections.abc import Iterable, Set
from typing import Any

from api.catalogue.reference import TerritoryEntry
from seed.reference import belgium, cog, europe, france, french_points, portugal, sources
from seed.reference.cog import Vintage


def everything() -> list[TerritoryEntry]:
    """Every territory that the catalogue knows."""
    found = [
        *europe.territories(),
        *_france(cog.CURRENT),
        *belgium.territories(sources.places({"BE"})),
        *portugal.territories(sources.places({"PT"})),
    ]
    further = sources.additions()["entries"]
    return [_with(entry, further.get(entry.id, {})) for entry in found]


def part(vintage: Vintage, departments: Set[str]) -> list[TerritoryEntry]:
    """What lay within some departments of France, and whatever that lay within."""
    known = {entry.id: entry for entry in [*europe.territories(), *_france(vintage)]}
    inside = [entry for entry in known.values() if not departments.isdisjoint({entry.id, *entry.within})]
    ids = {territory for entry in inside for territory in (entry.id, *entry.within)}
    return [entry for entry in known.values() if entry.id in ids]


def _france(vintage: Vintage) -> Iterable[TerritoryEntry]:
    return france.territories(vintage, sources.places(french_points.COUNTRIES))


def _with(entry: TerritoryEntry, further: dict[str, Any]) -> TerritoryEntry:
    names = [*entry.other_names, *further.get("other_names", [])]
    return TerritoryEntry.model_validate(entry.model_dump() | further | {"other_names": names}) if further else entry
