"""Bodies that no reference has, as submissions name them, until a moderator settles what each is.

What is said of a body makes its id: all that tell the same folded name, kind and country mean the same. Once settled,
that id is one more code of the territory that it became.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import delete
from sqlmodel import col

from api.catalogue import lookup, names
from api.db import ReadSession, WriteSession
from api.drafts import InitiativeDraft
from api.known import NamedTerritoryDraft
from api.models import ProvisionalTerritory, Submission

PREFIX = "t-"


def identify(said: NamedTerritoryDraft) -> str:
    """The id of a body, from what is said of it."""
    said_so = "|".join((names.folded(said.name), str(said.kind), str(said.country)))
    return PREFIX + base64.b32encode(hashlib.sha256(said_so.encode()).digest())[:10].decode().lower()


def in_draft(draft: InitiativeDraft) -> list[NamedTerritoryDraft]:
    """The bodies that a draft tells."""
    return [part.territory for part in draft.territories if isinstance(part.territory, NamedTerritoryDraft)]


def note(session: WriteSession, submission: Submission, draft: InitiativeDraft) -> None:
    """Keep which bodies a new submission names, for the moderators."""
    bodies = {identify(said): said for said in in_draft(draft)}
    for identifier, said in bodies.items():
        told = said.model_dump(mode="json", include={"name", "kind", "country", "code"})
        session.add(ProvisionalTerritory(id=identifier, submission_id=submission.id, **told))


def note_anew(session: WriteSession, submission: Submission, draft: InitiativeDraft) -> None:
    """Keep which bodies an edited submission names now."""
    session.execute(delete(ProvisionalTerritory).where(col(ProvisionalTerritory.submission_id) == submission.id))
    note(session, submission, draft)


def became(session: ReadSession, named: Iterable[str | NamedTerritoryDraft]) -> Mapping[str | NamedTerritoryDraft, str]:
    """Our ids of what territories and bodies are now: settled, or part of another; of the rest, nothing."""
    codes = {one: identify(one) if isinstance(one, NamedTerritoryDraft) else one for one in named}
    leads_to = lookup.leading(session, set(codes.values()))
    return {one: leads_to[code] for one, code in codes.items() if code in leads_to}
