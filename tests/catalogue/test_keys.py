"""Secrets: long, recognisable, and nowhere to be found once they are given out."""

import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from sqlalchemy import make_url

from api.catalogue import drafting, keys, submissions
from api.catalogue.keys import Caller
from api.db import Database
from api.errors import Conflict, NotFound
from api.types import now
from api.vocabulary import KeyRole
from tests.catalogue.acting import CLERK, dump
from tests.catalogue.properties import given
from tests.conftest import DRAFT


def disguised(text: str) -> str:
    """64 hexadecimal digits as a key that passes its checksum."""
    return f"{keys.KEY}{text}{zlib.crc32(text.encode()):08x}"


@pytest.mark.parametrize("prefix", [keys.KEY, keys.TOKEN])
def test_a_secret_is_256_random_bits_and_a_checksum(prefix: str) -> None:
    secrets = {keys.new_secret(prefix) for _ in range(200)}
    assert len(secrets) == 200
    numbers = [int(secret.removeprefix(prefix)[:64], 16) for secret in secrets]
    bits = {tuple(number >> bit & 1 for number in numbers) for bit in range(256)}
    assert len(bits) == 256  # none repeats another…
    assert all(len({*bit}) == 2 for bit in bits)  # … and none is stuck: by chance, once in 2**190
    for secret in secrets:
        body, checksum = secret.removeprefix(prefix)[:64], secret.removeprefix(prefix)[64:]
        assert int(checksum, 16) == zlib.crc32(body.encode())
        assert keys.is_secret(secret, prefix)
        assert not keys.is_secret(secret, keys.TOKEN if prefix == keys.KEY else keys.KEY)


@given(st.integers(0, 74), st.characters())
def test_a_mistyped_secret_is_recognised(place: int, typed: str) -> None:
    secret = keys.new_secret(keys.KEY)
    assert keys.is_secret(secret[:place] + typed + secret[place + 1 :], keys.KEY) == (typed == secret[place])


@given(st.text() | st.text().map(keys.KEY.__add__))
def test_anything_else_is_no_secret(text: str) -> None:
    assert not keys.is_secret(text, keys.KEY)


def test_the_database_holds_nothing_that_opens_it(database: Database, database_url: str) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test")
        submission, token = submissions.submit(session, drafting.read(session, DRAFT), CLERK)
        submission_id = submission.id

    with database.read() as session:
        assert keys.holder(session, key).role is KeyRole.MODERATOR
        assert submissions.find(session, submission_id, Caller(token_hash=keys.hash_of(token))).id == submission_id
        held = repr(dump(session)).encode()
    if database.is_sqlite:  # and what SQLite keeps beside its rows
        file = Path(make_url(database_url).database)
        held += b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    for secret in (key, token):
        assert secret[3:67].encode() not in held
        assert keys.hash_of(secret).encode() in held


def test_the_hash_that_is_kept_is_no_key(database: Database) -> None:
    with database.write() as session:
        kept = keys.hash_of(keys.create(session, KeyRole.MODERATOR, "Test"))
        for presented in (kept, keys.KEY + kept, disguised(kept)):
            assert keys.holder(session, presented) is None
        assert keys.is_secret(disguised(kept), keys.KEY)


@pytest.mark.parametrize(("lifetime", "valid"), [(-1, False), (0, False), (60, True)])
def test_an_expired_key_is_refused(database: Database, lifetime: int, valid: bool) -> None:
    with database.write() as session:
        key = keys.create(session, KeyRole.MODERATOR, "Test", timedelta(seconds=lifetime))
        assert (keys.holder(session, key) is not None) == valid


@pytest.mark.parametrize(("left", "valid"), [(-1, False), (0, False), (60, True)])
def test_an_expired_edit_token_opens_nothing(database: Database, left: int, valid: bool) -> None:
    with database.write() as session:
        submission, token = submissions.submit(session, drafting.read(session, DRAFT), keys.ANYBODY)
        assert submission.token_expires_at == submission.created_at + keys.LIFETIME
        submission.token_expires_at = now() + timedelta(seconds=left)
        sender = Caller(token_hash=keys.hash_of(token))
        if valid:
            assert submissions.find(session, submission.id, sender) is submission
        else:
            with pytest.raises(NotFound):
                submissions.find(session, submission.id, sender)


def test_nobody_finds_a_submission_without_its_token_or_its_key(database: Database) -> None:
    with database.write() as session:
        submission, token = submissions.submit(session, drafting.read(session, DRAFT), CLERK)
        assert submissions.find(session, submission.id, CLERK) is submission
        strangers = [keys.ANYBODY, Caller(key_id="k-other"), Caller(token_hash=token)]
        strangers.append(Caller(token_hash=keys.hash_of(keys.new_secret(keys.TOKEN))))
        for stranger in strangers:
            with pytest.raises(NotFound):
                submissions.find(session, submission.id, stranger)


def test_a_revoked_key_and_the_secret_before_a_rotation_are_refused(database: Database) -> None:
    with database.write() as session:
        first = keys.create(session, KeyRole.MODERATOR, "Test", timedelta(days=3))
        known = keys.holder(session, first)
        assert known.key_id
        second = keys.rotate(session, known.key_id, keys.OPERATOR)
        assert keys.holder(session, first) is None
        assert keys.holder(session, second) == known
        keys.revoke(session, known.key_id, keys.OPERATOR)
        assert keys.holder(session, second) is None
        for again in (keys.revoke, keys.rotate):
            with pytest.raises(Conflict):
                again(session, known.key_id, keys.OPERATOR)
