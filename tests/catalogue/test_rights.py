"""A contributor speaks for the territories of the key and for what is inside them, as both are today."""

import pytest

from api.catalogue import drafting, keys, provisional, rights, submissions
from api.catalogue.keys import Caller
from api.db import Database
from api.errors import BadInput, Forbidden
from api.models import TerritoryCode
from api.vocabulary import KeyRole
from tests.conftest import DRAFT

SABADELL = {"name": "Sabadell", "kind": "municipality", "country": "ES"}


def contributor(*territories: str) -> Caller:
    return Caller(key_id="k-0123456789", role=KeyRole.CONTRIBUTOR, territories=territories)


@pytest.mark.parametrize(
    ("own", "told", "speaks"),
    [
        (["fr-81004"], [{"territory": "insee:81004"}], True),
        (["fr-epci-248100737"], [{"territory": "insee:81004"}], True),
        (["fr-dep-81"], [{"territory": "insee:81004"}], True),
        (["fr-reg-76"], [{"territory": "insee:81004"}], True),
        (["fr"], [{"territory": "insee:81004"}], True),
        (["fr-56098", "fr-dep-81"], [{"territory": "insee:81004"}], True),
        (["fr-56098"], [{"territory": "insee:81004"}], False),
        (["be"], [{"territory": "insee:81004"}], False),
        (["fr-81004"], [{"territory": "fr-dep-81"}], False),  # the town does not speak for what it lies in
        (["fr-81004"], [{"territory": "fr-56098"}, {"territory": "fr-81004"}], False),
        (["fr-81004"], [{"territory": "fr-56098", "role": "partner"}, {"territory": "fr-81004"}], True),
        (["fr-81004"], [{"territory": SABADELL}], False),
        (["fr-81004"], [], False),
        (["fr-81004"], [{"territory": "fr-81004", "role": "partner"}], False),
        ([], [{"territory": "fr-81004"}], False),
    ],
)
def test_for_whom_a_contributor_speaks(
    database: Database, own: list[str], told: list[dict[str, object]], speaks: bool
) -> None:
    with database.read() as session:
        draft = drafting.read(session, DRAFT | {"kind": "lead", "territories": told})
        assert rights.speaks_for(session, contributor(*own), draft) is speaks


def test_a_territory_that_has_become_part_of_another_is_that_one(database: Database) -> None:
    with database.write() as session:
        session.add(TerritoryCode(code="fr-99999", territory_id="fr-81004"))
        session.flush()
        draft = drafting.read(session, DRAFT)
        assert rights.speaks_for(session, contributor("fr-99999"), draft)
        known = drafting.read(session, DRAFT | {"territories": [{"territory": "fr-99999"}]})
        assert rights.speaks_for(session, contributor("fr-81004"), known)


def test_a_body_that_is_settled_is_the_territory_that_it_became(database: Database) -> None:
    with database.write() as session:
        draft = drafting.read(session, DRAFT | {"territories": [{"territory": SABADELL}]})
        assert not rights.speaks_for(session, contributor("fr-81004"), draft)
        (body,) = provisional.in_draft(draft)
        session.add(TerritoryCode(code=provisional.identify(body), territory_id="fr-81004"))
        session.flush()
        assert rights.speaks_for(session, contributor("fr-81004"), draft)


def test_only_contributors_are_bound(database: Database) -> None:
    with database.read() as session:
        draft = drafting.read(session, DRAFT)
        for role in (None, KeyRole.MODERATOR, KeyRole.ADMIN):
            rights.expect_to_speak_for(session, Caller(key_id="k-0123456789", role=role), draft)
        with pytest.raises(Forbidden):
            rights.expect_to_speak_for(session, contributor("fr-56098"), draft)


def test_whom_a_key_is_for_is_told_by_names_as_they_are_today(database: Database) -> None:
    with database.write() as session:
        session.add(TerritoryCode(code="fr-99999", territory_id="fr-51183"))
        session.flush()
        draft = drafting.read(session, DRAFT)
        with pytest.raises(Forbidden) as refused:
            rights.expect_to_speak_for(session, contributor("fr-99999", "be-dep-70000"), draft)
        assert (
            "The key of this submission is for Courcy (fr-51183), Limburg (be-dep-70000) and" in refused.value.detail.en
        )
        with pytest.raises(Forbidden) as refused:
            rights.expect_to_speak_for(session, contributor(*["fr-99999"] * 50), draft)
        assert "La clé de cet envoi vaut pour Courcy (fr-51183)… et ce" in refused.value.detail.fr


def test_what_a_contributors_key_sent_stays_where_it_may_whoever_edits_it(database: Database) -> None:
    with database.write() as session:
        secret = keys.create(session, KeyRole.CONTRIBUTOR, "Albi", territories=["insee:81004"])
        holder = keys.holder(session, secret)
        submission, token = submissions.submit(session, drafting.read(session, DRAFT), holder)
        elsewhere = {"territories": [{"territory": "fr-56098"}]}
        with pytest.raises(Forbidden):
            submissions.submit(session, drafting.read(session, DRAFT | elsewhere), holder)
        for caller in (holder, Caller(token_hash=keys.hash_of(token))):
            submissions.edit(session, submission.id, {"title": "Un autre titre"}, caller, None)
            with pytest.raises(Forbidden):
                submissions.edit(session, submission.id, elsewhere, caller, None)


def test_a_key_is_bound_to_known_territories_where_its_role_wants_them(database: Database) -> None:
    with database.write() as session:
        secret = keys.create(session, KeyRole.CONTRIBUTOR, "Albi", territories=["INSEE:81004", "fr-81004", "fr"])
        assert keys.holder(session, secret).territories == ("fr-81004", "fr")
        for role, territories in (
            (KeyRole.CONTRIBUTOR, []),
            (KeyRole.CONTRIBUTOR, ["fr-81004", "insee:00000"]),
            (KeyRole.MODERATOR, ["fr-81004"]),
            (KeyRole.ADMIN, ["fr-81004"]),
        ):
            with pytest.raises(BadInput):
                keys.create(session, role, "Albi", territories=territories)
