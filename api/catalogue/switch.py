"""Who may submit just now: what an operator said last, or else the setting; asked anew for each submission."""

from api.db import ReadSession, WriteSession
from api.models import Switch
from api.settings import Submissions

_ONLY = 1  # there is one switch


def stands(session: ReadSession) -> Submissions | None:
    """What an operator said, if anything."""
    found = session.get(Switch, _ONLY)
    return Submissions(found.submissions) if found else None


def turn(session: WriteSession, to: Submissions | None) -> None:
    """Say who may submit from now on, whatever the setting says; None leaves it to the setting again."""
    found = session.get(Switch, _ONLY)
    if to is not None:
        session.merge(Switch(id=_ONLY, submissions=to))
    elif found is not None:
        session.delete(found)
