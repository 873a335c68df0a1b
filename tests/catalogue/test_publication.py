"""What is published is what the record says, byte for byte, whatever happened before."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select, update

from api.catalogue import finding, publication, rendering, themes
from api.catalogue.themes import ThemeEntry
from api.db import Database
from api.documents import Label
from api.errors import Busy, Gone
from api.models import (
    Counter,
    Initiative,
    Publication,
    PublicationSource,
    Territory,
    Theme,
)
from api.queries import InitiativeQuery
from api.types import now
from api.vocabulary import ReasonCode
from tests.catalogue.acting import (
    archive,
    assert_true_to_the_record,
    document,
    publish,
    published_ids,
    terms_of,
)

# --- Neighbours ------------------------------------------------------------------------------------------------------


def test_a_related_case_is_rendered_anew_when_it_reads_otherwise_and_only_then(database: Database) -> None:
    def sequences(session: Session, *cases: Initiative) -> list[int]:
        return [finding.get(session, case.id).sequence for case in cases]

    with database.write() as session:
        model, stranger = publish(session, title="Le modèle"), publish(session, title="Autre chose")
        first = sequences(session, model, stranger)

        pupil = publish(session, title="L'élève", relations=[{"kind": "inspired_by", "initiative": model.id}])
        assert document(session, model.id)["relations"] == [{"kind": "inspired", "id": pupil.id, "title": "L'élève"}]
        related = sequences(session, model, stranger)
        assert related[0] > sequences(session, pupil)[0] > first[0]
        assert related[1] == first[1]
        assert document(session, model.id)["version"] == 1

        same = {"relations": [{"kind": "inspired_by", "initiative": model.id}], "revises": pupil.id}
        publish(session, title="L'élève", description="Plus de détails.", **same)
        assert sequences(session, model, stranger) == related

        publish(session, title="L'élève appliquée", **same)
        assert document(session, model.id)["relations"][0]["title"] == "L'élève appliquée"
        assert sequences(session, model)[0] > related[0]
        assert sequences(session, stranger) == related[1:]


def test_a_relation_that_a_revision_drops_is_gone_from_both_ends(database: Database) -> None:
    with database.write() as session:
        model = publish(session, title="Le modèle")
        pupil = publish(session, title="L'élève", relations=[{"kind": "part_of", "initiative": model.id}])
        shown = finding.get(session, model.id).sequence
        publish(session, revises=pupil.id, title="L'élève", relations=[])
        assert document(session, pupil.id)["relations"] == document(session, model.id)["relations"] == []
        assert finding.get(session, model.id).sequence > shown
        assert_true_to_the_record(session)


@pytest.mark.parametrize("end", ["genk-vennestraat", "gand-refill"])
def test_an_archived_case_leaves_no_term_no_source_and_no_relation_elsewhere(database: Database, end: str) -> None:
    (other,) = {"genk-vennestraat", "gand-refill"} - {end}
    with database.write() as session:
        assert document(session, other)["relations"][0]["id"] == end
        archived, shown = session.get_one(Initiative, end), finding.get(session, other).sequence
        archive(session, end, ReasonCode.LEGAL)

        assert document(session, other)["relations"] == []
        assert finding.get(session, other).sequence > shown
        assert terms_of(session, archived) == set()
        links = select(PublicationSource).where(col(PublicationSource.number) == archived.number)
        assert session.exec(links).all() == []
        assert not any(end.encode() in text for text in session.exec(select(Publication.document)) if text)
        with pytest.raises(Gone) as gone:
            finding.get(session, end)
        assert gone.value.code == "legal"
        assert_true_to_the_record(session)


# --- Themes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "rewritten"),
    [
        ({"label": Label(fr="Ateliers partagés", en="Shared workshops")}, True),
        ({"parent": "revitalisation"}, False),  # other lists, the same documents
    ],
)
def test_a_changed_theme_moves_the_cases_that_show_it_and_no_other(
    database: Database, change: dict[str, object], rewritten: bool
) -> None:
    with database.write() as session:
        theme = session.get_one(Theme, "tiers-lieux")
        entry = ThemeEntry(id=theme.id, label=Label(fr=theme.label_fr, en=theme.label_en), parent=theme.parent_id)
        before = {case: finding.get(session, case) for case in published_ids(session)}
        showing = {case for case in before if theme.id in {shown["id"] for shown in document(session, case)["themes"]}}

        assert themes.load(session, [entry.model_copy(update=change)])
        publication.refresh_all(session, publication.take_turn(session))

        moved = {case for case in before if finding.get(session, case) != before[case]}
        assert showing
        assert moved == (showing if rewritten else set())
        assert_true_to_the_record(session)


def test_nothing_is_published_by_a_version_that_does_so_otherwise_than_the_present_one(database: Database) -> None:
    with database.write() as session:
        [case] = published_ids(session)[:1]
        session.execute(update(Counter).values(renderer=rendering.RENDERER + 1))
    with pytest.raises(Busy), database.write() as session:
        archive(session, case)
    with database.write() as session:
        publication.ensure(session, lambda _: None)
        archive(session, case)


# --- Order -----------------------------------------------------------------------------------------------------------


def test_numbers_and_sequences_are_given_in_the_order_of_commits(database: Database) -> None:
    """Whoever reads while others publish never sees a number before a smaller one: a reader who goes on misses none."""
    done, snapshots = threading.Event(), []

    def watch() -> None:
        while not done.wait(0.0002):  # without a pause it would hold the interpreter, and the writers their lock
            with database.read() as session:
                rows = session.exec(select(Publication.number, Publication.sequence)).all()
                snapshots.append((sorted(rows), session.exec(select(Counter)).one().sequence))

    def propose_and_publish(writer: int) -> None:
        for turn in range(5):
            with database.write() as session:
                publish(session, title=f"Le cas {writer}-{turn}")

    with ThreadPoolExecutor(5) as pool:
        watcher = pool.submit(watch)
        writers = [pool.submit(propose_and_publish, writer) for writer in range(4)]
        failures = [writer.exception() for writer in writers]
        done.set()
        watcher.result()
    assert failures == [None] * 4

    final = dict(snapshots[-1][0])
    for rows, sequence in snapshots:
        assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
        assert max(shown for _, shown in rows) == sequence
        assert all(final[number] == shown for number, shown in rows)
    with database.read() as session:
        rows = session.exec(select(Publication.number, Publication.sequence).order_by(col(Publication.number))).all()
    assert len(rows) == 13 + 20
    assert [shown for _, shown in rows[13:]] == sorted(shown for _, shown in rows[13:])


def test_the_time_of_publication_never_goes_back_whatever_the_clock_does(database: Database) -> None:
    """Between two times are the cases between two numbers."""
    with database.write() as session:
        later = now() + timedelta(hours=1)
        session.exec(select(Counter)).one().updated_at = later  # as told by a clock that was set right since
        first, second = publish(session, title="Le premier"), publish(session, title="Le second")
        assert first.published_at == second.published_at == later
        query = InitiativeQuery.model_validate({"published": f"{later:%Y-%m-%dT%H:%M:%SZ}/.."})
        found, _ = finding.page(session, query, finding.facts(session, query))
        assert [json.loads(item)["id"] for item in found.items] == [second.id, first.id]


def test_a_case_is_found_where_its_town_has_moved_though_it_reads_as_before(database: Database) -> None:
    query = InitiativeQuery.model_validate({"near": "10.0,20.0"})
    with database.write() as session:
        case = publish(session, territories=[{"territory": "insee:81004"}])
        before, town = finding.get(session, case.id), session.get_one(Territory, "fr-81004")
        town.latitude, town.longitude = 10.0, 20.0
        publication.refresh_all(session, publication.take_turn(session))
        found, _ = finding.page(session, query, finding.facts(session, query))
        assert case.id in [json.loads(item)["id"] for item in found.items]
        assert finding.get(session, case.id) == before
