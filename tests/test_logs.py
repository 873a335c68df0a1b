"""The log is one JSON object a line, whatever is told to it, and of a fault it tells the place alone."""

import io
import json
import logging
import re
from datetime import UTC, datetime, timedelta

import httpx

from api import logs

HOSTILE = 'a\r\n{"level":"fake"}\x1b[31m\u2028\x85\x00"'


def written(error: Exception | None = None, **said: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.OneLine())
    exc_info = (type(error), error, error.__traceback__) if error else None
    handler.emit(logging.LogRecord("a.logger", logging.WARNING, "", 1, "it said %s", (HOSTILE,), exc_info))
    return stream.getvalue()


def test_a_line_is_an_object_whatever_it_tells() -> None:
    line = written()
    assert line.endswith("}\n")
    assert len(line.splitlines()) == 1
    assert line.rstrip("\n").isprintable()
    told = json.loads(line)
    assert told | {"time": ""} == {
        "time": "",
        "level": "warning",
        "logger": "a.logger",
        "message": f"it said {HOSTILE}",
    }
    moment = datetime.fromisoformat(told["time"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def fault() -> Exception:
    try:
        try:
            raise KeyError(HOSTILE)
        except KeyError as cause:
            raise ValueError("secret".upper()) from cause
    except ValueError as error:
        return error


def test_of_a_fault_the_kinds_and_places_are_told_but_not_the_words() -> None:
    line = written(fault())
    told = json.loads(line)["traceback"]
    assert re.findall(r"^builtins\..*", told, re.MULTILINE) == ["builtins.KeyError", "builtins.ValueError"]
    assert told.count(f'File "{__file__}"') == 2
    assert "SECRET" not in line
    assert "fake" not in told
    assert len(line.splitlines()) == 1


def test_a_request_has_an_id_of_its_own_that_pages_may_read(client: httpx.Client) -> None:
    sent = "fedcba9876543210"
    answers = [client.get(path, headers={"X-Request-ID": sent}) for path in ("/status", "/initiatives", "/x")]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
    assert len({*ids, sent}) == 4
    assert "X-Request-ID" in answers[0].headers["Access-Control-Expose-Headers"]
