"""The application of version 1: mounted at /v1, with a document and an error of its own."""

from fastapi import Depends, FastAPI

from api import __version__, problems
from api.documents import LICENSE
from api.settings import Settings
from api.v1 import docs, initiatives, moderation, sources, status, submissions, territories, themes
from api.v1.openapi import PROBLEM, DescribedAPI
from api.v1.requests import json_answers

_DESCRIPTION = """
What towns and other territories have tried, who tried it, how far it got, and the evidence.

Read without a key; submit a case with one POST; a moderator publishes it. Errors are `application/problem+json`
(RFC 9457), in French where `Accept-Language` asks for it. Lists go by cursor: follow `next`.

The catalogue's data are under the Licence Ouverte 2.0 (SPDX `etalab-2.0`): use them freely, name the source,
« Territoires innovants », and the date of its last update.
"""
_TAGS = [
    {"name": "initiatives", "description": "What was tried: list, read, propose."},
    {"name": "territories", "description": "Where: public bodies' areas, with their official codes."},
    {"name": "themes", "description": "The taxonomy."},
    {"name": "sources", "description": "The evidence: web pages that document initiatives."},
    {"name": "status", "description": "The catalogue at a glance."},
    {"name": "submissions", "description": "Follow, correct or withdraw what you proposed."},
    {
        "name": "moderation",
        "description": "The moderators' queue and decisions; a moderator's key is needed.",
    },
]


def create_v1(settings: Settings) -> FastAPI:
    """The application; the outer one keeps its database and settings."""
    app = DescribedAPI(
        title="Territoires innovants",
        summary="An open catalogue of local innovation.",
        description=_DESCRIPTION,
        version=__version__,
        license_info={"name": "Licence Ouverte 2.0", "identifier": LICENSE},
        openapi_tags=_TAGS,
        servers=[{"url": "/v1", "description": "This server"}, {"url": f"{settings.public_url}/v1"}],
        root_path_in_servers=False,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # nothing listens, and each request would ask
    )
    problems.install(app)
    routers = [module.router for module in (initiatives, territories, themes, sources, status, submissions, moderation)]
    for router in (initiatives.reads, *routers):
        app.include_router(router, dependencies=[Depends(json_answers)])
    app.include_router(docs.router)
    app.mount("/static", docs.assets)
    app.mount("/swagger-ui", docs.swagger_ui)
    return app
