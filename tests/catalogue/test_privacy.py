"""What is forgotten: a contact when somebody asks, and after a time whatever is no longer needed. Nothing else is."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api import cli
from api.catalogue import drafting, moderation, privacy, submissions
from api.catalogue.keys import ANYBODY, Caller
from api.db import Database, WriteSession
from api.decisions import DecisionDraft, PublishDraft
from api.models import Contact, Event, Idempotency, ProvisionalTerritory, Submission
from api.types import now
from api.vocabulary import ReasonCode, SubmissionState
from tests.catalogue.acting import MODERATOR, dump, dump_published
from tests.conftest import DRAFT
from tests.databases import SqliteFiles
from tests.test_cli import lines, run

AGO = timedelta(days=366)
DECISION = DecisionDraft(reason="Non", code=ReasonCode.OTHER)
BODY = {"name": "Syndicat des Eaux Vives", "kind": "other", "country": "FR"}
Ends = dict[str, Callable[[WriteSession, str], Any]]


def sent(session: WriteSession, email: str | None = "anne@example.org", **fields: object) -> str:
    """The id of a submission with this contact."""
    contact = {"contact": {"name": "Anne", "email": email}}
    return submissions.submit(session, drafting.read(session, DRAFT | contact | fields), ANYBODY)[0].id


def withdraw(session: WriteSession, submission_id: str) -> None:
    token = session.get_one(Submission, submission_id).token_hash
    submissions.withdraw(session, submission_id, Caller(token_hash=token), None)


def turn_down(session: WriteSession, submission_id: str, to: SubmissionState) -> None:
    moderation.turn_down(session, submission_id, to, DECISION, MODERATOR, None)


ENDS: Ends = {
    "pending": lambda session, one: None,
    "changes_requested": lambda session, one: turn_down(session, one, SubmissionState.CHANGES_REQUESTED),
    "rejected": lambda session, one: turn_down(session, one, SubmissionState.REJECTED),
    "withdrawn": withdraw,
    "accepted": lambda session, one: moderation.publish(session, one, PublishDraft(), MODERATOR, None),
}


IN_VAIN = ("changes_requested", "rejected", "withdrawn")


def age(session: WriteSession, *ids: str, by: timedelta = AGO) -> None:
    """Let time pass for submissions."""
    session.flush()
    for one in ids:
        session.execute(update(Submission).where(col(Submission.id) == one).values(updated_at=now() - by))


def contacts(session: WriteSession) -> set[str]:
    return set(session.exec(select(Contact.submission_id)))


# --- On demand -------------------------------------------------------------------------------------------------------


def test_a_contact_is_erased_wherever_its_address_is(database: Database, database_url: str) -> None:
    with database.write() as session:
        hers = [sent(session), sent(session, "Anne@Example.ORG"), sent(session)]
        ENDS["accepted"](session, hers[0])
        others = {sent(session, "marie@example.org"), sent(session, None)}
        public = dump_published(session)
    assert lines("erase-contact", "ANNE@example.org", url=database_url) == ["contacts erased: 3"]
    assert lines("erase-contact", "anne@example.org", url=database_url) == ["contacts erased: 0"]
    with database.write() as session:
        assert contacts(session) == others
        told = session.exec(select(Event).where(col(Event.action) == "contact_erased").order_by(col(Event.id))).all()
        assert sorted(event.submission_id for event in told) == sorted(hers)
        assert {event.actor for event in told} == {"operator"}
        left = dump(session)
        assert "anne@" not in str(left["contact"] + left["event"]).lower()
        assert dump_published(session) == public


def test_nothing_of_an_erased_contact_is_left_in_the_file(sqlite_files: SqliteFiles) -> None:
    with sqlite_files.copy() as url:
        file = Path(url.removeprefix("sqlite:///"))
        for erasing, there in ((False, True), (True, False)):
            with closing(Database(url)) as database, database.write() as session:
                one = (
                    privacy.erase_contact(session, "anne.zq@example.org")
                    if erasing
                    else sent(session, "anne.zq@example.org")
                )
                assert one
            assert (b"anne.zq" in file.read_bytes()) == there


@pytest.mark.parametrize("words", [("erase-contact", "anne.zq@example.org"), ("purge",)])
def test_nothing_is_left_beside_the_file_of_a_service_that_runs(
    sqlite_files: SqliteFiles, words: tuple[str, ...]
) -> None:
    with sqlite_files.copy() as url, closing(Database(url)) as service:
        file = Path(url.removeprefix("sqlite:///"))
        with service.write() as session:
            one = sent(session, "anne.zq@example.org")
            ENDS["rejected"](session, one)
            age(session, one)
        with service.read() as session:
            assert contacts(session)
        assert any(b"anne.zq" in part.read_bytes() for part in file.parent.iterdir())
        assert "1" in lines(*words, url=url)[0]
        assert not any(b"anne.zq" in part.read_bytes() for part in file.parent.iterdir())


def test_who_reads_the_file_as_it_was_keeps_nobody_waiting_and_the_operator_is_told(
    sqlite_files: SqliteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_PATIENCE", 1)
    with sqlite_files.copy() as url, closing(Database(url)) as service:
        with service.write() as session:
            sent(session)
        with service.read() as reader:
            assert contacts(reader)
            erased = run("erase-contact", "anne@example.org", url=url)
            with service.write() as session:
                assert not contacts(session)
        assert (erased.exit_code, erased.stdout) == (1, "contacts erased: 1\n")
        assert "run this again" in erased.stderr
        assert lines("erase-contact", "anne@example.org", url=url) == ["contacts erased: 0"]


def test_letters_are_the_same_on_both_databases(database: Database) -> None:
    with database.write() as session:
        sent(session, "ÉLOÏSE@example.org")
        assert privacy.erase_contact(session, "éloïse@example.org") == 1


def test_a_contact_is_erased_by_its_submission(database: Database, database_url: str) -> None:
    with database.write() as session:
        one, other = sent(session), sent(session)
        nothing = sent(session, None)
    assert lines("erase-contact", one, url=database_url) == ["contacts erased: 1"]
    for none in (one, "s-0000000000", "nobody@example.org"):
        assert lines("erase-contact", none, url=database_url) == ["contacts erased: 0"]
    with database.write() as session:
        assert contacts(session) == {other, nothing}


# --- After a time ----------------------------------------------------------------------------------------------------


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as session:
        return dump(session)


def test_what_has_rested_for_a_year_is_forgotten_as_far_as_it_is_not_needed(
    database: Database, database_url: str
) -> None:
    with database.write() as session:
        cases = {state: [sent(session, title=f"{state} {n}") for n in range(2)] for state in ENDS}
        for state, ids in cases.items():
            for one in ids:
                ENDS[state](session, one)
        age(session, *(old for old, _ in cases.values()))
        age(session, *(fresh for _, fresh in cases.values()), by=timedelta(days=364))
    before = everything(database)
    said = ["contacts: 3; submissions: 3; tokens: 0; retries: 0"]  # a withdrawal has taken its contact with it
    assert lines("purge", "--dry-run", url=database_url) == said
    assert everything(database) == before
    assert lines("purge", url=database_url) == said
    with database.write() as session:
        kept = {state: {one for one in ids if session.get(Submission, one)} for state, ids in cases.items()}
        assert kept == {state: {*ids[1:]} if state in IN_VAIN else {*ids} for state, ids in cases.items()}
        fresh = {ids[1] for state, ids in cases.items() if state != "withdrawn"}
        assert contacts(session) == fresh | {cases["pending"][0]}
        after = dump(session)
        assert {name for name in after if after[name] != before[name]} == {"submission", "contact"}
    assert lines("purge", url=database_url) == ["contacts: 0; submissions: 0; tokens: 0; retries: 0"]
    assert everything(database) == after


@pytest.mark.parametrize("state", IN_VAIN)
def test_the_bodies_that_a_forgotten_submission_named_go_with_it(database: Database, state: str) -> None:
    with database.write() as session:
        named = [sent(session, territories=[{"territory": BODY}]) for _ in range(2)]
        ENDS[state](session, named[0])
        age(session, named[0])
        assert privacy.purge(session, now() - timedelta(days=365)).submissions == 1
        assert session.exec(select(ProvisionalTerritory.submission_id)).all() == named[1:]


def test_how_long_is_the_operators_to_say(database: Database, database_url: str) -> None:
    with database.write() as session:
        one = sent(session)
        ENDS["rejected"](session, one)
        age(session, one, by=timedelta(days=30))
    assert lines("purge", "--days", "31", url=database_url)[0].startswith("contacts: 0; submissions: 0;")
    assert lines("purge", "--days", "29", url=database_url)[0].startswith("contacts: 1; submissions: 1;")


def test_tokens_and_answers_that_are_of_no_more_use_go_at_once(database: Database, database_url: str) -> None:
    with database.write() as session:
        expired, valid = sent(session), sent(session)
        session.get_one(Submission, expired).token_expires_at = now() - timedelta(seconds=1)
        for key, hours in (("old", 25), ("new", 23)):
            made = now() - timedelta(hours=hours)
            session.add(Idempotency(key=key, request="…", submission_id=valid, created_at=made))
    assert lines("purge", url=database_url) == ["contacts: 0; submissions: 0; tokens: 1; retries: 1"]
    with database.write() as session:
        hashes = {one: session.get_one(Submission, one).token_hash for one in (expired, valid)}
        assert hashes[expired] is None
        assert hashes[valid]
        assert session.exec(select(Idempotency.key)).all() == ["new"]
