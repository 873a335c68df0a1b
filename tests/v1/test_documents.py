"""What was posted is what is read, to the letter; and how well links document it is worked out."""

from typing import Any

import pytest

from tests.conftest import DRAFT, published
from tests.v1.conftest import Shared

Item = dict[str, Any]


def link(kind: str, host: str, path: str = "") -> Item:
    return {"url": f"https://{host}/{path}", "kind": kind}


@pytest.mark.parametrize(
    ("level", "sources"),
    [
        (0, []),
        (1, [link("press", "a.example")]),
        (1, [link("press", "a.example", "1"), link("official", "a.example", "2")]),
        (1, [link("press", "a.example", "1"), link("official", "A.EXAMPLE", "2")]),
        (2, [link("press", "a.example"), link("press", "b.example")]),
        (2, [link("press", "a.example", "1"), link("press", "www.a.example", "2")]),
        (2, [link("official", "a.example"), link("platform", "b.example"), link("other", "c.example")]),
        (3, [link("evaluation", "a.example")]),
        (3, [link("official", "a.example"), link("press", "b.example")]),
        (3, [link("official", "a.example"), link("testimony", "b.example")]),
        (3, [link("official", "a.example"), link("press", "a.example", "1"), link("press", "b.example")]),
    ],
)
def test_evidence(shared: Shared, level: int, sources: list[Item]) -> None:
    case = published(shared.anybody, shared.moderator, sources=sources, title=f"Niveau {level}")
    document = shared.anybody.get(f"/initiatives/{case}").json()
    assert document["evidence"] == level
    assert [source["url"] for source in document["sources"]] == [source["url"] for source in sources]


def test_a_document_says_what_was_posted(shared: Shared) -> None:
    draft = DRAFT | {
        "title": "Tout dire",
        "description": "Une ligne.\nUne autre.\tFin.",
        "themes": ["tiers-lieux", "circuit-court"],
        "progress": "stopped",
        "started_on": "2014",
        "ended_on": "2015-03-01",
        "language": "pt",
        "territories": [
            {"territory": "insee:81004", "stated_population": 50000, "stated_on": "2018-08-23"},
            {"territory": "be", "role": "site"},
        ],
        "place": {"label": "Mairie", "latitude": 43.9277, "longitude": 2.1480049},
        "actors": [{"name": "Ville", "kind": "public"}],
        "results": [
            {"label": "a", "value": 73, "unit": "ha", "year": 2019, "note": None},
            {"label": "b", "value": 0.5, "unit": None, "year": None, "note": "n"},
        ],
        "open_questions": ["Pourquoi ?"],
        "external": {"system": "x", "id": "1"},
        "sources": [
            {
                "url": "https://Exemple.org/À?b=c#d",
                "title": "t",
                "publisher": "p",
                "kind": "press",
                "language": "fr",
                "published_on": "2018-03",
                "consulted_on": "2019",
            }
        ],
    }
    case = published(shared.anybody, shared.moderator, **draft)
    document = shared.anybody.get(f"/initiatives/{case}").json()
    for key in (
        "title",
        "summary",
        "description",
        "progress",
        "started_on",
        "ended_on",
        "language",
        "actors",
        "results",
        "open_questions",
        "external",
        "sources",
    ):
        assert document[key] == draft[key], key
    assert document["place"] == {"label": "Mairie", "latitude": 43.9277, "longitude": 2.148}
    assert isinstance(document["results"][0]["value"], int)
    assert [theme["id"] for theme in document["themes"]] == draft["themes"]
    assert [(part["id"], part["role"], part["stated_population"]) for part in document["territories"]] == [
        ("fr-81004", "lead", 50000),
        ("be", "site", None),
    ]
    assert document["territories"][0]["population"] != 50000
    assert (document["version"], document["evidence"], document["relations"]) == (1, 1, [])
