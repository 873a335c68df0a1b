"""The record: what was accepted, in normalised tables, with each accepted draft kept as a revision."""

from itertools import count
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, or_, select

from api.catalogue.names import slug
from api.catalogue.publication import mark, moment, next_number
from api.db import WriteSession
from api.decisions import PublishDraft
from api.drafts import InitiativeDraft
from api.models import (
    Counter,
    Initiative,
    InitiativeTerritory,
    InitiativeTheme,
    Relation,
    Revision,
    SourceLink,
    Submission,
    Territory,
)
from api.vocabulary import InitiativeState, PublicChange, TerritoryRole
from api.webpages import comparable

_OWN_ROWS = (InitiativeTerritory, InitiativeTheme, SourceLink, Relation)


def accept(
    session: WriteSession,
    turn: Counter,
    submission: Submission,
    draft: InitiativeDraft,
    decision: PublishDraft,
    by: str,
) -> Initiative:
    """Write an accepted draft into the record: a new initiative, or another version of the one that it revises."""
    if submission.initiative_id is None:
        initiative = _new(session, turn, draft, decision.id)
    else:
        initiative = session.get_one(Initiative, submission.initiative_id)
        initiative.version += 1
        initiative.updated_at = moment(turn)
        initiative.sqlmodel_update(_words(draft))
        for table in _OWN_ROWS:
            session.execute(delete(table).where(col(table.initiative_id) == initiative.id))
    mark(turn, initiative, PublicChange.PUBLISHED if submission.initiative_id is None else PublicChange.UPDATED)
    session.flush()
    submission.initiative_id = initiative.id  # which is there now: a session writes tables in the order of their names
    _attach(session, initiative.id, draft)
    session.add(
        Revision(
            initiative_id=initiative.id,
            version=initiative.version,
            submission_id=submission.id,
            draft=submission.draft,
            code=decision.code,
            accepted_by=by,
            accepted_at=initiative.updated_at,
        )
    )
    session.flush()
    return initiative


def _new(session: WriteSession, turn: Counter, draft: InitiativeDraft, wanted_id: str | None) -> Initiative:
    published_at = moment(turn)
    initiative = Initiative(
        id=_free_id(session, wanted_id or _proposed_id(session, draft)),
        number=next_number(turn),
        sequence=turn.sequence,
        change=PublicChange.PUBLISHED,
        changed_at=published_at,
        state=InitiativeState.PUBLISHED,
        published_at=published_at,
        updated_at=published_at,
        version=1,
        **_words(draft),
    )
    session.add(initiative)
    return initiative


def _words(draft: InitiativeDraft) -> dict[str, Any]:
    """What the initiative's own row takes over from the draft."""
    words = draft.model_dump(mode="json", exclude={"themes", "territories", "relations", "sources"})
    return words | {"origin": origin(draft)}


def origin(draft: InitiativeDraft) -> str | None:
    """Which case it is in the system that it comes from, as one text; each of its parts is one line."""
    return f"{draft.external.system}\n{draft.external.id}" if draft.external else None


def _attach(session: WriteSession, initiative_id: str, draft: InitiativeDraft) -> None:
    """Write the draft's territories, themes, sources and relations."""
    for position, part in enumerate(draft.territories):
        assert part.territory_id, "nothing is published before its provisional territories are settled"
        session.add(
            InitiativeTerritory(
                initiative_id=initiative_id,
                territory_id=part.territory_id,
                position=position,
                role=part.role or TerritoryRole.PARTNER,
                stated_population=part.stated_population,
                stated_on=part.stated_on,
            )
        )
    for position, theme in enumerate(draft.themes):
        session.add(InitiativeTheme(initiative_id=initiative_id, theme_id=theme, position=position))
    for position, source in enumerate(draft.sources):
        told = source.model_dump(mode="json") | {"comparable": comparable(source.url)}
        session.add(SourceLink(initiative_id=initiative_id, position=position, **told))
    for relation in draft.relations:
        session.add(Relation(initiative_id=initiative_id, kind=relation.kind, target_id=relation.initiative))
    session.flush()


def _proposed_id(session: WriteSession, draft: InitiativeDraft) -> str:
    """Town and title; the town only once."""
    lead = next((part.territory_id for part in draft.territories if part.role is TerritoryRole.LEAD), None)
    town = slug(session.get_one(Territory, lead).name) if lead else ""
    title = slug(draft.title)
    return slug(title if f"{title}-".startswith(f"{town}-") else f"{town} {title}") or "initiative"


def _free_id(session: WriteSession, base: str) -> str:
    """The id itself, or the first of `-2`, `-3`… that is free. The turn that is held keeps it so."""
    alike = or_(col(Initiative.id) == base, col(Initiative.id).startswith(f"{base}-", autoescape=True))
    taken = set(session.exec(select(Initiative.id).where(alike)))
    return base if base not in taken else next(name for n in count(2) if (name := f"{base}-{n}") not in taken)
