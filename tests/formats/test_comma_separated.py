"""What a spreadsheet, pandas and a program that checks tables find in a CSV file."""

import csv
import io
import json
from collections.abc import Sequence

import pandas
import pytest
from frictionless import Dialect, Resource, Schema
from frictionless.formats import CsvControl
from hypothesis import given
from hypothesis import strategies as some

from api.formats import Located, comma_separated, table_schema
from api.formats.comma_separated import joined
from api.formats.initiatives import INITIATIVES
from api.formats.territories import TERRITORIES
from api.vocabulary import Separator
from tests.formats.samples import ABOUT, ADDRESS, ALBI, case, lead, town

TABLES = [(INITIATIVES, [case(), lead()]), (TERRITORIES, [town(), town(id="fr-x", codes={}, population=None)])]
AWKWARD = 'Un « jardin » ; "partagé", l\'été\net\tl’hiver 🌻'


def written(*items: Located, **options: object) -> bytes:
    return b"".join(comma_separated.written(INITIATIVES, [items], ABOUT, **options))


def read(content: bytes, delimiter: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


def test_a_case_is_a_row() -> None:
    (row,) = read(written(case()))
    assert row == {
        "id": "albi-jardin",
        "url": "https://catalogue.example/v1/initiatives/albi-jardin",
        "kind": "case",
        "title": "Un jardin partagé",
        "summary": "Vingt familles cultivent un ancien parking.",
        "description": "La commune prête le terrain.\n\nUne association l'anime.",
        "language": "fr",
        "themes": "circuit-court",
        "theme_labels": "Circuit court",
        "progress": "running",
        "started_on": "2014-06",
        "ended_on": "",
        "territory_id": "fr-81004",
        "territory_name": "Albi",
        "territory_kind": "municipality",
        "country": "FR",
        "department_id": "fr-dep-81",
        "region_id": "fr-reg-76",
        "population": "51290",
        "population_year": "2023",
        "territory_ids": "fr-81004",
        "territory_names": "Albi",
        "longitude": "2.15",
        "latitude": "43.93",
        "place": "Jardin de la Madeleine",
        "actors": "Ville d'Albi | Les Jardiniers",
        "results": "Surface: 73 ha (2019; mesurée)",
        "open_questions": "",
        "relations": "inspired_by:gand-refill",
        "sources": "https://www.example/jardin | https://presse.example/jardin",
        "evidence": "2",
        "external_system": "portail-occitanie",
        "external_id": "1234",
        "license": "etalab-2.0",
        "attribution": "Territoires innovants",
        "published_at": "2026-11-23T08:00:00Z",
        "updated_at": "2026-11-24T08:00:00Z",
        "version": "2",
    }


def test_a_territory_is_a_row() -> None:
    (row,) = read(b"".join(comma_separated.written(TERRITORIES, [[town()]], ABOUT)))
    assert row == {
        "id": "fr-81004",
        "url": "https://catalogue.example/v1/territories/fr-81004",
        "kind": "municipality",
        "name": "Albi",
        "other_names": "",
        "country": "FR",
        "insee": "81004",
        "siren": "218100048",
        "nis": "",
        "dicofre": "",
        "nuts": "",
        "iso": "",
        "former_codes": "insee:81998 | insee:81999",
        "intercommunality_id": "fr-epci-248100737",
        "intercommunality_name": "Grand Albigeois",
        "department_id": "",
        "department_name": "",
        "region_id": "fr-reg-76",
        "region_name": "Occitanie",
        "population": "51290",
        "population_year": "2023",
        "longitude": "2.14",
        "latitude": "43.92",
        "precision": "point",
        "postcodes": "81000 | 81990",
        "initiatives": "1",
        "license": "etalab-2.0",
        "attribution": "Territoires innovants",
    }


def test_a_lead_has_empty_cells() -> None:
    (row,) = read(written(lead()))
    assert {name for name, cell in row.items() if cell} == {
        *("id", "url", "kind", "title", "language", "progress", "evidence"),
        *("license", "attribution", "published_at", "updated_at", "version"),
    }


@pytest.mark.parametrize("kind", ["department", "region"])
def test_what_is_a_department_or_a_region_itself_lies_in_it(kind: str) -> None:
    id_ = f"fr-{kind[:3]}-76"
    (row,) = read(written(case(territories=[ALBI | {"id": id_, "kind": kind, "within": ["fr"]}])))
    assert row[f"{kind}_id"] == id_


def test_the_lead_territory_is_told_wherever_it_stands() -> None:
    (row,) = read(written(case(territories=[ALBI | {"id": "be-71016", "name": "Genk", "role": "site"}, ALBI])))
    assert (row["territory_name"], row["territory_ids"]) == ("Albi", "be-71016 | fr-81004")


def test_the_file_begins_with_a_mark_and_its_lines_end_as_the_standard_says() -> None:
    content = written(case(description="Une ligne."), lead())
    assert content.startswith(b"\xef\xbb\xbfid;url;kind;")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"\r\n") == content.count(b"\n") == 3


def test_a_part_without_its_head_goes_on_where_the_first_ended() -> None:
    assert written(case()) + written(lead(), headed=False) == written(case(), lead())


def test_commas_may_separate_the_cells() -> None:
    content = written(case(description=AWKWARD), separator=Separator.COMMA)
    assert read(content, ",") == read(written(case(description=AWKWARD)))


@pytest.mark.parametrize("begin", "=+-@\t\r\n＝＋－＠")
def test_no_cell_is_a_formula(begin: str) -> None:
    formula = f'{begin}HYPERLINK("https://example.org";"Lire")'
    item = Located(
        case(actors=[]).document.replace(b"Un jardin partag\xc3\xa9", json.dumps(formula)[1:-1].encode()), -2, 0
    )
    (row,) = read(written(item))
    assert (row["title"], row["longitude"]) == (f"'{formula}", "-2")


def test_a_list_is_no_formula_either() -> None:
    (row,) = read(written(case(open_questions=["=1+1", "=2+2"])))
    assert row["open_questions"] == "'=1+1 | =2+2"


@given(some.lists(some.text(some.sampled_from("a| \N{NO-BREAK SPACE}¦"), min_size=1).map(str.strip).filter(bool)))
def test_what_was_joined_can_be_taken_apart(texts: list[str]) -> None:
    apart = joined(texts).split(" | ") if texts else []
    assert [text.replace("¦", "|") for text in apart] == [text.replace("¦", "|") for text in texts]


@given(some.text(some.characters(exclude_categories=("Cs", "Cc")), min_size=3, max_size=200).map(str.strip))
def test_any_text_arrives(text: str) -> None:
    document = case().document.replace(b"La commune pr\xc3\xaate le terrain.", json.dumps(text)[1:-1].encode())
    (row,) = read(written(Located(document, 0, 0)))
    assert row["description"].startswith((text, f"'{text}"))


def test_pandas_reads_what_was_meant() -> None:
    content = written(case(description=AWKWARD), lead())
    frame = pandas.read_csv(io.BytesIO(content), sep=";", dtype_backend="numpy_nullable")
    assert list(frame.columns) == [column.name for column in INITIATIVES.columns]
    assert frame["description"][0] == AWKWARD
    assert frame.dtypes[["population", "longitude", "evidence"]].astype(str).tolist() == ["Int64", "Float64", "Int64"]
    assert frame["population"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("table", "items"), TABLES)
@pytest.mark.parametrize("separator", Separator)
def test_a_file_is_as_its_schema_says(table: object, items: Sequence[object], separator: Separator) -> None:
    content = b"".join(comma_separated.written(table, [items[:1], items[1:]], ABOUT, separator=separator))
    assert _mistakes(content, table, separator) == []


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("51290", "environ 50000", ("type-error", "population")),
        ("51290", "-1", ("constraint-error", "population")),
        ("running", "démarré", ("constraint-error", "progress")),
        ("2014-06", "juin 2014", ("constraint-error", "started_on")),
        ("43.93", "43,93", ("type-error", "latitude")),
        ("2026-11-24T08:00:00Z", "hier", ("type-error", "updated_at")),
        ("Un jardin partagé", "", ("constraint-error", "title")),
    ],
)
def test_a_schema_finds_a_wrong_cell(right: str, wrong: str, found: tuple[str, str]) -> None:
    content = written(case()).decode().replace(f";{right};", f";{wrong};", 1).encode()
    assert _mistakes(content, INITIATIVES, Separator.SEMICOLON) == [found]


def test_a_schema_finds_what_is_there_twice() -> None:
    kinds = {kind for kind, _ in _mistakes(written(case(), case()), INITIATIVES, Separator.SEMICOLON)}
    assert kinds == {"primary-key", "unique-error"}


def _mistakes(content: bytes, table: object, separator: Separator) -> list[tuple[str, str]]:
    dialect = Dialect(controls=[CsvControl(delimiter={"semicolon": ";", "comma": ","}[separator])])
    schema = Schema.from_descriptor(table_schema.schema(table, ADDRESS))
    report = Resource(content, format="csv", dialect=dialect, schema=schema, encoding="utf-8-sig").validate()
    return [(kind, field) for kind, field in report.flatten(["type", "fieldName"])]


@pytest.mark.parametrize(("table", "_"), TABLES)
def test_every_column_tells_what_it_is(table: object, _: object) -> None:
    described = table_schema.schema(table, ADDRESS)
    for field in described["fields"]:
        assert all(field[told] for told in ("name", "title", "description", "type")), field
    examples = [str(field["example"]) for field in described["fields"]]
    assert not any(Schema.from_descriptor(described).read_cells(examples)[1])
