"""The application of version 1: mounted at /v1, with a document and an error of its own."""

from functools import cache
from typing import Any

from fastapi import Depends, FastAPI

from api import __version__, problems
from api.documents import LICENSE_PAGE, NAME
from api.v1 import (
    catalog,
    changes,
    curation,
    docs,
    exports,
    feeds,
    initiatives,
    keys,
    moderation,
    revisions,
    sources,
    status,
    submissions,
    territories,
    themes,
)
from api.v1.openapi import PROBLEM, DescribedAPI
from api.v1.requests import wanted_type

_DESCRIPTION = """
What towns and other territories have tried, who tried it, how far it got, and the evidence.

Read without a key; submit a case with one POST; a moderator publishes it. Errors are `application/problem+json`
(RFC 9457), in French where `Accept-Language` asks for it. Lists go by cursor: follow `next`.

The catalogue's data are under the Licence Ouverte 2.0 (SPDX `etalab-2.0`): use them freely, name the source,
« Territoires innovants », and the date of its last update.

Later versions of `/v1` only add: ignore the fields that you do not know.
"""
_TAGS = {
    "catalog": "The whole catalogue described, for portals of open data (DCAT-AP 3).",
    "changes": "What was published, updated, withdrawn, restored or merged, in order: for exact copies.",
    "initiatives": "What was tried: list, read, propose.",
    "keys": "Who may submit and decide; an admin's key is needed.",
    "moderation": "The moderators' queue and decisions; a moderator's key is needed.",
    "sources": "The evidence: web pages that document initiatives.",
    "status": "The catalogue at a glance.",
    "submissions": "Follow, correct or withdraw what you proposed.",
    "territories": "Where: public bodies' areas, with their official codes.",
    "themes": "The taxonomy, in French and English.",
}
_SUMMARY = "An open catalogue of local innovation."


@cache
def create_v1(public_url: str, contact: str) -> FastAPI:
    """The application; the outer one keeps its database and settings.

    It holds nothing but routes, which FastAPI works out when they are first asked: one is enough for an address.
    """
    app = DescribedAPI(
        _about(public_url, contact),
        title=NAME,
        summary=_SUMMARY,
        description=_DESCRIPTION.strip(),
        version=__version__,
        terms_of_service=f"{public_url}/v1/docs",
        license_info={"name": "Licence Ouverte 2.0", "url": LICENSE_PAGE},
        openapi_tags=[{"name": name, "description": description} for name, description in _TAGS.items()],
        servers=_servers(public_url),
        root_path_in_servers=False,
        openapi_url=None,  # ours has an ETag
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM,
        dependencies=[Depends(wanted_type)],
        telemetry={"tracing": False, "metrics": False, "logs": False},  # nothing listens, and each request would ask
    )
    problems.install(app)
    public = (initiatives, revisions, territories, themes, sources, exports, feeds, changes, catalog, status)
    for module in (*public, submissions, moderation, curation, keys):
        app.include_router(module.router)
    app.add_route("/docs", docs.page, include_in_schema=False)
    app.add_route("/openapi.json", docs.description, include_in_schema=False)
    app.mount("/static", docs.assets)
    app.mount("/swagger-ui", docs.swagger_ui)
    return app


def _about(public_url: str, contact: str) -> dict[str, Any]:
    return {
        "contact": {"name": NAME, "url": f"{public_url}/docs", "email": contact},
        "x-api-id": "territoires-innovants",
        "x-audience": "external-public",
        "x-summary": _SUMMARY,
    }


def _servers(public_url: str) -> list[dict[str, Any]]:
    """The server that the document was read from, then its public address. Where HTTPS is not sure, it is a sandbox."""
    here = {"url": "/v1", "description": "This server, local or in production.", "x-sandbox": True}
    there: dict[str, Any] = {"url": f"{public_url}/v1", "description": "The public address, in production."}
    if not public_url.startswith("https:"):
        there |= {"description": "The public address, local or for tests.", "x-sandbox": True}
    return [server | {"x-internal": False} for server in (here, there)]
