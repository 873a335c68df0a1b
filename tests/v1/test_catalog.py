"""The description of the catalogue: by the shapes of DCAT-AP, as data.gouv.fr's harvester reads it, and true."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.resource import Resource

from api import schema
from api.db import Database
from api.settings import Settings
from tests.conftest import PUBLIC_URL, published, serving
from tests.databases import SqliteFiles
from tests.v1.conftest import Shared
from tests.v1.test_http import archive
from tests.v1.wire import check_problem, walk

JSON_LD, TURTLE = "application/ld+json", "text/turtle"
HERE = f"{PUBLIC_URL}/v1"
EU = Namespace("http://publications.europa.eu/resource/authority/")
IANA = Namespace("https://www.iana.org/assignments/media-types/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


@pytest.fixture(scope="session")
def shapes() -> Graph:
    """SEMIC's shapes of DCAT-AP 3.0.0: see NOTICE."""
    return to_rdf(
        json.loads(gzip.decompress(Path(__file__).with_name("dcat-ap-3.0.0.jsonld.gz").read_bytes())), Graph()
    )


def read(client: httpx.Client, media_type: str = JSON_LD) -> Graph:
    answer = client.get("/catalog", headers={"Accept": media_type})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == media_type
    return Graph().parse(data=answer.content) if media_type == TURTLE else to_rdf(answer.json(), Graph())


def dataset(graph: Graph, name: str) -> Resource:
    return graph.resource(f"{HERE}/catalog#{name}")


def nothing(url: str) -> None:
    """A database with its tables, and no more."""
    database = Database(url)
    schema.migrate(database)
    database.close()


# --- The standard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", [JSON_LD, TURTLE])
def test_it_has_no_violation_of_the_shapes_of_dcat_ap(anyone: httpx.Client, shapes: Graph, media_type: str) -> None:
    conforms, _, report = validate(read(anyone, media_type), shacl_graph=shapes)
    assert conforms, report


def test_an_empty_catalogue_has_none_either(sqlite_files: SqliteFiles, shapes: Graph) -> None:
    with sqlite_files.copy(nothing) as url:
        for service in serving(Settings(database_url=url, public_url=PUBLIC_URL)):
            with service.client() as client:
                graph = read(client)
    conforms, _, report = validate(graph, shacl_graph=shapes)
    assert conforms, report
    assert (None, DCTERMS.issued, None) not in graph
    assert (None, DCTERMS.temporal, None) not in graph


@pytest.mark.parametrize(
    "said",
    [
        (RDF.type, DCTERMS.Frequency),
        (RDF.type, DCTERMS.LicenseDocument),
        (RDF.type, SKOS.Concept),
        (RDF.type, RDFS.Resource),
        (DCTERMS.title, None),
        (FOAF.name, None),
        (DCAT.accessURL, None),
    ],
)
def test_the_shapes_miss_what_is_left_out(anyone: httpx.Client, shapes: Graph, said: tuple[URIRef, Any]) -> None:
    graph = read(anyone)
    graph.remove((None, *said))
    assert not validate(graph, shacl_graph=shapes)[0]


def test_json_ld_and_turtle_say_the_same(anyone: httpx.Client) -> None:
    assert isomorphic(read(anyone), read(anyone, TURTLE))
    assert len(read(anyone)) > 100


# --- Over HTTP -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON_LD),
        ("*/*", JSON_LD),
        ("application/*", JSON_LD),
        ("text/turtle, application/ld+json", JSON_LD),
        ("text/turtle, application/ld+json;q=0.9", TURTLE),
        ("text/*", TURTLE),
        ("application/ld+json;q=0, */*", TURTLE),
        ("application/rdf+xml, */*;q=0.1", JSON_LD),
    ],
)
def test_the_caller_chooses_the_media_type(anyone: httpx.Client, accept: str, media_type: str) -> None:
    answer = anyone.get("/catalog", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/rdf+xml"])
def test_who_takes_neither_is_told_what_there_is(anyone: httpx.Client, accept: str) -> None:
    problem = check_problem(anyone.get("/catalog", headers={"Accept": accept}), 406)
    assert problem["detail"] == "Answers are application/ld+json, text/turtle."


def test_each_media_type_has_an_etag_of_its_own(anyone: httpx.Client) -> None:
    tags = {}
    for media_type in (JSON_LD, TURTLE):
        first, second = (anyone.get("/catalog", headers={"Accept": media_type}) for _ in range(2))
        assert first.content == second.content
        assert first.headers["etag"] == second.headers["etag"]
        tags[media_type] = first.headers["etag"]
    for held, told in tags.items():
        for asked in tags:
            answer = anyone.get("/catalog", headers={"Accept": asked, "If-None-Match": told})
            assert answer.status_code == (304 if asked == held else 200)
            assert "Accept" in answer.headers["vary"].split(", ")


def test_addresses_are_those_of_the_settings_whatever_host_is_asked(anyone: httpx.Client) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert anyone.get("/catalog", headers=forged).content == anyone.get("/catalog").content
    assert "evil.example" not in anyone.get("/catalog", headers=forged).text


# --- As data.gouv.fr reads it ----------------------------------------------------------------------------------------


def test_a_harvester_finds_two_datasets_with_their_files(anyone: httpx.Client) -> None:
    """As udata walks: datasets by their class, in French, each with an identifier, a frequency and a licence."""
    graph = read(anyone)
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    found = {
        str(graph.value(node, DCTERMS.identifier)): graph.resource(node)
        for node in graph.objects(catalog, DCAT.dataset)
    }
    assert {node.identifier for node in found.values()} == set(graph.subjects(RDF.type, DCAT.Dataset))
    assert len(found) == 2
    for name in ("initiatives", "territories"):
        described = found[f"{HERE}/catalog#{name}"]
        for said in (DCTERMS.title, DCTERMS.description):
            assert graph.value(described.identifier, said).language == "fr", "of two languages the first is taken"
            assert {text.language for text in described.objects(said)} == {"fr", "en"}
        assert {word.language for word in described.objects(DCAT.keyword)} == {"fr", "en"}
        assert described.value(DCTERMS.accrualPeriodicity).identifier == EU["frequency/IRREG"]
        assert described.value(DCAT.landingPage).identifier == URIRef(f"{HERE}/docs")
        assert described.value(DCAT.contactPoint).value(VCARD.hasEmail).identifier == URIRef(
            "mailto:webmaster@catalogue.example"
        )
        assert str(described.value(DCTERMS.publisher).value(FOAF.name)) == "Territoires innovants"
        assert files(described) == {
            f"{HERE}/{name}.csv": ("text/csv", "csv"),
            f"{HERE}/{name}.geojson": ("application/geo+json", "geojson"),
            f"{HERE}/{name}.ndjson": ("application/x-ndjson", "ndjson"),
        }


def files(described: Resource) -> dict[str, tuple[str, str]]:
    """Each file's address, with its media type and format as udata makes them out: of a label, or of a list's end."""

    def named(node: Resource) -> str:
        return str(node.value(RDFS.label) or node.identifier)

    told = {}
    for file in described.objects(DCAT.distribution):
        assert file.value(DCAT.accessURL) == file.value(DCAT.downloadURL)
        assert str(file.value(DCTERMS.license).value(RDFS.label)) == "Licence Ouverte / Open Licence version 2.0"
        media_type = named(file.value(DCAT.mediaType)).removeprefix(IANA)
        kind = named(file.value(DCTERMS.format)).removeprefix(EU["file-type/"]).lower()
        told[str(file.value(DCAT.downloadURL).identifier)] = media_type, kind
    return told


def test_a_harvester_finds_the_api(anyone: httpx.Client) -> None:
    graph = read(anyone)
    (service,) = (graph.resource(node) for node in graph.subjects(RDF.type, DCAT.DataService))
    assert (None, DCAT.service, service.identifier) in graph
    assert (None, DCAT.accessService, None) not in graph, "udata would take it for a part of a dataset"
    assert graph.value(service.identifier, DCTERMS.title).language == "fr"
    assert service.value(DCAT.endpointURL).identifier == URIRef(HERE)
    assert service.value(DCAT.endpointDescription).identifier == URIRef(f"{HERE}/openapi.json")
    assert {str(one.value(DCTERMS.identifier)) for one in service.objects(DCAT.servesDataset)} == {
        f"{HERE}/catalog#initiatives",
        f"{HERE}/catalog#territories",
    }


def test_a_table_says_which_schema_it_follows(anyone: httpx.Client) -> None:
    assert {*read(anyone).subject_objects(DCTERMS.conformsTo)} == {
        (URIRef(f"{HERE}/catalog#{name}-csv"), URIRef(f"{HERE}/{name}.schema.json"))
        for name in ("initiatives", "territories")
    }


def test_every_address_of_ours_that_it_names_answers(shared: Shared) -> None:
    named = {str(node) for node in read(shared.anybody).all_nodes() if isinstance(node, URIRef)}
    ours = {address for address in named if address.startswith(PUBLIC_URL) and "#" not in address}
    assert len(ours) == 12, "the catalogue, the API, its page and document, six files, two schemas"
    for address in ours:
        here = f"{shared.service.address}{address.removeprefix(PUBLIC_URL)}"
        assert httpx.get(here, follow_redirects=True).status_code == 200, address


def test_every_file_is_of_the_media_type_that_it_is_said_to_be(shared: Shared) -> None:
    graph = read(shared.anybody)
    for name in ("initiatives", "territories"):
        for address, (media_type, _) in files(dataset(graph, name)).items():
            here = f"{shared.service.address}{address.removeprefix(PUBLIC_URL)}"
            answer = httpx.get(here, headers={"Accept": media_type})
            assert answer.headers["content-type"].partition(";")[0] == media_type
            assert answer.content, address


# --- The facts -------------------------------------------------------------------------------------------------------


def ring(described: Resource) -> list[list[float]]:
    (box,) = (box for place in described.objects(DCTERMS.spatial) for box in place.objects(DCAT.bbox))
    assert str(box.datatype) == f"{IANA}application/vnd.geo+json", "the one that udata reads"
    polygon = json.loads(box)
    assert polygon["type"] == "Polygon"
    return polygon["coordinates"][0]


def point(client: httpx.Client, case: dict[str, Any]) -> tuple[float, float] | None:
    lead = [part["id"] for part in case["territories"] if part["role"] == "lead"]
    place = case["place"] or (client.get(f"/territories/{lead[0]}").json() if lead else None)
    return place and (place["longitude"], place["latitude"])


def test_what_it_says_of_initiatives_is_what_they_say(anyone: httpx.Client) -> None:
    described = dataset(read(anyone), "initiatives")
    cases = walk(anyone, "/initiatives")
    where = [found for case in cases if (found := point(anyone, case))]
    west, south = (min(axis) for axis in zip(*where, strict=True))
    east, north = (max(axis) for axis in zip(*where, strict=True))
    assert ring(described) == [[west, south], [east, south], [east, north], [west, north], [west, south]]
    assert west < east
    assert south < north

    countries = {node.identifier for node in described.objects(DCTERMS.spatial) if isinstance(node.identifier, URIRef)}
    assert countries == {EU["country/FRA"], EU["country/BEL"], EU["country/PRT"]}
    assert {node.identifier for node in described.objects(DCTERMS.language)} == {EU["language/FRA"]}
    assert {case["language"] for case in cases} == {"fr"}

    first = min(case["published_at"] for case in cases)
    assert described.value(DCTERMS.issued).toPython() == datetime.fromisoformat(first)
    status = anyone.get("/status").json()
    assert described.value(DCTERMS.modified).toPython() == datetime.fromisoformat(status["updated_at"])
    period = described.value(DCTERMS.temporal)
    assert isinstance(period.identifier, BNode), "udata would fetch an address"
    assert (
        str(period.value(DCAT.startDate)) == min(case["started_on"] for case in cases if case["started_on"]) + "-01-01"
    )
    assert str(period.value(DCAT.endDate)) == status["updated_at"][:10]

    labels = [theme["label"] for theme in walk(anyone, "/themes", limit=100) if theme["initiatives"]]
    words = {Literal(label[language], language) for label in labels for language in ("fr", "en")}
    assert set(described.objects(DCAT.keyword)) == words
    assert len(words) > 10


def test_a_new_case_is_described_and_an_archived_one_no_longer(client: httpx.Client, moderator: httpx.Client) -> None:
    def told() -> tuple[Any, ...]:
        described = dataset(read(client), "initiatives")
        return (
            described.value(DCTERMS.issued),
            ring(described),
            {node.identifier for node in described.objects(DCTERMS.language)},
            str(described.value(DCTERMS.temporal).value(DCAT.startDate)),
            set(described.objects(DCAT.keyword)),
        )

    before, tag = told(), client.get("/catalog").headers["etag"]
    place = {"label": "Loin", "latitude": 60, "longitude": 25}
    case = published(
        client, moderator, place=place, language="nl", started_on="1950-05", themes=["urbanisme-transitoire"]
    )
    issued, box, languages, started, _ = told()
    assert issued == before[0], "the first publication, not the last"
    assert box[2] == [25, 60]
    assert EU["language/NLD"] in languages
    assert started == "1950-05-01"
    assert client.get("/catalog").headers["etag"] != tag
    archive(client, moderator, case)
    assert told() == before


def test_a_theme_without_a_case_is_no_keyword(client: httpx.Client, moderator: httpx.Client) -> None:
    rare = next(theme for theme in walk(client, "/themes", limit=100) if theme["initiatives"] == 1)
    word = Literal(rare["label"]["fr"], "fr")
    assert word in set(dataset(read(client), "initiatives").objects(DCAT.keyword))
    (case,) = walk(client, "/initiatives", theme=rare["id"])
    archive(client, moderator, case["id"])
    assert word not in set(dataset(read(client), "initiatives").objects(DCAT.keyword))


def test_what_no_list_of_the_union_has_is_left_out(client: httpx.Client, moderator: httpx.Client) -> None:
    published(client, moderator, language="br")
    described = dataset(read(client), "initiatives")
    assert {node.identifier for node in described.objects(DCTERMS.language)} == {EU["language/FRA"]}


def test_the_reference_says_where_it_reaches(anyone: httpx.Client) -> None:
    described = dataset(read(anyone), "territories")
    known = [one for one in walk(anyone, "/territories", limit=100) if one["latitude"] is not None]
    (west, south), (east, north) = ring(described)[0], ring(described)[2]
    assert (west, east) == (min(one["longitude"] for one in known), max(one["longitude"] for one in known))
    assert (south, north) == (min(one["latitude"] for one in known), max(one["latitude"] for one in known))
