"""The file of territories: a table in CSV, compressed so that equal rows are equal bytes."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import TerritoryKind

FILE = Path(__file__).with_name("territories.csv.gz")
COLUMNS = list(TerritoryEntry.model_fields)
_NUMBERS = {"population": int, "population_year": int, "latitude": float, "longitude": float}
_KINDS = list(TerritoryKind)


def read(path: Path) -> list[TerritoryEntry]:
    """Every row, as the catalogue takes it."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [TerritoryEntry.model_validate(_entry(row)) for row in csv.DictReader(file)]


def ordered(entries: Iterable[TerritoryEntry]) -> list[TerritoryEntry]:
    """By their kinds, from the largest to the smallest, then by their ids: ancestors come first."""
    return sorted(entries, key=lambda entry: (_KINDS.index(entry.kind), entry.id))


def packed(entries: Iterable[TerritoryEntry]) -> bytes:
    """The bytes of the file; no clock and no file name is in them."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(map(_row, ordered(entries)))
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def _row(entry: TerritoryEntry) -> list[object]:
    former = [(scheme, code) for scheme, codes in entry.former_codes.items() for code in codes]
    written = {
        "other_names": "|".join(entry.other_names),
        "codes": _codes(entry.codes.items()),
        "former_codes": _codes(former),
        "postcodes": " ".join(entry.postcodes),
        "within": " ".join(entry.within),
    }
    return [written.get(column, getattr(entry, column)) for column in COLUMNS]


def _codes(codes: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{scheme}:{code}" for scheme, code in codes)


def _entry(row: Mapping[str, str]) -> dict[str, object]:
    former: dict[str, list[str]] = {}
    for scheme, code in _pairs(row["former_codes"]):
        former.setdefault(scheme, []).append(code)
    lists: dict[str, object] = {
        "other_names": row["other_names"].split("|") if row["other_names"] else [],
        "codes": dict(_pairs(row["codes"])),
        "former_codes": former,
        "postcodes": row["postcodes"].split(),
        "within": row["within"].split(),
    }
    numbers = {column: number(row[column]) for column, number in _NUMBERS.items() if row[column]}
    return {column: value or None for column, value in row.items()} | numbers | lists


def _pairs(codes: str) -> list[tuple[str, str]]:
    return [(scheme, code) for scheme, _, code in (text.partition(":") for text in codes.split())]
