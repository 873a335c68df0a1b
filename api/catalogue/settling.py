"""What moderators do with the bodies that no reference has: see them, and confirm each or merge it, once.

A body that is confirmed becomes a territory like any other; one that is merged was a territory under another name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select, tuple_
from sqlmodel import col

from api.catalogue import lookup, names, paging, publication, reference, territories
from api.catalogue.keys import Caller
from api.catalogue.paging import Page
from api.catalogue.reference import TerritoryEntry
from api.db import ReadSession, WriteSession
from api.decisions import ConfirmDraft, MergeDraft
from api.errors import Conflict, Forbidden, NotFound
from api.mistakes import in_fields
from api.models import Event, ProvisionalTerritory, Submission, TerritoryCode
from api.queries import ProvisionalQuery
from api.receipts import ProvisionalDocument, SettledTerritory
from api.texts import Text
from api.types import now
from api.vocabulary import OPEN_STATES

_NO_SUCH = Text(
    "No submission names a provisional territory with this id.",
    "Aucune proposition ne nomme de territoire provisoire portant cet identifiant.",
)
_SETTLED = Text("It is settled already: it is {territory}.", "C'est déjà réglé : c'est {territory}.")
_TAKEN = Text(
    "There is a territory with the id {id}, or with its code, already: merge into it, or choose another.",
    "Un territoire porte déjà l'identifiant {id}, ou son code : fusionnez avec lui, ou choisissez-en un autre.",
)
_OWN = Text(
    "Your own key alone has named this; another moderator decides.",
    "Seule votre propre clé a nommé ceci ; un autre modérateur décide.",
)
_MOST = 100  # submissions that are listed with a body


@dataclass
class Body:
    """What is said of a body, and by whom."""

    name: str
    kind: str
    country: str
    created_at: datetime
    code: str | None = None
    submissions: list[str] = field(default_factory=list)
    senders: set[str | None] = field(default_factory=set)


def page(session: ReadSession, query: ProvisionalQuery) -> Page:
    """Bodies that wait for a decision, those that wait longest first."""
    waiting = _waiting().subquery()
    found = select(waiting.c.id, waiting.c.since).order_by(waiting.c.since, waiting.c.id)
    if key := paging.after(query, datetime, str):
        found = found.where(tuple_(waiting.c.since, waiting.c.id) > key)
    rows, total = paging.fetch(session, query, found, paging.counted(select(waiting.c.id)), "since", "id")
    bodies = _bodies(session, [row.id for row in rows])
    return paging.page(query, [((row.since, row.id), _document(row.id, bodies[row.id])) for row in rows], total)


def confirm(session: WriteSession, provisional_id: str, decision: ConfirmDraft, by: Caller) -> SettledTerritory:
    """Make a territory of a body."""
    turn = publication.take_turn(session)
    body = _to_settle(session, provisional_id, by)
    entry = _entry(body, decision.id)
    names = [lookup.canonical(name) for name in entry.own_names()]
    if lookup.leading(session, names):
        raise Conflict(_TAKEN.format(id=entry.id))
    reference.add(session, entry)
    publication.next_sequence(turn)
    return _settle(session, provisional_id, entry.id, "confirmed", by, decision.reason)


def merge(session: WriteSession, provisional_id: str, decision: MergeDraft, by: Caller) -> SettledTerritory:
    """Say which territory a body is."""
    publication.take_turn(session)
    _to_settle(session, provisional_id, by)
    territory = territories.resolve(session, decision.into)
    if territory is None:
        raise in_fields([("into", "unknown_territory")])
    return _settle(session, provisional_id, territory, "merged", by, decision.reason)


def _waiting() -> Select[str, object]:
    """The ids of bodies that open submissions name and nobody has settled, and since when."""
    settled = select(col(TerritoryCode.code)).where(col(TerritoryCode.code) == col(ProvisionalTerritory.id)).exists()
    return (
        select(col(ProvisionalTerritory.id), func.min(col(Submission.created_at)).label("since"))
        .join(Submission, col(Submission.id) == col(ProvisionalTerritory.submission_id))
        .where(col(Submission.state).in_(OPEN_STATES), ~settled)
        .group_by(col(ProvisionalTerritory.id))
    )


def _bodies(session: ReadSession, ids: Sequence[str]) -> dict[str, Body]:
    """What undecided submissions say of these, the oldest of them first."""
    found = (
        select(ProvisionalTerritory, col(Submission.created_at), col(Submission.sent_by))
        .join(Submission, col(Submission.id) == col(ProvisionalTerritory.submission_id))
        .where(col(ProvisionalTerritory.id).in_(ids), col(Submission.state).in_(OPEN_STATES))
        .order_by(col(Submission.created_at), col(Submission.id))
    )
    bodies: dict[str, Body] = {}
    for named, created_at, sent_by in session.execute(found):
        body = bodies.setdefault(named.id, Body(named.name, named.kind, named.country, created_at))
        body.code = body.code or named.code
        body.submissions.append(named.submission_id)
        body.senders.add(sent_by)
    return bodies


def _document(provisional_id: str, body: Body) -> bytes:
    told = vars(body) | {"id": provisional_id, "submissions": body.submissions[:_MOST]}
    return ProvisionalDocument.model_validate(told).model_dump_json().encode()


def _to_settle(session: WriteSession, provisional_id: str, by: Caller) -> Body:
    if became := session.get(TerritoryCode, provisional_id):
        raise Conflict(_SETTLED.format(territory=became.territory_id), allowed=())
    body = _bodies(session, [provisional_id]).get(provisional_id)
    if body is None:
        raise NotFound(_NO_SUCH)
    if body.senders == {by.key_id}:
        raise Forbidden(_OWN)
    return body


def _entry(body: Body, chosen: str | None) -> TerritoryEntry:
    """The territory that a body becomes, in the form that the reference has."""
    start, name = f"{body.country.lower()}-", names.slug(body.name)
    if chosen is not None and not chosen.startswith(start):
        raise in_fields([("id", "not_of_its_country")])
    if not chosen and not name:  # in another script
        raise in_fields([("id", "missing")])
    scheme, _, code = (body.code or "").partition(":")
    return TerritoryEntry(
        id=chosen or start + name,
        kind=body.kind,
        name=body.name,
        country=body.country,
        codes={scheme: code.upper()} if code else {},
    )


def _settle(
    session: WriteSession, provisional_id: str, territory_id: str, action: str, by: Caller, reason: str | None
) -> SettledTerritory:
    session.add(TerritoryCode(code=provisional_id, territory_id=territory_id))
    session.add(Event(at=now(), actor=by.name, action=action, territory_id=provisional_id, reason=reason))
    session.flush()
    return SettledTerritory(id=provisional_id, territory=territory_id)
