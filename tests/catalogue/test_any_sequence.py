"""Whatever senders and moderators do, in whatever order: nothing is lost, doubled, or public that should not be."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import func, select

from api.catalogue import curation, drafting, idempotency, keys, moderation, revisions, submissions
from api.catalogue.keys import ANYBODY, Caller
from api.db import Database, WriteSession
from api.decisions import DecisionDraft, MergeInitiativeDraft, NoteDraft, PublishDraft
from api.errors import BadInput, CatalogueError, Conflict, Gone
from api.models import Event, Initiative, Revision, Submission
from api.vocabulary import InitiativeState, ReasonCode, RelationKind, SourceKind, SubmissionState
from tests.catalogue.acting import MODERATOR, assert_true_to_the_record, published_ids
from tests.conftest import DRAFT, SOAK

NO = DecisionDraft(reason="…")
# The moves that there are, as the design has them.
OPEN = {"pending", "changes_requested"}
FROM = {
    "published": {"pending"},
    "rejected": {"pending"},
    "changes_requested": {"pending"},
    "withdrawn": OPEN,
    "edited": OPEN,
}
CASE_FROM = {
    InitiativeState.ARCHIVED: {"published"},
    InitiativeState.QUARANTINED: {"published"},
    InitiativeState.MERGED: {"published"},
    InitiativeState.PUBLISHED: {"archived", "quarantined"},
}
TITLES = st.sampled_from(["Un verger", "Une navette", "Un four à pain"])
_HERE = st.sampled_from(["fr-81004", "fr-56098", "be-44021", "fr-reg-44"])
PLACES = st.lists(_HERE, min_size=1, max_size=3, unique=True)
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "title": TITLES,
        "summary": st.sampled_from(["Un.", "Deux.", "Trois."]),
        "themes": st.lists(st.sampled_from(["circuit-court", "tiers-lieux"]), unique=True),
        "territories": PLACES.map(lambda places: [{"territory": place} for place in places]),
        "started_on": st.sampled_from([None, "2012", "2016"]),
        "ended_on": st.sampled_from([None, "2014", "2018"]),
        "sources": st.lists(st.sampled_from([*"abc"]), max_size=2, unique=True).map(
            lambda hosts: [{"url": f"https://{host}.example/", "kind": SourceKind.PRESS} for host in hosts]
        ),
    },
)


class Catalogue(RuleBasedStateMachine):
    """The service's own functions, beside a model that knows states and counts."""

    opened: Callable[[], Any]
    sent, cases = Bundle("sent"), Bundle("cases")

    @initialize()
    def open(self) -> None:
        self._stack = ExitStack()
        self.database: Database = self._stack.enter_context(self.opened())
        self.states: dict[str, str] = {}
        self.case_states: dict[str, str] = {}
        self.tokens: dict[str, Caller] = {}
        self.events, self.accepted = self._counts()

    def teardown(self) -> None:
        self._stack.close()

    # What senders do

    @rule(target=sent, patch=PATCHES, related=st.booleans())
    def submit(self, patch: dict[str, Any], related: bool) -> str:
        with self.database.write() as session:
            public = published_ids(session)[-1:]
            relations = [{"kind": RelationKind.INSPIRED_BY, "initiative": name} for name in public if related]
            body = DRAFT | {"relations": relations} | {name: value for name, value in patch.items() if value}
            try:
                draft = drafting.read(session, body)
            except BadInput:  # it ends before it starts
                draft = drafting.read(session, DRAFT)
            made = submissions.submit(session, draft, ANYBODY)
        return self._received(made)

    @rule(target=sent, case=cases, patch=PATCHES)
    def propose(self, case: str, patch: dict[str, Any]) -> Any:
        try:
            with self.database.write() as session:
                amendment = revisions.patched(session, case, patch, expected=None)
                made = submissions.submit(session, amendment.after, ANYBODY, amendment.initiative)
        except (BadInput, Conflict):  # a mistake, or nothing new
            return multiple()
        except Gone:
            assert self.case_states[case] != "published"
            return multiple()
        assert self.case_states[case] == "published"
        return self._received(made)

    @rule(number=st.integers(0, 2), patch=PATCHES)
    def submit_twice(self, number: int, patch: dict[str, Any]) -> None:
        """The second try of a request makes nothing."""
        body = DRAFT | {"title": f"Numéro {number}"}
        attempt = idempotency.attempt(f"a-key-of-16-signs-{number}", ANYBODY, body)
        assert attempt
        with self.database.write() as session:
            first = submissions.submit(session, drafting.read(session, body), ANYBODY, attempt=attempt)
        if first[0].id not in self.states:
            self._received(first)
        with self.database.write() as session:
            second = submissions.submit(session, drafting.read(session, body), ANYBODY, attempt=attempt)
        assert second[0].id == first[0].id
        self.tokens[first[0].id] = Caller(token_hash=keys.hash_of(second[1]))

    @rule(submission=sent, patch=PATCHES)
    def edit(self, submission: str, patch: dict[str, Any]) -> None:
        before = self.states[submission]
        with self._may(before in FROM["edited"], submission, "pending", wrong=BadInput) as session:
            submissions.edit(session, submission, patch, self.tokens[submission], expected=None)

    @rule(submission=sent)
    def withdraw(self, submission: str) -> None:
        with self._may(self.states[submission] in FROM["withdrawn"], submission, "withdrawn") as session:
            submissions.withdraw(session, submission, self.tokens[submission], expected=None)

    # What moderators do

    @rule(target=cases, submission=sent, code=st.sampled_from([None, ReasonCode.LEGAL]))
    def publish(self, submission: str, code: ReasonCode | None) -> Any:
        before = dict(self.states)
        possible = self.states[submission] in FROM["published"]
        with self._may(possible, submission, "accepted", wrong=Conflict) as session:
            decision = PublishDraft(code=code)
            case = moderation.publish(session, submission, decision, MODERATOR, expected=None).initiative_id
        if self.states == before:
            return multiple()
        self.accepted += 1
        self.case_states[str(case)] = "published"
        return str(case)

    @rule(submission=sent, request=st.booleans())
    def refuse(self, submission: str, request: bool) -> None:
        to = SubmissionState.CHANGES_REQUESTED if request else SubmissionState.REJECTED
        with self._may(self.states[submission] in FROM[to], submission, to) as session:
            moderation.turn_down(session, submission, to, NO, MODERATOR, expected=None)

    @rule(submission=sent)
    def reissue(self, submission: str) -> None:
        with self._may(True, submission, self.states[submission]) as session:
            made = moderation.reissue_token(session, submission, NoteDraft(), MODERATOR, expected=None)
        self.tokens[submission] = Caller(token_hash=keys.hash_of(made[1]))

    @rule(case=cases, to=st.sampled_from([*CASE_FROM]), into=cases)
    def move(self, case: str, to: InitiativeState, into: str) -> None:
        merging = to is InitiativeState.MERGED
        decision = MergeInitiativeDraft(reason="…", into=into) if merging else NO
        state = self.case_states[case]
        wrong = merging and (case == into or self.case_states[into] != "published")
        try:
            with self.database.write() as session:
                curation.move(session, case, to, decision, MODERATOR, expected=None)
        except (Conflict, BadInput) as error:
            refusal = error
        else:
            assert state in CASE_FROM[to]
            assert not wrong
            self.events += 1
            self.case_states[case] = to
            return
        assert isinstance(refusal, Conflict) == (state not in CASE_FROM[to])
        if isinstance(refusal, Conflict):
            assert set(refusal.allowed or ()) == {way for way, states in CASE_FROM.items() if state in states}
        else:
            assert wrong

    # What must hold

    @invariant()
    def the_publication_is_what_the_record_says(self) -> None:
        with self.database.write(keep=False) as session:
            assert_true_to_the_record(session)

    @invariant()
    def each_transition_has_one_event_and_each_acceptance_one_revision(self) -> None:
        assert self._counts() == (self.events, self.accepted)

    @invariant()
    def states_are_as_the_moves_left_them(self) -> None:
        with self.database.read() as session:
            found = {one.id: one for one in session.exec(select(Submission)) if one.id in self.states}
            assert {name: one.state for name, one in found.items()} == self.states
            cases = {one.id: one.state for one in session.exec(select(Initiative)) if one.id in self.case_states}
            assert cases == self.case_states

    @contextmanager
    def _may(
        self, possible: bool, submission: str, to: str, wrong: type[CatalogueError] | None = None
    ) -> Iterator[WriteSession]:
        """A move that is made, with its event, if and only if it is possible; `wrong` may yet hinder it."""
        try:
            with self.database.write() as session:
                yield session
        except CatalogueError as error:
            refusal = error
        else:
            assert possible
            self.events += 1
            self.states[submission] = to
            return
        assert isinstance(refusal, wrong) if possible and wrong else not possible
        assert possible or isinstance(refusal, Conflict)

    def _received(self, made: tuple[Submission, str]) -> str:
        submission, token = made
        self.events += 1
        self.states[submission.id] = SubmissionState.PENDING
        self.tokens[submission.id] = Caller(token_hash=keys.hash_of(token))
        return submission.id

    def _counts(self) -> tuple[int, int]:
        with self.database.read() as session:
            counted = (session.scalar(select(func.count()).select_from(table)) or 0 for table in (Event, Revision))
            events, revisions = counted
            return events, revisions


def test_any_sequence_of_operations_keeps_the_promises(databases: Any) -> None:
    @contextmanager
    def opened() -> Iterator[Database]:
        with databases.copy() as url:
            database = Database(url)
            yield database
            database.close()

    machine = type("OnThisEngine", (Catalogue,), {"opened": staticmethod(opened)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=200 if SOAK else 4,
            derandomize=not SOAK,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # making a failure shorter would take minutes; its steps are told as they are
            suppress_health_check=[*HealthCheck],
        ),
    )
