"""Territories are found as people write them, by any mix of filters, and a wrong question is told what to ask."""

from random import Random
from typing import Any

import httpx
import pytest

from seed.reference import table
from tests.catalogue.looking import Gazetteer, apart, asked, distance
from tests.databases import TERRITORIES
from tests.v1.conftest import Shared
from tests.v1.wire import check_problem, pages, places, statements, walk


def found(anyone: httpx.Client, **query: Any) -> list[str]:
    """The ids on the first page."""
    answer = anyone.get("/territories", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(table.read(TERRITORIES))


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("bras sur meuse", "fr-55073"),
        ("Bras s/Meuse", "fr-55073"),
        ("meuse bras", "fr-55073"),
        ("BRAS-SUR-M", "fr-55073"),
        ("mesnil roch", "fr-35308"),
        ("mesnil-roc’h", "fr-35308"),
        ("Loos-en-Gohelle", "fr-62528"),
        ("gohelle", "fr-62528"),
        ("Gand", "be-44021"),
        ("gent", "be-44021"),
        ("GHENT", "be-44021"),
        ("l'haÿ les roses", "fr-94038"),
        ("lhay", "fr-94038"),
        ("hay-les-ros", "fr-94038"),
        ("st-denis", "fr-97411"),
        ("St Denis 93", "fr-93066"),
        ("ste colombe 89", "fr-89339"),
        ("55100 bras", "fr-55073"),
        ("paris 3ème", "fr-75103"),
        ("75003 arrondissement", "fr-75103"),
        ("espagne", "es"),
        ("España", "es"),
        ("ca du grand verdun", "fr-epci-200049187"),
    ],
)
def test_a_territory_is_found_as_people_write_it(anyone: httpx.Client, q: str, first: str) -> None:
    assert found(anyone, q=q)[0] == first


def test_all_words_must_begin_one(anyone: httpx.Client) -> None:
    assert found(anyone, q="bras meuse") == ["fr-55073"]
    assert found(anyone, q="bras moselle") == []
    assert found(anyone, q="ras meuse") == []


@pytest.mark.parametrize("q", ["goelle", "gohhelle", "gohille", "ohelle", "goehlle", "loos gohell3", "GOHELLÉS"])
def test_one_typing_error_in_a_longer_word_is_forgiven(anyone: httpx.Client, q: str) -> None:
    expected = [] if "3" in q else ["fr-62528"]  # a word with a digit in it is no mistyped word
    assert found(anyone, q=q) == expected


def test_two_errors_are_not_forgiven_and_none_in_a_short_word(anyone: httpx.Client) -> None:
    assert found(anyone, q="gohilla") == []
    assert found(anyone, q="geoehlle") == []
    assert found(anyone, q="albo") == []
    assert found(anyone, q="abli") == []


def test_a_word_that_begins_a_known_one_is_not_taken_for_another(anyone: httpx.Client) -> None:
    assert "fr-55321" in found(anyone, q="marre")
    assert "fr-55321" in found(anyone, q="marze")  # begins nothing here
    assert found(anyone, q="marse", kind="municipality") == ["fr-13055"]


def test_exact_names_come_first_then_the_larger_then_the_unknown(anyone: httpx.Client) -> None:
    assert found(anyone, q="marne")[:2] == ["fr-dep-51", "fr-dep-77"]
    named_so = found(anyone, q="saint pierre")
    assert named_so.index("fr-39494") < named_so.index("fr-dep-975"), "a village before a country of the same words"
    items = anyone.get("/territories", params={"q": "sainte", "limit": 100}).json()["items"]
    assert len(items) > 10
    people = [item["population"] for item in items]
    assert people == sorted(people, key=lambda number: (number is None, -(number or 0)))
    countries = anyone.get("/territories", params={"q": "p", "country": ["PT", "FR"], "limit": 100}).json()["items"]
    assert countries[-1]["population"] is None


def test_words_are_paged_like_the_rest(anyone: httpx.Client, gazetteer: Gazetteer) -> None:
    for q in ("s", "saint pierre", "a"):
        expected = gazetteer.found({"q": q})
        for limit in (1, 7, 100):
            turned = list(pages(anyone, "/territories", q=q, limit=limit, total="true"))
            assert [item["id"] for page in turned for item in page["items"]] == expected
            assert {page["total"] for page in turned} == {len(expected)}


def test_a_cursor_belongs_to_its_words(anyone: httpx.Client) -> None:
    cursor = anyone.get("/territories?q=saint&limit=1").json()["next"]
    for other in ("q=sainte", "q=saint&kind=municipality", "q=saint&near=1,1", "similar=fr-81004", ""):
        assert places(check_problem(anyone.get(f"/territories?{other}&cursor={cursor}"), 400)) == ["cursor"]


# --- Filters ---------------------------------------------------------------------------------------------------------


def test_a_postcode_is_taken_as_people_write_it(anyone: httpx.Client) -> None:
    expected = found(anyone, postcode="55100", limit=100)
    assert "fr-55073" in expected
    assert "fr-55545" in expected
    assert found(anyone, postcode="55 100", limit=100) == expected
    assert found(anyone, postcode="5510") == []


def test_a_population_is_a_range_with_its_ends(anyone: httpx.Client) -> None:
    people = anyone.get("/territories/fr-81004").json()["population"]
    assert "fr-81004" in found(anyone, population=f"{people}/{people}")
    assert "fr-81004" not in found(anyone, population=f"{people + 1}/..", limit=100)
    assert "fr-81004" not in found(anyone, population=f"../{people - 1}", kind="municipality", country="FR", limit=100)
    assert found(anyone, population="../9999999999", kind="country") == []  # of which none is known here


def test_near_is_within_twenty_kilometres_or_the_radius(anyone: httpx.Client) -> None:
    verdun = {"near": "49.16,5.38", "kind": "municipality", "limit": 100}
    assert {"fr-55545", "fr-55073"} <= {*found(anyone, **verdun)}
    assert found(anyone, **verdun) == found(anyone, **verdun, radius=20)
    assert "fr-51183" not in found(anyone, **verdun)
    assert "fr-51183" in found(anyone, **verdun, radius=120)
    assert found(anyone, near="0,0") == []


def test_a_box_may_cross_the_antimeridian(anyone: httpx.Client) -> None:
    assert "fr-97502" in found(anyone, bbox="-57,46,-56,47", limit=100)
    assert found(anyone, bbox="170,40,-60,90") == []
    assert found(anyone, bbox="170,40,-56,90") == found(anyone, bbox="-57,46,-56,47")


def test_any_mix_finds_what_a_look_at_every_territory_finds(anyone: httpx.Client, gazetteer: Gazetteer) -> None:
    dice, hits = Random(17), 0
    for _ in range(50):
        query = asked(dice, gazetteer.entries)
        expected = gazetteer.found(query)
        hits += bool(expected)
        limit = max(dice.choice([3, 20, 100]), len(expected) // 10)  # to turn ten pages is enough
        turned = list(pages(anyone, "/territories", **query, limit=limit, total="true"))
        assert [item["id"] for page in turned for item in page["items"]] == expected, query
        assert {page["total"] for page in turned} == {len(expected)}, query
    assert 20 < hits < 50


# --- Towns like one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["fr-81004", "be-44021", "fr-55073", "fr-dep-51"])
def test_others_like_one_tell_how_alike_they_are(anyone: httpx.Client, gazetteer: Gazetteer, code: str) -> None:
    town = gazetteer.by_id[code]
    items = walk(anyone, "/territories", similar=code, limit=3)
    assert [item["id"] for item in items] == gazetteer.found({"similar": code})
    assert len(items) > 3
    assert code not in {item["id"] for item in items}
    reasons = [item["match"]["similarity"] for item in items]
    for item, reason in zip(items, reasons, strict=True):
        away = apart(gazetteer.by_id[item["id"]], town)
        assert item["match"]["distance"] is None, "it is from a point, which was not asked for"
        assert item["kind"] == town.kind
        assert 0.5 <= reason["population_ratio"] <= 2
        assert reason["population_ratio"] == round(item["population"] / (town.population or 0), 3)
        assert reason["same_country"] == (item["country"] == town.country)
        assert reason["distance"] == (None if away is None else pytest.approx(away, abs=0.001))
    assert reasons == sorted(reasons, key=lambda reason: (not reason["same_country"], reason["distance"] or 1e9))


def test_a_town_is_called_by_any_of_its_codes(anyone: httpx.Client) -> None:
    assert (
        found(anyone, similar="insee:81004") == found(anyone, similar="FR-81004") == found(anyone, similar="fr-81004")
    )


def test_words_keep_their_order_among_others_like_one(anyone: httpx.Client, gazetteer: Gazetteer) -> None:
    query = {"q": "saint", "similar": "fr-93066"}
    items = walk(anyone, "/territories", **query, limit=1)
    assert [item["id"] for item in items] == gazetteer.found(query)
    assert len(items) > 1
    assert all(item["match"]["similarity"] for item in items)


def test_near_tells_the_true_distance(anyone: httpx.Client, gazetteer: Gazetteer) -> None:
    for more in ({}, {"q": "saint"}, {"similar": "fr-55073"}):
        items = anyone.get("/territories", params={"near": "49.16,5.38", "radius": 300, "limit": 100, **more}).json()
        assert items["items"]
        for item in items["items"]:
            entry = gazetteer.by_id[item["id"]]
            away = distance((49.16, 5.38), (entry.latitude or 0, entry.longitude or 0))
            assert item["match"]["distance"] == pytest.approx(away, abs=0.001)
            assert (item["match"]["similarity"] is None) == ("similar" not in more)


def test_around_a_point_the_nearest_come_first(anyone: httpx.Client) -> None:
    query = {"near": "49.16,5.38", "radius": 300}
    first = anyone.get("/territories", params=query | {"limit": 7}).json()
    items = [*first["items"], *anyone.get("/territories", params=query | {"cursor": first["next"]}).json()["items"]]
    away = [(item["match"]["distance"], item["id"]) for item in items]
    assert away == sorted(away)
    assert len({here for _, here in away}) > 7


def test_where_no_place_and_no_town_is_asked_for_nothing_is_told_of_a_match(anyone: httpx.Client) -> None:
    for query in ("", "q=saint", "bbox=1,1,50,50", "population=1/.."):
        assert all("match" not in item for item in anyone.get(f"/territories?{query}").json()["items"])
    assert "match" not in anyone.get("/territories/fr-81004").json()


def test_a_town_that_others_cannot_be_compared_with_is_refused(anyone: httpx.Client) -> None:
    assert places(check_problem(anyone.get("/territories?similar=fr-00000"), 400)) == ["similar"]
    both = check_problem(anyone.get("/territories?similar=fr-00000&parent=insee:00000"), 400)
    assert places(both) == ["parent", "similar"]
    (error,) = check_problem(anyone.get("/territories?similar=fr"), 400)["errors"]
    assert error["parameter"] == "similar"
    assert "not known; name another" in error["detail"]


# --- Mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "parameter", "english", "french"),
    [
        ("q=%27-%E2%80%A6", "q", "No letter and no digit", "ni lettre ni chiffre"),
        ("q=+", "q", "At least 1 character", "Au moins 1 caractère"),
        (f"q={'a' * 201}", "q", "At most 200", "Au plus 200"),
        ("q=" + "+".join("abcefghijkmno"), "q", "At most twelve words", "Douze mots au plus"),
        ("q=a%00", "q", "control character", "caractère de contrôle"),
        ("q=a&q=b", "q", "only once", "qu'une fois"),
        ("near=49.2", "near", "such as 49.21,5.37", "par exemple 49.21,5.37"),
        ("near=91,0", "near", "latitude", "latitude"),
        ("near=0,181", "near", "longitude", "longitude"),
        ("near=1e1,1", "near", "latitude", "latitude"),
        ("near=nan,nan", "near", "latitude", "latitude"),
        ("near=1,1&near=2,2", "near", "only once", "qu'une fois"),
        ("near=1,1&radius=0", "radius", "At least 1", "Au moins 1"),
        ("near=1,1&radius=501", "radius", "At most 500", "Au plus 500"),
        ("near=1,1&radius=5km", "radius", "whole number", "nombre entier"),
        ("radius=5", "radius", "`near`", "`near`"),
        ("near=x&radius=5", "near", "latitude", "latitude"),
        ("bbox=1,2,3", "bbox", "West, south, east and north", "L'ouest, le sud, l'est et le nord"),
        ("bbox=1,3,2,2", "bbox", "south is not above north", "le sud n'est pas au-dessus du nord"),
        ("bbox=-181,0,0,0", "bbox", "West, south", "L'ouest, le sud"),
        ("population=5", "population", "such as 20000/40000", "par exemple 20000/40000"),
        ("population=5/3", "population", "the smaller first", "le plus petit d'abord"),
        ("population=../..", "population", "100000/..", "100000/.."),
        ("population=-1/5", "population", "whole numbers", "nombres entiers"),
        ("postcode=%25", "postcode", "such as 55100", "par exemple 55100"),
        ("similar=%25", "similar", "such as insee:81004", "par exemple insee:81004"),
        ("similar=es", "similar", "population of this territory", "population de ce territoire"),
    ],
)
def test_a_wrong_question_is_told_what_to_ask(
    anyone: httpx.Client, asked: str, parameter: str, english: str, french: str
) -> None:
    for language, words in (("en", english), ("fr", french)):
        answer = anyone.get(f"/territories?{asked}", headers={"Accept-Language": language})
        (error,) = check_problem(answer, 400)["errors"]
        assert error["parameter"] == parameter
        assert words in error["detail"]


def test_every_mistake_is_told_at_once(anyone: httpx.Client) -> None:
    answer = anyone.get("/territories?q=%27&near=x&bbox=x&population=x&parent=fr-zz&radius=0&a=1")
    assert places(check_problem(answer, 400)) == ["a", "bbox", "near", "parent", "population", "q", "radius"]


@pytest.mark.parametrize(
    "q", ["%", "_", "100%", "a_b", "\\", "'; DROP TABLE territory; --", "|paris|", '"bras"', "%%%a"]
)
def test_wildcards_and_quotes_are_only_gaps(anyone: httpx.Client, q: str) -> None:
    plain = "".join(letter if letter.isalnum() else " " for letter in q).strip()
    answer = anyone.get("/territories", params={"q": q})
    if plain:
        assert answer.json()["items"] == anyone.get("/territories", params={"q": plain}).json()["items"]
    else:
        check_problem(answer, 400)


def told(shared: Shared, query: str) -> list[str]:
    """The statements that an answer takes."""
    with statements() as told:
        assert shared.anybody.get(f"/territories?{query}").status_code == 200
    return told


@pytest.mark.parametrize(
    "query",
    [
        "q=saint",
        "q=gohhelle+loos&total=true",
        "q=xqzzx",
        "q=s&kind=municipality&country=FR&parent=insee:55073&postcode=55100&population=1/..&near=49,5&bbox=1,1,2,2",
        "near=49.2,5.4&radius=500&total=true",
        "q=s+m+a+d+e+f+g+h+i+j+k+l&total=true",
    ],
)
def test_a_search_takes_two_statements(shared: Shared, query: str) -> None:
    assert len(told(shared, query)) == 2


@pytest.mark.parametrize("more", ["", "&total=true", "&near=49.2,5.4&parent=fr&kind=municipality", "&q=saint"])
def test_a_town_to_compare_with_takes_one_more(shared: Shared, more: str) -> None:
    assert len(told(shared, f"similar=fr-81004{more}")) == 3
