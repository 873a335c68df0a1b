"""What a reader of feeds finds in an Atom feed."""

from typing import Any
from xml.etree.ElementTree import fromstring

import feedparser

from api.formats import Located, atom
from tests.formats.samples import ABOUT, ALBI, case, lead

FIRST = "https://catalogue.example/v1/initiatives.atom?theme=circuit-court&limit=2"


def written(*cases: Located, following: str | None = None) -> bytes:
    return atom.feed([item.document for item in cases], ABOUT, here=FIRST, first=FIRST, following=following)


def read(*cases: Located, following: str | None = None) -> Any:
    feed = feedparser.parse(written(*cases, following=following))
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == "atom10"
    return feed


def links(told: Any) -> list[tuple[str, str]]:
    return [(link.rel, link.href) for link in told.links]


def test_the_feed_tells_where_it_is_from_and_what_one_may_do_with_it() -> None:
    feed = read().feed
    assert (feed.id, feed.title, feed.updated) == (FIRST, "Territoires innovants", "2026-11-26T06:00:00Z")
    assert feed.author_detail == {"name": "Territoires innovants", "href": "https://catalogue.example"}
    assert feed.rights == "Licence Ouverte 2.0. Source : Territoires innovants, 2026-11-26."
    assert links(feed) == [("license", "https://spdx.org/licenses/etalab-2.0.html"), ("self", FIRST), ("first", FIRST)]


def test_a_page_leads_to_the_next_and_the_first_and_keeps_the_id_of_the_feed() -> None:
    feed = read(case(), following=f"{FIRST}&cursor=abc").feed
    assert feed.id == FIRST
    assert ("next", f"{FIRST}&cursor=abc") in links(feed)


def test_a_case_is_an_entry() -> None:
    (entry,) = read(case()).entries
    address = "https://catalogue.example/v1/initiatives/albi-jardin"
    assert (entry.id, entry.title) == (address, "Un jardin partagé")
    assert (entry.published, entry.updated) == ("2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z")
    assert links(entry) == [
        ("alternate", address),
        ("via", "https://www.example/jardin"),
        ("via", "https://presse.example/jardin"),
    ]
    assert entry.links[0].type == "application/json"
    assert entry.tags == [
        {"term": "circuit-court", "scheme": "https://catalogue.example/v1/themes", "label": "Circuit court"}
    ]
    assert entry.summary == "Vingt familles cultivent un ancien parking."
    assert entry.summary_detail.type == "text/plain"


def test_its_content_shows_the_territory_the_progress_and_the_sources() -> None:
    (content,) = read(case()).entries[0].content
    assert (content.type, content.language) == ("text/html", "fr")
    assert content.value == (
        "<div><p>Vingt familles cultivent un ancien parking.</p><dl>"
        "<dt>Territoire</dt><dd>Albi</dd><dt>Avancement</dt><dd>En cours</dd><dt>Sources</dt>"
        '<dd><a href="https://www.example/jardin">https://www.example/jardin</a></dd>'
        '<dd><a href="https://presse.example/jardin">Le jardin &amp; la ville</a></dd></dl></div>'
    )


def test_a_case_in_another_language_is_told_in_english() -> None:
    (content,) = read(case(language="nl")).entries[0].content
    assert content.language == "nl"
    assert "<dt>Territory</dt><dd>Albi</dd><dt>Progress</dt><dd>Running</dd>" in content.value


def test_a_lead_has_neither_summary_nor_territory() -> None:
    (entry,) = read(lead()).entries
    assert b"<summary" not in written(lead())
    assert entry.content[0].value == "<div><dl><dt>Avancement</dt><dd>Non connu</dd></dl></div>"


def test_texts_are_texts_and_never_markup() -> None:
    text = '<script>alert(1)</script> & « jardin » ]]> &amp; "été" 🌻'
    page = written(case(title=text, summary=text, territories=[ALBI | {"name": text}]))
    (entry,) = feedparser.parse(page, sanitize_html=False).entries
    assert entry.title == text
    assert "<script>" not in entry.content[0].value
    shown = fromstring(entry.content[0].value.replace("<br>", "<br/>"))
    assert (shown.findtext("p"), shown.findtext("dl/dd")) == (text, text)


def test_entries_stand_in_the_order_of_the_page() -> None:
    ids = ["c", "a", "b"]
    assert [entry.id[-1] for entry in read(*(case(id=id_) for id_ in ids)).entries] == ids
