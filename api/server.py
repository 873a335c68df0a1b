"""How uvicorn speaks HTTP for us: its own errors are problem documents (RFC 9457); an answer leaves in one piece.

And it waits for nobody without end, which uvicorn would: for a request, nor for a client to take its answer.
"""

import asyncio
import json
import re
from http import HTTPStatus
from math import inf
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# In both languages: what the caller prefers has not been read.
_UNREADABLE = (
    "Not a readable HTTP request: for example an unknown method, or in the address a blank or a letter beyond ASCII "
    "that is not percent-encoded. Requête HTTP illisible : par exemple une méthode inconnue ou, dans l'adresse, une "
    "espace ou une lettre accentuée qui n'est pas encodée (« é » s'écrit %C3%A9)."
)
_TOO_SLOW = (
    "The request did not arrive in time; send it again. La requête n'est pas arrivée à temps ; envoyez-la de nouveau."
)
_TOO_LARGE = (
    "The address and the headers are too long; leave out what is not needed. L'adresse et les en-têtes sont trop "
    "longs ; retirez ce qui est inutile."
)

# An offer to go on with another protocol, which whoever does not take it passes over (RFC 9110, §7.8). The parser would
# take it: it reads no body after such a head, but another request.
_OFFER = re.compile(rb"^upgrade(?=[ \t]*:)", re.IGNORECASE | re.MULTILINE)

_HEAD, _BODY = 10, 30  # seconds for the head of a request, and for its body
_ANSWER = 60  # seconds in which a client takes nothing of its answer
_LOOK = 2  # seconds between two looks at a connection
_LINGER = 0.1  # seconds until the end of one that is refused
_LONGEST_HEAD = 65_536  # bytes
_WAITING = 16  # requests of a connection that were sent before the first is answered


class _InOnePiece:
    """A transport that sends together what is written in one turn of the loop.

    uvicorn writes the head of an answer and its body one after the other; each would be a packet of its own, that wakes
    the client for nothing. A third of the time of a small answer went there.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.writelines(written)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1, with errors as `application/problem+json`.

    What is late is seen by a look now and then: a timer for each request would cost more.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_InOnePiece(transport, self.loop))  # type: ignore[arg-type]
        self._refused = False
        self._head: int | None = 0  # bytes of one that is not whole yet
        self._behind = False  # whether it begins behind another request, in the same packet it may be
        self._arrives_by, self._taken_by = self.loop.time() + _HEAD, inf
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clock.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # read all the same: with a reset, what has not been read yet would take the answer along
        if self._arrives_by == inf and self.cycle.response_complete:  # the next one begins, by a blank line it may be
            self._head, self._arrives_by = 0, self.loop.time() + _HEAD
        if self._head == 0 and len(data.partition(b"\r\n\r\n")[0]) > _LONGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)  # the parser would call it unreadable
            return
        super().data_received(data if self._head is None else _without_offer(data))
        if self._head is not None and not self._refused:
            # Where in a packet one begins that is not first, the parser does not tell: the next packet is counted.
            self._head += 1 if self._behind else len(data)
            self._behind = False
            if self._head > _LONGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._behind = self._head is None
        self._head, self._arrives_by = 0, self.loop.time() + _HEAD

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _WAITING:
            self.transport.abort()
            raise ConnectionAbortedError  # the parser goes no further
        if self.parser.should_upgrade():
            raise ValueError  # an offer that was seen too late
        super().on_headers_complete()
        self._head, self._arrives_by = None, self.loop.time() + _BODY

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arrives_by = inf

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taken_by = self.loop.time() + _ANSWER

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken_by = inf

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # what the parser says helps nobody
        self._refuse(HTTPStatus.BAD_REQUEST, _UNREADABLE)

    def _look(self) -> None:
        now = self.loop.time()
        if now > self._taken_by:
            self.transport.abort()
        elif now > self._arrives_by and not self.flow.read_paused:  # then it is we who do not read
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW)
        self._clock = self.loop.call_later(_LOOK, self._look)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """End the connection with a problem, unless another answer has begun to leave, or is to leave before."""
        self._refused, self._arrives_by = True, inf
        answering = self.cycle and not self.cycle.response_complete
        if answering and self._head is not None:  # the cycle is still that of the request before
            self.cycle.keep_alive = False
            return
        if not (answering and self.cycle.response_started):
            problem = {
                "type": "about:blank",
                "title": status.phrase.capitalize(),
                "status": status,
                "detail": detail,
                "instance": "/",
            }
            body = json.dumps(problem).encode()
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\naccess-control-allow-origin: *\r\n"
                b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (status, status.phrase.encode(), len(body), body)
            )
        self.loop.call_later(_LINGER, self.transport.close)


def _without_offer(data: bytes) -> bytes:
    """A head, or a part of one and what follows it, with a header of no meaning in the place of `Upgrade`."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return _OFFER.sub(b"ignored", head) + end + rest
