"""Codes of the European Union's lists (Publications Office): those of countries and languages are the longer ISO ones.

Only what is in the Union is here, since of that we are sure; the rest is left out of a description, not guessed.
"""

LISTS = "http://publications.europa.eu/resource/authority"

_COUNTRIES = """
    AT:AUT BE:BEL BG:BGR CY:CYP CZ:CZE DE:DEU DK:DNK EE:EST ES:ESP FI:FIN FR:FRA GR:GRC HR:HRV HU:HUN IE:IRL IT:ITA
    LT:LTU LU:LUX LV:LVA MT:MLT NL:NLD PL:POL PT:PRT RO:ROU SE:SWE SI:SVN SK:SVK
"""
_LANGUAGES = """
    bg:BUL cs:CES da:DAN de:DEU el:ELL en:ENG es:SPA et:EST fi:FIN fr:FRA ga:GLE hr:HRV hu:HUN it:ITA lt:LIT lv:LAV
    mt:MLT nl:NLD pl:POL pt:POR ro:RON sk:SLK sl:SLV sv:SWE
"""


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


COUNTRIES, LANGUAGES = _table(_COUNTRIES), _table(_LANGUAGES)
