"""For whom a contributor speaks: the territories of the key, and everything inside them."""

from collections.abc import Sequence

from sqlmodel import col, select

from api.catalogue import provisional, resolving
from api.catalogue.keys import Caller
from api.db import ReadSession
from api.drafts import InitiativeDraft
from api.errors import Forbidden
from api.models import Territory
from api.texts import Text
from api.vocabulary import KeyRole, TerritoryRole

_NOT_YOURS = Text(
    "The key of this submission is for {territories} and what is inside: the lead territory must be one of these. "
    "Without a key anybody may submit.",
    "La clé de cet envoi vaut pour {territories} et ce qui s'y trouve : le territoire porteur doit en faire partie. "
    "Sans clé, chacun peut proposer.",
)
_MOST = 4  # territories that are named: a name may be long


def speaks_for(session: ReadSession, caller: Caller, draft: InitiativeDraft) -> bool:
    """Whether a draft's lead territory is one of the key's or lies inside one, as both are today.

    Without a lead territory, or with one that no reference has, it is nobody's.
    """
    if not caller.territories:
        return False
    leads = [part.territory for part in draft.territories if part.role is TerritoryRole.LEAD]
    became = provisional.became(session, [*leads, *caller.territories])
    lead = session.exec(select(Territory).where(col(Territory.id).in_([became.get(one) for one in leads]))).first()
    own = {became.get(one) for one in caller.territories}
    return lead is not None and not own.isdisjoint((lead.id, *lead.within))


def expect_to_speak_for(session: ReadSession, caller: Caller, draft: InitiativeDraft) -> None:
    """Refuse a contributor whose key is not for this."""
    if caller.role is KeyRole.CONTRIBUTOR and not speaks_for(session, caller, draft):
        raise Forbidden(_NOT_YOURS.format(territories=_named(session, caller.territories)))


def _named(session: ReadSession, territories: Sequence[str]) -> str:
    """Territories by their names and ids, as they are today; of many, the first."""
    became = provisional.became(session, territories[:_MOST])
    told = resolving.told(session, became.values())
    named = dict.fromkeys(f"{one.name} ({one.id})" for one in map(told.get, became.values()) if one)
    return ", ".join(named) + ("…" if len(territories) > _MOST else "")
