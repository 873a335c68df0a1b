"""Public ids, revisions, and what accepting a draft writes."""

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import update
from sqlmodel import col, select

from api.catalogue import names, record
from api.db import Database
from api.decisions import PublishDraft
from api.models import Counter, Revision
from api.types import Slug, now
from tests.catalogue.acting import document, publish, terms_of
from tests.catalogue.properties import given


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Cœur de Ville, ŒUVRE", "coeur-de-ville-oeuvre"),
        ("Déjà l'été à La Louvière", "deja-l-ete-a-la-louviere"),
        ("L’école d’Albi", "l-ecole-d-albi"),
        ("Paris–Lyon — l’aller…retour", "paris-lyon-l-aller-retour"),
        ("Décomposé : e\u0301te\u0301", "decompose-ete"),
        ("Weiße Straße, Ærø, Łódź", "weisse-strasse-aero-lodz"),
        ("Đakovo, Þingvellir", "dakovo-thingvellir"),
        ("100 % local (2024)", "100-local-2024"),
        ("Ένα περιβόλι", ""),
        ("Сад за ратушей", ""),
    ],
)
def test_a_text_is_folded_to_words_of_ascii(text: str, slug: str) -> None:
    assert names.slug(text) == slug


@given(st.text(max_size=200))
def test_a_folded_text_is_short_and_folds_to_itself(text: str) -> None:
    slug = names.slug(text)
    assert len(slug) <= 80
    assert names.slug(slug) == slug
    if slug:
        TypeAdapter(Slug).validate_python(slug)


def at(code: str, title: str) -> dict[str, object]:
    return {"title": title, "territories": [{"territory": code}]}


def test_the_proposed_id_is_town_and_title_with_the_town_once(database: Database) -> None:
    somewhere_else = [{"territory": "insee:81004"}, {"territory": "pt-0105", "role": "lead"}]
    proposed = [
        (at("insee:81004", "Un four à pain"), "albi-un-four-a-pain"),
        (at("insee:81004", "Albi, ville comestible"), "albi-ville-comestible"),
        (at("insee:81004", "ALBI"), "albi"),
        (at("insee:81004", "Albireo, un observatoire"), "albi-albireo-un-observatoire"),
        (at("insee:81004", "mot " * 40), "albi" + "-mot" * 19),
        (at("insee:44109", "Ένα περιβόλι"), "nantes"),
        (at("nis:71016", "m" * 200), "genk"),
        (at("nis:58001", "L’atelier"), "la-louviere-l-atelier"),
        ({"title": "Un lieu", "territories": somewhere_else}, "aveiro-un-lieu"),
        ({"title": "Сад за ратушей", "kind": "lead", "territories": []}, "initiative"),
        ({"title": "Une piste", "kind": "lead", "territories": []}, "une-piste"),
    ]
    with database.write() as session:
        for fields, wanted in proposed:
            assert publish(session, **fields).id == wanted


def test_ids_that_are_taken_get_the_first_free_number(database: Database) -> None:
    with database.write() as session:
        for wanted, given_id in [
            ("base", "base"),
            ("base", "base-2"),
            ("base-10", "base-10"),
            ("base", "base-3"),
            ("base-2", "base-2-2"),
            ("bas", "bas"),
            ("bases", "bases"),
            ("other-2", "other-2"),
            ("other-longer", "other-longer"),
            ("other", "other"),
            ("other", "other-3"),
        ]:
            assert publish(session, wanted_id=wanted).id == given_id


def test_wildcards_match_only_themselves(database: Database) -> None:
    with database.write() as session:
        for name in ("base", "base-2"):
            publish(session, wanted_id=name)
        for base in ("b_se", "b%e", "b\\se", "%", "_"):
            assert record._free_id(session, base) == base


def test_an_id_that_is_numbered_is_still_an_id(database: Database) -> None:
    longest = max((n for n in range(1, 101) if _chosen("a" * n)), default=0)
    assert longest >= 80
    with database.write() as session:
        for _ in range(11):
            TypeAdapter(Slug).validate_python(publish(session, wanted_id="a" * longest).id)


def _chosen(name: str) -> bool:
    """Whether a moderator may choose this id."""
    try:
        return bool(PublishDraft(id=name))
    except ValidationError:
        return False


def test_a_clock_that_is_set_back_dates_no_revision_before_what_was_there(database: Database) -> None:
    ahead = now() + timedelta(days=1)
    with database.write() as session:
        case = publish(session)
        session.execute(update(Counter).values(updated_at=ahead))
    with database.write() as session:
        assert publish(session, revises=case.id, title="Un autre titre").updated_at == ahead


def test_a_revision_rewrites_the_case_and_leaves_what_is_settled(database: Database) -> None:
    with database.write() as session:
        sources = [{"url": "https://www.ville.example/", "kind": "official"}]
        case = publish(session, themes=["circuit-court"], sources=sources, started_on="2014")
        case.published_at = case.updated_at = now() - timedelta(days=1)
        first = case.model_dump()
    with database.write() as session:
        revised = publish(
            session,
            revises=first["id"],
            title="Un autre titre",
            progress="completed",
            territories=[{"territory": "be-71016"}],
            themes=["tiers-lieux"],
        )
        settled = {name: getattr(revised, name) for name in ("id", "number", "published_at")}
        assert settled == {name: first[name] for name in settled}
        assert revised.version == 2
        assert first["updated_at"] < revised.updated_at <= now()
        assert revised.sequence > first["sequence"]

        shown = document(session, revised.id)
        assert (shown["title"], shown["progress"], shown["version"]) == ("Un autre titre", "completed", 2)
        assert shown["published_at"] < shown["updated_at"]
        assert (shown["started_on"], shown["sources"], shown["evidence"]) == (None, [], 0)
        assert [part["id"] for part in shown["territories"]] == ["be-71016"]
        assert [theme["id"] for theme in shown["themes"]] == ["tiers-lieux"]
        assert not {"theme:circuit-court", "in:fr-81004", "in:fr"} & terms_of(session, revised)


def test_every_version_is_kept_as_it_was_accepted(database: Database) -> None:
    titles = ["Premier titre", "Deuxième titre", "Troisième titre"]
    with database.write() as session:
        case = publish(session, title=titles[0]).id
        for title in titles[1:]:
            publish(session, revises=case, title=title)
    with database.read() as session:
        kept = session.exec(
            select(Revision).where(col(Revision.initiative_id) == case).order_by(col(Revision.version))
        ).all()
        assert [(revision.version, revision.draft["title"]) for revision in kept] == list(enumerate(titles, start=1))
        assert {revision.accepted_by for revision in kept} == {"k-moderator"}
        assert len({revision.submission_id for revision in kept}) == 3
