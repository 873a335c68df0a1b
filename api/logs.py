"""The log: one JSON object a line, with the id of the request that it is about, and nothing of what was sent.

Of an exception its kind and the place are told, not its words: a database repeats values in them. JSON escapes whatever
would end a line or speak to a terminal. A request's id is made here: one that a client sends is not believed.
"""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from random import getrandbits
from typing import Any

# In tasks, in their threads and greenlets: of the request that they work for.
_request_id: ContextVar[bytes] = ContextVar("request_id")


def begin_request() -> bytes:
    """A new id, which every line has from here on that is written for this request."""
    request_id = b"%016x" % getrandbits(64)  # to be quoted, not to be kept secret
    _request_id.set(request_id)
    return request_id


class OneLine(logging.Formatter):
    """A record as JSON: time (RFC 3339), level, logger, message; request_id and traceback where there are."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := _request_id.get(None):
            said["request_id"] = request_id.decode()
        if record.exc_info and record.exc_info[1]:
            said["traceback"] = _place(record.exc_info[1])
        return json.dumps(said)


def _place(error: BaseException) -> str:
    """Where an exception was raised, and those that it comes from, the first of them first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    own = f"Traceback (most recent call last):\n{frames}{kind}\n"
    return own if before is None else f"{_place(before)}\n{own}"


# As `logging.config.dictConfig` and uvicorn take it.
CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one_line": {"()": OneLine}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one_line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
