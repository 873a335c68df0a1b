"""Keeps an exact copy of the catalogue in an SQLite file: `python mirror.py FILE`; with `--check`, proves it equal."""

import json
import sqlite3
import sys
import time

import httpx

API = "http://127.0.0.1:8000/v1"


def opened(file: str) -> sqlite3.Connection:
    copy = sqlite3.connect(file)
    copy.execute("CREATE TABLE IF NOT EXISTS initiative (id TEXT PRIMARY KEY, document TEXT NOT NULL)")
    copy.execute("CREATE TABLE IF NOT EXISTS state (sequence INTEGER NOT NULL)")
    return copy


def keep(copy: sqlite3.Connection, case: str, document: dict[str, object] | None) -> None:
    """A case as it is now; None for one that is no longer public."""
    copy.execute("DELETE FROM initiative WHERE id = ?", [case])
    if document is not None:
        copy.execute("INSERT INTO initiative VALUES (?, ?)", [case, json.dumps(document, sort_keys=True)])


def export(copy: sqlite3.Connection, catalogue: httpx.Client) -> int:
    """All that is public, from where it was interrupted; what changes meanwhile is in the changes since its start."""
    copy.execute("DELETE FROM initiative")
    since, last = None, {}
    while True:
        try:
            with catalogue.stream("GET", "/initiatives.ndjson", params=last) as answer:
                answer.raise_for_status()
                since = since or int(answer.headers["Catalogue-Sequence"])
                for line in answer.iter_lines():
                    document = json.loads(line)
                    keep(copy, document["id"], document)
                    last = {"cursor": document["id"]}
            return since
        except httpx.TransportError:
            if since is None:
                raise  # there is no service there
            time.sleep(1)


def follow(copy: sqlite3.Connection, catalogue: httpx.Client) -> int:
    """Bring the copy up to date; the sequence that it is a copy of."""
    with copy:  # all of it, or nothing
        known = copy.execute("SELECT sequence FROM state").fetchone()
        since = known[0] if known else export(copy, catalogue)
        while True:
            answer = catalogue.get("/changes", params={"since": since, "limit": 100})
            page = {"sequence": 0} if answer.status_code == httpx.codes.GONE else answer.raise_for_status().json()
            if page["sequence"] < since:  # the catalogue was restored from a backup
                since = export(copy, catalogue)
                continue
            for change in page["items"]:
                keep(copy, change["id"], change["document"])
            since = page["next"]
            if since >= page["sequence"]:
                break
        copy.execute("DELETE FROM state")
        copy.execute("INSERT INTO state VALUES (?)", [since])
    return since


def check(copy: sqlite3.Connection, catalogue: httpx.Client) -> None:
    """Compare with a second copy, made at once."""
    other = opened(":memory:")
    while follow(copy, catalogue) != follow(other, catalogue):
        pass
    cases = [mine.execute("SELECT * FROM initiative ORDER BY id").fetchall() for mine in (copy, other)]
    print("equal" if cases[0] == cases[1] else "not equal:", len(cases[0]), "cases")


with httpx.Client(base_url=API, timeout=60) as catalogue:
    copy = opened(sys.argv[1])
    follow(copy, catalogue)
    if "--check" in sys.argv:
        check(copy, catalogue)
