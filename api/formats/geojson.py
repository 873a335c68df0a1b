"""GeoJSON (RFC 7946): a feature an item, at its point, with the same properties in the same order as all others.

What is told of the whole stands before the features, so that a reader who takes them one by one has it first.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic_core import to_json

from api.documents import LICENSE, NAME
from api.formats import About
from api.formats.tables import Item, Row, Table

MEDIA_TYPE = "application/geo+json"

_POINT = ("longitude", "latitude")


def written(table: Table[Item], batches: Iterable[Sequence[Item]], about: About) -> Iterator[bytes]:
    """The collection, a part for each batch."""
    told = {"license": LICENSE, "attribution": NAME, "sequence": about.sequence, "updated_at": about.updated}
    yield b'%b,"features":[' % to_json({"type": "FeatureCollection", "name": table.name, **told})[:-1]
    before = b"\n"
    for batch in filter(None, batches):
        yield before + b",\n".join([_feature(table, table.row(item, about)) for item in batch])
        before = b",\n"
    yield b"\n]}\n"


def _feature(table: Table[Any], row: Row) -> bytes:
    # Of a list whose first one is empty, GDAL would make a text; of what is not there it learns by the next.
    properties = {
        column.name: None if (value := column.of(row)) == [] else value
        for column in table.columns
        if column.name not in _POINT
    }
    point = [row[axis] for axis in _POINT]
    geometry = None if None in point else {"type": "Point", "coordinates": point}
    return to_json({"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties})
