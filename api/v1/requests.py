"""What endpoints ask of a request: a session, the version that is meant, the language, the media types.

Dependencies are coroutines: a thread for each would cost more than what they do.
"""

import re
from contextlib import AbstractContextManager
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel, Field, PlainValidator
from starlette.types import Scope

from api import queries
from api.catalogue.facets import KeptFacets
from api.catalogue.versions import Expected
from api.db import Database, ReadSession, WriteSession
from api.errors import NotAcceptable, UnsupportedMediaType
from api.glance import Glance
from api.texts import Language, Text, preferred
from api.weights import weighed

# Marks of a request's scope: it is answered on the event loop; nothing that it does is kept.
AT_ONCE, REHEARSAL = "territoires.at_once", "territoires.rehearsal"

_JSON = "application/json"
_NO_SUCH_FORMAT = Text("Answers are {media_types}.", "Les réponses sont en {media_types}.")
_WANTED = Text(
    "The body must be {media_type}; say so in the header Content-Type.",
    "Le corps doit être en {media_type} ; dites-le dans l'en-tête Content-Type.",
)
_AS_IT_IS = Text(
    "The body must not be compressed: send it as it is, without the header Content-Encoding.",
    "Le corps ne doit pas être compressé : envoyez-le tel quel, sans l'en-tête Content-Encoding.",
)
_TAG = re.compile(r'(W/)?"([^"]*)"')
_TAGS = r'^(\*|(W/)?"[^"]*"([ ,]+(W/)?"[^"]*")*)$'


def reading(request: Request) -> AbstractContextManager[ReadSession]:
    """A session that sees one moment. Opened in the endpoint, it is given back before the answer leaves."""
    database: Database = request.state.database
    return database.read()


def glancing(request: Request) -> AbstractContextManager[Glance]:
    """A glance at the database, for the hottest reads."""
    database: Database = request.state.database
    return database.glance_at_once() if AT_ONCE in request.scope else database.glance()


def writing(request: Request) -> AbstractContextManager[WriteSession]:
    """A session that is committed when its block ends: before the answer leaves. A rehearsal keeps nothing."""
    database: Database = request.state.database
    return database.write(keep=REHEARSAL not in request.scope)


def kept_facets(request: Request) -> KeptFacets:
    """The facets that the application keeps."""
    kept: KeptFacets = request.state.facets
    return kept


def asked(scope: Scope) -> list[tuple[str, str]]:
    """The parameters of a query. What is no UTF-8 makes a value that no text may be, and a name that none has."""
    query = scope["query_string"].decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return [(name.encode(errors="replace").decode(), value) for name, value in pairs]


def tags(header: str) -> frozenset[tuple[bool, str]]:
    """The entity tags of a header (RFC 9110), as (weak, tag)."""
    return frozenset((bool(weak), tag) for weak, tag in _TAG.findall(header))


async def _expected(
    if_match: Annotated[
        str,
        Header(
            alias="If-Match",
            description="The ETag of the version that you read, or `*` for whatever version there is.",
            pattern=_TAGS,
            max_length=1000,
        ),
    ],
) -> Expected:
    return None if if_match == "*" else {tag for weak, tag in tags(if_match) if not weak}


async def _retry_key(
    keys: Annotated[
        tuple[Annotated[str, Field(min_length=16, max_length=255, pattern="^[!-~]+$")], ...],
        Header(
            alias="Idempotency-Key",
            description="A new one for each submission, such as a UUID: sent again with it, a request is answered as "
            "the first was, for 24 hours.",
            max_length=1,  # of two, none says which submission is meant
        ),
    ] = (),
) -> str | None:
    return keys[0] if keys else None


async def _language(
    accept_language: Annotated[str, Header(alias="Accept-Language", description="`fr` or `en`.", max_length=1000)] = "",
) -> Language:
    return preferred(accept_language)


def as_it_came(described: type[BaseModel]) -> PlainValidator:
    """A body that the document describes by a model, and that is not validated by it."""
    return PlainValidator(lambda body: body, json_schema_input_type=described)


def media_type(request: Request) -> str:
    """The media type of the answer: of those that the operation is described with, the one that the caller prefers."""
    described = request.scope["route"].responses.get(HTTPStatus.OK, {})
    return preferred_type(request, *described.get("content", [_JSON]))


async def wanted_type(request: Request) -> str:
    """The media type of the answer, as a dependency."""
    return media_type(request)


def preferred_type(request: Request, *offered: str) -> str:
    """What the caller likes best of what is offered (RFC 9110, `Accept`), the first of equals; or NotAcceptable."""
    best = _best(",".join(request.headers.getlist("Accept")), offered)
    if best is None:
        raise NotAcceptable(_NO_SUCH_FORMAT.format(media_types=", ".join(offered)))
    return best


@lru_cache(maxsize=100)  # programs are few, and each asks alike
def _best(accept: str, offered: tuple[str, ...]) -> str | None:
    """Any answer may be a problem: who says to take those has said enough."""
    wishes = dict(weighed(accept)) or {"*/*": 1.0}  # who says nothing takes all
    best = max(offered, key=lambda name: _quality(name, wishes))
    return best if _quality(best, wishes) or wishes.get("application/problem+json") else None


def _quality(name: str, wishes: dict[str, float]) -> float:
    """The weight of the most specific range that a media type lies in."""
    ranges = (name, f"{name.partition('/')[0]}/*", "*/*")
    return next((wishes[asked] for asked in ranges if asked in wishes), 0.0)


async def json_body(request: Request) -> None:
    """Refuse a body that is not JSON."""
    _refuse_other(request, _JSON)


async def merge_patch_body(request: Request) -> None:
    """Refuse a body that is not a JSON Merge Patch (RFC 7396)."""
    _refuse_other(request, "application/merge-patch+json")


def refuse_coded(request: Request) -> None:
    """Refuse a body that is compressed: undone, it could be of any size (RFC 9110, §15.5.16)."""
    codings = dict(weighed(",".join(request.headers.getlist("Content-Encoding"))))
    if codings.keys() - {"identity"}:
        raise UnsupportedMediaType(_AS_IT_IS, headers={"Accept-Encoding": "identity"})


def _refuse_other(request: Request, media_type: str) -> None:
    sent = request.headers.get("Content-Type", "")
    empty = (
        not sent and request.headers.get("Content-Length", "0") == "0" and "Transfer-Encoding" not in request.headers
    )
    if not empty and sent.partition(";")[0].strip().lower() != media_type:
        accepts = {"Accept-Patch" if request.method == "PATCH" else "Accept-Post": media_type}
        raise UnsupportedMediaType(_WANTED.format(media_type=media_type), headers=accepts)


RetryKey = Annotated[str | None, Depends(_retry_key)]
IfMatch = Annotated[Expected, Depends(_expected)]
SpokenLanguage = Annotated[Language, Depends(_language)]
# Every operation has a query model, so that an unknown parameter is always named.
NoParameters = Annotated[queries.Query, Query()]
