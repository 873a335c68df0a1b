"""CSV (RFC 4180): a row an item, in UTF-8 with the mark by which spreadsheets know it.

A cell of several texts joins them by ` | `. No cell is a formula: of a text that a spreadsheet would run, it shows an
apostrophe before it (OWASP, CSV injection). Numbers have a decimal point.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from api.formats import About
from api.formats.tables import Item, Table
from api.vocabulary import Separator

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_SIGNS = {Separator.SEMICOLON: ";", Separator.COMMA: ","}
_BETWEEN = " | "
_BAR = re.compile(r" \|(?= |$)")  # what would be taken for the end of a text
_RUN = frozenset("=+-@\t\r\n＝＋－＠")  # by how it begins


def media_type(*, headed: bool) -> str:
    """That of the file, with or without its head."""
    return f"text/csv; charset=utf-8; header={'present' if headed else 'absent'}"


def written(
    table: Table[Item],
    batches: Iterable[Sequence[Item]],
    about: About,
    *,
    separator: Separator = Separator.SEMICOLON,
    headed: bool = True,
) -> Iterator[bytes]:
    """The file, a part for each batch. Without its head it goes on where another ended."""
    if headed:
        yield _lines([[column.name for column in table.columns]], separator, before=_MARK)
    for batch in filter(None, batches):
        rows = (map(_cell, table.values(table.row(item, about))) for item in batch)
        yield _lines(rows, separator)


def joined(texts: Iterable[str]) -> str:
    """Several texts in one cell. A bar that stands alone in one of them is broken: ¦."""
    return _BETWEEN.join([_BAR.sub(" ¦", text) if "|" in text else text for text in texts])


def _cell(value: Any) -> Any:
    text = joined(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in _RUN else text


def _lines(rows: Iterable[Iterable[Any]], separator: Separator, before: str = "") -> bytes:
    lines = StringIO(newline="")
    lines.write(before)
    csv.writer(lines, delimiter=_SIGNS[separator]).writerows(rows)
    return lines.getvalue().encode()
