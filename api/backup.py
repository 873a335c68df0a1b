"""Backups: one SQLite file with every row that cannot be made again, whichever database it comes from or goes to.

It is read in one snapshot, which holds up nobody who writes. What is public is not in it: it is made again from the
record, byte for byte. A digest of all rows tells damage that SQLite would not see.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Column, MetaData, String, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from api import __version__, schema
from api.catalogue import publication, status
from api.db import Database, ReadSession, WriteSession
from api.types import now

_BATCH = 1000  # rows
_OWN = [table for table in SQLModel.metadata.sorted_tables if table not in publication.TABLES]
_FIRST = ("counter",)  # what a new database holds
_PRIVATE = 0o600  # it holds contacts
_HELD = "the database holds something already: restore into an empty one"
_THERE = "{file} is there already: name a new file"
# What makes a file a backup.
_MARK = Table(
    "backup", MetaData(), *(Column(name, String, nullable=False) for name in ("made_at", "version", "sha256"))
)


class NoBackup(ValueError):
    """Why a backup cannot be made, or restored."""


class Restored(NamedTuple):
    """What a backup held, and of which change and time it is."""

    initiatives: int
    sequence: int
    updated_at: datetime


def make(database: Database, file: Path) -> int:
    """Write a backup, whole and checked, or nothing; how many rows it has."""
    if file.exists():
        raise NoBackup(_THERE.format(file=file))
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=f".{file.name}-") as folder:
        part = Path(folder, "backup.sqlite")
        with closing(Database(f"sqlite:///{part}")) as copy:
            schema.migrate(copy)
            with database.read() as source, copy.write() as target:
                rows = _copy_all(source, target)
            with copy.read() as session:
                digest = _digest(session)
            with copy.write() as target:
                _MARK.create(target.connection())
                target.execute(insert(_MARK), {"made_at": now().isoformat(), "version": __version__, "sha256": digest})
            _check(copy, file)
        part.chmod(_PRIVATE)
        _fsync(part)
        _name(part, file)
        _fsync(file.absolute().parent)
    return rows


def _name(part: Path, file: Path) -> None:
    """All at once, and never in the place of another; as far as the file system can."""
    try:
        file.hardlink_to(part)
    except FileExistsError:
        raise NoBackup(_THERE.format(file=file)) from None
    except OSError:  # such as FAT, which has no links
        part.rename(file)


def _fsync(path: Path) -> None:
    """On the disk, whatever happens to the machine."""
    opened = os.open(path, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def restore(database: Database, file: Path) -> Restored:
    """Fill an empty database from a backup, and publish it: all of it, or nothing."""
    with _opened(file) as backup:
        if not schema.is_fresh(database):
            raise NoBackup(_HELD)
        schema.migrate(database)
        with backup.read() as source, database.write() as target:
            if any(target.execute(select(table).limit(1)).first() for table in _OWN if table.name not in _FIRST):
                raise NoBackup(_HELD)
            _copy_all(source, target)
            _number_on(target)
            kept = status.get(target)
            publication.leap(target)
            publication.rebuild(target, lambda _: None)
            return Restored(status.get(target).initiatives, kept.sequence, kept.updated_at)


@contextmanager
def _opened(file: Path) -> Iterator[Database]:
    """A backup that is sound, brought to the present schema in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="territoires-") as folder:
        shutil.copyfile(file, copied := Path(folder, "backup.sqlite"))
        with closing(Database(f"sqlite:///{copied}")) as backup:
            _check(backup, file)
            try:
                schema.migrate(backup)
            except schema.Newer:
                raise NoBackup(f"{file} was made by a newer version than {__version__}") from None
            yield backup


def _check(backup: Database, file: Path) -> None:
    """Refuse what is no backup, and what is damaged."""
    try:
        with backup.read() as session:
            if not damage(session) and session.execute(select(_MARK.c.sha256)).scalar_one() == _digest(session):
                return
    except (SQLAlchemyError, ValueError):  # a value that is none of its column's
        pass
    raise NoBackup(f"{file} is not a backup of a catalogue, or is damaged")


def damage(session: ReadSession) -> list[str]:
    """What SQLite finds wrong with its file. PostgreSQL looks after its own."""
    if not session.is_sqlite:
        return []
    told = session.execute(text("PRAGMA integrity_check")).scalars().all()
    dangling = session.execute(text("PRAGMA foreign_key_check")).all() if told == ["ok"] else []
    return [line for line in told if line != "ok"] + [f"{row[0]}: row {row[1]} refers to nothing" for row in dangling]


def _digest(session: ReadSession) -> str:
    """Of every row of every table, whatever its schema."""
    there, seen = MetaData(), hashlib.sha256()
    there.reflect(session.connection(), only=lambda name, _: not name.startswith(("publication_search", _MARK.name)))
    for table in sorted(there.tables.values(), key=lambda table: table.name):
        seen.update(table.name.encode())
        for row in session.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": _BATCH}):
            seen.update(repr(tuple(row)).encode())
    return seen.hexdigest()


def _copy_all(source: ReadSession, target: WriteSession) -> int:
    """Copy the rows of every table that is not made again; how many there were."""
    if target.is_sqlite:
        target.execute(text("PRAGMA defer_foreign_keys = ON"))
    return sum(_copy(source, target, table) for table in _OWN)


def _copy(source: ReadSession, target: WriteSession, table: Table) -> int:
    """Copy one table, a batch at a time; what refers to a row of the same table is filled in at the end."""
    if table.name in _FIRST:
        target.execute(delete(table))
    done, referring = 0, []
    inner = [column.name for column in table.c if any(key.column.table is table for key in column.foreign_keys)]
    for batch in source.execute(select(table), execution_options={"yield_per": _BATCH}).mappings().partitions():
        rows = [dict(row) for row in batch]
        for name in inner:
            referring += [(name, row["id"], row[name]) for row in rows if row[name] is not None]
        target.execute(insert(table), [row | dict.fromkeys(inner) for row in rows])
        done += len(rows)
    for name, own, other in referring:
        target.execute(update(table).where(table.c.id == own).values({name: other}))
    return done


def _number_on(target: WriteSession) -> None:
    """Have PostgreSQL number new rows after those that came with theirs."""
    if target.is_sqlite:
        return
    for table in _OWN:
        for column in table.primary_key:
            sequence = target.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            if sequence is not None:
                last = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                target.execute(select(func.setval(sequence, last, False)))  # noqa: FBT003
