"""What GDAL, and with it QGIS, makes of the GeoJSON exports: every property has the type that it should have."""

import re
import shutil
import subprocess

import httpx
import pytest

pytestmark = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL is missing: apt-get install gdal-bin")

LISTS = {
    "initiatives": {"themes", "theme_labels", "territory_ids", "territory_names", "actors", "results", "sources"},
    "territories": {"other_names", "former_codes", "postcodes"},
}
NUMBERS = {
    "initiatives": {"population", "population_year", "evidence", "version"},
    "territories": {"population", "population_year", "initiatives"},
}


@pytest.mark.parametrize("name", ["initiatives", "territories"])
def test_gdal_finds_points_whole_numbers_lists_and_times(client: httpx.Client, name: str) -> None:
    address = str(client.base_url.join(f"{name}.geojson"))
    told = subprocess.run(["ogrinfo", "-ro", "-so", "-al", address], capture_output=True, text=True, check=True)
    told = told.stdout.splitlines()
    kinds = dict(re.findall(r"^(\w+): (\w+(?:\(\w+\))?) \(\d", "\n".join(told), re.MULTILINE))
    assert f"Layer name: {name}" in told
    assert "Geometry: Point" in told
    assert {column for column, kind in kinds.items() if kind == "Integer"} == NUMBERS[name]
    assert LISTS[name] <= {column for column, kind in kinds.items() if kind == "StringList"}
    times = {"published_at", "updated_at"} if name == "initiatives" else set()
    assert {column for column, kind in kinds.items() if kind == "DateTime"} == times
    assert set(kinds.values()) <= {"String", "Integer", "StringList", "DateTime"}
