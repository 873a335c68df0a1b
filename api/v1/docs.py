"""Swagger UI at /v1/docs, from our own server: no request leaves it, and no script stands in the page."""

from importlib.resources import files
from pathlib import Path

from fastapi import Request, Response
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

_OURS = Path(__file__).with_name("static")
_SWAGGER_UI = Path(str(files("fastapi_swagger"))) / "resources"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# The page's own files, and those of the Swagger UI package.
assets = StaticFiles(directory=_OURS)
swagger_ui = StaticFiles(directory=_SWAGGER_UI)


async def page(_: Request) -> Response:
    """The page; its script is static/docs.js."""
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-cache",
    }
    return FileResponse(_OURS / "docs.html", media_type="text/html", headers=headers)
