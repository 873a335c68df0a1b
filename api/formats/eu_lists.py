"""What the lists of the European Union (Publications Office) name, as the nodes by which descriptions refer to them.

Of countries and languages those of the Union are known here, since of them we are sure: its codes are the longer ones
of ISO. The others are left out of a description, not guessed.
"""

from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]

_LISTS = "http://publications.europa.eu/resource/authority"
_COUNTRIES = """
    AT:AUT BE:BEL BG:BGR CY:CYP CZ:CZE DE:DEU DK:DNK EE:EST ES:ESP FI:FIN FR:FRA GR:GRC HR:HRV HU:HUN IE:IRL IT:ITA
    LT:LTU LU:LUX LV:LVA MT:MLT NL:NLD PL:POL PT:PRT RO:ROU SE:SWE SI:SVN SK:SVK
"""
_LANGUAGES = """
    bg:BUL cs:CES da:DAN de:DEU el:ELL en:ENG es:SPA et:EST fi:FIN fr:FRA ga:GLE hr:HRV hu:HUN it:ITA lt:LIT lv:LAV
    mt:MLT nl:NLD pl:POL pt:POR ro:RON sk:SLK sl:SLV sv:SWE
"""

IRREGULAR = {"@id": f"{_LISTS}/frequency/IRREG", "@type": "dct:Frequency"}
REGIONS_AND_CITIES = {
    "@id": f"{_LISTS}/data-theme/REGI",
    "@type": "skos:Concept",
    "skos:prefLabel": {"fr": "Régions et villes", "en": "Regions and cities"},
}


def file_type(code: str) -> Node:
    """A format: `CSV`."""
    return {"@id": f"{_LISTS}/file-type/{code}"}


def countries(codes: Iterable[str]) -> list[Node]:
    """Those of the Union among countries (ISO 3166-1, two letters)."""
    return [{"@id": f"{_LISTS}/country/{code}", "@type": "dct:Location"} for code in _known(_COUNTRIES, codes)]


def languages(codes: Iterable[str]) -> list[Node]:
    """Those of the Union among languages (ISO 639-1)."""
    return [{"@id": f"{_LISTS}/language/{code}", "@type": "dct:LinguisticSystem"} for code in _known(_LANGUAGES, codes)]


def _known(pairs: str, codes: Iterable[str]) -> list[str]:
    longer = dict(pair.split(":") for pair in pairs.split())
    return [longer[code] for code in codes if code in longer]
