"""Changes of published cases: proposed by anybody as a merge patch, listed to all once they are accepted."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from api.catalogue import drafting, finding, paging, proposals, rights, submissions, versions
from api.catalogue.finding import NO_INITIATIVE, WITHDRAWN
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.catalogue.versions import Expected, Version
from api.db import ReadSession
from api.drafts import InitiativeDraft
from api.errors import Conflict, Gone, NotFound
from api.models import Initiative, Publication, PublicationRevision
from api.queries import RevisionQuery
from api.texts import Text
from api.vocabulary import InitiativeState

_NOTHING_NEW = Text(
    "The case says all of this already: send the fields that are to be otherwise.",
    "Le cas dit déjà tout cela : envoyez les champs à modifier.",
)


@dataclass(frozen=True)
class Amendment:
    """A change of a published case, from one whole draft to another."""

    initiative: Initiative
    before: InitiativeDraft
    after: InitiativeDraft


def patched(session: ReadSession, initiative_id: str, patch: dict[str, Any], expected: Expected) -> Amendment:
    """What a merge patch (RFC 7396) makes of a published case; every mistake in it at once."""
    initiative = session.get(Initiative, initiative_id)
    if initiative is None:
        raise NotFound(NO_INITIATIVE)
    if initiative.state != InitiativeState.PUBLISHED:
        raise Gone(WITHDRAWN, code=initiative.code)
    versions.expect(versions.of_document(initiative.sequence), expected)
    key = (initiative.id, initiative.version)
    before = proposals.accepted(session, {key})[key]
    after = drafting.patched(session, before, patch, initiative.id)
    if before == after.model_copy(update={"contact": None}):
        raise Conflict(_NOTHING_NEW)
    return Amendment(initiative, before, after)


def precedence(session: ReadSession, amendment: Amendment, sender: Caller) -> int:
    """What those propose who speak for the case's territory stands first in the queue."""
    own = all(rights.speaks_for(session, sender, draft) for draft in (amendment.before, amendment.after))
    return submissions.FIRST if own else submissions.IN_TURN


def page(session: ReadSession, initiative_id: str, query: RevisionQuery) -> Page:
    """The public versions of a case, the newest first."""
    version = col(PublicationRevision.version)
    of_this = (
        select(PublicationRevision.document, PublicationRevision.version)
        .join(Publication, col(Publication.number) == col(PublicationRevision.number))
        .where(col(Publication.id) == initiative_id)
    )
    found = of_this.order_by(version.desc())
    if key := paging.after(query, int):
        found = found.where(version < key[0])
    rows, total = paging.fetch(session, query, found, paging.counted(of_this))
    return paging.page(query, [((row.version,), row.document) for row in rows], total)


def version(session: ReadSession, initiative_id: str, query: RevisionQuery) -> Version:
    """The version of a page of the versions of a case; Gone where that is no longer public."""
    case = finding.get(session, initiative_id, whole=False)
    if case.successor:
        raise Gone(WITHDRAWN, code=case.code)
    return versions.of_list(case.sequence, case.changed, query)
