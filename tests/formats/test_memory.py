"""An export of any length needs the memory of a batch, and leaves in parts that are not empty."""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence

import pytest

from api.formats import Located, comma_separated, geojson
from api.formats.initiatives import INITIATIVES
from tests.formats.samples import ABOUT, case

BATCH = [case()] * 100


def batches(count: int) -> Iterator[Sequence[Located]]:
    return (BATCH for _ in range(count))


@pytest.mark.parametrize("written", [comma_separated.written, geojson.written])
def test_memory_stays_that_of_a_batch(written: Callable[..., Iterator[bytes]]) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for _ in written(INITIATIVES, batches(count), ABOUT):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is made once
    assert peak(30) < 1.5 * peak(1)


@pytest.mark.parametrize("written", [comma_separated.written, geojson.written])
def test_what_is_read_leaves_before_the_next_is_read(written: Callable[..., Iterator[bytes]]) -> None:
    read: list[int] = []

    def noted() -> Iterator[Sequence[Located]]:
        for place in range(3):
            read.append(place)
            yield BATCH[:1]

    parts = written(INITIATIVES, noted(), ABOUT)
    next(parts)
    assert read == []
    for place in range(3):
        assert b"albi-jardin" in next(parts)
        assert read == list(range(place + 1))


@pytest.mark.parametrize("written", [comma_separated.written, geojson.written])
def test_a_batch_without_anything_is_no_part(written: Callable[..., Iterator[bytes]]) -> None:
    parts = list(written(INITIATIVES, [[], BATCH[:1], [], BATCH[:1], []], ABOUT))
    assert all(parts)
    assert b"".join(parts) == b"".join(written(INITIATIVES, [BATCH[:2]], ABOUT))
