"""Newline-delimited JSON: a document a line, as it is stored."""

from collections.abc import Iterable, Iterator, Sequence

MEDIA_TYPE = "application/x-ndjson"


def written(batches: Iterable[Sequence[bytes]]) -> Iterator[bytes]:
    """The file, a part for each batch."""
    for batch in batches:
        if batch:
            yield b"\n".join(batch) + b"\n"
