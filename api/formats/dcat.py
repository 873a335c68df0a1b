"""The catalogue's description for portals of open data: DCAT-AP 3, as JSON-LD with its context in it, or as Turtle.

What never changes stands here; the rest is the coverage, which is measured, and addresses. The standard leaves open
what data.gouv.fr's harvester (udata) wants:

- French first: of a text in two languages it takes the first.
- A box is GeoJSON under this very datatype; a period has no address, or udata would fetch it.
- No `dcat:accessService`: a service behind a file would be passed over as an API of its own.
- What the European lists lack has an `rdfs:label`.

The shapes of DCAT-AP want each frequency, theme, licence and address to say which class it is of.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.documents import LICENSE_PAGE, NAME, Label
from api.extents import Box
from api.formats import eu_lists
from api.formats.eu_lists import Node

JSON_LD, TURTLE = "application/ld+json", "text/turtle"

_IANA = "https://www.iana.org/assignments/media-types/"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:title": {"@container": "@language"},
    "dct:description": {"@container": "@language"},
    "dct:issued": {"@type": "xsd:dateTime"},
    "dct:modified": {"@type": "xsd:dateTime"},
    "dcat:startDate": {"@type": "xsd:date"},
    "dcat:endDate": {"@type": "xsd:date"},
    "dcat:keyword": {"@container": "@language"},
    "dcat:bbox": {"@type": f"{_IANA}application/vnd.geo+json"},
    "rdfs:label": {"@container": "@language"},
    "skos:prefLabel": {"@container": "@language"},
}

_SUMMARY = {
    "fr": "Ce que des communes et d’autres territoires ont essayé, avec qui, jusqu’où, avec quelles preuves.",
    "en": "What towns and other territories have tried, with whom, how far it got, and the evidence.",
}
_INITIATIVES: Node = {
    "dct:title": {"fr": "Initiatives locales", "en": "Local initiatives"},
    "dct:description": _SUMMARY,
}
_TERRITORIES: Node = {
    "dct:title": {"fr": "Territoires de référence", "en": "Reference of territories"},
    "dct:description": {
        "fr": "Communes, intercommunalités, départements, régions et pays : leurs noms, leurs codes officiels, leur "
        "population et un point.",
        "en": "Municipalities, intercommunalities, departments, regions and countries: their names, official codes, "
        "population and a point.",
    },
    "dcat:keyword": {
        "fr": ["communes", "intercommunalités", "départements", "régions", "codes officiels"],
        "en": ["municipalities", "intercommunalities", "departments", "regions", "official codes"],
    },
    "dct:provenance": {
        "@type": "dct:ProvenanceStatement",
        "rdfs:label": {
            "fr": "INSEE, DGCL et La Poste (Licence Ouverte) ; GeoNames, Statbel et Eurostat (CC BY 4.0).",
            "en": "INSEE, DGCL and La Poste (Open Licence); GeoNames, Statbel and Eurostat (CC BY 4.0).",
        },
    },
}
_SERVICE: Node = {
    "dct:title": {"fr": f"API {NAME}", "en": f"{NAME} API"},
    "dct:description": {
        "fr": "Chercher, filtrer et suivre les initiatives, et en proposer. La lecture est libre et sans clé.",
        "en": "Search, filter and follow the initiatives, and submit some. Reading is free and needs no key.",
    },
}

_LICENSE = {
    "@id": LICENSE_PAGE,
    "@type": "dct:LicenseDocument",
    "rdfs:label": "Licence Ouverte / Open Licence version 2.0",
}
_TABLE = {"fr": "Un tableau, à ouvrir dans un tableur.", "en": "A table, to be opened in a spreadsheet."}
_MAP = {"fr": "Des points, à poser sur une carte.", "en": "Points, to be put on a map."}
_DOCUMENTS = {"fr": "Les documents entiers, un par ligne.", "en": "The whole documents, one in each line."}
# Each kind of file by the end of its address.
_FILES: Mapping[str, tuple[Node, Node, Node]] = {
    "csv": (_TABLE, {"@id": f"{_IANA}text/csv"}, eu_lists.file_type("CSV")),
    "geojson": (_MAP, {"@id": f"{_IANA}application/geo+json"}, eu_lists.file_type("GEOJSON")),
    "ndjson": (_DOCUMENTS, {"rdfs:label": "application/x-ndjson"}, {"rdfs:label": "NDJSON"}),
}


@dataclass(frozen=True)
class Area:
    """Where: the box around all points that are known, if there is any, and the countries (ISO 3166-1)."""

    box: Box | None
    countries: Sequence[str]


@dataclass(frozen=True)
class Coverage:
    """Of the initiatives: when, in which languages (ISO 639-1), on which themes, where. Of the territories: where."""

    updated_at: datetime
    first_published: datetime | None
    first_start: date | None
    languages: Sequence[str]
    themes: Sequence[Label]
    initiatives: Area
    territories: Area


def catalog(covered: Coverage, address: str, email: str) -> bytes:
    """The description of the API at an address, as JSON-LD, where a null says nothing; `email` is for questions."""
    everywhere = _whose(address, email)
    described = {
        "@context": _CONTEXT,
        "@id": f"{address}/catalog",
        "@type": "dcat:Catalog",
        "dct:title": {"fr": NAME, "en": NAME},
        "dct:description": _SUMMARY,
        "dct:language": eu_lists.languages(("fr", "en")),
        "dct:license": _LICENSE,
        "dct:spatial": _places(covered.initiatives),
        "foaf:homepage": {"@id": f"{address}/docs", "@type": "foaf:Document"},
        **_times(covered),
        **everywhere,
        "dcat:dataset": [_initiatives(covered, address) | everywhere, _territories(covered, address) | everywhere],
        "dcat:service": [_service(address) | everywhere],
    }
    return json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()


def written(json_ld: bytes, media_type: str) -> bytes:
    """The same graph in one of the two media types."""
    if media_type == JSON_LD:
        return json_ld
    # Here, since hardly anybody asks for it: no start of the service should wait for RDFLib.
    from rdflib import Graph  # noqa: PLC0415
    from rdflib.plugins.parsers.jsonld import to_rdf  # noqa: PLC0415

    graph: Graph = to_rdf(json.loads(json_ld), Graph())  # `Graph.parse` warns of what it does itself
    return graph.serialize(format="turtle", encoding="utf-8")


def _whose(address: str, email: str) -> Node:
    """What holds for the catalogue and all that is in it."""
    publisher = {"@id": _id(address, "publisher"), "@type": "foaf:Agent", "foaf:name": NAME}
    contact = {
        "@id": _id(address, "contact"),
        "@type": "vcard:Kind",
        "vcard:fn": NAME,
        "vcard:hasEmail": {"@id": f"mailto:{email}"},
    }
    return {
        "dct:publisher": publisher,
        "dcat:contactPoint": contact,
        "dcat:landingPage": {"@id": f"{address}/docs", "@type": "foaf:Document"},
        "dcat:theme": eu_lists.REGIONS_AND_CITIES,
    }


def _initiatives(covered: Coverage, address: str) -> Node:
    return {
        **_dataset("initiatives", covered.initiatives, address),
        **_INITIATIVES,
        **_times(covered),
        "dct:language": eu_lists.languages(covered.languages),
        "dct:temporal": _period(covered),
        "dcat:keyword": {
            "fr": [label.fr for label in covered.themes],
            "en": [label.en for label in covered.themes],
        },
    }


def _territories(covered: Coverage, address: str) -> Node:
    return _dataset("territories", covered.territories, address) | _TERRITORIES


def _service(address: str) -> Node:
    served = [{"@id": _id(address, name)} for name in ("initiatives", "territories")]
    return _SERVICE | {
        "@id": _id(address, "api"),
        "@type": "dcat:DataService",
        "dct:identifier": _id(address, "api"),
        "dct:license": _LICENSE,
        "dcat:endpointURL": _resource(address),
        "dcat:endpointDescription": _resource(f"{address}/openapi.json"),
        "dcat:servesDataset": served,
    }


def _dataset(name: str, area: Area, address: str) -> Node:
    """What datasets have in common."""
    return {
        "@id": _id(address, name),
        "@type": "dcat:Dataset",
        "dct:identifier": _id(address, name),
        "dct:accrualPeriodicity": eu_lists.IRREGULAR,  # a moderator's decision, a new reference
        "dct:license": _LICENSE,
        "dct:spatial": _places(area),
        "dcat:distribution": [_distribution(name, suffix, address) for suffix in _FILES],
    }


def _distribution(name: str, suffix: str, address: str) -> Node:
    described, media_type, kind = _FILES[suffix]
    file = _resource(f"{address}/{name}.{suffix}")
    schema = {"@id": f"{address}/{name}.schema.json", "@type": "dct:Standard", "dct:title": "Table Schema"}
    return {
        "@id": _id(address, f"{name}-{suffix}"),
        "@type": "dcat:Distribution",
        "dct:title": f"{name}.{suffix}",
        "dct:description": described,
        "dct:license": _LICENSE,
        "dct:format": {**kind, "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {**media_type, "@type": "dct:MediaType"},
        "dct:conformsTo": schema if suffix == "csv" else None,
        "dcat:accessURL": file,
        "dcat:downloadURL": file,
    }


def _places(area: Area) -> list[Node]:
    """The box around everything, and the countries that Europe's list has."""
    boxes = [{"@type": "dct:Location", "dcat:bbox": _polygon(area.box)}] if area.box else []
    return [*boxes, *eu_lists.countries(area.countries)]


def _polygon(box: Box) -> str:
    """GeoJSON (RFC 7946), its corners against the clock."""
    south_west, north_east = [box.west, box.south], [box.east, box.north]
    corners = [south_west, [box.east, box.south], north_east, [box.west, box.north], south_west]
    return json.dumps({"type": "Polygon", "coordinates": [corners]})


def _times(covered: Coverage) -> Node:
    issued = covered.first_published and _moment(covered.first_published)
    return {"dct:issued": issued, "dct:modified": _moment(covered.updated_at)}


def _period(covered: Coverage) -> Node | None:
    """From the first start of an initiative to the last change of the catalogue."""
    if covered.first_start is None:
        return None
    last = max(covered.first_start, covered.updated_at.date())
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": covered.first_start.isoformat(),
        "dcat:endDate": last.isoformat(),
    }


def _id(address: str, name: str) -> str:
    return f"{address}/catalog#{name}"


def _resource(url: str) -> Node:
    return {"@id": url, "@type": "rdfs:Resource"}


def _moment(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
