"""The `territoires` command: what an operator does."""

import logging.config
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path

import click
import psycopg
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from api import __version__, backup, listening, logs, schema, sqlite
from api.catalogue import checking, keys, privacy, publication, status, switch
from api.db import Database, WriteSession
from api.errors import CatalogueError
from api.receipts import KeyDocument
from api.settings import Settings, Submissions, strangers
from api.texts import Language
from api.types import now
from api.vocabulary import KeyRole
from seed import loader

log = logging.getLogger(__name__)
logging.getLogger("api").addHandler(logging.NullHandler())  # a command tells in its own words what is wrong

_AT_RISK = (
    "SQLite %s can corrupt a database when two processes checkpoint at once (the WAL-reset bug, 3.7.0 to 3.51.2): the "
    "workers take turns and are safe, but let no other program write to the file meanwhile, or use a newer SQLite"
)
_PATIENCE = 60  # seconds that a command waits for others to be done with the database
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__)
def territoires() -> None:
    """Run and look after a catalogue of local innovation.

    A new catalogue takes three steps: migrate, seed, serve. The database is an SQLite file, data/territoires.sqlite,
    unless TERRITOIRES_DATABASE_URL says otherwise (postgresql://user:password@host/name).
    """
    for name in strangers():
        near = get_close_matches(name.lower().removeprefix("territoires_"), Settings.model_fields, 1)
        meant = "".join(f"; is TERRITOIRES_{field.upper()} meant?" for field in near)
        click.echo(f"{name} is no setting, and is left out{meant}", err=True)
    os.umask(0o077)  # the database holds contacts: its files are for its user alone, as backups are


@territoires.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes; as many as there are cores is a good start.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the catalogue over HTTP.

    An SQLite database is first brought to the newest schema. PostgreSQL is not: run `territoires migrate` when you
    choose to; serve refuses to start before.
    """
    with opened() as database:
        if database.is_sqlite:
            bring_up_to_date(database)
        else:
            refuse_unsuited(database)
            refuse_unpublished(database)
        at_risk = database.is_sqlite and workers > 1 and sqlite.may_spoil_a_file(sqlite.driver.sqlite_version_info)
        listener, address = listening.opened(host, port)
        _make_links_from(address, known_by_it=not listening.is_everywhere(listener))
        proxies = Settings().trusted_proxies
    logging.config.dictConfig(logs.CONFIG)
    if at_risk:
        log.warning(_AT_RISK, sqlite.driver.sqlite_version)
    click.echo(f"Territoires innovants {__version__}: explore it at {address}/docs (Ctrl+C stops it)")
    listening.serve(listener, workers, proxies)


def _make_links_from(address: str, *, known_by_it: bool) -> None:
    """Where the service listens is its public address too, unless an operator has said another."""
    if "public_url" in Settings().model_fields_set:
        return
    os.environ["TERRITOIRES_PUBLIC_URL"] = address
    if not known_by_it:
        click.echo(f"links will say {address}: set TERRITOIRES_PUBLIC_URL to your address", err=True)


@territoires.command()
def migrate() -> None:
    """Bring the database to the newest schema; a second run changes nothing.

    Where an older version published otherwise, all that is public is published anew.
    """
    with opened() as database:
        bring_up_to_date(database)
        click.echo(f"schema: {schema.head()}")


@territoires.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=loader.CASES)
@click.option("--check", is_flag=True, help="Read the file and say what would be done, but do nothing.")
def seed(file: Path, *, check: bool) -> None:
    """Load the territories, the themes and the documented cases of FILE (default: the catalogue's own).

    All or nothing. A second run changes nothing; a case is rewritten only if its entry changed and nobody else has
    edited the case since.
    """
    with up_to_date() as database:
        refuse_unpublished(database)
        try:
            with database.write() as session:
                loader.load(session, file, click.echo)
                if check:
                    session.rollback()
        except loader.BadSeed as error:
            raise click.ClickException(f"nothing was loaded\n{error}") from None


@territoires.group(name="keys")
def keys_group() -> None:
    """Make, list, rotate and revoke keys.

    A contributor submits for some territories, a moderator decides what is published, an admin also makes keys over
    HTTP. Nobody needs a key to read, nor to submit while submissions are open.
    """


@keys_group.command()
@click.option("--role", type=click.Choice(KeyRole, case_sensitive=False), required=True, help="What its holder may do.")
@click.option("--name", required=True, help="Who holds it, for your own memory.")
@click.option(
    "--territory",
    "territories",
    multiple=True,
    help="A contributor's, with all inside it, by id or official code (insee:81004); may be repeated.",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=keys.LIFETIME.days, show_default=True, help="How long it is valid."
)
def create(role: KeyRole, name: str, territories: tuple[str, ...], days: int) -> None:
    """Make a key and print it, this once: only its fingerprint is kept.

    \b
    territoires keys create --role contributor --territory insee:81004 --name "Ville d'Albi"
    territoires keys create --role moderator --name Claire --days 90
    """
    with writing() as session:
        secret = keys.create(session, role, name, timedelta(days=days), territories)
    click.echo(secret)


@keys_group.command(name="list")
def list_keys() -> None:
    """List the keys: whose they are, what for, until when. Of the keys themselves nothing is kept.

    A key is used when it changes something: reading leaves no trace.
    """
    with up_to_date() as database, database.read() as session:
        rows = [_row(key) for key in keys.every(session)]
    table = [("ID", "ROLE", "NAME", "TERRITORIES", "CREATED", "EXPIRES", "REVOKED", "LAST USED"), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(key: KeyDocument) -> tuple[str, ...]:
    moments = (key.created_at, key.expires_at, key.revoked_at, key.last_used_at)
    days = (f"{moment:%Y-%m-%d}" if moment else "-" for moment in moments)
    return (key.id, key.role, key.name, ",".join(key.territories) or "-", *days)


@keys_group.command()
@click.argument("key_id", metavar="ID")
def rotate(key_id: str) -> None:
    """Give the holder of the key ID another one, and print it, this once.

    Its rights stay; it is valid for as long again. The one before is void at once.
    """
    with writing() as session:
        secret = keys.rotate(session, key_id, keys.OPERATOR)
    click.echo(secret)


@keys_group.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Void the key ID at once and for good, in every process; `territoires keys list` shows the ids."""
    with writing() as session:
        keys.revoke(session, key_id, keys.OPERATOR)
    click.echo(f"{key_id}: revoked")


@territoires.group(name="publication")
def publication_group() -> None:
    """Look after what is public."""


@publication_group.command()
def rebuild() -> None:
    """Make the publication again from the record: the same bytes, unless the rendering has changed."""
    with up_to_date() as database:
        with database.write() as session:
            done = publication.rebuild(session, _tell_rendered)
        click.echo(f"publication: {done} initiatives")


@territoires.command(name="backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def make_backup(file: Path) -> None:
    """Write all that cannot be made again to a new FILE, while the service goes on; checked before it gets its name.

    It holds contacts: keep it as you keep the database. Of keys and tokens it has fingerprints only.
    """
    with up_to_date() as database:
        click.echo(f"{file}: {backup.make(database, file):,} rows")


@territoires.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Fill an empty database, of either kind, from the backup FILE, and publish.

    A database that holds anything is left as it is. A backup of an older version is brought to the present one.
    """
    with opened() as database:
        found = backup.restore(database, file)
        click.echo(
            f"{found.initiatives} initiatives, as of change {found.sequence}, {found.updated_at:%Y-%m-%d %H:%M} UTC"
        )


@territoires.command()
def check() -> None:
    """Say whether the database is sound and what is public is what the record says; changes nothing.

    Each fault is a line; with any, the exit code is 1.
    """
    with up_to_date() as database:
        with database.read() as session:
            faults = [*backup.damage(session), *checking.differences(session)]
            compared = status.get(session).initiatives
        for fault in faults:
            click.echo(fault)
        click.echo(f"{compared} public initiatives compared with the record, {len(faults)} faults", err=True)
        if faults:
            raise click.exceptions.Exit(1)


@territoires.command()
@click.argument("who", type=click.Choice([*map(str, Submissions), "as-set"]), required=False)
def submissions(who: str | None) -> None:
    """Say who may submit, at once and until you say otherwise.

    WHO is open (anybody), keys (holders of a key), closed (nobody) or as-set, which leaves it to
    TERRITOIRES_SUBMISSIONS again. Without WHO, tell what holds. A running service obeys with the next submission.
    """
    with up_to_date() as database:
        if who is not None:
            with database.write() as session:
                switch.turn(session, None if who == "as-set" else Submissions(who))
        with database.read() as session:
            said = switch.stands(session)
        why = "the setting TERRITOIRES_SUBMISSIONS" if said is None else "this command; as-set leaves it to the setting"
        click.echo(f"submissions: {said or Settings().submissions}, by {why}")


@territoires.command("erase-contact")
@click.argument("whom", metavar="EMAIL|SUBMISSION")
def erase_contact(whom: str) -> None:
    """Forget whom to ask: every contact with this e-mail address, or that of one submission.

    The audit trail says that it was done, without the address. What is published holds no contact.
    """
    if "@" not in whom and not whom.startswith("s-"):
        raise click.UsageError("an e-mail address is expected, or the id of a submission (s-…)")
    with up_to_date() as database:
        with database.write() as session:
            erased = privacy.erase_contact(session, whom)
        click.echo(f"contacts erased: {erased}")
        _empty_log(database)


@territoires.command()
@click.option(
    "--days", type=click.IntRange(1, 36500), default=365, show_default=True, help="How long what is decided is kept."
)
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten, but forget nothing.")
def purge(days: int, *, dry_run: bool) -> None:
    """Forget what is no longer needed; run it every day.

    Gone are, when nothing has happened to them for so many days, the contacts of submissions that do not wait for a
    decision, and submissions that were rejected, withdrawn or never mended; expired edit tokens; what answers retries,
    after a day. What was accepted and the audit trail stay.
    """
    with up_to_date() as database:
        with database.write(keep=not dry_run) as session:
            gone = privacy.purge(session, now() - timedelta(days=days))
        click.echo("; ".join(f"{name}: {count}" for name, count in gone._asdict().items()))
        if not dry_run:
            _empty_log(database)


def _empty_log(database: Database) -> None:
    """What was erased is gone from beside the file too, once nobody reads it as it was."""
    end = time.monotonic() + _PATIENCE
    while not database.empty_log():
        if time.monotonic() > end:
            raise click.ClickException("somebody reads the database as it was before: run this again to empty its log")
        time.sleep(1)


@contextmanager
def opened(*, anew: bool = True) -> Iterator[Database]:
    """The database of the settings, made anew where it may be; what goes wrong with either is one clear line."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise click.ClickException("; ".join(map(_of_setting, error.errors()))) from None
    if not anew:
        refuse_missing(settings.database_url)
    try:
        with closing(Database(settings.database_url, wait=_PATIENCE)) as database:
            yield database
    except CatalogueError as error:
        raise click.ClickException(_of_catalogue(error)) from None
    except ValidationError:
        raise click.ClickException(
            "a value in the database is spoilt: `territoires check` tells of which case"
        ) from None
    except (OSError, ValueError, SQLAlchemyError) as error:
        raise click.ClickException(_first_line(error)) from None


def refuse_missing(address: str) -> None:
    """A path that was mistyped asks for no new database."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise click.ClickException(
            f"there is no database at {url.database}; where that is the right place, run `territoires migrate`"
        )


def _of_setting(fault: ErrorDetails) -> str:
    return f"TERRITOIRES_{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}"


def _of_catalogue(error: CatalogueError) -> str:
    """What the catalogue would answer, and why; of a PostgreSQL that does not answer, where it was looked for."""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    if isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None:  # what PostgreSQL says has a code
        url = make_url(Settings().database_url)
        where = f" at {url.host}, port {url.port or 5432}" if url.host else ""
        return f"the database cannot be reached{where}: {_first_line(cause)}"
    told = [f"{mistake.pointer}: {mistake.detail.said_in(Language.EN)}" for mistake in error.mistakes]
    why = f" ({_first_line(cause)})" if cause else ""
    return ("; ".join(told) or error.detail.said_in(Language.EN)) + why


@contextmanager
def up_to_date() -> Iterator[Database]:
    """The database, which is there, with the schema that this code is written for."""
    with opened(anew=False) as database:
        refuse_unsuited(database)
        yield database


@contextmanager
def writing() -> Iterator[WriteSession]:
    """A session on a database that is up to date, committed when its block ends."""
    with up_to_date() as database, database.write() as session:
        yield session


def bring_up_to_date(database: Database) -> None:
    """The newest schema, and all that is public as this version publishes it."""
    schema.migrate(database)
    refuse_unsuited(database)
    with database.write() as session:
        publication.ensure(session, _tell_rendered)


def _tell_rendered(done: int) -> None:
    click.echo(f"{done} rendered", err=True)


def _first_line(error: BaseException) -> str:
    """What went wrong, without the driver's advice."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def refuse_unsuited(database: Database) -> None:
    """The schema must be the one that this code is written for, and all of it."""
    with database.read() as session:
        if trouble := schema.trouble(session):
            raise click.ClickException(trouble)


def refuse_unpublished(database: Database) -> None:
    """All that is public must be as this code publishes it."""
    with database.read() as session:
        if not publication.is_current(session):
            raise click.ClickException("another version has published what is public: run `territoires migrate`")
