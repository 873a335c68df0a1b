"""What a map finds in a GeoJSON file."""

import json
from typing import Any

import pytest
from geojson_pydantic import FeatureCollection

from api.formats import Located, geojson
from api.formats.initiatives import INITIATIVES
from api.formats.tables import Item, Table
from api.formats.territories import TERRITORIES
from tests.formats.samples import ABOUT, case, lead, town


def written(*items: Item, table: Table[Any] = INITIATIVES) -> dict[str, Any]:
    content = b"".join(geojson.written(table, [items[:1], [], items[1:]], ABOUT))
    FeatureCollection.model_validate_json(content)
    return json.loads(content)


def test_the_collection_tells_where_it_is_from() -> None:
    collection = written()
    assert collection == {
        "type": "FeatureCollection",
        "name": "initiatives",
        "license": "etalab-2.0",
        "attribution": "Territoires innovants",
        "sequence": 57,
        "updated_at": "2026-11-26T06:00:00Z",
        "features": [],
    }
    assert list(collection)[-1] == "features"


def test_a_case_lies_at_its_point_longitude_first() -> None:
    (feature,) = written(case((2.15, 43.93)))["features"]
    assert feature["id"] == feature["properties"]["id"] == "albi-jardin"
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.15, 43.93]}


def test_a_territory_lies_at_its_own_point() -> None:
    (feature,) = written(town(), table=TERRITORIES)["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.14, 43.92]}
    assert feature["properties"]["insee"] == "81004"


@pytest.mark.parametrize("point", [(None, None), (0, 0)])
def test_only_what_lies_nowhere_has_no_geometry(point: tuple[float | None, float | None]) -> None:
    (feature,) = written(case(point))["features"]
    assert (feature["geometry"] is None) == (point[0] is None)


def test_all_features_have_the_same_properties_in_the_same_order() -> None:
    full, empty, again = (feature["properties"] for feature in written(case(), lead(), case())["features"])
    names = [column.name for column in INITIATIVES.columns if column.name not in ("longitude", "latitude")]
    assert list(full) == list(empty) == list(again) == names


def test_numbers_are_numbers_and_lists_are_lists_or_null() -> None:
    full, empty = (feature["properties"] for feature in written(case(), lead())["features"])
    assert (full["population"], full["evidence"]) == (51290, 2)
    assert full["actors"] == ["Ville d'Albi", "Les Jardiniers"]
    assert (empty["population"], empty["actors"], empty["evidence"]) == (None, None, 0)


def test_texts_are_as_they_were() -> None:
    text = '=1+1\n"</script>" \\ \N{LINE SEPARATOR} é 🌻'
    document = case().document.replace(b'"Un jardin partag\xc3\xa9"', json.dumps(text).encode())
    (feature,) = written(Located(document, 0, 0))["features"]
    assert feature["properties"]["title"] == text
