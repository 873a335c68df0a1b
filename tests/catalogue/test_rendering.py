"""Evidence, posting lists, and figures that are told apart by who states them."""

import pytest
from sqlmodel import col, select

from api.catalogue import terms
from api.catalogue.rendering import evidence
from api.db import Database
from api.models import Initiative, PublicationSource, Territory
from api.queries import InitiativeQuery
from tests.catalogue.acting import document, publish, terms_of

OFFICIAL, PRESS, TESTIMONY, EVALUATION = "official", "press", "testimony", "evaluation"


@pytest.mark.parametrize(
    ("level", "links"),
    [
        (0, []),
        (1, [(OFFICIAL, "a")]),
        (1, [(PRESS, "a"), (PRESS, "a"), ("platform", "a")]),
        (1, [(OFFICIAL, "a"), (PRESS, "a")]),
        (2, [(PRESS, "a"), (PRESS, "b")]),
        (2, [(OFFICIAL, "a"), (OFFICIAL, "b")]),
        (2, [(OFFICIAL, "a"), ("other", "b")]),
        (2, [(PRESS, "a"), (TESTIMONY, "b"), ("platform", "c")]),
        (2, [(OFFICIAL, "a"), (PRESS, "a"), ("platform", "b")]),
        (3, [(OFFICIAL, "a"), (PRESS, "b")]),
        (3, [(TESTIMONY, "a"), (OFFICIAL, "b")]),
        (3, [(OFFICIAL, "a"), (PRESS, "a"), (OFFICIAL, "b")]),
        (3, [(EVALUATION, "a")]),
    ],
)
def test_evidence_counts_who_speaks_and_from_where(level: int, links: list[tuple[str, str]]) -> None:
    assert evidence(links) == evidence(links[::-1]) == level


def test_hosts_are_compared_as_the_web_does(database: Database) -> None:
    urls = {"https://Ville.Example/": OFFICIAL, "http://ville.example:8080/presse": PRESS, "https://é.example": PRESS}
    sources = [{"url": url, "kind": kind} for url, kind in urls.items()]
    with database.write() as session:
        same = publish(session, sources=sources[:2])
        assert document(session, same.id)["evidence"] == 1
        apart = publish(session, sources=sources)
        shown = document(session, apart.id)
        assert shown["evidence"] == 3
        assert [source["url"] for source in shown["sources"]] == list(urls)
        links = select(PublicationSource.host).where(col(PublicationSource.number) == apart.number)
        hosts = session.exec(links.order_by(col(PublicationSource.position))).all()
        assert hosts == ["ville.example", "ville.example", "xn--9ca.example"]


def test_a_case_is_in_the_lists_of_all_that_its_themes_and_territories_lie_in(database: Database) -> None:
    with database.write() as session:
        case = publish(
            session,
            themes=["circuit-court", "habitat-partage"],
            progress="running",
            territories=[{"territory": "insee:81004"}, {"territory": "nis:71016", "role": "site"}],
        )
        themes = {"circuit-court", "developpement-durable", "habitat-partage", "attractivite-touristique"}
        places = {"fr-81004", "fr-epci-248100737", "fr-dep-81", "fr-reg-76", "fr"}
        places |= {"be-71016", "be-dep-70000", "be-reg-02000", "be"}
        assert terms_of(session, case) == (
            {"all", "kind:case", "progress:running", "language:fr", "evidence:0", "size:50000/99999"}
            | {f"theme:{theme}" for theme in themes}
            | {f"in:{place}" for place in places}
        )


def test_a_lead_without_a_territory_is_in_no_territory(database: Database) -> None:
    with database.write() as session:
        case = publish(session, kind="lead", title="Une piste", summary=None, territories=[])
        assert terms_of(session, case) == {"all", "kind:lead", "progress:unknown", "language:fr", "evidence:0"}
        assert document(session, case.id)["territories"] == []


def test_what_a_source_states_stands_beside_the_official_figure(database: Database) -> None:
    with database.write() as session:
        stated = {"territory": "fr-81004", "stated_population": 1, "stated_on": "2018-08"}
        case = publish(session, territories=[stated, {"territory": "fr-11262"}])
        lead, partner = document(session, case.id)["territories"]
        assert lead == {
            "role": "lead",
            "id": "fr-81004",
            "name": "Albi",
            "kind": "municipality",
            "country": "FR",
            "population": 51290,
            "population_year": 2023,
            "within": ["fr-epci-248100737", "fr-dep-81", "fr-reg-76", "fr"],
            "stated_population": 1,
            "stated_on": "2018-08",
        }
        assert (partner["role"], partner["stated_population"], partner["stated_on"]) == ("partner", None, None)
        assert session.get_one(Territory, "fr-81004").population == 51290


def test_a_case_is_in_the_lists_of_its_sources_its_relations_its_decade_and_its_size(database: Database) -> None:
    with database.write() as session:
        sources = [{"url": "https://Www.Example.org/1"}, {"url": "https://example.com:8080/2"}]
        relations = [{"kind": "inspired_by", "initiative": "gand-refill"}]
        case = publish(session, sources=sources, relations=relations, started_on="1999-12", language="nl")
        found = terms_of(session, case)
        assert {"host:www.example.org", "host:example.com", "related:gand-refill"} <= found
        assert {"decade:1990", "size:50000/99999", "language:nl", "evidence:2"} <= found
        gent = session.exec(select(Initiative).where(col(Initiative.id) == "gand-refill")).one()
        assert f"related:{case.id}" in terms_of(session, gent)


@pytest.mark.parametrize(
    ("people", "size"),
    [(0, "../1999"), (1999, "../1999"), (2000, "2000/4999"), (199_999, "100000/199999"), (200_000, "200000/..")],
)
def test_sizes_are_the_bands_of_insee_as_population_takes_them(people: int, size: str) -> None:
    assert terms.size(people) == f"size:{size}"
    asked = InitiativeQuery.model_validate({"population": size}).population
    assert asked is not None
    assert asked.least <= people <= asked.most


@pytest.mark.parametrize(
    ("term", "facet", "value"),
    [
        ("in:fr", "country", "FR"),
        ("in:fr-reg-44", "region", "fr-reg-44"),
        ("in:be-dep-70000", "department", "be-dep-70000"),
        ("in:fr-81004", None, "fr-81004"),
        ("in:fr-epci-248100737", None, "fr-epci-248100737"),
        ("theme:tiers-lieux", "theme", "tiers-lieux"),
        ("size:2000/4999", "size", "2000/4999"),
        ("host:www.example.org:80", None, "www.example.org:80"),
        ("all", None, ""),
    ],
)
def test_a_posting_list_knows_which_facet_counts_it(term: str, facet: str | None, value: str) -> None:
    assert terms.facet_of(term) == facet
    assert terms.value_of(term) == value
