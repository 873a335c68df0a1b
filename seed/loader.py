"""Loads the reference, the themes and the cases, in one transaction, through the door that every draft takes.

An entry of the cases' file is a body that POST accepts plus its public id. A case is written again only if its entry
changed since it was last seeded and nobody else has edited the case meanwhile; otherwise it is left and reported.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlmodel import col, select

from api.catalogue import drafting, moderation, provisional, publication, reference, submissions, themes
from api.catalogue.keys import Caller
from api.catalogue.themes import ThemeEntry
from api.db import WriteSession
from api.decisions import PublishDraft
from api.drafts import InitiativeDraft
from api.errors import BadInput, Mistake
from api.models import Initiative, Revision
from api.texts import Language
from api.types import ChosenSlug
from api.vocabulary import InitiativeState
from seed.reference import table

_HERE = Path(__file__).parent
CASES = _HERE / "cases.yaml"
SEED = Caller(key_id="seed")
_ID = TypeAdapter(ChosenSlug)
Entry = TypeVar("Entry", bound=BaseModel)


class BadSeed(Exception):
    """The file cannot be loaded: every mistake, by entry and field. Nothing was changed."""

    def __init__(self, file: Path, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(f"{file.name}: {mistake}" for mistake in mistakes))


@dataclass(frozen=True)
class Case:
    """An entry of the cases' file, read."""

    id: str
    draft: InitiativeDraft


def load(session: WriteSession, cases: Path, tell: Callable[[str], None], places: Path = table.FILE) -> None:
    """Bring the catalogue to the files; tells what became of each case. The caller commits, or nothing was done."""
    turn = publication.take_turn(session)  # of two loaders at once, the second finds what the first did
    renamed = _load_reference(session, places, tell)
    if themes.load(session, _entries(_HERE / "themes.yaml", ThemeEntry)) or renamed is not None:
        tell("themes: loaded")
        publication.next_sequence(turn)
        publication.refresh_all(session, turn, renamed or set())
    for case in _in_order(cases, _read(session, cases)):
        tell(f"{case.id}: {_bring(session, case)}")


def _load_reference(session: WriteSession, places: Path, tell: Callable[[str], None]) -> set[str] | None:
    """The territories, of which it tells those that have other names now; None where this very file was the last to be
    loaded: reading it takes a second."""
    if reference.is_loaded(session, digest := digest_of(places)):
        return None
    tell("territories: loading (some seconds, once) …")
    renamed = reference.load(session, entries := table.read(places), digest)
    tell(f"territories: {len(entries):,}")
    return renamed


def digest_of(file: Path) -> str:
    """What tells a file from any other."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _bring(session: WriteSession, case: Case) -> str:
    """Bring one case to its entry; says what was done."""
    initiative = session.get(Initiative, case.id)
    if initiative is None:
        _publish(session, case)
        return "published"
    seeded = select(Revision).where(col(Revision.initiative_id) == case.id, col(Revision.accepted_by) == SEED.name)
    last = session.exec(seeded.order_by(col(Revision.version).desc())).first()
    if last is not None and last.draft == case.draft.model_dump(mode="json"):
        return "unchanged"
    if last is None or last.version != initiative.version or initiative.state != InitiativeState.PUBLISHED:
        return "LEFT AS IT IS: its entry changed, but so did the case, by somebody else's hand"
    _publish(session, case, initiative)
    return "updated"


def _publish(session: WriteSession, case: Case, revises: Initiative | None = None) -> None:
    submission, _ = submissions.submit(session, case.draft, SEED, revises)
    moderation.publish(session, submission.id, PublishDraft(id=case.id), SEED, expected=None)


def _read(session: WriteSession, path: Path) -> list[Case]:
    """Every entry as a draft, or every mistake of the file at once."""
    entries = _parsed(path)
    ids: list[Any] = [entry.get("id") if isinstance(entry, dict) else None for entry in entries]
    siblings = {name for name in ids if isinstance(name, str)}
    cases, mistakes = [], []
    for place, (name, entry) in enumerate(zip(ids, entries, strict=True)):
        found = _mistakes_of_id(name, ids[:place])
        try:
            if isinstance(entry, dict):
                body = {field: value for field, value in entry.items() if field != "id"}
                draft = drafting.read(session, body, siblings)
                cases.append(Case(name, draft))
                found += [f"/territories: {one.name} is in no reference" for one in provisional.in_draft(draft)]
        except BadInput as error:
            found += [_said(mistake) for mistake in error.mistakes]
        mistakes += [f"entry {place + 1} ({name}): {mistake}" for mistake in found]
    if mistakes:
        raise BadSeed(path, mistakes)
    return cases


def _said(mistake: Mistake) -> str:
    told = f"{mistake.pointer}: {mistake.detail.said_in(Language.EN)}"
    candidates = ", ".join(f"{one.id} ({one.name}, {one.parent})" for one in mistake.candidates)
    return f"{told} Candidates: {candidates}." if candidates else told


def _mistakes_of_id(name: Any, before: Sequence[Any]) -> list[str]:
    try:
        _ID.validate_python(name)
    except ValidationError:
        return ["/id: a public id is expected, such as albi-jardins-partages"]
    return ["/id: the same id is there twice"] if name in before else []


def _in_order(path: Path, cases: Sequence[Case]) -> list[Case]:
    """As in the file, but for a case that others refer to, which comes before them."""
    by_id = {case.id: case for case in cases}
    needs = {
        case.id: [relation.initiative for relation in case.draft.relations if relation.initiative in by_id]
        for case in cases
    }
    try:
        return [by_id[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as error:
        raise BadSeed(path, [f"relations go in a circle: {' -> '.join(error.args[1])}"]) from None


def _entries(path: Path, kind: type[Entry]) -> list[Entry]:
    try:
        return TypeAdapter(list[kind]).validate_python(_parsed(path))  # type: ignore[valid-type]
    except ValidationError as error:
        raise BadSeed(path, [f"{fault['loc']}: {fault['msg']}" for fault in error.errors()]) from None


def _parsed(path: Path) -> list[Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadSeed(path, [str(error)]) from None
    if not isinstance(entries, list):
        raise BadSeed(path, ["a list of entries is expected"])
    return entries
