"""What senders and moderators do, without HTTP, and what the database then holds."""

import json
from collections import Counter as Tally
from typing import Any

from sqlalchemy import Table, text
from sqlmodel import Session, SQLModel, col, select

from api.catalogue import curation, drafting, finding, moderation, publication, submissions
from api.catalogue.keys import Caller
from api.db import WriteSession
from api.decisions import DecisionDraft, PublishDraft
from api.models import (
    Initiative,
    Publication,
    PublicationExtent,
    PublicationRevision,
    PublicationSource,
    PublicationTerm,
    TermCount,
)
from api.vocabulary import InitiativeState, KeyRole, ReasonCode
from tests.conftest import DRAFT

CLERK = Caller(key_id="k-clerk")
MODERATOR = Caller(key_id="k-moderator", role=KeyRole.MODERATOR)
PUBLISHED_TABLES = [
    table.__table__
    for table in (
        Publication,
        PublicationTerm,
        TermCount,
        PublicationExtent,
        PublicationSource,
        PublicationRevision,
    )
]


def publish(
    session: WriteSession, *, revises: str | None = None, wanted_id: str | None = None, **fields: object
) -> Initiative:
    """A case, or a revision of one, that was just submitted and published."""
    draft = drafting.read(session, DRAFT | fields)
    revised = session.get_one(Initiative, revises) if revises else None
    submission, _ = submissions.submit(session, draft, CLERK, revised)
    moderation.publish(session, submission.id, PublishDraft(id=wanted_id), MODERATOR, expected=None)
    return session.get_one(Initiative, submission.initiative_id)


def archive(session: WriteSession, initiative_id: str, code: ReasonCode = ReasonCode.OUTDATED) -> None:
    decision = DecisionDraft(reason="…", code=code)
    curation.move(session, initiative_id, InitiativeState.ARCHIVED, decision, MODERATOR, expected=None)


def document(session: Session, initiative_id: str) -> dict[str, Any]:
    """The public document of an initiative."""
    return json.loads(finding.get(session, initiative_id).document)


def terms_of(session: Session, initiative: Initiative) -> set[str]:
    """The posting lists that hold an initiative."""
    return set(session.exec(select(PublicationTerm.term).where(col(PublicationTerm.number) == initiative.number)).all())


def published_ids(session: Session) -> list[str]:
    public = col(Initiative.state) == InitiativeState.PUBLISHED
    return list(session.exec(select(Initiative.id).where(public).order_by(col(Initiative.number))))


def dump(session: Session, tables: list[Table] | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables, or of all, as the database has them."""
    session.flush()
    return {
        table.name: [tuple(row) for row in session.execute(table.select().order_by(*table.primary_key))]
        for table in (tables or SQLModel.metadata.sorted_tables)
    }


def dump_published(session: Session) -> dict[str, Any]:
    """All that the public reads, byte for byte."""
    return dump(session, PUBLISHED_TABLES)


def assert_true_to_the_record(session: WriteSession) -> None:
    """Kept counts are real counts, and making everything again from the record changes no byte."""
    real = Tally(session.exec(select(PublicationTerm.term)).all())
    assert {count.term: count.length for count in session.exec(select(TermCount))} == real
    before = dump_published(session), searchable(session)
    publication.rebuild(session, lambda _: None)
    assert (dump_published(session), searchable(session)) == before


def searchable(session: WriteSession) -> list[tuple[Any, ...]]:
    """What the public is found by, word for word."""
    if session.get_bind().dialect.name == "postgresql":
        return session.execute(text("SELECT rowid, lexemes::text FROM publication_search ORDER BY rowid")).all()
    vocabulary = "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, publication_search, instance)"
    session.execute(text(vocabulary))
    found = session.execute(text('SELECT doc, term, "offset" FROM temp.vocabulary ORDER BY 1, 2, 3')).all()
    session.execute(text("DROP TABLE temp.vocabulary"))
    return found
