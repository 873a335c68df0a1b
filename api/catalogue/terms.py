"""The posting lists: one for each value of each discrete filter; their names, and which of them a case is in."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from api.documents import InitiativeDocument
from api.models import Territory, Theme
from api.vocabulary import Facet
from api.webpages import host_of

ALL = "all"

# Bands of INSEE's "tranche d'unité urbaine", each by its least population; a value is what `population` takes.
_BANDS = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
SIZES = (
    f"../{_BANDS[1] - 1}",
    *(f"{least}/{following - 1}" for least, following in pairwise(_BANDS[1:])),
    f"{_BANDS[-1]}/..",
)
_FAMILIES = {facet.value for facet in Facet}
_KINDS_OF_AREAS = {"reg": Facet.REGION, "dep": Facet.DEPARTMENT}


def theme(theme_id: str) -> str:
    """Initiatives of a theme or of one below it."""
    return f"theme:{theme_id}"


def within(territory_id: str) -> str:
    """Initiatives in a territory or anywhere inside it, whatever its role."""
    return f"in:{territory_id}"


def country(code: str) -> str:
    """Initiatives in a country: its territory's id is its ISO code, lower case."""
    return within(code.lower())


def kind(value: str) -> str:
    return f"kind:{value}"


def progress(value: str) -> str:
    return f"progress:{value}"


def language(code: str) -> str:
    return f"language:{code}"


def evidence(level: int) -> str:
    return f"evidence:{level}"


def host(name: str) -> str:
    """Initiatives with a source link of this host."""
    return f"host:{name}"


def related(initiative_id: str) -> str:
    """Initiatives that have a relation with this one, whatever it is."""
    return f"related:{initiative_id}"


def decade(started_on: str) -> str:
    """Initiatives that started in the ten years that begin so: `decade:2010`."""
    return f"decade:{started_on[:3]}0"


def size(population: int) -> str:
    """Initiatives whose lead territory has about as many inhabitants."""
    return f"size:{SIZES[sum(population >= least for least in _BANDS) - 1]}"


def facet_of(term: str) -> Facet | None:
    """The facet that counts a list, if one does."""
    family, _, value = term.partition(":")
    if family == "in":
        return Facet.COUNTRY if len(value) == 2 else _KINDS_OF_AREAS.get(value[2:6].strip("-"))
    return Facet(family) if family in _FAMILIES else None


def value_of(term: str) -> str:
    """What a list is told by in a facet: what the filter takes that leads to it."""
    family, _, value = term.partition(":")
    return value.upper() if family == "in" and len(value) == 2 else value


def levels(least: int, most: int) -> list[str]:
    """The lists of evidence from one level to another; beyond the highest, one that nothing is in."""
    return [evidence(level) for level in range(least, max(min(most, 3), least) + 1)]


def of(document: InitiativeDocument, lead: Territory | None, taxonomy: Mapping[str, Theme]) -> frozenset[str]:
    """The lists that a case is in."""
    known = {
        ALL,
        kind(document.kind),
        progress(document.progress),
        language(document.language),
        evidence(document.evidence),
    }
    if document.started_on:
        known.add(decade(document.started_on))
    if lead and lead.population is not None:
        known.add(size(lead.population))
    return frozenset(
        known
        | {within(here) for place in document.territories for here in (place.id, *place.within)}
        | {theme(above) for chosen in document.themes for above in _up(chosen.id, taxonomy)}
        | {host(host_of(source.url)) for source in document.sources}
        | {related(neighbour.id) for neighbour in document.relations}
    )


def _up(theme_id: str | None, taxonomy: Mapping[str, Theme]) -> Iterator[str]:
    """A theme and those above it."""
    while theme_id is not None:
        yield theme_id
        theme_id = taxonomy[theme_id].parent_id
