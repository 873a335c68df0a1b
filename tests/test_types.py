"""Values are right, or they are not made: texts, dates, web addresses, figures, and the language asked for."""

import re
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, example
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api import types
from api.texts import Language, Text, preferred
from api.webpages import host_of
from tests.catalogue.properties import given


def checked(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def taken(kind: Any, value: object) -> Any:
    """What becomes of a value; None if it is refused."""
    try:
        return checked(kind, value)
    except ValidationError:
        return None


# --- Texts -----------------------------------------------------------------------------------------------------------

LINES = {"Title": (3, 200), "Summary": (1, 500), "ShortText": (1, 300)}
LONG_TEXTS = {"Description": (0, 10_000), "Reason": (1, 2000)}
every_text = pytest.mark.parametrize("name", [*LINES, *LONG_TEXTS])


@every_text
@given(st.text() | st.text(alphabet="é e\u0301\r\n\t\u00a0\u2028\x85\x1c\u1e69ﬁ"))
@example("  Cafe\u0301 \r\n")
@example("\x1c\n\u0301")
@example("\u2028un\u2029")
def test_a_text_that_was_taken_is_taken_again_as_it_is(name: str, text: str) -> None:
    if (value := taken(getattr(types, name), text)) is not None:
        assert taken(getattr(types, name), value) == value
        assert value == value.strip()
        assert unicodedata.is_normalized("NFC", value)
        assert "\r" not in value


@every_text
@given(st.text())
def test_equal_texts_become_equal_bytes(name: str, text: str) -> None:
    forms = {taken(getattr(types, name), unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert len(forms) == 1


@pytest.mark.parametrize(("name", "bounds"), (LINES | LONG_TEXTS).items())
@pytest.mark.parametrize("letter", ["a", "é", "e\u0301", "🌱"])
def test_lengths_are_of_characters_as_they_are_kept(name: str, bounds: tuple[int, int], letter: str) -> None:
    kind, (least, most) = getattr(types, name), bounds
    for length in (least, most):
        assert taken(kind, f"  {letter * length}\n") is not None
    for length in ([least - 1] if least else []) + [most + 1]:
        assert taken(kind, letter * length) is None


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xDFFF])
def test_control_characters_are_refused_but_the_line_ends_of_long_texts(code: int) -> None:
    text = f"un{chr(code)}deux"
    assert all(taken(getattr(types, name), text) is None for name in LINES)
    for name in LONG_TEXTS:
        assert (taken(getattr(types, name), text) is not None) == (chr(code) in "\t\n\r")


# Of each sort that cannot be seen: the first, the last, and one between.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u200b\u200e\u200f\u2028\u2029\u202a\u202d\u202e\u2060\u2064"
    "\u2066\u2069\u206a\u206f\u3164\ufdd0\ufdef\ufe00\ufe0d\ufeff\uffa0\ufff9\ufffb\ufffe\uffff"
)
INVISIBLE_BEYOND = "\U0001bca0\U0001d173\U0001fffe\U000e0001\U000e0041\U000e007f\U000e0100\U000e01ef\U0010ffff"
JOINED = [
    "مى\u200cخواهم",  # Persian
    "क्\u200dष",  # Hindi
    "👩\u200d👩\u200d👧 en famille",
    "❤\ufe0f\u200d🔥",
    "Emoji 🏘\ufe0f",
    "Étape 1\ufe0f\u20e3",
]


@every_text
@pytest.mark.parametrize("letter", INVISIBLE + INVISIBLE_BEYOND, ids=lambda letter: f"{ord(letter):04x}")
@pytest.mark.parametrize("form", ["un{}deux", "{}un deux", "un deux{}", "un {} deux", "یک{}دو", "{}\n un deux"])
def test_what_cannot_be_seen_is_refused_wherever_it_stands(name: str, letter: str, form: str) -> None:
    assert taken(getattr(types, name), form.format(letter)) is None


@every_text
@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize("form", ["un{}deux", "{}یک", "یک{}", "یک {}دو", "یک{} دو", "یک{}{}دو", "یک{}a", "é{}دو"])
def test_a_joiner_stands_between_letters_of_a_script_that_needs_it(name: str, joiner: str, form: str) -> None:
    assert taken(getattr(types, name), form.format(joiner, joiner)) is None


@every_text
@pytest.mark.parametrize("text", ["\ufe0fune", "une \ufe0fdeux", "une🏘\ufe0f\ufe0f", "\ufe0e" * 3])
def test_a_signs_form_is_told_of_a_sign(name: str, text: str) -> None:
    assert taken(getattr(types, name), text) is None


@every_text
@pytest.mark.parametrize("text", JOINED)
def test_joiners_and_emoji_are_kept_where_they_belong(name: str, text: str) -> None:
    kind = getattr(types, name)
    assert taken(kind, text) == unicodedata.normalize("NFC", text)
    assert re.search(TypeAdapter(kind).json_schema()["pattern"], text)


def test_it_is_told_how_many_characters_stand_before_what_cannot_be_seen() -> None:
    with pytest.raises(ValidationError) as refused:
        checked(types.Title, "e\u0301cole\u00adouverte")
    (error,) = refused.value.errors()
    assert (error["type"], error["ctx"]) == ("invisible_character", {"before": 5})


@every_text
@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA1), *map(ord, INVISIBLE + " \u202f\u3000é")])
def test_the_document_tells_which_characters_are_refused(name: str, code: int) -> None:
    kind, letter = getattr(types, name), chr(code)
    pattern = TypeAdapter(kind).json_schema()["pattern"]
    for text in (f"un{letter}deux", f"{letter}texte{letter}"):
        # Of the blanks around a text, the document leaves out those that only some languages call so.
        assert (taken(kind, text) is not None) == bool(re.search(pattern, text))
        assert bool(re.search(pattern, text)) == bool(re.search(pattern, text, re.ASCII))


def test_line_ends_are_line_feeds() -> None:
    assert checked(types.Description, "un\r\ndeux\rtrois\nquatre\tcinq\r\n") == "un\ndeux\ntrois\nquatre\tcinq"


@every_text
@pytest.mark.parametrize("value", [None, 12, True, b"octets", ["texte"], {"fr": "texte"}])
def test_only_text_is_text(name: str, value: object) -> None:
    assert taken(getattr(types, name), value) is None


# --- Dates -----------------------------------------------------------------------------------------------------------


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_of_the_calendar_is_a_date_and_so_are_its_month_and_year(day: date) -> None:
    for length in (4, 7, 10):
        assert checked(types.FuzzyDate, day.isoformat()[:length]) == day.isoformat()[:length]


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
@example(2000, 2, 29)
@example(1900, 2, 29)
@example(0, 1, 1)
@example(999, 12, 31)
@example(1000, 1, 1)
@example(9999, 12, 31)
def test_digits_are_a_date_if_the_calendar_has_them_from_the_year_1000_on(year: int, month: int, day: int) -> None:
    def exists(*parts: int) -> bool:
        try:
            return date(*(*parts, 1, 1)[:3]).year >= 1000
        except ValueError:
            return False

    for parts, text in (
        ((year,), f"{year:04}"),
        ((year, month), f"{year:04}-{month:02}"),
        ((year, month, day), f"{year:04}-{month:02}-{day:02}"),
    ):
        assert (taken(types.FuzzyDate, text) == text) == exists(*parts)


@given(st.text(alphabet="0123456789-/TW. ٣\n") | st.text())
@example("2014-6")
@example("20140630")
@example("2014-W26")
@example("2014\n")
@example("٢٠١٤")
@example("2014-06-30T00:00:00Z")
def test_what_is_not_written_as_a_date_is_none(text: str) -> None:
    assume(not re.fullmatch("[0-9]{4}(-[0-9]{2}){0,2}", text))
    assert taken(types.FuzzyDate, text) is None


@pytest.mark.parametrize("value", [2014, 2014.0, date(2014, 6, 30), None])
def test_a_date_is_text(value: object) -> None:
    assert taken(types.FuzzyDate, value) is None


# --- Web addresses ---------------------------------------------------------------------------------------------------

hosts = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,6}){1,2}", fullmatch=True).filter(
    lambda host: "xn--" not in host
)
tails = st.text(
    alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="\\")
    | st.characters(min_codepoint=0xA1, max_codepoint=0x36F, exclude_characters="\u00ad\u034f")
)


@given(st.sampled_from(["http", "https"]), hosts, st.sampled_from(["", ":8080"]), st.sampled_from("/?#"), tails)
def test_an_address_is_kept_to_the_letter(scheme: str, host: str, port: str, mark: str, tail: str) -> None:
    url = f"{scheme}://{host}{port}{mark}{tail}"
    assert checked(types.WebAddress, url) == url
    assert checked(types.WebAddress, f"  {url}\n") == url
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.idcity.fr/lanester_56098/c/264/ideas", "www.idcity.fr"),
        ("http://www.vennestraat.be", "www.vennestraat.be"),
        ("https://Ville.Example/%C3%A9?a=b%20c&d=[1]#É", "ville.example"),
        ("https://ville.example/e\u0301te\u0301", "ville.example"),
        ("https://mairie-albi.élus.example/été", "mairie-albi.xn--lus-9la.example"),
        ("http://192.0.2.1:8080/", "192.0.2.1"),
        ("http://[2001:db8::1]/", "[2001:db8::1]"),
    ],
)
def test_an_address_keeps_its_letters_and_tells_its_host(url: str, host: str) -> None:
    assert checked(types.WebAddress, url) == url
    assert host_of(url) == host
    assert checked(types.Host, host) == host


def test_a_scheme_with_a_capital_is_taken_for_what_it_is() -> None:
    assert checked(types.WebAddress, " Https://Ville.example/É") == "https://Ville.example/É"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://ville.example/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "ftp://ville.example/",
        "mailto:mairie@ville.example",
        "ville.example",
        "//ville.example/",
        "/ici",
        "https:ville.example",
        "https:///ville.example",
        "https://",
        "https://?a",
        "https://#a",
        "https://user@ville.example/",
        "https://user:secret@ville.example/",
        "https://:secret@ville.example/",
        "https://user%40ville.example@ailleurs.example/",
        "https://bonne.example\\@mauvaise.example/",  # whose host depends on who reads it
        "https://ville.example/a b",
        "https://ville.example/a\tb",
        "https://ville.example/a\nb",
        "https://ville.example/a\u00a0b",
        "https://ville.example/a\u2028b",
        "https://vi lle.example/",
        "https://ville.example/\x00",
        "https://ville.example/\x7f",
        "java\nscript:alert(1)",
        "https://ville.example:99999/",
        "https://256.256.256.256/",
        "https://[::1/",
        "https://www.a.example,https://www.b.example",
        "https://l'ville.example/",
        "https://(www.ville.example)",
        "https://" + ".".join(["a" * 60] * 5) + "/",
        "https://ville.example/" + "a" * 2000,
        "https://ville.example/\ud800",
        "",
        None,
        12,
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: object) -> None:
    assert taken(types.WebAddress, url) is None


@given(st.text())
def test_any_text_is_an_address_of_the_web_or_refused(text: str) -> None:
    if (url := taken(types.WebAddress, text)) is not None:
        assert url.startswith(("http://", "https://"))
        assert host_of(url)


# --- Names and codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Slug", ["a", "albi-2", "0-a", "a" * 100], ["", "-a", "a-", "a--b", "A", "é", "a_b", "a b", "a\n", "a" * 101]),
        ("SubmissionId", ["s-0123456789"], ["s-012345678", "s-0123456789\n", "S-0123456789", "s-ABCDEFGHIJ"]),
        ("CountryCode", ["FR"], ["fr", "FRA", "F", "F1", "FR\n", "ＦＲ"]),
        ("LanguageCode", ["fr"], ["FR", "fra", "f", "fr-FR", "fr\n"]),
        ("Email", ["a@b.fr", "é@b.fr"], ["a@b", "@b.fr", "a b@c.fr", "a@b@c.fr", "a@b.fr\x00", "a" * 254 + "@b.fr"]),
    ],
)
def test_names_and_codes_have_one_form(name: str, good: list[str], bad: list[str]) -> None:
    kind = getattr(types, name)
    assert [taken(kind, value) for value in good] == good
    assert [taken(kind, value) for value in bad] == [None] * len(bad)


@pytest.mark.parametrize(
    ("given_code", "code"),
    [
        ("fr-55073", "fr-55073"),
        ("FR-2A004", "fr-2a004"),
        ("INSEE:2A004", "insee:2a004"),
        ("dicofre:0105", "dicofre:0105"),
        ("fr", "fr"),
        ("insee:", None),
        (":81004", None),
        ("insee:81 004", None),
        ("insee:a:b", None),
        ("fr_81004", None),
        ("a" * 101, None),
        ("fr\n", None),
        ("İ", None),
    ],
)
def test_a_territorys_code_is_read_in_any_case(given_code: str, code: str | None) -> None:
    assert taken(types.TerritoryCode, given_code) == code


# --- Figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [73, 0, -5, 4.5, 1e15, 8_000_000])
def test_a_figure_stays_as_its_source_gives_it(value: float) -> None:
    figure = checked(types.Number, value)
    assert (figure, type(figure)) == (value, type(value))


@pytest.mark.parametrize(
    "value", [True, False, "73", None, [], {}, 1e16, -1e16, 10**400, float("nan"), float("inf"), -float("inf")]
)
def test_what_cannot_be_counted_with_is_no_figure(value: object) -> None:
    assert taken(types.Number, value) is None


@pytest.mark.parametrize(("name", "most"), [("Latitude", 90), ("Longitude", 180)])
@given(st.data())
def test_degrees_are_kept_to_five_decimals_and_taken_again_as_they_are(
    name: str, most: int, data: st.DataObject
) -> None:
    kind, value = getattr(types, name), data.draw(st.floats(-most, most))
    kept = checked(kind, value)
    assert kept == checked(kind, kept) == round(value, 5)
    for beyond in (most + 1e-9, -most - 1e-9, float("nan"), float("inf"), "45", True, None):
        assert taken(kind, beyond) is None


@pytest.mark.parametrize(("name", "least", "most"), [("Population", 0, 2 * 10**9), ("Year", 1000, 9999)])
def test_counts_are_whole_numbers_within_their_bounds(name: str, least: int, most: int) -> None:
    kind = getattr(types, name)
    for value in (least, most):
        # What JSON writes 1500.0 is the same number.
        assert [repr(taken(kind, written)) for written in (value, float(value))] == [repr(value)] * 2
    for value in (
        least - 1,
        most + 1,
        most + 1.0,
        1e300,
        float("inf"),
        float("nan"),
        1500.5,
        "1500",
        True,
        None,
        10**30,
    ):
        assert taken(kind, value) is None


# --- Languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-BE", "fr"),
        ("fr-Latn-CA", "fr"),
        ("en", "en"),
        ("pt-PT", "en"),
        ("*", "en"),
        ("nl-BE,nl;q=0.9,fr;q=0.8,en;q=0.7", "fr"),
        ("pt,en;q=0.8,fr;q=0.7", "en"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("fr;q=0.9, en", "en"),
        ("fr ; q=0.9 ,en;q=0.1", "fr"),
        ("fr;q=0.001", "fr"),
        ("fr;q=0", "en"),
        ("fr;q=0.000, en;q=0", "en"),
        ("fr;q=0.2, fr-BE;q=0.9, en;q=0.5", "fr"),
        ("french", "en"),
        ("fr;level=1", "fr"),
        ("fr;level=1;q=0.1, en;q=0.2", "en"),
        ("fr;q=x, en;q=0.1", "en"),
        ("fr;q=2", "en"),
        (",,fr,,", "fr"),
        ("fr;Q=0.5", "fr"),
        ("fr, en", "fr"),
        ("en-US,fr-FR", "en"),
    ],
)
def test_the_language_is_the_one_that_is_wished_for_most(header: str, language: str) -> None:
    assert preferred(header) == language


@given(st.text() | st.lists(st.sampled_from(["fr", "en", "*", ";q=", "0.5", "1", ",", " ", "-"])).map("".join))
def test_any_header_leads_to_a_language(header: str) -> None:
    assert preferred(header) in {*Language}


def test_a_sentence_is_said_in_the_language_asked_for() -> None:
    text = Text("At most {most}.", "Au plus {most}.").format(most=3)
    assert [text.said_in(language) for language in (Language.EN, Language.FR)] == ["At most 3.", "Au plus 3."]
