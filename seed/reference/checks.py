"""What must hold of the reference; nothing that breaks it is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import TerritoryKind

# By country and kind, as the sources of 2026 have it; an overseas collectivity counts among the departments.
COUNTS = {
    ("FR", TerritoryKind.REGION): 18,
    ("FR", TerritoryKind.DEPARTMENT): 101 + 8,
    ("FR", TerritoryKind.INTERCOMMUNALITY): 1_255,
    ("FR", TerritoryKind.MUNICIPALITY): 34_969,
    ("FR", TerritoryKind.DISTRICT): 45,
    ("BE", TerritoryKind.REGION): 3,
    ("BE", TerritoryKind.DEPARTMENT): 10,
    ("BE", TerritoryKind.MUNICIPALITY): 565,
    ("PT", TerritoryKind.REGION): 9,
    ("PT", TerritoryKind.DEPARTMENT): 18,
    ("PT", TerritoryKind.MUNICIPALITY): 308,
}
# The municipalities of each region of Portugal: a table of ours says which is in which.
PORTUGUESE = {"pt11": 86, "pt15": 16, "pt19": 77, "pt1a": 9, "pt1b": 9, "pt1c": 47, "pt1d": 34, "pt20": 19, "pt30": 11}
FORMER_COMMUNES = 4_240  # the former codes of 2,667 communes
COUNTRIES = 236


def faults(entries: Sequence[TerritoryEntry]) -> list[str]:
    """Every fault, or none."""
    return [
        *_wrong_counts(entries),
        *_ambiguous(entries),
        *_misplaced(entries),
        *_at_one_point(entries),
        *_too_little_known(entries),
    ]


def _wrong_counts(entries: Sequence[TerritoryEntry]) -> Iterator[str]:
    there = Counter((entry.country, entry.kind) for entry in entries)
    yield from _unlike({f"{country} {kind}": (there[country, kind], n) for (country, kind), n in COUNTS.items()})
    regions = Counter(territory for entry in _municipalities(entries, "PT") for territory in entry.within)
    yield from _unlike({code: (regions[f"pt-reg-{code}"], n) for code, n in PORTUGUESE.items()})
    former = sum(len(entry.former_codes.get("insee", ())) for entry in entries)
    countries = sum(entry.kind == TerritoryKind.COUNTRY for entry in entries)
    yield from _unlike({"former communes": (former, FORMER_COMMUNES), "countries": (countries, COUNTRIES)})


def _unlike(counts: dict[str, tuple[int, int]]) -> Iterator[str]:
    for what, (there, expected) in counts.items():
        if there != expected:
            yield f"{what}: {there} instead of {expected}"


def _ambiguous(entries: Sequence[TerritoryEntry]) -> Iterator[str]:
    """An id or code that leads to two."""
    for name, times in Counter(name for entry in entries for name in entry.names()).items():
        if times > 1:
            yield f"{name}: leads to {times} territories"


def _misplaced(entries: Sequence[TerritoryEntry]) -> Iterator[str]:
    """A territory is within all that its ancestors are within, and these come before it; the country comes last.

    An intercommunality is in one department, but some of its communes may be in others.
    """
    around: dict[str, set[str]] = {}
    for entry in entries:
        if unknown := [ancestor for ancestor in entry.within if ancestor not in around]:
            yield f"{entry.id}: is within {unknown}, which do not come before it"
        elif not set(entry.within).issuperset(set().union(*(around[ancestor] for ancestor in entry.within))):
            yield f"{entry.id}: is not within all that its ancestors are within"
        if [entry.id, *entry.within][-1] != entry.country.lower():
            yield f"{entry.id}: its country does not come last"
        around[entry.id] = set() if entry.kind == TerritoryKind.INTERCOMMUNALITY else set(entry.within)


def _at_one_point(entries: Sequence[TerritoryEntry]) -> Iterator[str]:
    """Arrondissements that were given the middle of their city."""
    districts = [entry for entry in entries if entry.kind == TerritoryKind.DISTRICT and entry.latitude is not None]
    for point, times in Counter((entry.latitude, entry.longitude) for entry in districts).items():
        if times > 1:
            yield f"{point}: {times} arrondissements lie there"


def _too_little_known(entries: Sequence[TerritoryEntry]) -> Iterator[str]:
    communes = list(_municipalities(entries, "FR"))
    known = {
        "a population": (sum(commune.population is not None for commune in communes), 0.995),
        "coordinates": (sum(commune.latitude is not None for commune in communes), 0.99),
        "a postcode": (sum(bool(commune.postcodes) for commune in communes), 0.995),
    }
    for what, (there, share) in known.items():
        if there < share * len(communes):
            yield f"only {there} of {len(communes)} communes have {what}"
    for entry in entries:
        if {entry.latitude is None, entry.longitude is None, entry.precision is None} == {True, False}:
            yield f"{entry.id}: a point is told by halves"


def _municipalities(entries: Iterable[TerritoryEntry], country: str) -> Iterator[TerritoryEntry]:
    return (entry for entry in entries if entry.kind == TerritoryKind.MUNICIPALITY and entry.country == country)
