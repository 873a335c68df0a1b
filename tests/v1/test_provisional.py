"""A body that is in no reference is told by name, kind and country; a moderator says what it is before it is public."""

import re
from collections.abc import Sequence
from typing import Any

import httpx

from api.catalogue import publication, reference
from api.catalogue.reference import TerritoryEntry
from api.db import Database
from seed.reference import table
from tests.conftest import DRAFT, published, submitted
from tests.databases import TERRITORIES
from tests.v1.test_moderating import act, done, events, rows
from tests.v1.wire import ORIGIN, bearer, check_problem, pages, patch, places, walk

SABADELL = {"name": "Sabadell", "kind": "municipality", "country": "ES"}
SYNDICATE = {"name": "Syndicat des eaux", "kind": "other", "country": "FR", "code": "siren:257301234"}
QUEUE = "/moderation/territories"


def told(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"territory": body}]


def waiting(moderator: httpx.Client) -> list[dict[str, Any]]:
    return walk(moderator, QUEUE)


def settle(moderator: httpx.Client, provisional: str, verb: str, **body: Any) -> httpx.Response:
    return moderator.post(f"{QUEUE}/{provisional}/{verb}", json=body, headers=ORIGIN)


def follow(client: httpx.Client, receipt: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(f"/submissions/{receipt['id']}", headers=bearer(receipt["edit_token"]))
    assert answer.status_code == 200, answer.text
    return answer.json()


def place(submission: dict[str, Any]) -> Any:
    return submission["draft"]["territories"][0]["territory"]


def said(body: dict[str, Any]) -> dict[str, Any]:
    """A body as it comes back."""
    return {"department": None, "postcode": None, "code": None} | body


# --- The sender ------------------------------------------------------------------------------------------------------


def test_a_body_comes_back_as_it_was_told_and_again_and_again(client: httpx.Client) -> None:
    receipt = submitted(client, territories=told(SYNDICATE))
    assert place(receipt) == said(SYNDICATE)
    assert follow(client, receipt)["draft"] == receipt["draft"]
    again = client.post("/initiatives?check=true", json=receipt["draft"])
    assert (again.status_code, again.json()["draft"]) == (200, receipt["draft"])
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    edited = patch(client, path, {"title": "Un autre titre"}, '"1"', **token)
    assert edited.status_code == 200, edited.text
    assert place(edited.json()) == said(SYNDICATE)


def test_a_check_keeps_nothing(client: httpx.Client, database: Database) -> None:
    before = rows(database)
    answer = client.post("/initiatives?check=true", json=DRAFT | {"territories": told(SABADELL)})
    assert place(answer.json()) == said(SABADELL)
    assert rows(database) == before


def test_what_lies_in_a_known_department_or_has_a_postcode_is_no_provisional_territory(anyone: httpx.Client) -> None:
    for more in ({"department": "be-dep-70000"}, {"postcode": "08201"}):
        problem = check_problem(anyone.post("/initiatives", json=DRAFT | {"territories": told(SABADELL | more)}), 400)
        assert places(problem) == ["/territories/0/territory"]
        assert "leave department and postcode out" in problem["errors"][0]["detail"]


def test_kind_and_country_alone_make_one(anyone: httpx.Client) -> None:
    for left_out in ("kind", "country"):
        body = {name: value for name, value in SABADELL.items() if name != left_out}
        problem = check_problem(anyone.post("/initiatives", json=DRAFT | {"territories": told(body)}), 400)
        assert "country" in problem["errors"][0]["detail"]


def test_nothing_of_it_is_public(client: httpx.Client, moderator: httpx.Client) -> None:
    lists = ("/territories?country=ES&limit=100", "/territories?kind=municipality&limit=100&total=true", "/status")
    before = [(answer.content, answer.headers.get("etag")) for answer in map(client.get, lists)]
    submitted(client, territories=told(SABADELL))
    (body,) = waiting(moderator)
    assert [(answer.content, answer.headers.get("etag")) for answer in map(client.get, lists)] == before
    check_problem(client.get(f"/territories/{body['id']}"), 404)
    for query in (f"/initiatives?territory={body['id']}", f"/territories?parent={body['id']}"):
        check_problem(client.get(query), 400)
    problem = check_problem(client.post("/initiatives", json=DRAFT | {"territories": told(body["id"])}), 400)
    assert places(problem) == ["/territories/0/territory"]
    for method, path in (
        ("GET", QUEUE),
        ("POST", f"{QUEUE}/{body['id']}/_confirm"),
        ("POST", f"{QUEUE}/{body['id']}/_merge"),
    ):
        check_problem(client.request(method, path, json={"into": "fr"} if method == "POST" else None), 401)


# --- The queue -------------------------------------------------------------------------------------------------------


def test_all_that_name_the_same_body_share_it(client: httpx.Client, moderator: httpx.Client) -> None:
    receipts = [
        submitted(client, territories=told(SABADELL | {"name": name})) for name in ("Sabadell", "SABADELL", "sabadell ")
    ]
    submitted(client, territories=told(SABADELL | {"kind": "other"}))
    submitted(client, territories=told(SABADELL | {"country": "IT"}))
    alike = [body for body in waiting(moderator) if (body["kind"], body["country"]) == ("municipality", "ES")]
    assert len(alike) == 1
    assert re.fullmatch(r"t-[0-9a-z]{10}", alike[0]["id"])
    assert sorted(alike[0]["submissions"]) == sorted(receipt["id"] for receipt in receipts)  # type: ignore[type-var]
    assert alike[0]["created_at"] == receipts[0]["created_at"]
    assert len(waiting(moderator)) == 3


def test_a_body_twice_in_one_draft_is_one(client: httpx.Client, moderator: httpx.Client) -> None:
    both = [{"territory": SABADELL | {"name": name}} for name in ("Sabadell", "SABADELL")]
    receipt = submitted(client, territories=both)
    (body,) = waiting(moderator)
    done(settle(moderator, body["id"], "_confirm"))
    assert [part["territory"] for part in follow(client, receipt)["draft"]["territories"]] == ["es-sabadell"]


def test_the_list_goes_page_after_page(client: httpx.Client, moderator: httpx.Client) -> None:
    for number in range(5):
        submitted(client, territories=told(SABADELL | {"name": f"Mas {number}"}))
    whole = [body["id"] for body in moderator.get(f"{QUEUE}?limit=100").json()["items"]]
    assert len(whole) == 5
    for limit in (1, 2, 5):
        turned = list(pages(moderator, QUEUE, limit=limit, total="true"))
        assert [body["id"] for page in turned for body in page["items"]] == whole
        assert {page["total"] for page in turned} == {5}


def test_what_no_undecided_submission_names_any_more_waits_for_nobody(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    withdrawn, edited, rejected = (
        submitted(client, territories=told(SABADELL | {"name": f"Mas {n}"})) for n in range(3)
    )
    client.delete(f"/submissions/{withdrawn['id']}", headers={"If-Match": "*"} | bearer(withdrawn["edit_token"]))
    change = {"territories": [{"territory": "insee:81004"}]}
    patch(client, f"/submissions/{edited['id']}", change, "*", **bearer(edited["edit_token"]))
    ids = [body["id"] for body in waiting(moderator)]
    assert len(ids) == 1
    done(act(moderator, rejected, "_reject", reason="r"))
    assert waiting(moderator) == []
    check_problem(settle(moderator, ids[0], "_confirm"), 404)
    check_problem(settle(moderator, "t-0123456789", "_merge", into="fr"), 404)


# --- Publishing ------------------------------------------------------------------------------------------------------


def test_a_case_is_not_published_before_its_territories_are_settled(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    territories = [{"territory": SABADELL}, {"territory": "insee:81004"}, {"territory": SYNDICATE}]
    receipt = submitted(client, territories=territories)
    bodies = {body["name"]: body["id"] for body in waiting(moderator)}
    before = rows(database)
    problem = check_problem(act(moderator, receipt, "_publish"), 409)
    assert all(identifier in problem["detail"] for identifier in bodies.values())
    assert problem["allowed"] == ["changes_requested", "rejected"]
    assert rows(database) == before
    done(settle(moderator, bodies["Sabadell"], "_confirm"))
    problem = check_problem(act(moderator, receipt, "_publish"), 409)
    assert bodies["Sabadell"] not in problem["detail"]
    done(settle(moderator, bodies["Syndicat des eaux"], "_merge", into="siren:248100737"))
    case = done(act(moderator, receipt, "_publish"))
    shown = client.get(f"/initiatives/{case['initiative']}").json()["territories"]
    assert [part["id"] for part in shown] == ["es-sabadell", "fr-81004", "fr-epci-248100737"]
    assert [part["territory"] for part in case["draft"]["territories"]] == [part["id"] for part in shown]
    assert case["initiative"].startswith("sabadell-")


def test_a_submission_that_is_decided_says_so_before_its_territories(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    receipt = submitted(client, territories=told(SABADELL))
    done(act(moderator, receipt, "_reject", reason="r"))
    assert check_problem(act(moderator, receipt, "_publish"), 409)["allowed"] == []


# --- Confirming ------------------------------------------------------------------------------------------------------


def test_a_body_that_is_confirmed_is_a_territory_like_any_other(client: httpx.Client, moderator: httpx.Client) -> None:
    receipt = submitted(client, territories=told(SYNDICATE))
    (body,) = waiting(moderator)
    tag = client.get("/territories?country=FR").headers["etag"]
    sequence = client.get("/status").json()["sequence"]
    answer = settle(moderator, body["id"], "_confirm", reason="Il existe.")
    assert done(answer) == {"id": body["id"], "territory": "fr-syndicat-des-eaux"}
    assert "etag" not in answer.headers
    shown = client.get("/territories/fr-syndicat-des-eaux").json()
    assert shown == {
        "id": "fr-syndicat-des-eaux",
        "kind": "other",
        "name": "Syndicat des eaux",
        "other_names": [],
        "country": "FR",
        "codes": {"siren": "257301234"},
        "former_codes": {},
        "population": None,
        "population_year": None,
        "latitude": None,
        "longitude": None,
        "precision": None,
        "postcodes": [],
        "within": [{"id": "fr", "kind": "country", "name": "France"}],
        "initiatives": 0,
    }
    assert client.get("/territories/siren:257301234").json() == shown
    assert client.get("/territories?country=FR").headers["etag"] != tag
    assert client.get("/status").json()["sequence"] == sequence + 1
    assert waiting(moderator) == []
    # Whoever names it now means it, and its first sender sees that.
    assert place(follow(client, receipt)) == "fr-syndicat-des-eaux"
    for name in ("syndicat des EAUX", "siren:257301234", SYNDICATE, body["id"]):
        assert place(submitted(client, territories=told(name))) == "fr-syndicat-des-eaux"  # type: ignore[arg-type]
    moved = client.get(f"/territories/{body['id']}")
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/territories/fr-syndicat-des-eaux")
    case = published(client, moderator, territories=told(SYNDICATE))
    found = client.get("/initiatives?territory=siren:257301234").json()["items"]
    assert [item["id"] for item in found] == [case]


def test_a_body_with_a_long_name_is_one_too(client: httpx.Client, moderator: httpx.Client) -> None:
    park = {"name": "Parc naturel régional des Caps et Marais d'Opale", "kind": "other", "country": "FR"}
    here = "fr-parc-naturel-regional-des-caps-et-marais-d-opale"
    receipt = submitted(client, territories=told(park))
    (body,) = waiting(moderator)
    assert done(settle(moderator, body["id"], "_confirm"))["territory"] == here
    assert client.get(f"/territories/{here}").json()["id"] == here
    case = done(act(moderator, receipt, "_publish"))["initiative"]
    for query in (f"territory={here}", f"territory={here}&territory=pt"):
        assert client.get(f"/initiatives?{query}").json()["items"][0]["id"] == case
    assert place(follow(client, receipt)) == here
    assert place(submitted(client, territories=told(here))) == here  # type: ignore[arg-type]
    headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
    change = client.post(f"/initiatives/{case}/revisions", json={"started_on": "2020"}, headers=headers)
    assert (change.status_code, place(change.json())) == (201, here)


def test_a_moderator_may_choose_its_id(client: httpx.Client, moderator: httpx.Client, database: Database) -> None:
    submitted(client, territories=told(SABADELL))
    submitted(client, territories=told(SABADELL | {"name": "София", "country": "BG"}))
    spain, bulgaria = (next(b["id"] for b in waiting(moderator) if b["country"] == country) for country in ("ES", "BG"))
    before = rows(database)
    for wrong in ({"id": "fr-sabadell"}, {"id": "es-"}, {"id": "ES-Sabadell"}, {"id": 5}):
        assert places(check_problem(settle(moderator, spain, "_confirm", **wrong), 400)) == ["/id"]
    # Nothing of this name can stand in an address.
    assert places(check_problem(settle(moderator, bulgaria, "_confirm"), 400)) == ["/id"]
    assert rows(database) == before
    assert done(settle(moderator, spain, "_confirm", id="es-08187"))["territory"] == "es-08187"
    assert done(settle(moderator, bulgaria, "_confirm", id="bg-sofia"))["territory"] == "bg-sofia"
    assert place(submitted(client, territories=told("Sabadell"))) == "es-08187"  # type: ignore[arg-type]


def test_an_id_or_code_that_is_taken_is_refused(client: httpx.Client, moderator: httpx.Client) -> None:
    submitted(client, territories=told(SABADELL))
    submitted(client, territories=told(SABADELL | {"kind": "other"}))
    first, second = (body["id"] for body in waiting(moderator))
    done(settle(moderator, first, "_confirm"))
    problem = check_problem(settle(moderator, second, "_confirm"), 409)
    assert "es-sabadell" in problem["detail"]
    check_problem(settle(moderator, second, "_confirm", id="es-sabadell"), 409)
    done(settle(moderator, second, "_confirm", id="es-parc-de-sabadell"))


# --- Merging ---------------------------------------------------------------------------------------------------------


def test_a_body_that_is_merged_was_a_territory_all_along(client: httpx.Client, moderator: httpx.Client) -> None:
    body = {"name": "Ville des Albigeois", "kind": "other", "country": "FR"}
    receipt = submitted(client, territories=told(body))
    (found,) = waiting(moderator)
    for into in ("fr-99999", "Albi", "insee:99999", "%", found["id"]):
        assert places(check_problem(settle(moderator, found["id"], "_merge", into=into), 400)) == ["/into"]
    assert places(check_problem(settle(moderator, found["id"], "_merge"), 400)) == ["/into"]
    answer = done(settle(moderator, found["id"], "_merge", into="insee:81004", reason="C'est Albi."))
    assert answer == {"id": found["id"], "territory": "fr-81004"}
    assert waiting(moderator) == []
    assert place(follow(client, receipt)) == "fr-81004"
    assert place(submitted(client, territories=told(body))) == "fr-81004"
    both = [*told(body), {"territory": "insee:81004"}]
    assert places(check_problem(client.post("/initiatives", json=DRAFT | {"territories": both}), 400)) == [
        "/territories"
    ]
    assert done(act(moderator, receipt, "_publish"))["draft"]["territories"][0]["territory"] == "fr-81004"


def test_a_body_merged_into_a_territory_of_the_same_draft_is_there_once_and_leads(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    body = {"name": "Ville des Albigeois", "kind": "other", "country": "FR"}
    parts = [{"territory": "insee:81004", "role": "partner"}, {"territory": body, "role": "lead"}]
    receipt = submitted(client, territories=parts)
    done(settle(moderator, waiting(moderator)[0]["id"], "_merge", into="fr-81004"))
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    edited = patch(client, path, {"title": "Un autre titre"}, "*", **token)
    assert edited.status_code == 200, edited.text
    case = done(act(moderator, receipt, "_publish"))["initiative"]
    shown = client.get(f"/initiatives/{case}").json()["territories"]
    assert [(part["id"], part["role"]) for part in shown] == [("fr-81004", "lead")]


# --- Every decision --------------------------------------------------------------------------------------------------


def test_a_decision_is_taken_once_and_written_down(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    submitted(client, territories=told(SABADELL))
    submitted(client, territories=told(SYNDICATE))
    first, second = (body["id"] for body in waiting(moderator))
    done(settle(moderator, first, "_confirm", reason="Oui."))
    done(settle(moderator, second, "_merge", into="fr-81004"))
    written = [(e["action"], e["territory"], e["reason"], e["submission"]) for e in events(moderator)[:2]]
    assert written == [("merged", second, None, None), ("confirmed", first, "Oui.", None)]
    assert all(event["actor"].startswith("k-") for event in events(moderator)[:2])
    before = rows(database)
    for identifier in (first, second):
        for verb, body in (("_confirm", {}), ("_merge", {"into": "fr-81004"})):
            assert check_problem(settle(moderator, identifier, verb, **body), 409)["allowed"] == []
    assert rows(database) == before


def test_whoever_alone_named_a_body_does_not_decide_on_it(
    client: httpx.Client, moderator: httpx.Client, colleague: httpx.Client
) -> None:
    own = submitted(moderator, territories=told(SABADELL))
    (body,) = waiting(moderator)
    for verb, more in (("_confirm", {}), ("_merge", {"into": "fr-81004"})):
        check_problem(settle(moderator, body["id"], verb, **more), 403)
    done(settle(colleague, body["id"], "_confirm"))
    done(act(colleague, own, "_publish"))


def test_a_settled_body_is_not_meant_where_it_is_said_to_lie_elsewhere(
    client: httpx.Client, moderator: httpx.Client
) -> None:
    body = {"name": "Courcy", "kind": "other", "country": "FR"}
    submitted(client, territories=told(body))
    done(settle(moderator, waiting(moderator)[0]["id"], "_merge", into="fr-51183"))
    assert place(submitted(client, territories=told(body))) == "fr-51183"
    elsewhere = DRAFT | {"territories": told(body | {"department": "50"})}
    assert places(check_problem(client.post("/initiatives", json=elsewhere), 400)) == ["/territories/0/territory"]


# --- A new vintage ---------------------------------------------------------------------------------------------------


def test_what_moderators_settled_outlasts_a_new_vintage(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    town = {"name": "Courcy-la-Neuve", "kind": "municipality", "country": "FR", "code": "insee:51999"}
    submitted(client, territories=told(SYNDICATE))
    submitted(client, territories=told(town))
    ids = {body["name"]: body["id"] for body in waiting(moderator)}
    done(settle(moderator, ids["Syndicat des eaux"], "_confirm"))
    done(settle(moderator, ids["Courcy-la-Neuve"], "_merge", into="fr-51183"))
    before = client.get("/territories/fr-syndicat-des-eaux").json()

    # In the new vintage, Reims' neighbour is part of Bras-sur-Meuse.
    entries = table.read(TERRITORIES)
    merged = {"former_codes": {"insee": ["51183"]}}
    newer = [
        entry.model_copy(update=merged if entry.id == "fr-55073" else {}) for entry in entries if entry.id != "fr-51183"
    ]
    for vintage in (newer, newer):
        load(database, vintage)

    assert client.get("/territories/fr-syndicat-des-eaux").json() == before
    assert client.get("/territories/siren:257301234").json() == before
    for name, here in (("syndicat des eaux", "fr-syndicat-des-eaux"), (SYNDICATE, "fr-syndicat-des-eaux")):
        assert place(submitted(client, territories=told(name))) == here  # type: ignore[arg-type]
    assert place(submitted(client, territories=told(town))) == "fr-55073"


def load(database: Database, vintage: Sequence[TerritoryEntry]) -> None:
    """As `territoires seed` does with a new file."""
    with database.write() as session:
        turn = publication.take_turn(session)
        publication.refresh_all(session, turn, reference.load(session, vintage, "newer"))


def test_a_body_that_a_new_vintage_knows_by_its_code_is_there_once(
    client: httpx.Client, moderator: httpx.Client, database: Database
) -> None:
    receipt = submitted(client, territories=told(SYNDICATE))
    done(settle(moderator, waiting(moderator)[0]["id"], "_confirm"))
    done(act(moderator, receipt, "_publish"))
    entries = table.read(TERRITORIES)
    own = {"id": "fr-epci-257301234", "codes": {"siren": "257301234"}, "name": "Les eaux", "within": ["fr"]}
    official = next(entry for entry in entries if entry.kind == "intercommunality").model_copy(update=own)
    for _ in range(2):
        load(database, [*entries, official])

    assert client.get("/territories/siren:257301234").json()["id"] == official.id
    moved = client.get("/territories/fr-syndicat-des-eaux")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/v1/territories/{official.id}")
    (case,) = client.get("/initiatives", params={"territory": "fr-syndicat-des-eaux"}).json()["items"]
    assert [part["id"] for part in case["territories"]] == [official.id]
    assert place(submitted(client, territories=told(SYNDICATE))) == official.id
    assert place(follow(client, receipt)) == official.id


def test_what_a_new_vintage_has_no_longer_is_found_as_before(client: httpx.Client, database: Database) -> None:
    dissolved = client.get("/territories", params={"kind": "intercommunality", "limit": 1}).json()["items"][0]
    (siren,) = dissolved["codes"].values()
    load(
        database,
        [
            entry.model_copy(update={"within": [around for around in entry.within if around != dissolved["id"]]})
            for entry in table.read(TERRITORIES)
            if entry.id != dissolved["id"]
        ],
    )
    known = client.get(f"/territories/{dissolved['id']}").json()
    assert known["name"] == dissolved["name"]
    assert client.get(f"/territories/siren:{siren}").json() == known
    found = client.get("/territories", params={"q": dissolved["name"]}).json()["items"]
    assert dissolved["id"] in [territory["id"] for territory in found]
    assert place(submitted(client, territories=told(f"siren:{siren}"))) == dissolved["id"]  # type: ignore[arg-type]
