"""What submissions propose, as things are now: places may have become parts of others, a case may have been changed.

A revision is kept as the draft that its sender wrote, with the version of the case that it was made of. As long as it
waits, what it changes is laid upon the present version, so that what was accepted meanwhile is not lost.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pydantic import ValidationError
from sqlmodel import col, select, tuple_

from api.catalogue import differences, drafting
from api.db import ReadSession
from api.drafts import InitiativeDraft
from api.models import Initiative, Revision, Submission
from api.receipts import ProposedDifference
from api.vocabulary import OPEN_STATES

Versions = Mapping[tuple[str, int], InitiativeDraft]


@dataclass(frozen=True)
class Proposal:
    """The draft of a submission. Of a revision, also what it changes, and in which version of the case."""

    draft: InitiativeDraft
    changes: Sequence[ProposedDifference] = ()
    version: int | None = None

    @property
    def conflicts(self) -> list[str]:
        """The fields that have been changed otherwise since."""
        return [change.field for change in self.changes if change.conflict]


def read(session: ReadSession, submissions: Sequence[Submission]) -> list[Proposal]:
    """What each of these proposes."""
    drafts = drafting.with_present_territories(session, [submission.draft for submission in submissions])
    current, versions = _versions(session, submissions)
    return [
        _proposal(submission, draft, current, versions) for submission, draft in zip(submissions, drafts, strict=True)
    ]


def _versions(session: ReadSession, submissions: Sequence[Submission]) -> tuple[Mapping[str, int], Versions]:
    """Of the cases that these revise: the present version, and the drafts of it and of those that were started from."""
    bases = {(one.initiative_id, one.based_on) for one in submissions if one.initiative_id and one.based_on}
    if not bases:  # as for most: not worth asking
        return {}, {}
    revised = col(Initiative.id).in_({initiative for initiative, _ in bases})
    current = dict(session.exec(select(Initiative.id, Initiative.version).where(revised)).all())
    return current, accepted(session, bases | {*current.items()})


def accepted(session: ReadSession, wanted: AbstractSet[tuple[str, int]]) -> Versions:
    """Accepted drafts, by initiative and version."""
    key = tuple_(col(Revision.initiative_id), col(Revision.version))
    rows = session.exec(select(Revision).where(key.in_(wanted))).all()
    drafts = drafting.with_present_territories(session, [row.draft for row in rows])
    return {(row.initiative_id, row.version): draft for row, draft in zip(rows, drafts, strict=True)}


def _proposal(
    submission: Submission, draft: InitiativeDraft, current: Mapping[str, int], versions: Versions
) -> Proposal:
    initiative, based_on = submission.initiative_id, submission.based_on
    if initiative is None or based_on is None:
        return Proposal(draft)
    base, proposed = differences.fields(versions[initiative, based_on]), differences.fields(draft)
    if submission.state not in OPEN_STATES:
        return Proposal(draft, _changes(base, proposed), based_on)
    here = differences.fields(versions[initiative, current[initiative]])
    whole, conflicts = differences.rebased(base, proposed, here)
    try:
        draft = drafting.trusted(whole)
    except ValidationError:  # each is right, but not both together
        whole, conflicts = proposed, frozenset(change.field for change in differences.between(here, proposed))
    return Proposal(draft, _changes(here, whole, conflicts), current[initiative])


def _changes(
    before: differences.Fields, after: differences.Fields, conflicts: frozenset[str] = frozenset()
) -> list[ProposedDifference]:
    return [
        ProposedDifference(**change.model_dump(), conflict=change.field in conflicts)
        for change in differences.between(before, after)
    ]
