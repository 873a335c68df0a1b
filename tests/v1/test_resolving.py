"""A clerk names a territory as people do: it is taken where one alone can be meant, and never guessed otherwise."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import DRAFT, submitted
from tests.v1.wire import CANARY, bearer, check_problem, patch

COURCYS = ["fr-51183", "fr-50145", "fr-14190"]  # the largest first


def asked(client: httpx.Client, *territories: Any, language: str = "en", **fields: Any) -> httpx.Response:
    """What the catalogue makes of a draft of these territories, which it does not keep."""
    body = DRAFT | {"territories": [{"territory": territory} for territory in territories]} | fields
    headers = {"Content-Type": "application/json", "Accept-Language": language}
    return client.post("/initiatives?check=true", content=json.dumps(body), headers=headers)


def taken(client: httpx.Client, territory: Any) -> Any:
    answer = asked(client, territory)
    assert answer.status_code == 200, answer.text
    return answer.json()["draft"]["territories"][0]["territory"]


def mistakes(client: httpx.Client, territory: Any, language: str = "en") -> list[dict[str, Any]]:
    """The mistakes of a territory, their pointers counted from it."""
    answer = asked(client, territory, language=language)
    start = "/territories/0/territory"
    errors = check_problem(answer, 400)["errors"]
    assert all(error["pointer"].startswith(start) for error in errors), errors
    assert answer.headers["content-language"] == language
    return [error | {"pointer": error["pointer"].removeprefix(start)} for error in errors]


def mistake(client: httpx.Client, territory: Any, language: str = "en") -> dict[str, Any]:
    (only,) = mistakes(client, territory, language)
    return only


def candidates(client: httpx.Client, territory: Any) -> list[str]:
    told = mistake(client, territory)
    assert told["pointer"] == ""
    return [candidate["id"] for candidate in told.get("candidates", ())]


# --- One match is taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fr-51183", "fr-51183"),
        ("INSEE:51183", "fr-51183"),
        ("  nis:71016 ", "be-71016"),
        ("Courcy (51)", "fr-51183"),
        ("Aveiro (Aveiro)", "pt-0105"),
        ({"name": "Aveiro", "department": "aveiro"}, "pt-0105"),
        ({"name": "Albi", "postcode": "81\N{NO-BREAK SPACE}000"}, "fr-81004"),
        ("COURCY(14)", "fr-14190"),
        ("courcy ( 50 )", "fr-50145"),
        ("Courcy (51220)", "fr-51183"),
        ("Courcy (fr-dep-51)", "fr-51183"),
        ("Genk (be-dep-70000)", "be-71016"),
        ("Genk (nuts:BE22)", "be-71016"),
        ({"name": "Courcy", "department": "51"}, "fr-51183"),
        ({"name": "courcy", "postcode": "51220"}, "fr-51183"),
        ({"name": "Courcy", "code": "insee:51183"}, "fr-51183"),
        ({"name": "Courcy", "department": "fr-reg-44", "kind": "municipality"}, "fr-51183"),
        (
            {"name": "Courcy", "department": "51", "postcode": "51220", "country": "FR", "code": "insee:51183"},
            "fr-51183",
        ),
        ({"name": "Saint-Denis", "department": "974"}, "fr-97411"),
        ({"name": "Genk", "department": "be-dep-70000"}, "be-71016"),
        # A name alone, where no other territory has it.
        ("Bras sur Meuse", "fr-55073"),
        ("bras-sur-meuse", "fr-55073"),
        ("L’Haÿ les roses", "fr-94038"),
        ("mesnil roch", "fr-35308"),
        ("Le Mesnil-Roc'h", "fr-35308"),
        ("Gand", "be-44021"),
        ("Ghent", "be-44021"),
        ({"name": "GENT"}, "be-44021"),
        ("Aveiro", "pt-0105"),
        ("communauté urbaine du grand reims", "fr-epci-200067213"),
        ("CU du Grand Reims", "fr-epci-200067213"),
        # The more is said, the fewer are meant.
        ({"name": "Paris", "kind": "municipality"}, "fr-75056"),
        ({"name": "Paris", "kind": "department"}, "fr-dep-75"),
        ("Paris (75)", "fr-75056"),
        # Where it lies, as people say it; codes as people write them.
        ("Courcy (Marne)", "fr-51183"),
        ("Courcy, Marne", "fr-51183"),
        ("51220 Courcy", "fr-51183"),
        ("Courcy 51220", "fr-51183"),
        ("Courcy ( manche )", "fr-50145"),
        ("Gand (BE)", "be-44021"),
        ("Gent (Oost-Vlaanderen)", "be-44021"),
        ({"name": "Courcy", "department": "Marne"}, "fr-51183"),
        ({"name": "Courcy", "department": "Normandie", "postcode": "14170"}, "fr-14190"),
        ("INSEE 51183", "fr-51183"),
        ("siren : 200 067 213", "fr-epci-200067213"),
        # What a commune has taken over leads to it; its own name outweighs another's former one.
        ("Tressé", "fr-35308"),
        ({"name": "Pierrefitte-sur-Seine", "department": "93"}, "fr-93066"),
    ],
)
def test_one_match_is_taken_and_shown(anyone: httpx.Client, said: Any, meant: str) -> None:
    assert taken(anyone, said) == meant
    assert taken(anyone, meant) == meant


def test_a_name_is_kept_as_the_territory_it_means(anyone: httpx.Client) -> None:
    receipt = submitted(anyone, territories=[{"territory": "Courcy (51)"}, {"territory": {"name": "Gand"}}])
    kept = [place["territory"] for place in receipt["draft"]["territories"]]  # type: ignore[index]
    assert kept == ["fr-51183", "be-44021"]
    path, token = f"/submissions/{receipt['id']}", bearer(receipt["edit_token"])
    edited = patch(anyone, path, {"territories": [{"territory": "Courcy (14)"}]}, '"1"', **token)
    assert edited.status_code == 200, edited.text
    assert edited.json()["draft"]["territories"][0]["territory"] == "fr-14190"
    assert anyone.get(path, headers=token).json() == edited.json()


def test_a_receipt_names_what_was_understood(anyone: httpx.Client, judge: httpx.Client) -> None:
    body = {"name": "Syndicat des receveurs", "kind": "other", "country": "FR"}
    said = [{"territory": territory} for territory in ("Tressé", "Courcy (51)", body)]
    receipt = submitted(anyone, territories=said)
    shown = [(one["id"], one["name"], one["parent"]) for one in receipt["territories"]]  # type: ignore[attr-defined]
    assert shown == [("fr-35308", "Mesnil-Roc'h", "Ille-et-Vilaine"), ("fr-51183", "Courcy", "Marne")]
    followed = anyone.get(f"/submissions/{receipt['id']}", headers=bearer(receipt["edit_token"]))  # type: ignore[arg-type]
    queued = judge.get(f"/moderation/submissions/{receipt['id']}")
    assert followed.json()["territories"] == queued.json()["territories"] == receipt["territories"]


def test_the_same_territory_by_two_names_is_there_twice(anyone: httpx.Client) -> None:
    problem = check_problem(asked(anyone, "Courcy (51)", "insee:51183"), 400)
    assert [(error["pointer"], error["detail"]) for error in problem["errors"]] == [
        ("/territories", "The same territory is there twice, as items 1 and 2; leave one out.")
    ]


# --- Several are listed ----------------------------------------------------------------------------------------------


def test_a_name_that_several_have_is_never_guessed(anyone: httpx.Client) -> None:
    for said in ("Courcy", "COURCY", {"name": "courcy"}, {"name": "Courcy", "kind": "municipality", "country": "FR"}):
        assert candidates(anyone, said) == COURCYS
    told = mistake(anyone, "Courcy")["candidates"]
    assert told[0] == {
        "id": "fr-51183",
        "name": "Courcy",
        "kind": "municipality",
        "parent": "Marne",
        "population": told[0]["population"],
    }
    populations = [candidate["population"] for candidate in told]
    assert populations == sorted(populations, reverse=True)


def test_what_to_do_is_said_in_both_languages(anyone: httpx.Client) -> None:
    english, french = (mistake(anyone, "Courcy", language)["detail"] for language in ("en", "fr"))
    for word in ("insee:51183", "Courcy (51)", "Courcy (51220)", "candidates"):
        assert word in english
        assert word in french
    assert english.startswith("Several territories")
    assert french.startswith("Plusieurs territoires")


def test_a_municipality_and_its_department_of_one_name_are_two(anyone: httpx.Client) -> None:
    assert candidates(anyone, "Paris") == ["fr-75056", "fr-dep-75"]
    assert taken(anyone, "Saint-Pierre (974)") == "fr-97416"


def test_ambiguous_names_are_listed_beside_every_other_mistake(anyone: httpx.Client) -> None:
    answer = asked(anyone, "Courcy", "Gand", {"nom": "Albi"}, "fr-99999", title="", themes=["no-such"])
    problem = check_problem(answer, 400)
    found = {error["pointer"]: error for error in problem["errors"]}
    assert set(found) == {
        "/title",
        "/themes/0",
        "/territories/0/territory",
        "/territories/2/territory/name",
        "/territories/2/territory/nom",
        "/territories/3/territory",
    }
    assert [pointer for pointer, error in found.items() if "candidates" in error] == ["/territories/0/territory"]


# --- None suggests the nearest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "nearest"),
    [
        ("Narbone", "fr-11262"),
        ("Narbonnne", "fr-11262"),
        ("Narbonen", "fr-11262"),
        ("Narb", None),  # too short to be sure of
        ("Narbo", "fr-11262"),
        ("Bras-sur-Meus", "fr-55073"),
        ("Loos en Goelle", "fr-62528"),
        ("Mont de Mars", "fr-40192"),
        ("Corcy (51)", "fr-51183"),
        ({"name": "Courci", "department": "14"}, "fr-14190"),
        ("51220", "fr-51183"),
        ("81004", "fr-81004"),
    ],
)
def test_of_a_name_that_nobody_has_the_nearest_is_suggested_first(
    anyone: httpx.Client, said: Any, nearest: str | None
) -> None:
    found = candidates(anyone, said)
    assert found[:1] == ([nearest] if nearest else [])
    assert len(found) <= 5


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        ("Courcy (Mrane)", COURCYS),
        ("Courcy, Mrane", COURCYS),
        ("Courci (Mrane)", COURCYS),
        ("Bras-sur-Meuse (Meus)", ["fr-55073"]),
        ("Paris, 12e", ["fr-75056", "fr-dep-75", "fr-75112"]),
        ("Commune de Courcy", COURCYS),
        ("mairie de courcy", COURCYS),
        ("Ville d'Albi", ["fr-81004"]),
        ("Ville d’Albi (81)", ["fr-81004"]),
        ("Municipalité de Gand", ["be-44021"]),
        ("Mairie de Narbone", ["fr-11262"]),
        ("Mairie de Courcy (14)", ["fr-14190", "fr-51183", "fr-50145"]),
        ("Mairie de Courcy 14170", ["fr-14190", "fr-51183", "fr-50145"]),
        ("Mairie de Courcy (Mrane)", COURCYS),
        ({"name": "Ville d'Albi"}, ["fr-81004"]),
        ({"name": "Ville d'Albi", "kind": "municipality", "country": "FR"}, ["fr-81004"]),
        ("Commune de Zzzqy (Mrane)", []),
        ("Aville de Courcy", []),
    ],
)
def test_with_a_title_or_a_place_that_there_is_not_a_name_is_suggested_and_never_taken(
    anyone: httpx.Client, said: Any, listed: list[str]
) -> None:
    assert candidates(anyone, said) == listed
    assert mistake(anyone, said)["detail"].startswith("No territory has this name")


def test_a_name_like_no_other_is_told_what_to_do(anyone: httpx.Client) -> None:
    for said in (
        CANARY,
        {"name": CANARY, "country": "FR"},
        "Ничего похожего",
        "???",
        "' OR 1=1 --",
        "%",
        "_",
        "50%_\\\"'",
    ):
        told = mistake(anyone, said)
        assert "candidates" not in told, said
        assert "insee:51183" in told["detail"]
        assert "country" in told["detail"]


def test_wildcards_match_nothing(anyone: httpx.Client) -> None:
    for said in ("Courc%", "C_urcy", "%courcy%", "*", "Courcy|", "|courcy|"):
        answer = asked(anyone, said)
        if answer.status_code == 400:
            assert candidates(anyone, said) in ([], COURCYS), said


# --- What disagrees --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "english", "french", "listed"),
    [
        ({"name": "Courcy", "department": "55"}, "this department", "département", COURCYS),
        ({"name": "Courcy", "postcode": "81000"}, "this postcode", "code postal", COURCYS),
        ({"name": "Courcy", "country": "BE"}, "this country", "pays", COURCYS),
        ({"name": "Courcy", "kind": "region"}, "this kind", "type", COURCYS),
        ({"name": "Courcy", "code": "insee:99999"}, "this code", "code", COURCYS),
        (
            {"name": "Courcy", "department": "51", "postcode": "14170"},
            ": department, postcode;",
            "département, code",
            COURCYS,
        ),
        ({"name": "Albi", "code": "insee:51183"}, ": name, code;", "nom, code", ["fr-81004", "fr-51183"]),
        ({"name": "Rien", "code": "insee:51183"}, ": name, code;", "nom, code", ["fr-51183"]),
        ("Courcy (55)", "this department", "département", COURCYS),
        ("Courcy (81000)", "this postcode", "code postal", COURCYS),
    ],
)
def test_what_disagrees_is_told(anyone: httpx.Client, said: Any, english: str, french: str, listed: list[str]) -> None:
    told = mistake(anyone, said)
    assert english in told["detail"]
    assert french in mistake(anyone, said, "fr")["detail"]
    assert [candidate["id"] for candidate in told["candidates"]] == listed


def test_a_body_of_two_codes_that_disagree_is_no_provisional_territory(anyone: httpx.Client) -> None:
    said = {"name": "Rien", "kind": "municipality", "country": "FR", "code": "insee:51183"}
    assert candidates(anyone, said) == ["fr-51183"]


@pytest.mark.parametrize(
    ("said", "english", "listed"),
    [
        ({"name": "Courci"}, "candidates lists the nearest", COURCYS),
        ({"name": "Albbi"}, "candidates lists the nearest", ["fr-81004"]),
        ({"name": "Narbone", "code": "insee:99999"}, None, []),  # one that is newer than the reference
        ({"name": "Albi", "code": "insee:99999"}, "but not with this code", ["fr-81004"]),
        ({"name": "Albi", "kind": "region"}, "but not with this kind", ["fr-81004"]),
        ({"name": "Aveiros", "country": "PT"}, "candidates lists the nearest", ["pt-0105"]),
        ({"name": CANARY}, "official code (code)", []),
        ({"name": CANARY, "kind": "department"}, "official code (code)", []),
        ({"name": CANARY, "kind": "intercommunality"}, None, []),
    ],
)
def test_of_a_kind_that_the_reference_has_whole_no_body_is_made_up(
    anyone: httpx.Client, said: Any, english: str | None, listed: list[str]
) -> None:
    body = {"kind": "municipality", "country": "FR"} | said
    if english is None:
        assert taken(anyone, body)["name"] == body["name"]
        return
    told = mistake(anyone, body)
    assert english in told["detail"]
    assert [candidate["id"] for candidate in told.get("candidates", ())] == listed


def test_a_country_is_one_that_there_is(anyone: httpx.Client) -> None:
    body = {"name": "Sabadell", "kind": "municipality"}
    assert taken(anyone, body | {"country": "ES"})["country"] == "ES"
    (told,) = mistakes(anyone, body | {"country": "UK"})
    assert told["pointer"] == "/country"
    assert "such as ES" in told["detail"]


# --- Bad input -------------------------------------------------------------------------------------------------------

LONG = "x" * 200


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (None, [""]),
        (5, [""]),
        (True, [""]),
        (51183.0, [""]),
        ([], [""]),
        (["fr-51183"], [""]),
        ("", [""]),
        ("  ", [""]),
        (LONG, [""]),
        ("Courcy\x00", [""]),
        ("Courcy\n(51)", [""]),
        ("\ud800", [""]),
        ("insee:99999", [""]),
        ("nosuch:51183", [""]),
        ("fr-99999", [""]),
        ("Courcy (99)", [""]),
        ("Courcy (1)", [""]),
        ("Courcy (Nulle-Part)", [""]),
        ("Courcy, quelque part", [""]),
        ("99999 Courcy", [""]),
        ("Paris, 12e", [""]),
        ({}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"name": 5}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": LONG}, ["/name"]),
        ({"name": "Cour\x00cy"}, ["/name"]),
        ({"name": "Courcy", "departement": "51"}, ["/departement"]),
        ({"name": "Courcy", "department": 51}, ["/department"]),
        ({"name": "Courcy", "department": "99"}, ["/department"]),
        ({"name": "Courcy", "department": "Nulle-Part"}, ["/department"]),
        ({"name": "Courcy", "department": "be:dep:1"}, ["/department"]),
        ({"name": "Courcy", "department": "%"}, ["/department"]),
        ({"name": "Courcy", "postcode": 51220}, ["/postcode"]),
        ({"name": "Courcy", "postcode": "5'"}, ["/postcode"]),
        ({"name": "Courcy", "kind": "commune"}, ["/kind"]),
        ({"name": "Courcy", "country": "France"}, ["/country"]),
        ({"name": "Courcy", "country": "fr"}, ["/country"]),
        ({"name": "Courcy", "code": "51183"}, ["/code"]),
        ({"name": "Courcy", "code": ["insee:51183"]}, ["/code"]),
        ({"name": LONG, "department": "99", "kind": 1, "code": "%"}, ["/code", "/department", "/kind", "/name"]),
    ],
)
def test_bad_input_is_told_where_it_is(anyone: httpx.Client, said: Any, at: list[str]) -> None:
    english, french = (mistakes(anyone, said, language) for language in ("en", "fr"))
    assert sorted(error["pointer"] for error in english) == at
    assert not {error["detail"] for error in english} & {error["detail"] for error in french}


def test_filters_and_paths_take_ids_and_codes_alone(anyone: httpx.Client) -> None:
    for path in (
        "/initiatives?territory=Narbonne",
        "/initiatives?territory=Courcy%20(51)",
        "/territories?parent=Marne",
    ):
        check_problem(anyone.get(path), 400)
    check_problem(anyone.get("/territories/Narbonne"), 404)
