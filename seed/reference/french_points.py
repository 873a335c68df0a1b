"""Where the communes of France are.

GeoNames gives the INSEE code of a place as one of its areas, but not in Polynesia, whose communes are found by name,
nor where the collectivity is a single commune, found by its capital. What has no point there lies about in the middle
of its neighbours; overseas these can be islands apart, and nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from api.vocabulary import Precision
from seed.reference import points
from seed.reference.cog import Cog, Row
from seed.reference.points import Located, Point
from seed.reference.sources import Place, folded

COUNTRIES = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC"})
_SINGLE_COMMUNES = {"BL": "97701", "MF": "97801"}


def of(cog: Cog, places: Iterable[Place]) -> dict[str, Located]:
    """The point of each commune and arrondissement that has one.

    What shares its postcodes with an arrondissement is its city, whose middle is not its own.
    """
    known = cog.communes | {row["code"]: row for row in cog.districts}
    exact = _exact(known, places)
    mainland = {code: point for code, point in exact.items() if known[code]["zone"] == "metro"}
    for code in points.mistaken(mainland, cog.epci_of):
        del exact[code]
    epci = {code: [cog.epci_of[code]] for code in known if code in cog.epci_of}
    postcodes = {code: row.get("codesPostaux", []) for code, row in known.items() if row["zone"] != "com"}
    for district in cog.districts:
        del postcodes[district["code"]]
    found = _about(exact, epci, Precision.INTERCOMMUNALITY) | _about(exact, postcodes, Precision.POSTCODE)
    return found | {code: points.located(point, Precision.POINT) for code, point in exact.items()}


def _exact(known: Mapping[str, Row], places: Iterable[Place]) -> dict[str, Point]:
    polynesian = {folded(row["nom"]): code for code, row in known.items() if row["departement"] == "987"}
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        codes = [area for area in place.areas if area in known]
        if place.country == "PF":
            codes = [code] if (code := polynesian.get(folded(place.name))) else []
        elif place.country in _SINGLE_COMMUNES and place.feature == "PPLC":
            codes = [_SINGLE_COMMUNES[place.country]]
        for code in codes[:1]:
            found[code].append(place)
    return {code: points.best(there, known[code]["nom"]).point for code, there in found.items()}


def _about(exact: Mapping[str, Point], groups: Mapping[str, Iterable[str]], precision: Precision) -> dict[str, Located]:
    """Each commune in the middle of the exact points that share a group with it."""
    members: dict[str, list[Point]] = defaultdict(list)
    for code, point in exact.items():
        for group in groups.get(code, ()):
            members[group].append(point)
    around = {code: [point for group in found for point in members[group]] for code, found in groups.items()}
    return {code: points.located(points.middle(near), precision) for code, near in around.items() if near}
