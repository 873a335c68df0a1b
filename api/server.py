"""What uvicorn answers by itself, to bytes that are no HTTP request, is a problem document too (RFC 9457)."""

import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UNREADABLE = {
    "type": "about:blank",
    "title": "Bad request",
    "status": 400,
    "detail": "Not a readable HTTP request; in an address, characters beyond ASCII are percent-encoded.",
    "instance": "/",
}


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1, with errors as `application/problem+json`."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # what the parser says helps nobody
        body = json.dumps(_UNREADABLE).encode()
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
            b"access-control-allow-origin: *\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )
        self.transport.close()
