"""How requests are read: strictly, so that nothing is misunderstood in silence."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from api import queries
from api.catalogue.versions import Expected
from api.db import Database, ReadSession, WriteSession
from api.errors import BadInput, Mistake, NotAcceptable, PreconditionRequired, UnsupportedMediaType
from api.mistakes import SAID
from api.texts import Language, Text, preferred

BODY_LIMIT = 256 * 1024  # bytes

_NOT_A_TAG = Text(
    'An ETag in quotes is expected, such as "3", or *.',
    'Un ETag entre guillemets est attendu, par exemple "3", ou *.',
)
_NO_TAG = Text(
    "Say which version you read: If-Match with the ETag of the last answer.",
    "Indiquez la version que vous avez lue : If-Match avec l'ETag de la dernière réponse.",
)
_NO_SUCH_FORMAT = Text("Answers are application/json.", "Les réponses sont en application/json.")
_WANTED = Text("The body must be {media_type}.", "Le corps doit être en {media_type}.")
_TAG = re.compile(r'(W/)?"([^"]*)"')


class _StrictParams(QueryParams):
    """A parameter given twice reaches validation as a list, and is refused there unless a list is meant."""

    def get(self, key: Any, default: Any = None) -> Any:
        values = self.getlist(key)
        return values if len(values) > 1 else super().get(key, default)


class _StrictRequest(Request):
    async def stream(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > BODY_LIMIT:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
            yield chunk

    async def json(self) -> Any:
        """As RFC 8259 has it: UTF-8, without NaN, and of a depth that can be read."""
        try:
            return json.loads((await self.body()).decode(), parse_constant=_no_constant)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("not JSON that can be read", "", 0) from None

    @property
    def query_params(self) -> QueryParams:
        return _StrictParams(self.scope["query_string"])


def _no_constant(name: str) -> None:
    raise ValueError(name)


class StrictRoute(APIRoute):
    """Reads the query strictly, and no more of a body than it may have."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly


def reading(request: Request) -> AbstractContextManager[ReadSession]:
    """A session that sees one moment. Opened in the endpoint, it is given back before the answer leaves."""
    database: Database = request.state.database
    return database.read()


def writing(request: Request) -> AbstractContextManager[WriteSession]:
    """A session that is committed when its block ends: before the answer leaves."""
    database: Database = request.state.database
    return database.write()


def tags(header: str) -> frozenset[tuple[bool, str]]:
    """The entity tags of a header (RFC 9110), as (weak, tag)."""
    return frozenset((bool(weak), tag) for weak, tag in _TAG.findall(header))


def _expected(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="The ETag of the version that you read.", max_length=1000),
    ] = None,
) -> Expected:
    if if_match is None:
        raise PreconditionRequired(_NO_TAG)
    if if_match.strip() == "*":
        return None
    if not (found := tags(if_match)):
        raise BadInput(SAID, [Mistake(_NOT_A_TAG, parameter="If-Match")])
    return {tag for weak, tag in found if not weak}


def _language(
    accept_language: Annotated[str, Header(alias="Accept-Language", description="`fr` or `en`.", max_length=1000)] = "",
) -> Language:
    return preferred(accept_language)


def json_answers(request: Request) -> None:
    """Refuse a caller who takes none of the media types that there are."""
    accept = request.headers.get("Accept", "*/*")
    ranges = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if accept.strip() and ranges.isdisjoint({"*/*", "application/*", "application/json", "application/problem+json"}):
        raise NotAcceptable(_NO_SUCH_FORMAT)


def json_body(request: Request) -> None:
    """Refuse a body that is not JSON."""
    _refuse_other(request, "application/json")


def merge_patch_body(request: Request) -> None:
    """Refuse a body that is not a JSON Merge Patch (RFC 7396)."""
    _refuse_other(request, "application/merge-patch+json")


def _refuse_other(request: Request, media_type: str) -> None:
    sent = request.headers.get("Content-Type", "")
    empty = (
        not sent and request.headers.get("Content-Length", "0") == "0" and "Transfer-Encoding" not in request.headers
    )
    if not empty and sent.partition(";")[0].strip().lower() != media_type:
        accepts = {"Accept-Patch" if request.method == "PATCH" else "Accept-Post": media_type}
        raise UnsupportedMediaType(_WANTED.format(media_type=media_type), headers=accepts)


IfMatch = Annotated[Expected, Depends(_expected)]
SpokenLanguage = Annotated[Language, Depends(_language)]
# Every operation has a query model, so that an unknown parameter is always named.
NoParameters = Annotated[queries.Query, Query()]
