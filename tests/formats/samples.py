"""Documents as the catalogue keeps them, with what a test wants to be otherwise."""

from datetime import UTC, datetime

from api.documents import InitiativeDocument, TerritoryDocument
from api.formats import About, Located

ADDRESS = "https://catalogue.example"
ABOUT = About(ADDRESS, 57, datetime(2026, 11, 26, 6, tzinfo=UTC))

ALBI = {
    "role": "lead",
    "id": "fr-81004",
    "name": "Albi",
    "kind": "municipality",
    "country": "FR",
    "population": 51290,
    "population_year": 2023,
    "within": ["fr-epci-248100737", "fr-dep-81", "fr-reg-76", "fr"],
    "stated_population": None,
    "stated_on": None,
}
_CASE = {
    "id": "albi-jardin",
    "kind": "case",
    "title": "Un jardin partagé",
    "summary": "Vingt familles cultivent un ancien parking.",
    "description": "La commune prête le terrain.\n\nUne association l'anime.",
    "language": "fr",
    "themes": [{"id": "circuit-court", "label": {"fr": "Circuit court", "en": "Short food supply chains"}}],
    "progress": "running",
    "started_on": "2014-06",
    "ended_on": None,
    "territories": [ALBI],
    "place": {"label": "Jardin de la Madeleine", "latitude": 43.93, "longitude": 2.15},
    "actors": [{"name": "Ville d'Albi", "kind": "public"}, {"name": "Les Jardiniers", "kind": "association"}],
    "results": [{"label": "Surface", "value": 73, "unit": "ha", "year": 2019, "note": "mesurée"}],
    "open_questions": [],
    "relations": [{"kind": "inspired_by", "id": "gand-refill", "title": "Refill"}],
    "sources": [
        {
            "url": f"https://{host}.example/jardin",
            "title": title,
            "publisher": None,
            "kind": "press",
            "language": "fr",
            "published_on": None,
            "consulted_on": None,
        }
        for host, title in (("www", None), ("presse", "Le jardin & la ville"))
    ],
    "evidence": 2,
    "external": {"system": "portail-occitanie", "id": "1234"},
    "license": "etalab-2.0",
    "published_at": "2026-11-23T08:00:00Z",
    "updated_at": "2026-11-24T08:00:00Z",
    "version": 2,
}
_TOWN = {
    "id": "fr-81004",
    "kind": "municipality",
    "name": "Albi",
    "other_names": [],
    "country": "FR",
    "codes": {"insee": "81004", "siren": "218100048"},
    "former_codes": {"insee": ["81998", "81999"]},
    "population": 51290,
    "population_year": 2023,
    "latitude": 43.92,
    "longitude": 2.14,
    "precision": "point",
    "postcodes": ["81000", "81990"],
    "within": [
        {"id": "fr-epci-248100737", "kind": "intercommunality", "name": "Grand Albigeois"},
        {"id": "fr-reg-76", "kind": "region", "name": "Occitanie"},
        {"id": "fr-reg-fr1", "kind": "region", "name": "France métropolitaine"},
        {"id": "fr", "kind": "country", "name": "France"},
    ],
    "initiatives": 1,
}
_LEAD = {
    "id": "courcy",
    "kind": "lead",
    "title": "Courcy ?",
    "description": None,
    "summary": None,
    "themes": [],
    "progress": "unknown",
    "started_on": None,
    "territories": [],
    "place": None,
    "actors": [],
    "results": [],
    "relations": [],
    "sources": [],
    "evidence": 0,
    "external": None,
}


def case(point: tuple[float | None, float | None] = (2.15, 43.93), **changes: object) -> Located:
    document = InitiativeDocument.model_validate(_CASE | changes)
    return Located(document.model_dump_json(exclude={"match"}).encode(), *point)


def lead(**changes: object) -> Located:
    """Of which little more is known than its name."""
    return case((None, None), **_LEAD | changes)


def town(**changes: object) -> bytes:
    return TerritoryDocument.model_validate(_TOWN | changes).model_dump_json(exclude={"match"}).encode()
