"""Swagger UI at /v1/docs, from our own server: no request leaves it, and no script stands in the page."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.v1.responses import CACHED, fixed

_OURS = Path(__file__).with_name("static")
_SWAGGER_UI = Path(str(files("fastapi_swagger"))) / "resources"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Files(StaticFiles):
    """Files that caches keep as they keep answers, always whole: a bad `Range` would be refused in plain text."""

    def file_response(self, path: Any, found: Any, scope: Scope, status_code: int = 200) -> Response:
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"range"]  # as RFC 9110, 14.2, allows
        answer = super().file_response(path, found, scope, status_code)
        answer.headers.update(CACHED | {"Accept-Ranges": "none"})
        return answer


# The page's own files, and those of the Swagger UI package.
assets = _Files(directory=_OURS)
swagger_ui = _Files(directory=_SWAGGER_UI)


async def page(request: Request) -> Response:
    """The page; its script is static/docs.js."""
    answer = await assets.get_response("docs.html", request.scope)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def description(request: Request) -> Response:
    """The OpenAPI document; in a thread, since others would wait while it is made."""
    return fixed(request, request.app.openapi())
