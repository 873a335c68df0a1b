"""Every error is `application/problem+json` (RFC 9457), in French or English, and never repeats what was sent.

`install` teaches an application to answer so, to whatever is raised: by the catalogue, by validation, by the router.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.errors import BadInput, CatalogueError, Mistake, NotFound, PreconditionRequired
from api.mistakes import pointer, saying
from api.texts import Language, Text, preferred
from api.types import Population, Sentence, ShortText, TerritoryId, Word
from api.vocabulary import ReasonCode, TerritoryKind

TITLES = {
    HTTPStatus.BAD_REQUEST: Text("Bad request", "Requête incorrecte"),
    HTTPStatus.UNAUTHORIZED: Text("Unauthorized", "Identification nécessaire"),
    HTTPStatus.FORBIDDEN: Text("Forbidden", "Accès refusé"),
    HTTPStatus.NOT_FOUND: Text("Not found", "Introuvable"),
    HTTPStatus.METHOD_NOT_ALLOWED: Text("Method not allowed", "Méthode non admise"),
    HTTPStatus.NOT_ACCEPTABLE: Text("Not acceptable", "Format non disponible"),
    HTTPStatus.CONFLICT: Text("Conflict", "Conflit"),
    HTTPStatus.GONE: Text("Gone", "Retiré"),
    HTTPStatus.PRECONDITION_FAILED: Text("Precondition failed", "Contenu modifié entre-temps"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text("Content too large", "Contenu trop volumineux"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Text("Unsupported media type", "Format non pris en charge"),
    HTTPStatus.UNPROCESSABLE_ENTITY: Text("Unprocessable content", "Contenu inattendu"),
    HTTPStatus.PRECONDITION_REQUIRED: Text("Precondition required", "Condition nécessaire"),
    HTTPStatus.TOO_MANY_REQUESTS: Text("Too many requests", "Trop de requêtes"),
    HTTPStatus.INTERNAL_SERVER_ERROR: Text("Internal server error", "Erreur interne"),
    HTTPStatus.SERVICE_UNAVAILABLE: Text("Service unavailable", "Service indisponible"),
}
_DETAILS = {
    HTTPStatus.BAD_REQUEST: Text(
        "The request cannot be read; a JSON body must be valid UTF-8 text.",
        "La requête est illisible ; un corps JSON doit être un texte UTF-8 valide.",
    ),
    HTTPStatus.NOT_FOUND: Text("There is nothing here; /docs shows what there is.", "Il n'y a rien ici ; voyez /docs."),
    HTTPStatus.METHOD_NOT_ALLOWED: Text(
        "This method does not apply here; Allow lists those that do.",
        "Cette méthode ne convient pas ici ; Allow donne celles qui conviennent.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text(
        "A body may have at most 256 KiB; shorten the texts.",
        "Un envoi ne peut pas dépasser 256 Kio ; raccourcissez les textes.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Text(
        "Internal error; what you sent may not have been saved. Try again later.",
        "Une erreur de notre part ; votre envoi n'a peut-être pas été conservé. Réessayez plus tard.",
    ),
}
_NO_TAG = Text(
    "Say which version you read: If-Match with the ETag of the last answer.",
    "Indiquez la version que vous avez lue : If-Match avec l'ETag de la dernière réponse.",
)
# What a page of another origin may send, beyond what any page may; browsers remember it as long as they allow.
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, "
    "If-None-Match",
    "Access-Control-Max-Age": "86400",
}

_SHOWN = 1000  # characters of a path; of a longer one, the beginning


class CandidateDocument(BaseModel):
    """A territory that may be meant."""

    id: TerritoryId = Field(examples=["fr-51183"])
    name: ShortText = Field(examples=["Courcy"])
    kind: TerritoryKind
    parent: ShortText | None = Field(
        description="The name of what it lies in: its department, if it has one.", examples=["Marne"]
    )
    population: Population | None


class ProblemMistake(BaseModel):
    """One thing to mend: in the body, at an RFC 6901 pointer, or a parameter."""

    pointer: str | None = Field(default=None, max_length=2000, json_schema_extra={"format": "json-pointer"})
    parameter: str | None = Field(default=None, max_length=100)
    detail: Sentence = Field(examples=["This is required."])
    candidates: list[CandidateDocument] | None = Field(
        default=None,
        max_length=20,
        description="Of a territory that is not told clearly enough: those that may be meant, the likeliest first.",
    )


class Problem(BaseModel):
    """What went wrong and what to do (RFC 9457)."""

    type: str = Field(max_length=200, examples=["about:blank"], json_schema_extra={"format": "uri"})
    title: Sentence = Field(examples=["Bad request"])
    status: int = Field(ge=400, le=599, examples=[400], json_schema_extra={"format": "int32"})
    detail: Sentence = Field(examples=["What was sent has mistakes; errors lists them."])
    instance: str = Field(
        max_length=12 * _SHOWN, examples=["/v1/initiatives"], json_schema_extra={"format": "uri-reference"}
    )
    errors: list[ProblemMistake] | None = Field(default=None, max_length=100, description="Every mistake, at most 100.")
    allowed: list[Word] | None = Field(
        default=None, max_length=20, description="The states that can follow the present one."
    )
    code: ReasonCode | None = Field(default=None, description="Why something was withdrawn.")


def install(app: Starlette) -> None:
    """Let the application answer every error so."""
    for kind in (CatalogueError, HTTPException, Exception):
        app.add_exception_handler(kind, _problem_of)


async def _problem_of(request: Request, error: Exception) -> Response:
    match error:
        case CatalogueError():
            return _problem(request, error)
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return _method_not_allowed(request, error)
        case HTTPException():
            status = HTTPStatus(error.status_code)
            detail = _DETAILS.get(status, Text(status.phrase, status.phrase))
            return _answer(request, status, {"detail": detail}, dict(error.headers or {}))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    # The server logs the fault, and closes the connection after it.
    return _answer(request, status, {"detail": _DETAILS[status]}, {"Connection": "close"})


def mistakes_of(error: Exception | None) -> Sequence[Mistake]:
    """What validation, FastAPI's or the catalogue's, found wrong.

    A path that cannot be one of ours leads nowhere, and a change wants `If-Match`: that is told alone.
    """
    if isinstance(error, BadInput):
        return error.mistakes
    if not isinstance(error, RequestValidationError):
        return ()
    if any(one["loc"][0] == "path" for one in error.errors()):
        raise NotFound(_DETAILS[HTTPStatus.NOT_FOUND])
    if any(one["loc"] == ("header", "If-Match") and one["type"] == "missing" for one in error.errors()):
        raise PreconditionRequired(_NO_TAG)
    return list(map(_mistake, error.errors()))


def is_unreadable(error: Exception | None) -> bool:
    """Whether the body is no JSON at all."""
    return isinstance(error, RequestValidationError) and any(one["type"] == "json_invalid" for one in error.errors())


def _mistake(error: Any) -> Mistake:
    where, *inside = error["loc"]
    if error["type"] == "json_invalid":
        return Mistake(error["ctx"]["error"], pointer="")
    if where == "body":
        absent = {"type": "no_body"} if error["type"] == "missing" and not inside else {}
        return Mistake(saying(error | absent), pointer=pointer(inside))
    alone = len(inside) == 1 and error["type"] not in ("too_long", "extra_forbidden")
    twice = {"type": "given_twice"} if alone and isinstance(error["input"], list) else {}
    return Mistake(saying(error | twice), parameter=str(inside[0])[:100])


def _method_not_allowed(request: Request, error: HTTPException) -> Response:
    """405 with every method that there is at this path.

    As an answer to OPTIONS, just those, and what they take; for a preflight too.
    """
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    contexts = iter_route_contexts(request.app.routes)
    routes = [route for route in contexts if route.path is not None and compile_path(route.path)[0].match(path)]
    methods = {"OPTIONS", *(error.headers or {}).get("Allow", "").replace(" ", "").split(",")} - {""}
    methods = methods.union(*(route.methods or () for route in routes))
    if "GET" in methods:
        methods.add("HEAD")
    allow = ", ".join(sorted(methods))
    if request.method == "OPTIONS":
        return Response(
            status_code=HTTPStatus.NO_CONTENT,
            headers=_PREFLIGHT | {"Allow": allow, "Access-Control-Allow-Methods": allow} | _accepted(routes),
        )
    status = HTTPStatus.METHOD_NOT_ALLOWED
    return _answer(request, status, {"detail": _DETAILS[status]}, {"Allow": allow})


def _accepted(routes: Sequence[RouteContext]) -> dict[str, str]:
    """The media types of the bodies that are taken: Accept-Post (W3C LDP), Accept-Patch (RFC 5789, §3.1)."""
    accepted: dict[str, str] = {}
    for route in routes:
        if body := getattr(route, "body_field", None):  # which only an endpoint can have
            accepted |= {f"Accept-{method.title()}": body.field_info.media_type for method in route.methods or ()}
    return accepted


def _problem(request: Request, error: CatalogueError) -> Response:
    language = _language(request)
    members: dict[str, object] = {"detail": error.detail}
    if isinstance(error, BadInput):
        members["errors"] = [_member(mistake, language) for mistake in error.mistakes]
    if error.allowed is not None:
        members["allowed"] = list(error.allowed)
    if error.code is not None:
        members["code"] = error.code
    again = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return _answer(request, error.status, members, error.headers | again)


def _member(mistake: Mistake, language: Language) -> dict[str, object]:
    where = {"pointer": mistake.pointer} if mistake.pointer is not None else {"parameter": mistake.parameter or ""}
    told = {**where, "detail": mistake.detail.said_in(language)}
    return told | ({"candidates": [asdict(one) for one in mistake.candidates]} if mistake.candidates else {})


def _answer(
    request: Request, status: HTTPStatus, members: dict[str, object], headers: dict[str, str] | None = None
) -> Response:
    language = _language(request)
    said = {name: value.said_in(language) if isinstance(value, Text) else value for name, value in members.items()}
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, Text(status.phrase, status.phrase)).said_in(language),
        "status": status.value,
        "detail": said.pop("detail"),
        "instance": quote(request.scope["path"][:_SHOWN], safe="/:"),
        **said,
    }
    return Response(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status_code=status,
        media_type="application/problem+json",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Vary": "Accept-Language",
            **(headers or {}),
        },
    )


def _language(request: Request) -> Language:
    return preferred(request.headers.get("Accept-Language", ""))
