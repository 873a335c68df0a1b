"""What stands at known addresses: which API there is (RFC 9727), whom to warn of vulnerabilities (RFC 9116)."""

import json
from datetime import UTC, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.catalogue import versions
from api.formats import dcat
from api.settings import Settings
from api.v1.responses import document

_API_CATALOG, _SECURITY = "/.well-known/api-catalog", "/.well-known/security.txt"
_LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_GOOD_FOR = timedelta(days=180)  # less than a year, as RFC 9116 wants; told anew each day


def api_catalog(request: Request) -> Response:
    """The API, with its description, documentation and state (RFC 8631), as a set of links (RFC 9264)."""
    settings: Settings = request.state.settings
    here, api = f"{settings.public_url}{_API_CATALOG}", f"{settings.public_url}/v1"
    about = {
        "anchor": api,
        "service-desc": [{"href": f"{api}/openapi.json", "type": "application/json"}],
        "service-doc": [{"href": f"{api}/docs", "type": "text/html"}],
        "service-meta": [
            {"href": f"{api}/catalog", "type": dcat.JSON_LD},
            {"href": f"{api}/catalog", "type": dcat.TURTLE},
        ],
        "status": [{"href": f"{api}/status", "type": "application/json"}],
    }
    linkset = {"linkset": [{"anchor": here, "item": [{"href": api}]}, about]}
    answer = _answer(request, json.dumps(linkset).encode(), _LINKSET)
    answer.headers["Link"] = f'<{here}>; rel="api-catalog"'
    return answer


def security(request: Request) -> Response:
    """The mailbox for reports of vulnerabilities."""
    settings: Settings = request.state.settings
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    fields = {
        "Contact": f"mailto:{settings.contact}",
        "Expires": (today + _GOOD_FOR).isoformat().replace("+00:00", "Z"),
        "Preferred-Languages": "fr, en",
        "Canonical": f"{settings.public_url}{_SECURITY}",
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return _answer(request, text.encode(), "text/plain; charset=utf-8")


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    return document(request, body, versions.of_bytes(body), media_type)


routes = [Route(_API_CATALOG, api_catalog), Route(_SECURITY, security)]
