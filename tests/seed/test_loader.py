"""The owner's cases are the catalogue's first, and loading them is all or nothing, again and again."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlmodel import col, select

from api.catalogue import finding
from api.catalogue.themes import ThemeEntry
from api.cli import territoires
from api.db import Database, WriteSession
from api.errors import Gone
from api.models import Event, Initiative, Theme
from seed import loader
from seed.reference import table
from tests.catalogue.acting import archive, document, dump, publish, published_ids

SEED = loader.CASES.parent
IDS = {
    "bras-sur-meuse-village-connecte",
    "courcy",
    "cartoquartiers",
    "aveiro-guesttoguest",
    "la-louviere-cowork-factory",
    "narbonne-iness",
    "lanester-budget-participatif",
    "albi-autosuffisance-alimentaire",
    "mont-de-marsan-agricole-occasion",
    "genk-vennestraat",
    "genk-c-mine",
    "aveiro-vivacidade",
    "gand-refill",
}
URLS = {
    "https://www.lci.fr/high-tech/bras-sur-meuse-le-village-le-plus-connecte-de-l-hexagone-2081502.html",
    "https://www.lesechos.fr/thema/030361544949-a-bras-sur-meuse-le-numerique-anime-la-ville-2092403.php",
    "https://www.cartoquartiers.fr/",
    "https://www.guesttoguest.com",
    "http://coworkinglalouviere.be/",
    "https://www.idcity.fr/lanester_56098/c/264/ideas",
    "http://www.vennestraat.be",
}
STATED = {
    "aveiro-guesttoguest": 80_000,
    "la-louviere-cowork-factory": 80_000,
    "narbonne-iness": 53_000,
    "lanester-budget-participatif": 22_000,
    "albi-autosuffisance-alimentaire": 50_000,
    "mont-de-marsan-agricole-occasion": 31_000,
    "genk-vennestraat": 65_000,
    "genk-c-mine": 65_000,
    "aveiro-vivacidade": 80_000,
}
CODES = {
    "fr-55073": {"insee": "55073"},
    "fr-51183": {"insee": "51183"},
    "fr-44109": {"insee": "44109"},
    "fr-11262": {"insee": "11262"},
    "fr-56098": {"insee": "56098"},
    "fr-81004": {"insee": "81004"},
    "fr-40192": {"insee": "40192"},
    "be-71016": {"nis": "71016"},
    "be-58001": {"nis": "58001"},
    "be-44021": {"nis": "44021"},
    "pt-0105": {"dicofre": "0105"},
}
Entries = list[dict[str, Any]]


def parsed(name: str) -> Entries:
    return yaml.safe_load((SEED / name).read_text(encoding="utf-8"))


CASES = parsed("cases.yaml")
THEMES = TypeAdapter(list[ThemeEntry]).validate_python(parsed("themes.yaml"))


# --- What is in the files --------------------------------------------------------------------------------------------


def test_thirteen_cases_are_published_under_their_ids(database: Database) -> None:
    with database.read() as session:
        assert len(CASES) == len(published_ids(session)) == 13
        assert {entry["id"] for entry in CASES} == {*published_ids(session)} == IDS


def test_the_owners_seven_links_are_kept_to_the_letter_and_no_other_is_there(database: Database) -> None:
    files = sorted(SEED.rglob("*.yaml"))
    assert len(files) == 3
    written = [url for file in files for url in re.findall(r"https?:[^\s,}\"']*", file.read_text(encoding="utf-8"))]
    assert len(written) == len(URLS)
    assert {*written} == URLS
    with database.read() as session:
        served = [source["url"] for case in published_ids(session) for source in document(session, case)["sources"]]
    assert sorted(served) == sorted(URLS)


def test_courcy_is_a_lead_with_its_open_questions_and_the_others_are_cases(database: Database) -> None:
    with database.read() as session:
        kinds = {case: document(session, case)["kind"] for case in published_ids(session)}
        assert {case for case, kind in kinds.items() if kind == "lead"} == {"courcy"}
        assert len(document(session, "courcy")["open_questions"]) >= 2
        assert document(session, "courcy")["title"].split() == ["Courcy", "?"]


def test_populations_are_those_that_the_owners_list_states_on_its_day(database: Database) -> None:
    with database.read() as session:
        parts = {
            case: [part for part in document(session, case)["territories"] if part["stated_population"] is not None]
            for case in published_ids(session)
        }
    assert {case: part["stated_population"] for case, stated in parts.items() for part in stated} == STATED
    assert {part["stated_on"] for stated in parts.values() for part in stated} == {"2018-08-23"}
    assert all(part["population"] != part["stated_population"] for stated in parts.values() for part in stated)
    assert all(part["role"] == "lead" for stated in parts.values() for part in stated)


def test_genk_says_that_it_followed_ghent_and_ghent_that_it_was_followed(database: Database) -> None:
    with database.read() as session:
        related = {case: document(session, case)["relations"] for case in published_ids(session)}
    titles = {entry["id"]: entry["title"] for entry in CASES}
    genk, ghent = "genk-vennestraat", "gand-refill"
    assert {case: relations for case, relations in related.items() if relations} == {
        genk: [{"kind": "inspired_by", "id": ghent, "title": titles[ghent]}],
        ghent: [{"kind": "inspired", "id": genk, "title": titles[genk]}],
    }


def test_themes_have_both_labels_and_a_parent_that_stands_before_them(database: Database) -> None:
    seen: set[str] = set()
    for theme in THEMES:
        assert theme.label.fr.strip()
        assert theme.label.en.strip()
        assert theme.parent is None or theme.parent in seen
        seen.add(theme.id)
    assert len(seen) == len(THEMES)
    assert all(theme.parent for theme in THEMES if any(theme.id in entry["themes"] for entry in CASES))
    with database.read() as session:
        held = {theme.id: (theme.label_fr, theme.label_en, theme.parent_id) for theme in session.exec(select(Theme))}
    assert held == {theme.id: (theme.label.fr, theme.label.en, theme.parent) for theme in THEMES}


def test_the_territories_of_the_cases_have_official_codes_and_all_that_lies_around_them() -> None:
    known = {territory.id: territory for territory in table.read(table.FILE)}
    assert all(codes.items() <= known[name].codes.items() for name, codes in CODES.items())
    assert known["fr-55073"].within == ["fr-epci-200049187", "fr-dep-55", "fr-reg-44", "fr"]
    assert known["pt-0105"].within == ["pt-dep-01", "pt-reg-pt19", "pt"]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_postgresql_knows_how_large_the_reference_is_as_soon_as_it_is_loaded(database: Database) -> None:
    sizes = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('territory', 'territory_word', 'spelling')")
    with database.read() as session:
        known = dict(session.execute(sizes).all())
    assert len(known) == 3
    assert min(known.values()) > 0, "-1: never looked at"


def test_every_entry_is_a_body_that_post_accepts(client: httpx.Client) -> None:
    for entry in CASES:
        body = {name: value for name, value in entry.items() if name != "id"}
        assert {"open_questions", "summary", "description", "territories", "themes"} <= body.keys()
        answer = client.post("/initiatives", params={"check": "true"}, json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["draft"].items() >= {name: body[name] for name in ("title", "kind", "themes")}.items()


# --- Loading again ---------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Entries], Path]:
    """A file of cases."""

    def written(entries: Entries) -> Path:
        path = tmp_path / "cases.yaml"
        path.write_text(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    return written


def load(database: Database, path: Path = loader.CASES) -> list[str]:
    """What is told."""
    told: list[str] = []
    with database.write() as session:
        loader.load(session, path, told.append)
    return told


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as session:
        return dump(session)


def changed(case: str, **fields: object) -> Entries:
    """The owner's cases, but for some fields of one."""
    return [entry | (fields if entry["id"] == case else {}) for entry in CASES]


def other(case: str, **fields: object) -> dict[str, object]:
    """A case's own words with some others, as `publish` takes them."""
    return {name: value for name, value in next(e for e in CASES if e["id"] == case).items() if name != "id"} | fields


def test_loading_twice_is_loading_once(database: Database) -> None:
    before = everything(database)
    assert sorted(load(database)) == sorted(f"{case}: unchanged" for case in IDS)
    assert everything(database) == before


def test_an_entry_moves_when_it_is_changed_and_nothing_else_does(
    database: Database, file: Callable[[Entries], Path]
) -> None:
    path = file(changed("courcy", title="Courcy, une piste", themes=["tiers-lieux"]))
    before = everything(database)
    assert [line for line in load(database, path) if not line.endswith(": unchanged")] == ["courcy: updated"]

    after = everything(database)
    with database.read() as session:
        courcy = session.get_one(Initiative, "courcy")
        shown = document(session, "courcy")
        assert (shown["version"], shown["title"], courcy.number) == (2, "Courcy, une piste", 2)
        assert finding.get(session, "courcy").sequence == max(row.sequence for row in session.exec(select(Initiative)))
    for name in ("initiative", "publication"):
        assert [row for row in before[name] if "courcy" not in row] == [
            row for row in after[name] if "courcy" not in row
        ]
    assert [len(after[table]) - len(before[table]) for table in ("submission", "revision", "event")] == [1, 1, 2]
    assert after["territory"] == before["territory"]

    assert all(line.endswith(": unchanged") for line in load(database, path))
    assert everything(database) == after


def test_a_new_entry_is_published_and_one_that_is_no_longer_there_stays(
    database: Database, file: Callable[[Entries], Path]
) -> None:
    newcomer = CASES[0] | {"id": "un-nouveau-cas", "title": "Un nouveau cas"}
    assert load(database, file([newcomer])) == ["un-nouveau-cas: published"]
    with database.read() as session:
        assert {*published_ids(session)} == IDS | {"un-nouveau-cas"}


def test_entries_may_stand_before_those_they_refer_to(database: Database, file: Callable[[Entries], Path]) -> None:
    first = CASES[0] | {"id": "eleve", "relations": [{"kind": "part_of", "initiative": "maitre"}]}
    second = CASES[1] | {"id": "maitre"}
    assert load(database, file([first, second])) == ["maitre: published", "eleve: published"]
    with database.read() as session:
        assert [relation["id"] for relation in document(session, "maitre")["relations"]] == ["eleve"]


def edit(session: WriteSession) -> None:
    publish(session, revises="courcy", **other("courcy", title="Courcy, vérifié"))


@pytest.mark.parametrize("meddle", [edit, lambda session: archive(session, "courcy")], ids=["edited", "archived"])
def test_what_somebody_else_has_changed_is_left_and_reported(
    database: Database, file: Callable[[Entries], Path], meddle: Callable[[WriteSession], None]
) -> None:
    with database.write() as session:
        meddle(session)
    before = everything(database)
    assert all(line.endswith(": unchanged") for line in load(database))
    assert everything(database) == before

    told = load(database, file(changed("courcy", title="Courcy, une piste")))
    (report,) = [line for line in told if not line.endswith(": unchanged")]
    assert report.startswith("courcy: LEFT AS IT IS")
    assert everything(database) == before


def test_an_archived_case_stays_archived(database: Database, file: Callable[[Entries], Path]) -> None:
    with database.write() as session:
        archive(session, "gand-refill")
    for path in (loader.CASES, file(changed("gand-refill", title="Refill, encore"))):
        load(database, path)
        with database.read() as session, pytest.raises(Gone):
            finding.get(session, "gand-refill")


def test_a_case_of_somebody_elses_is_not_taken_over(database: Database, file: Callable[[Entries], Path]) -> None:
    with database.write() as session:
        publish(session, wanted_id="un-four-a-pain")
    before = everything(database)
    (told,) = load(database, file([CASES[0] | {"id": "un-four-a-pain"}]))
    assert told.startswith("un-four-a-pain: LEFT AS IT IS")
    assert everything(database) == before


def test_every_case_was_sent_and_accepted_by_the_seed(database: Database) -> None:
    with database.read() as session:
        events = session.exec(select(Event).order_by(col(Event.id))).all()
    assert [(event.actor, event.action) for event in events] == [("seed", "submitted"), ("seed", "accepted")] * 13


# --- Bad files -------------------------------------------------------------------------------------------------------


def refusal(database: Database, path: Path) -> list[str]:
    """The mistakes of a file."""
    with pytest.raises(loader.BadSeed) as refused:
        load(database, path)
    return str(refused.value).splitlines()


COURCY, REFILL = (next(entry for entry in CASES if entry["id"] == case) for case in ("courcy", "gand-refill"))
WITHOUT_ID = other("courcy")


REFUSED: list[tuple[Entries, list[list[str]]]] = [
    ([COURCY | {"titel": "…"}], [["entry 1 (courcy)", "/titel", "no such field"]]),
    ([COURCY | {"themes": ["tiers-lieux", "no-such"]}], [["entry 1 (courcy)", "/themes/1", "no such theme"]]),
    (
        [COURCY | {"territories": [{"territory": "insee:00000"}]}],
        [["entry 1 (courcy)", "/territories/0/territory", "No territory has this code"]],
    ),
    (
        [COURCY | {"territories": [{"territory": "Courcy"}]}],
        [["entry 1 (courcy)", "/territories/0/territory", "Candidates: fr-51183 (Courcy, Marne), fr-50145"]],
    ),
    (
        [COURCY | {"territories": [{"territory": {"name": "Sabadell", "kind": "municipality", "country": "ES"}}]}],
        [["entry 1 (courcy)", "/territories", "Sabadell is in no reference"]],
    ),
    (
        [COURCY | {"relations": [{"kind": "part_of", "initiative": "nowhere"}]}],
        [["entry 1 (courcy)", "/relations/0/initiative", "No published initiative"]],
    ),
    ([REFILL, WITHOUT_ID], [["entry 2", "/id"]]),
    ([COURCY | {"id": "Courcy ?"}], [["entry 1 (Courcy ?)", "/id"]]),
    ([COURCY | {"id": "a" * 101}], [["entry 1", "/id"]]),
    ([COURCY | {"id": "a" * 100}], [["entry 1", "/id"]]),  # longer than any id that a moderator may choose
    ([COURCY | {"id": None}], [["entry 1", "/id"]]),
    ([COURCY | {"id": 51183}], [["entry 1 (51183)", "/id"]]),
    ([COURCY | {"id": ["courcy"]}], [["entry 1", "/id"]]),
    ([COURCY, REFILL, COURCY], [["courcy", "twice"]]),
    (["courcy", REFILL, None, []], [["entry 1", "/id"], ["entry 3", "/id"], ["entry 4", "/id"]]),
    (
        [
            COURCY | {"titel": "…", "themes": ["no-such"], "started_on": "2014-02-30"},
            WITHOUT_ID | {"language": "français"},
            REFILL | {"territories": [{"territory": "Gentt"}], "sources": [{"url": "javascript:alert(1)"}]},
            REFILL,
        ],
        [
            ["entry 1 (courcy)", "/titel"],
            ["entry 1 (courcy)", "/themes/0"],
            ["entry 1 (courcy)", "/started_on"],
            ["entry 2", "/id"],
            ["entry 2", "/language"],
            ["entry 3 (gand-refill)", "/territories/0/territory"],
            ["entry 3 (gand-refill)", "/sources/0/url"],
            ["gand-refill", "twice"],
        ],
    ),
    (
        [
            COURCY | {"relations": [{"kind": "part_of", "initiative": "gand-refill"}]},
            REFILL | {"relations": [{"kind": "part_of", "initiative": "courcy"}]},
        ],
        [["circle", "courcy", "gand-refill"]],
    ),
    ([COURCY | {"relations": [{"kind": "similar_to", "initiative": "courcy"}]}], [["circle", "courcy"]]),
]


def test_every_mistake_is_told_by_entry_and_field_and_nothing_is_changed(
    database: Database, file: Callable[[Entries], Path]
) -> None:
    before = everything(database)
    for entries, mistakes in REFUSED:
        told = refusal(database, file(entries))
        assert all(line.startswith("cases.yaml: ") for line in told)
        for words in mistakes:
            assert [line for line in told if all(word in line for word in words)], (words, told)
        assert len(told) == len(mistakes), told
    assert everything(database) == before


UNREADABLE = {
    "broken": b"- id: [",
    "a tabulation": b"\tid: courcy",
    "one entry": b"id: courcy",
    "a word": b"courcy",
    "nothing": b"",
    "not UTF-8": b"- id: courcy\n  title: Courcy \xe9",
    "UTF-16": b"\xff\xfe-\x00",
    "a NUL": b"- id: courcy\x00",
    "code": b"- id: courcy\n  title: !!python/object/apply:os.getcwd []",
    "a reference to nothing": b"- id: *nowhere",
    "a day that is none": b"- id: courcy\n  started_on: 2014-02-30",
    "a list for a name": b"- id: courcy\n  ? [a, list]\n  : is no field's name",
    "much too deep": b"- " * 5000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_list_of_entries_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(loader.BadSeed, match=r"^bad\.yaml: "):
        loader._parsed(path)


def test_a_file_that_cannot_be_read_changes_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(UNREADABLE["broken"])
    before = everything(database)
    for name in ("bad.yaml", "none.yaml", "."):
        assert refusal(database, tmp_path / name)
    assert everything(database) == before


def test_a_fault_half_way_leaves_nothing_behind(database: Database, file: Callable[[Entries], Path]) -> None:
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 3:
            raise BrokenPipeError

    before = everything(database)
    path = file([entry | {"id": f"{entry['id']}-bis"} for entry in CASES[:5]])
    with pytest.raises(BrokenPipeError), database.write() as session:
        loader.load(session, path, tell)
    assert [line.endswith(": published") for line in told] == [True] * 3
    assert everything(database) == before


def test_a_check_says_what_would_be_done_and_does_nothing(
    database: Database, database_url: str, file: Callable[[Entries], Path]
) -> None:
    newcomer = CASES[0] | {"id": "un-nouveau-cas"}
    path = file([newcomer, *changed("courcy", title="Courcy, une piste")])
    before = everything(database)
    run = CliRunner().invoke(
        territoires, ["seed", "--check", str(path)], env={"TERRITOIRES_DATABASE_URL": database_url}
    )
    assert run.exit_code == 0, run.output
    assert {"un-nouveau-cas: published", "courcy: updated", "gand-refill: unchanged"} < {*run.stdout.splitlines()}
    assert everything(database) == before
