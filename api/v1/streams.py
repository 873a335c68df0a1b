"""Files: what is long leaves chunk by chunk, each made in a thread when the one before has been taken.

Chunks are made at the client's pace: a slow client holds no connection, and a disconnect ends the export.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from starlette.responses import StreamingResponse

from api.catalogue import versions
from api.catalogue.exporting import Export
from api.catalogue.versions import Version
from api.compression import takes_gzip
from api.documents import LICENSE_PAGE
from api.every_answer import HEAD
from api.queries import Query
from api.v1.responses import cached, held, of_file

_LEVEL = 4  # as for pages
_GZIP = 16 + zlib.MAX_WBITS


def exported(
    request: Request,
    query: Query,
    export: Export[Any],
    media_type: str,
    chunks: Iterator[bytes],
    described_by: str | None = None,
) -> Response:
    """The file of an export, or 304. Its first chunk is made at once: what is wrong with the question is an error."""
    tag = f"{versions.of_document(export.sequence)}-{query.digest}"
    version = of_file(request, Version(tag, export.updated_at), media_type)
    if same := held(request, version):
        return same
    headers = cached(version) | _headers(request, export)
    if described_by:
        headers["Link"] += f', <{described_by}>; rel="describedby"'
    whole: Iterator[bytes] = chain([next(chunks, b"")], chunks)
    if takes_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"], whole = "gzip", _compressed(whole)
    if HEAD in request.scope:
        whole = iter(())
    return StreamingResponse(_in_turn(whole, request.state.long_reads), media_type=media_type, headers=headers)


def _headers(request: Request, export: Export[Any]) -> dict[str, str]:
    """What stands for the whole: its name, its licence, and from where on changes are to be asked for."""
    stem, _, ending = request.scope["path"].rpartition("/")[2].partition(".")
    name = f"territoires-innovants-{stem}-{export.updated_at:%Y-%m-%d}.{ending}"
    return {
        "Catalogue-Sequence": str(export.sequence),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Link": f'<{LICENSE_PAGE}>; rel="license"',
    }


async def _in_turn(chunks: Iterator[bytes], limiter: CapacityLimiter) -> AsyncIterator[bytes]:
    """Each chunk waits for a thread like whatever takes long, so that what is answered at once is not kept waiting."""
    while chunk := await to_thread.run_sync(next, chunks, b"", limiter=limiter):
        yield chunk


def _compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """In the thread that makes them: it would hold up the event loop."""
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for chunk in chunks:
        # Each chunk is sent on at once, and none is empty.
        yield packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
