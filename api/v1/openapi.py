"""What FastAPI's OpenAPI document lacks: one shared description of every error, with its media type."""

from typing import Any

from fastapi import FastAPI

from api.problems import Problem

# Brings Problem into the document; `_shape` then refers to it.
PROBLEM: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem (RFC 9457).", "model": Problem}}


class DescribedAPI(FastAPI):
    """An application whose document is put into shape once."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _shape(super().openapi())
        return super().openapi()


def _shape(document: dict[str, Any]) -> None:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    document["components"]["responses"] = {
        "Problem": {
            "description": "What went wrong and what to do (RFC 9457), in French or English by `Accept-Language`.",
            "content": {"application/problem+json": schema},
        }
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
