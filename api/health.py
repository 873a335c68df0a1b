"""Whether the service is there, and whether it can work: for supervisors and load balancers."""

import json
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import schema, sqlite
from api.catalogue import status
from api.db import Database
from api.errors import Busy


async def live(_: Request) -> Response:
    """The process answers; nothing else is touched, so that a database away does not make a supervisor restart it."""
    return Response(b'{"status":"ok"}', media_type="application/json", headers={"Cache-Control": "no-store"})


def ready(request: Request) -> Response:
    """The database answers and has a schema that this code can work with; else 503.

    A newer one suits: who migrates while the version before still serves does not interrupt it. Where the database is
    an SQLite file, `sqlite` is the version of the library.
    """
    database: Database = request.state.database
    with suppress(SQLAlchemyError), database.read() as session:
        if schema.suits(session):
            status.get(session)  # a read of the publication, too
            said = {"status": "ok"} | ({"sqlite": sqlite.driver.sqlite_version} if database.is_sqlite else {})
            body = json.dumps(said, separators=(",", ":"))
            return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
    raise Busy


routes = [Route("/health/live", live), Route("/health/ready", ready)]
