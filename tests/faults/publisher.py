"""Publishes, revises, withdraws, restores and merges without end, in a process of its own: `publisher.py URL NAME`."""

import random
import sys
from contextlib import suppress

from sqlmodel import select

from api.catalogue import curation
from api.db import Database
from api.decisions import DecisionDraft, MergeInitiativeDraft
from api.errors import CatalogueError
from api.models import Initiative
from api.vocabulary import InitiativeState, ReasonCode
from tests.catalogue.acting import MODERATOR, archive, publish


def move(session, case: str, to: InitiativeState) -> None:
    decision = DecisionDraft(reason="…", code=ReasonCode.OTHER)
    if to is InitiativeState.MERGED:
        decision = MergeInitiativeDraft(into="courcy", reason="…", code=ReasonCode.DUPLICATE)
    curation.move(session, case, to, decision, MODERATOR, expected=None)


def main(url: str, name: str) -> None:
    database, chance, done = Database(url), random.Random(name), 0
    while True:
        done += 1
        with suppress(CatalogueError), database.write() as session:
            cases = session.exec(select(Initiative.id, Initiative.state).where(Initiative.id != "courcy")).all()
            case, state = chance.choice(cases)
            match chance.randrange(6):
                case 0 | 1:
                    relations = [] if state != "published" else [{"kind": "inspired_by", "initiative": case}]
                    publish(session, title=f"Cas {name} {done}", relations=relations)
                case 2:
                    archive(session, case)
                case 3:
                    move(session, case, InitiativeState.PUBLISHED)
                case 4:
                    move(session, case, chance.choice([InitiativeState.QUARANTINED, InitiativeState.MERGED]))
                case 5:
                    if state == "published" and not case.startswith("cas-"):  # of those in bulk no draft is kept
                        publish(session, revises=case, title=f"Cas {name} {done}", relations=[])
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
