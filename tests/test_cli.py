"""What an operator types works on both databases; what cannot work is one clear line, never a traceback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select, update
from sqlmodel import Session

from api import __version__, schema, sqlite
from api.catalogue import keys
from api.cli import territoires
from api.db import Database
from api.models import Counter, Publication, PublicationTerm, TermCount
from tests.catalogue.acting import dump, dump_published, searchable
from tests.conftest import Service
from tests.faults.processes import one_engine
from tests.migrating import go_to
from tests.seed.test_loader import IDS


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` sets its public address: not beyond a test."""
    monkeypatch.setenv("TERRITOIRES_PUBLIC_URL", "")
    monkeypatch.delenv("TERRITOIRES_PUBLIC_URL")


def run(*words: str | Path, url: str = "sqlite:////dev/null/none", **settings: str) -> Result:
    """What the command answers; it never ends by an exception."""
    env = {"TERRITOIRES_DATABASE_URL": url} | {f"TERRITOIRES_{name.upper()}": text for name, text in settings.items()}
    done = CliRunner().invoke(territoires, [str(word) for word in words], env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert "Traceback" not in done.output
    return done


def lines(*words: str | Path, url: str) -> list[str]:
    """What a command that works says."""
    done = run(*words, url=url)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout.splitlines()


def check_sound(url: str) -> None:
    """As an operator does."""
    done = run("check", url=url)
    assert done.exit_code == 0, done.output


def complaint(*words: str | Path, url: str, **settings: str) -> str:
    """The one line of a command that does not."""
    done = run(*words, url=url, **settings)
    assert done.exit_code not in (0, None)
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith("Error: ")
    return said[0].removeprefix("Error: ")


# --- Help ------------------------------------------------------------------------------------------------------------


def commands(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command there is, groups included."""
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)


@pytest.mark.parametrize("path", [*commands(territoires)], ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(path: tuple[str, ...], option: str) -> None:
    done = run(*path, option)
    assert (done.exit_code, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[0].startswith("Usage: territoires")
    assert len(said[2].split()) >= 4, said  # a sentence, not a name
    command: click.Command = territoires
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
        else:
            assert parameter.make_metavar(click.Context(command)) in command.get_help(click.Context(command))


def test_the_commands_are_those_that_are_documented() -> None:
    assert {*commands(territoires)} == {
        (),
        ("serve",),
        ("migrate",),
        ("seed",),
        ("keys",),
        ("keys", "create"),
        ("keys", "list"),
        ("keys", "rotate"),
        ("keys", "revoke"),
        ("submissions",),
        ("erase-contact",),
        ("purge",),
        ("publication",),
        ("publication", "rebuild"),
        ("backup",),
        ("restore",),
        ("check",),
    }
    assert __version__ in run("--version").stdout


# --- A new catalogue -------------------------------------------------------------------------------------------------


@one_engine  # the whole reference is loaded into both in tests/catalogue
def test_a_new_catalogue_is_migrated_seeded_and_again(empty_url: str) -> None:
    def everything() -> object:
        database = Database(empty_url)
        with database.read() as session:
            found = dump(session)
        database.close()
        return found

    for _ in range(2):
        assert lines("migrate", url=empty_url) == [f"schema: {schema.head()}"]
    loading, loaded, themes, *told = lines("seed", url=empty_url)
    assert (loading, loaded, themes) == (
        "territories: loading (some seconds, once) …",
        "territories: 39,471",
        "themes: loaded",
    )
    assert sorted(told) == sorted(f"{case}: published" for case in IDS)
    before = everything()
    assert sorted(lines("seed", url=empty_url)) == sorted(f"{case}: unchanged" for case in IDS)
    assert sorted(lines("seed", "--check", url=empty_url)) == sorted(f"{case}: unchanged" for case in IDS)
    assert everything() == before


def as_it_reads(session: Session) -> dict[str, object]:
    """All that is published, but for when it was and how it changed last."""
    changes = ("sequence", "change", "changed_at")
    columns = [column for column in Publication.__table__.c if column.name not in changes]
    rows = session.execute(select(*columns).order_by(columns[0])).all()
    return dump_published(session) | {"publication": [tuple(row) for row in rows]}


def test_a_spoilt_publication_is_made_again_from_the_record_and_copies_of_it_learn_so(
    database: Database, database_url: str
) -> None:
    with database.read() as session:
        whole, last = as_it_reads(session), session.scalars(select(Counter.sequence)).one()
    with database.write() as session:
        session.execute(update(Publication).values(document=b"spoilt"))
        session.execute(delete(PublicationTerm))
        session.execute(delete(TermCount))
    done = run("publication", "rebuild", url=database_url)
    assert (done.exit_code, done.stdout) == (0, "publication: 13 initiatives\n")
    with database.read() as session:
        assert as_it_reads(session) == whole
        moved = session.execute(select(Publication.sequence, Publication.change)).all()
    assert sorted(moved) == [(last + place, "updated") for place in range(1, 14)]


def test_a_key_is_all_that_is_printed_and_lets_a_moderator_in(service: Service) -> None:
    url = service.settings.database_url
    (key,) = lines("keys", "create", "--role", "moderator", "--name", "Claire", url=url)
    assert keys.is_secret(key, keys.KEY)
    with service.client() as anybody:
        assert anybody.get("/moderation/submissions").status_code == 401
    with service.client(headers={"Authorization": f"Bearer {key}"}) as moderator:
        assert moderator.get("/moderation/submissions").status_code == 200


def test_keys_are_listed_rotated_and_revoked_by_command_and_no_secret_is_listed(
    service: Service, database_url: str
) -> None:
    albi = ("--role", "contributor", "--territory", "insee:81004", "--territory", "fr-dep-55", "--name", "Ville d'Albi")
    (first,) = lines("keys", "create", *albi, "--days", "30", url=database_url)
    head, row = lines("keys", "list", url=database_url)
    assert head.split() == ["ID", "ROLE", "NAME", "TERRITORIES", "CREATED", "EXPIRES", "REVOKED", "LAST", "USED"]
    key_id, role, *_ = row.split()
    assert role == "contributor"
    assert "Ville d'Albi  fr-81004,fr-dep-55  " in row
    with service.client() as client:

        def status(secret: str) -> int:
            return client.get("/submissions", headers={"Authorization": f"Bearer {secret}"}).status_code

        assert status(first) == 200
        (second,) = lines("keys", "rotate", key_id, url=database_url)
        assert (status(first), status(second)) == (401, 200)
        assert lines("keys", "revoke", key_id, url=database_url) == [f"{key_id}: revoked"]
        assert (status(first), status(second)) == (401, 401)
    assert "revoked" in complaint("keys", "revoke", key_id, url=database_url)
    listed = "\n".join(lines("keys", "list", url=database_url))
    for secret in (first, second):
        assert secret[3:40] not in listed
        assert keys.hash_of(secret) not in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "contributor"), "territories: A contributor's key needs at least one territory"),
        (("--role", "contributor", "--territory", "insee:00000"), "territories/0: There is no such territory"),
        (("--role", "admin", "--territory", "fr"), "territories: Only a contributor's key"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_in_one_line(database_url: str, words: tuple[str, ...], said: str) -> None:
    assert said in complaint("keys", "create", "--name", "Claire", *words, url=database_url)


# --- What cannot work ------------------------------------------------------------------------------------------------

WORK = [
    ("seed",),
    ("keys", "create", "--role", "moderator", "--name", "Claire"),
    ("keys", "list"),
    ("keys", "revoke", "k-0000000000"),
    ("publication", "rebuild"),
    ("backup", "new.backup"),
    ("check",),
    ("submissions",),
    ("submissions", "closed"),
    ("erase-contact", "anne@example.org"),
    ("purge",),
]


def test_nothing_is_seeded_beside_what_another_version_has_published(database: Database, database_url: str) -> None:
    with database.write() as session:
        session.execute(update(Counter).values(renderer=0))
    said = "Error: another version has published what is public: run `territoires migrate`\n"
    refused = run("seed", url=database_url)
    assert (refused.exit_code, refused.stderr) == (1, said)


def test_what_an_older_version_published_is_published_anew_by_migrate(database: Database, database_url: str) -> None:
    with database.write() as session:
        before = as_it_reads(session), searchable(session)
    go_to(database, "-3")  # which knew nothing of words and scales
    assert run("migrate", url=database_url).stderr == "13 rendered\n"
    with database.write() as session:
        assert (as_it_reads(session), searchable(session)) == before
    assert lines("migrate", url=database_url) == [f"schema: {schema.head()}"]


some_commands = pytest.mark.parametrize("words", [("migrate",), ("seed",), ("serve",)], ids=" ".join)


@pytest.mark.parametrize("words", WORK, ids=" ".join)
def test_a_database_that_is_not_migrated_is_refused_with_the_way_out(empty_url: str, words: tuple[str, ...]) -> None:
    assert "territoires migrate" in complaint(*words, url=empty_url)


@pytest.mark.parametrize("words", WORK, ids=" ".join)
def test_a_path_that_was_mistyped_makes_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    said = complaint(*words, url=f"sqlite:///{tmp_path}/mistyped/catalogue.sqlite")
    assert "there is no database at" in said
    assert not [*tmp_path.iterdir()]


def test_who_is_to_be_forgotten_is_told_by_an_address_or_a_submission(database_url: str) -> None:
    done = run("erase-contact", "anne", url=database_url)
    assert (done.exit_code, "e-mail address" in done.stderr) == (2, True)


def test_serving_refuses_a_stale_postgresql(postgres_databases) -> None:
    with postgres_databases.empty() as url:
        assert "territoires migrate" in complaint("serve", url=url)


@some_commands
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "TERRITOIRES_DATABASE_URL: a file is expected, such as sqlite:///data/x.sqlite, or postgresql://"),
        ("", "TERRITOIRES_DATABASE_URL: a file is expected"),
        ("mysql://127.0.0.1:1/catalogue", "TERRITOIRES_DATABASE_URL: a file is expected"),
        ("postgresql://clerk:s3cret@127.0.0.1:s3cret/x", "TERRITOIRES_DATABASE_URL: a file is expected"),
        ("sqlite:////proc/none/catalogue.sqlite", "/proc/none"),
        ("sqlite:///{folder}/a-file/catalogue.sqlite", "a-file"),
        ("sqlite:///{folder}/a-folder", "database"),
        ("sqlite:///{folder}/a-file", "not a database"),
        ("postgresql://clerk:s3cret@127.0.0.1:1/catalogue", "the database cannot be reached at 127.0.0.1, port 1: "),
        ("postgresql://clerk:s3cret@none.invalid/x", "the database cannot be reached at none.invalid, port 5432: "),
        ("postgresql://clerk:s3cret@/x?host=/none", "the database cannot be reached: "),
    ],
)
def test_a_database_that_cannot_be_had_is_one_line(tmp_path: Path, words: tuple[str, ...], url: str, said: str) -> None:
    (tmp_path / "a-file").write_text("not a database, but a text that is long enough to be taken for one " * 20)
    (tmp_path / "a-folder").mkdir()
    line = complaint(*words, url=url.format(folder=tmp_path))
    assert said in line
    assert "s3cret" not in line


@some_commands
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("submissions", "maybe"),
        ("public_url", "catalogue.example"),
        ("public_url", ""),
        ("public_url", "https://catalogue.example/v1"),
        ("contact_email", "mairie"),
        ("rate_limit_writes", "often"),
        ("rate_limit_storage", "redis://:s3cret/host"),
        ("trusted_proxies", "*"),
        ("pending_limit", "many"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_in_one_line(
    tmp_path: Path, words: tuple[str, ...], name: str, text: str
) -> None:
    line = complaint(*words, url=f"sqlite:///{tmp_path}/catalogue.sqlite", **{name: text})
    assert line.startswith(f"TERRITOIRES_{name.upper()}: ")
    assert "s3cret" not in line
    assert "Value error" not in line  # Pydantic's word


def test_a_variable_that_names_no_setting_is_told_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalogue.sqlite"
    done = run("migrate", url=url, databse_url="postgresql://clerk:s3cret@127.0.0.1:1/x", x="s3cret")
    assert done.exit_code == 0
    assert done.stderr.splitlines()[:2] == [
        "TERRITOIRES_DATABSE_URL is no setting, and is left out; is TERRITOIRES_DATABASE_URL meant?",
        "TERRITOIRES_X is no setting, and is left out",
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_another_program_has_is_one_line_and_nothing_is_announced(database_url: str, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as another:
        port = another.getsockname()[1]
        line = complaint("serve", "--port", str(port), "--workers", str(workers), url=database_url)
    assert line == f"cannot listen at http://127.0.0.1:{port}: Address already in use"


@pytest.mark.parametrize("host", ["none.invalid", "not a host", "2001:db8::1"])
def test_an_address_that_this_machine_does_not_have_is_one_line(sqlite_files, host: str) -> None:
    with sqlite_files.copy() as url:
        line = complaint("serve", "--host", host, "--port", "0", url=url)
    assert line.startswith("cannot listen at http://")
    assert host in line


@pytest.mark.parametrize(
    "words",
    [
        ("seed", "none.yaml"),
        ("seed", "."),
        ("seed", "--chekc"),
        ("sede",),
        ("keys", "create"),
        ("keys", "create", "--role", "clerk", "--name", "Claire"),
        ("keys", "create", "--role", "contributor", "--name", "Claire"),
        ("keys", "create", "--role", "contributor", "--name", "Claire", "--territory", "insee:00000"),
        ("keys", "create", "--role", "admin", "--name", "Claire", "--territory", "fr-81004"),
        ("keys", "create", "--role", "admin", "--name", ""),
        ("keys", "rotate"),
        ("keys", "rotate", "k-0000000000"),
        ("keys", "revoke", "k-0000000000"),
        ("keys", "create", "--role", "moderator"),
        ("keys", "create", "--role", "moderator", "--name", "Claire", "--days", "many"),
        ("keys", "create", "--role", "moderator", "--name", "Claire", "--days", "0"),
        ("keys", "create", "--role", "moderator", "--name", "Claire", "--days", "-1"),
        ("keys", "create", "--role", "moderator", "--name", "Claire", "--days", "999999999"),
        ("serve", "--port", "http"),
        ("serve", "--port", "65536"),
        ("serve", "--port", "-1"),
        ("serve", "--workers", "0"),
        ("submissions", "off"),
        ("erase-contact",),
        ("purge", "--days", "0"),
        ("purge", "--days", "many"),
    ],
    ids=" ".join,
)
def test_what_is_mistyped_is_said(sqlite_files, words: tuple[str, ...]) -> None:
    with sqlite_files.copy() as url:
        done = run(*words, url=url)
    assert done.exit_code not in (0, None)
    assert done.stdout == ""
    assert any(line.startswith("Error: ") for line in done.stderr.splitlines()), done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- id: courcy\n  titel: Courcy", "/titel"),
        (b"courcy", "a list of entries"),
        (b"- id: \xe9", "utf-8"),
        (b"- id: [", "flow"),
    ],
)
def test_a_bad_file_is_told_with_its_name_and_nothing_is_loaded(
    database: Database, database_url: str, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    with database.read() as session:
        before = dump(session)
    done = run("seed", file, url=database_url)
    assert (done.exit_code, done.stdout) == (1, "")
    first, second, *_ = done.stderr.splitlines()
    assert first == "Error: nothing was loaded"
    assert second.startswith("mine.yaml: ")
    assert said in done.stderr
    with database.read() as session:
        assert dump(session) == before


# --- Versions of SQLite ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "risky"),
    [((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False)],
)
def test_versions_of_sqlite_with_the_wal_reset_bug_are_known(version: tuple[int, ...], risky: bool) -> None:
    assert sqlite.may_spoil_a_file(version) is risky
