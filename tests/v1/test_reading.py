"""Lists and details against what a reader could work out alone from every document."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.documents import InitiativePage, SourcePage, StatusDocument, TerritoryDocument, TerritoryPage, ThemePage
from tests.conftest import published
from tests.v1.conftest import Shared
from tests.v1.wire import pages, statements, walk

Item = dict[str, Any]

PROGRESS = ["idea", "study", "running", "completed", "stopped", "unknown"]
KINDS = ["case", "lead"]
COUNTRIES = ["FR", "BE", "PT", "ES"]
THEMES = [
    "circuit-court",
    "tiers-lieux",
    "attractivite-territoriale",
    "territoire-connecte",
    "revitalisation",
    "urbanisme-transitoire",
    "dynamisme-economique",
    "habitat-partage",
    "gouvernance-partagee",
]
TERRITORIES = [
    "fr-81004",
    "insee:81004",
    "fr",
    "iso:BE",
    "be-71016",
    "nis:71016",
    "NIS:44021",
    "pt",
    "dicofre:0105",
    "fr-reg-76",
    "fr-44109",
    "INSEE:44109",
    "fr-epci-241100593",
    "fr-reg-44",
    "FR-55073",
    "be-reg-02000",
]

# Cases that cross every filter with another: several territories and countries, themes of two levels, no theme at all.
VARIED: list[Item] = [
    {
        "title": "Deux pays",
        "progress": "idea",
        "themes": ["circuit-court", "tiers-lieux"],
        "territories": [{"territory": "fr-81004"}, {"territory": "be-71016"}],
    },
    {
        "title": "Thème parent",
        "progress": "study",
        "themes": ["attractivite-territoriale"],
        "territories": [{"territory": "pt-0105"}, {"territory": "fr-44109", "role": "site"}],
    },
    {
        "title": "Parent et enfant",
        "progress": "stopped",
        "themes": ["attractivite-territoriale", "tiers-lieux", "territoire-connecte"],
        "territories": [{"territory": "fr-11262"}],
    },
    {"title": "Sans thème", "progress": "stopped", "territories": [{"territory": "fr-epci-241100593"}]},
    {"title": "Piste sans lieu", "kind": "lead", "summary": None, "territories": [], "themes": ["revitalisation"]},
    {"title": "Piste nue", "kind": "lead", "summary": None, "territories": []},
    {
        "title": "Pays entier",
        "progress": "running",
        "themes": ["gouvernance-partagee"],
        "territories": [{"territory": "fr"}, {"territory": "be"}, {"territory": "pt"}],
    },
    {
        "title": "Région",
        "progress": "completed",
        "themes": ["dynamisme-economique", "habitat-partage"],
        "territories": [{"territory": "fr-reg-76"}, {"territory": "fr-81004", "role": "site"}],
    },
]


@pytest.fixture(scope="module")
def everything(shared: Shared) -> Sequence[Item]:
    """Every document, the oldest first, after some cases were added."""
    for draft in VARIED:
        published(shared.anybody, shared.moderator, **draft)
    documents = walk(shared.anybody, "/initiatives", sort="published")
    assert len(documents) == 13 + len(VARIED)
    return documents


@pytest.fixture(scope="module")
def taxonomy(shared: Shared) -> dict[str, str | None]:
    return {theme["id"]: theme["parent"] for theme in walk(shared.anybody, "/themes")}


@pytest.fixture(scope="module")
def places(shared: Shared) -> dict[str, Item]:
    return {territory["id"]: territory for territory in walk(shared.anybody, "/territories")}


def up(theme: str | None, taxonomy: dict[str, str | None]) -> Iterator[str]:
    while theme is not None:
        yield theme
        theme = taxonomy[theme]


def around(document: Item) -> set[str]:
    return {place for part in document["territories"] for place in (part["id"], *part["within"])}


def named(code: str, places: dict[str, Item]) -> str:
    """Our id of a territory, worked out from the codes of every territory."""
    for territory in places.values():
        former = {f"{scheme}:{old}" for scheme, codes in territory["former_codes"].items() for old in codes}
        names = {territory["id"], *(f"{scheme}:{given}" for scheme, given in territory["codes"].items()), *former}
        if code.lower() in {name.lower() for name in names}:
            return territory["id"]
    raise AssertionError(code)


def matches(document: Item, query: dict[str, Any], taxonomy: dict[str, str | None], places: dict[str, Item]) -> bool:
    has = {
        "theme": {above for theme in document["themes"] for above in up(theme["id"], taxonomy)},
        "territory": around(document),
        "country": {part["country"] for part in document["territories"]},
        "progress": {document["progress"]},
        "kind": {document["kind"]},
    }
    asked = dict(query) | (
        {"territory": [named(code, places) for code in query["territory"]]} if "territory" in query else {}
    )
    return all(has[key] & set(asked[key]) for key in has if asked.get(key))


def some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=3)


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "theme": some(THEMES),
        "territory": some(TERRITORIES),
        "country": some(COUNTRIES),
        "progress": some(PROGRESS),
        "kind": some(KINDS),
        "limit": st.sampled_from([1, 2, 3, 7, 20, 100]),
        "sort": st.sampled_from(["published", "-published"]),
    },
)


def check(shared: Shared, query: dict[str, Any], everything: Sequence[Item], **known: Any) -> None:
    expected = [document["id"] for document in everything if matches(document, query, **known)]
    if query.get("sort", "-published") == "-published":
        expected.reverse()
    turned = list(pages(shared.anybody, "/initiatives", **query, total="true"))
    assert [item["id"] for page in turned for item in page["items"]] == expected
    assert {page["total"] for page in turned} == {len(expected)}


def test_any_mix_of_filters_finds_what_reading_everything_finds(
    shared: Shared, everything: Sequence[Item], taxonomy: dict[str, str | None], places: dict[str, Item]
) -> None:
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(QUERIES)
    def holds(query: dict[str, Any]) -> None:
        check(shared, query, everything, taxonomy=taxonomy, places=places)

    holds()


def singles(taxonomy: Iterable[str], places: Iterable[str]) -> Iterator[dict[str, Any]]:
    yield {}
    for key, values in {
        "theme": taxonomy,
        "territory": (*places, *TERRITORIES),
        "country": COUNTRIES,
        "progress": PROGRESS,
        "kind": KINDS,
    }.items():
        yield from ({key: [value], "limit": 3} for value in values)


def test_each_value_of_each_filter_alone(
    shared: Shared, everything: Sequence[Item], taxonomy: dict[str, str | None], places: dict[str, Item]
) -> None:
    for query in singles(taxonomy, places):
        check(shared, query, everything, taxonomy=taxonomy, places=places)


def test_the_same_value_twice_is_once(shared: Shared, everything: Sequence[Item]) -> None:
    once, twice = (shared.anybody.get("/initiatives?total=true" + "&theme=tiers-lieux" * n).json() for n in (1, 2))
    assert once == twice
    same = "&territory=fr-81004&territory=insee:81004&territory=FR-81004"
    alone = shared.anybody.get("/initiatives?total=true&territory=fr-81004").json()
    assert shared.anybody.get(f"/initiatives?total=true{same}").json() == alone


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("path", ["/initiatives", "/initiatives?sort=published", "/territories", "/themes", "/sources"])
def test_pages_show_every_item_once(shared: Shared, everything: Sequence[Item], path: str, limit: int) -> None:
    plain, _, sort = path.partition("?sort=")
    asked = {"limit": limit, "total": "true"} | ({"sort": sort} if sort else {})
    whole = shared.anybody.get(plain, params=asked | {"limit": 100}).json()["items"]
    turned = list(pages(shared.anybody, plain, **asked))
    items = [item for page in turned for item in page["items"]]
    assert items[: len(whole)] == whole
    keys = [(item.get("id") or (item["url"], item["initiative"]["id"])) for item in items]
    assert len(set(keys)) == len(keys)
    assert {page["total"] for page in turned} == {len(items)}
    assert shared.anybody.get(plain).json()["total"] is None


def test_the_link_leads_to_the_next_page(shared: Shared, everything: Sequence[Item]) -> None:
    seen: list[str] = []
    path = "/initiatives?theme=tiers-lieux&theme=revitalisation&country=FR&country=BE&limit=2&sort=published&total=true"
    expected = [
        item["id"]
        for item in walk(
            shared.anybody,
            "/initiatives",
            theme=["tiers-lieux", "revitalisation"],
            country=["FR", "BE"],
            sort="published",
        )
    ]
    while path:
        answer = shared.anybody.get(path)
        seen += [item["id"] for item in answer.json()["items"]]
        assert answer.json()["total"] == len(expected)
        following = answer.links.get("next", {}).get("url", "")
        path = following.removeprefix("https://catalogue.example/v1")
        assert len(seen) <= len(expected)
    assert seen == expected


def test_a_case_published_between_two_pages_moves_nothing(client: httpx.Client, moderator: httpx.Client) -> None:
    before = [item["id"] for item in walk(client, "/initiatives", sort="published")]
    up_, down = (pages(client, "/initiatives", limit=3, sort=sort) for sort in ("published", "-published"))
    rising, falling = next(up_)["items"], next(down)["items"]
    new = published(client, moderator, themes=["tiers-lieux"])
    rising += [item for page in up_ for item in page["items"]]
    falling += [item for page in down for item in page["items"]]
    assert [item["id"] for item in rising] == [*before, new]
    assert [item["id"] for item in falling] == before[::-1]


def test_a_case_archived_between_two_pages_hides_only_itself(client: httpx.Client, moderator: httpx.Client) -> None:
    before = [item["id"] for item in walk(client, "/initiatives")]
    turning = pages(client, "/initiatives", limit=4)
    seen = [item["id"] for item in next(turning)["items"]]
    archived = [seen[-1], before[6]]  # the one that the cursor stands on, and one to come
    for case in archived:
        tag = client.get(f"/initiatives/{case}").headers["etag"]
        done = moderator.post(
            f"/moderation/initiatives/{case}/_archive", json={"reason": "r"}, headers={"If-Match": tag}
        )
        assert done.status_code == 200
    seen += [item["id"] for page in turning for item in page["items"]]
    assert seen == [case for case in before if case != archived[1]]


# --- Details, counts -------------------------------------------------------------------------------------------------


def test_a_detail_is_the_item_of_the_list_to_the_byte(shared: Shared, everything: Sequence[Item]) -> None:
    for document in everything:
        detail = shared.anybody.get(f"/initiatives/{document['id']}")
        assert detail.json() == document
        assert detail.content in shared.anybody.get("/initiatives?limit=100").content
    for territory in walk(shared.anybody, "/territories"):
        assert shared.anybody.get(f"/territories/{territory['id']}").json() == territory


def test_a_territory_answers_to_its_id_and_every_code(shared: Shared, places: dict[str, Item]) -> None:
    for territory in places.values():
        for code in (f"{scheme}:{code}" for scheme, code in territory["codes"].items()):
            for spelling in {code.upper(), code.lower()}:
                answer = shared.anybody.get(f"/territories/{spelling}")
                assert answer.status_code == 200, spelling
                assert answer.json()["id"] == territory["id"], spelling


def test_what_was_merged_leads_to_what_it_is_part_of(shared: Shared, places: dict[str, Item]) -> None:
    former = {
        f"{scheme}:{code}": territory["id"]
        for territory in places.values()
        for scheme, codes in territory["former_codes"].items()
        for code in codes
    }
    assert former["nis:55022"] == "be-58001"
    for code, successor in {**former, "be-55022": "be-58001", "NIS:55022": "be-58001"}.items():
        answer = shared.anybody.get(f"/territories/{code}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/territories/{successor}")
        assert shared.anybody.get("/initiatives", params={"territory": code}).status_code == 200
        assert shared.anybody.get("/territories", params={"parent": code}).status_code == 200


def test_counts_of_themes_include_those_below(
    shared: Shared, everything: Sequence[Item], taxonomy: dict[str, str | None]
) -> None:
    held = Counter(
        above for document in everything for above in {up_ for t in document["themes"] for up_ in up(t["id"], taxonomy)}
    )
    assert {theme["id"]: theme["initiatives"] for theme in walk(shared.anybody, "/themes")} == {
        theme: held[theme] for theme in taxonomy
    }


def test_counts_of_territories_include_everything_inside(
    shared: Shared, everything: Sequence[Item], places: dict[str, Item]
) -> None:
    held = Counter(place for document in everything for place in around(document))
    now = {territory["id"]: territory["initiatives"] for territory in walk(shared.anybody, "/territories")}
    assert now == {place: held[place] for place in places}


def test_status_counts_what_the_list_shows(shared: Shared, everything: Sequence[Item]) -> None:
    status = shared.anybody.get("/status").json()
    assert status["initiatives"] == len(everything)
    assert status["status"] == "ok"
    assert status["updated_at"] == max(document["updated_at"] for document in everything)


def test_within_goes_from_the_nearest_to_the_country(
    shared: Shared, everything: Sequence[Item], places: dict[str, Item]
) -> None:
    ranks = {
        "district": 0,
        "municipality": 1,
        "other": 1,
        "intercommunality": 2,
        "department": 3,
        "region": 4,
        "country": 5,
    }
    for territory in places.values():
        kinds = [ranks[territory["kind"]], *(ranks[outer["kind"]] for outer in territory["within"])]
        assert kinds == sorted(kinds), territory["id"]
        if territory["kind"] != "country":
            assert territory["within"][-1]["id"] == territory["country"].lower()
        for outer in territory["within"]:
            assert {"id": outer["id"], "kind": outer["kind"], "name": outer["name"]} == {
                key: places[outer["id"]][key] for key in ("id", "kind", "name")
            }
    for document in everything:
        for part in document["territories"]:
            whole = places[part["id"]]
            assert part["within"] == [outer["id"] for outer in whole["within"]]
            for key in ("name", "kind", "country", "population", "population_year"):
                assert part[key] == whole[key]
    lanester = [outer["id"] for outer in places["fr-56098"]["within"]]
    assert lanester == ["fr-epci-200042174", "fr-dep-56", "fr-reg-53", "fr"]


@pytest.mark.parametrize(
    "query",
    [
        {"kind": ["municipality"]},
        {"kind": ["region", "department"]},
        {"country": ["BE"]},
        {"country": ["BE", "PT"], "kind": ["municipality", "country"]},
        {"parent": "fr-reg-76"},
        {"parent": "iso:fr"},
        {"parent": "fr", "kind": ["intercommunality"]},
        {"parent": "fr", "country": ["BE"]},
        {"parent": "fr-81004"},
    ],
)
@pytest.mark.parametrize("limit", [2, 100])
def test_territories_by_kind_country_and_parent(
    shared: Shared, places: dict[str, Item], query: dict[str, Any], limit: int
) -> None:
    parent = named(query["parent"], places) if "parent" in query else None
    expected = [
        territory["id"]
        for territory in sorted(places.values(), key=lambda territory: territory["id"])
        if territory["kind"] in query.get("kind", [territory["kind"]])
        and territory["country"] in query.get("country", [territory["country"]])
        and (parent is None or parent in {outer["id"] for outer in territory["within"]})
    ]
    turned = list(pages(shared.anybody, "/territories", **query, limit=limit, total="true"))
    assert [item["id"] for page in turned for item in page["items"]] == expected
    assert {page["total"] for page in turned} == {len(expected)}


def test_sources_by_host_initiative_and_kind(shared: Shared, everything: Sequence[Item]) -> None:
    links = [(document, source) for document in reversed(everything) for source in document["sources"]]
    hosts = {urlsplit(source["url"]).hostname or "" for _, source in links}
    queries: list[dict[str, Any]] = [
        {},
        {"kind": ["press"]},
        {"kind": ["press", "official"]},
        {"host": "nowhere.example"},
    ]
    queries += [{"initiative": document["id"]} for document in everything] + [{"host": host} for host in hosts]
    queries += [
        {"host": host, "kind": [kind]} for host in sorted(hosts)[:3] for kind in ("press", "official", "platform")
    ]
    queries += [{"initiative": "no-such-case"}, {"initiative": everything[0]["id"], "kind": ["press"]}]
    for query in queries:
        expected = [
            (document["id"], source["url"])
            for document, source in links
            if query.get("initiative", document["id"]) == document["id"]
            and source["kind"] in query.get("kind", [source["kind"]])
            and query.get("host", urlsplit(source["url"]).hostname) == urlsplit(source["url"]).hostname
        ]
        turned = list(pages(shared.anybody, "/sources", **query, limit=4, total="true"))
        found = [(item["initiative"]["id"], item["url"]) for page in turned for item in page["items"]]
        assert found == expected, query
        assert {page["total"] for page in turned} == {len(expected)}


def test_a_source_tells_what_the_case_tells(shared: Shared, everything: Sequence[Item]) -> None:
    told = {
        (document["id"], source["url"]): (document, source) for document in everything for source in document["sources"]
    }
    for item in walk(shared.anybody, "/sources"):
        document, source = told[item["initiative"]["id"], item["url"]]
        assert item == source | {
            "host": urlsplit(item["url"]).hostname,
            "initiative": {"id": document["id"], "title": document["title"]},
        }


def test_every_answer_validates_as_its_model(shared: Shared, everything: Sequence[Item]) -> None:
    for path, model in (
        ("/initiatives", InitiativePage),
        ("/territories", TerritoryPage),
        ("/themes", ThemePage),
        ("/sources", SourcePage),
        ("/status", StatusDocument),
        ("/territories/fr-81004", TerritoryDocument),
    ):
        body = shared.anybody.get(path, params={} if path.startswith(("/status", "/territories/")) else {"limit": 100})
        read = model.model_validate_json(body.content)
        assert read.model_dump(mode="json", exclude_unset=True) == body.json()
        for item in body.json().get("items", []):
            fields = model.model_fields["items"].annotation.__args__[0].model_fields  # type: ignore[union-attr]
            assert item.keys() == fields.keys() - {"match"}  # only there where something is compared


def test_times_end_in_z_and_documents_hold_no_address_of_ours(shared: Shared, everything: Sequence[Item]) -> None:
    for document in everything:
        for key in ("published_at", "updated_at"):
            assert len(document[key]) == 20
            assert document[key].endswith("Z")
        assert document["license"] == "etalab-2.0"
    text = shared.anybody.get("/initiatives?limit=100").text
    assert "catalogue.example" not in text
    assert "127.0.0.1" not in text


# --- Cost ------------------------------------------------------------------------------------------------------------

ASKED = [
    "/initiatives",
    "/initiatives?limit=100",
    "/initiatives?theme=tiers-lieux",
    "/initiatives?sort=published&limit=2",
    "/initiatives?theme=tiers-lieux&theme=revitalisation&territory=insee:81004&territory=fr&country=FR&country=BE&progress=running&kind=case&limit=1",
    "/initiatives?country=ES",
    "/territories",
    "/territories?parent=insee:81004",
    "/territories?parent=fr&kind=municipality&country=FR&limit=1",
    "/themes",
    "/themes?limit=3",
    "/sources",
    "/sources?kind=press&kind=official&limit=2",
    "/sources?host=www.lci.fr",
    "/sources?initiative=courcy",
    "/initiatives/courcy",
    "/initiatives/absent",
    "/territories/insee:81004",
    "/territories/zz",
    "/status",
    "/initiatives?theme=absent&territory=absent",
]


@pytest.mark.parametrize("path", ASKED)
def test_a_public_read_takes_two_statements_at_most(shared: Shared, everything: Sequence[Item], path: str) -> None:
    is_list = shared.anybody.get(path).status_code == 200 and "next" in shared.anybody.get(path).json()
    join = "&" if "?" in path else "?"
    for asked in [path, *([f"{path}{join}total=true"] if is_list else [])]:
        cursor = ""
        for _ in range(3):
            with statements() as told:
                answer = shared.anybody.get(
                    asked + (f"{'&' if '?' in asked else '?'}cursor={cursor}" if cursor else "")
                )
            # Of a theme that there is not, those that there are are looked up, once more to find every mistake.
            assert len(told) <= (4 if answer.is_client_error else 2), "\n".join(told)
            assert len(told) >= 1, "the listener hears nothing"
            if not (is_list and (cursor := answer.json()["next"] or "")):
                break
        with statements() as told:
            shared.anybody.get(asked, headers={"If-None-Match": '"that of another version"'})
        assert len(told) <= (3 if answer.is_success else 6)


def test_a_cursor_past_everything_answers_empty_and_counts(client: httpx.Client, moderator: httpx.Client) -> None:
    """The last items can go between two pages: the next page is empty, and its total still right."""
    page = client.get("/initiatives?limit=12&sort=published").json()
    last = client.get("/initiatives?limit=1").json()["items"][0]["id"]
    tag = client.get(f"/initiatives/{last}").headers["etag"]
    moderator.post(f"/moderation/initiatives/{last}/_archive", json={"reason": "r"}, headers={"If-Match": tag})
    with statements() as told:
        answer = client.get(f"/initiatives?limit=12&sort=published&total=true&cursor={page['next']}").json()
    assert (answer["items"], answer["next"], answer["total"]) == ([], None, 12)
    assert len(told) <= 2, "\n".join(told)


# What is looked up once for all revisions that a page shows: their versions, drafts, and places that moved.
MOST_OF_REVISIONS = 3


def test_private_lists_do_not_grow_with_what_they_show(shared: Shared) -> None:
    def cost(path: str) -> int:
        with statements() as told:
            assert shared.moderator.get(path).status_code == 200
        return len(told)

    for path in ("/moderation/submissions?state=accepted", "/moderation/events"):
        one, many = (cost(f"{path}{'&' if '?' in path else '?'}{rest}") for rest in ("limit=1", "limit=100&total=true"))
        assert many <= one + MOST_OF_REVISIONS
