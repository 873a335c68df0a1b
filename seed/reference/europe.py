"""The world's countries and, of Europe's that no module of ours knows better, their NUTS regions of all three levels.

Levels 1 and 2 are regions, level 3 is departments, even where several levels are the same land under one name: what
has a code has an id. A country's name is in French, as the catalogue's other countries are; the others are in the
languages of the catalogue's readers and, where its regions are known, in the country's own.
"""

from babel import Locale
from babel.languages import get_official_languages

from api.catalogue.reference import TerritoryEntry
from api.vocabulary import TerritoryKind
from seed.reference.sources import Unit, distinct, units

_LISTS = ("NUTS2021-2024", "SR2021-2024", "NUTSUK-2018")
_KNOWN_BETTER = {"BE", "FR", "PT"}
# What ISO 3166-1 keeps for other things than countries, and what is among the regions of another country.
_NO_COUNTRIES = {"AC", "CP", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
_REGIONS = {"AX", "BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "SJ", "TF", "WF", "YT"}
# Northern Ireland has more units of level 3 than a digit counts: the last seven lie within its one unit of level 2 too.
_LIES_WITHIN = {"UKN1": "UKN0"}
_ISO = {"EL": "GR", "UK": "GB"}


def territories() -> list[TerritoryEntry]:
    """The countries and their regions."""
    found = [unit for name in _LISTS for unit in units(name)]
    elsewhere = [unit for unit in found if _country_of(unit) not in _KNOWN_BETTER]
    ids = {unit.code: _id(unit) for unit in elsewhere}
    countries = {code for code in map(str, Locale("fr").territories) if code.isalpha()} - _NO_COUNTRIES - _REGIONS
    divided = {_country_of(unit) for unit in found}
    return [
        *(_country(code, is_near=code in divided) for code in sorted(countries)),
        *(_region(unit, ids) for unit in elsewhere),
    ]


def _country_of(unit: Unit) -> str:
    return _ISO.get(unit.code[:2], unit.code[:2])


def _country(code: str, *, is_near: bool) -> TerritoryEntry:
    languages = ["en", "nl", "pt", *(get_official_languages(code, de_facto=True) if is_near else ())]
    name = Locale("fr").territories[code]
    others = distinct(_name(code, language) for language in languages)
    return TerritoryEntry(
        id=code.lower(),
        kind=TerritoryKind.COUNTRY,
        name=name,
        other_names=[other for other in others if other not in ("", name)],
        country=code,
        codes={"iso": code},
    )


def _name(code: str, language: str) -> str:
    found: str = Locale.parse(language).territories.get(code, "")
    return found


def _id(unit: Unit) -> str:
    return f"{_country_of(unit)}-{'dep' if unit.level == 3 else 'reg'}-{unit.code}".lower()


def _region(unit: Unit, ids: dict[str, str]) -> TerritoryEntry:
    around = [unit.code[:length] for length in range(len(unit.code) - 1, 2, -1)]
    return TerritoryEntry(
        id=_id(unit),
        kind=TerritoryKind.DEPARTMENT if unit.level == 3 else TerritoryKind.REGION,
        name=unit.label,
        country=_country_of(unit),
        codes={"nuts": unit.code},
        within=[*(ids[_LIES_WITHIN.get(code, code)] for code in around), _country_of(unit).lower()],
    )
