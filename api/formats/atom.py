"""Atom (RFC 4287), paged (RFC 5005): initiatives as entries that a reader of feeds shows whole.

An entry's id is the address of the initiative: it lasts. Its content is HTML in the language of the case, else English.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from pydantic_core import from_json

from api import __version__
from api.documents import LICENSE_PAGE, NAME
from api.formats import About
from api.formats.initiatives import lead
from api.texts import Language, Text
from api.wording import PROGRESS

MEDIA_TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TERRITORY, _PROGRESS, _SOURCES = (
    Text("Territory", "Territoire"),
    Text("Progress", "Avancement"),
    Text("Sources", "Sources"),
)

register_namespace("", _ATOM)


def feed(documents: Sequence[bytes], about: About, *, here: str, first: str, following: str | None) -> bytes:
    """A page of the feed: `here` is its own address, `first` and `following` those of other pages."""
    root = Element(f"{{{_ATOM}}}feed", {_LANGUAGE: Language.FR})
    _add(root, "id", first)
    _add(root, "title", NAME)
    _add(root, "updated", about.updated)
    author = _add(root, "author")
    _add(author, "name", NAME)
    _add(author, "uri", about.address)
    _add(root, "rights", f"Licence Ouverte 2.0. Source : {NAME}, {about.updated[:10]}.")
    _add(root, "link", rel="license", href=LICENSE_PAGE)
    _add(root, "generator", NAME, uri=about.address, version=__version__)
    for relation, address in (("self", here), ("first", first), ("next", following)):
        if address:
            _add(root, "link", rel=relation, type=MEDIA_TYPE, href=address)
    root.extend(_entry(from_json(document), about) for document in documents)
    page: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return page


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    return _put(parent, f"{{{_ATOM}}}{name}", text, **attributes)


def _put(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = SubElement(parent, name, attributes)
    made.text = text
    return made


def _entry(case: Mapping[str, Any], about: About) -> Element:
    entry = Element(f"{{{_ATOM}}}entry", {_LANGUAGE: case["language"]})
    address = about.page("initiatives", case["id"])
    _add(entry, "id", address)
    _add(entry, "title", case["title"])
    _add(entry, "updated", case["updated_at"])
    _add(entry, "published", case["published_at"])
    _add(entry, "link", rel="alternate", type="application/json", href=address)
    for source in case["sources"]:
        _add(entry, "link", rel="via", href=source["url"])
    for theme in case["themes"]:
        _add(entry, "category", term=theme["id"], scheme=about.page("themes"), label=theme["label"]["fr"])
    if case["summary"]:
        _add(entry, "summary", case["summary"])
    _add(entry, "content", tostring(_content(case), encoding="unicode", method="html"), type="html")
    return entry


def _content(case: Mapping[str, Any]) -> Element:
    """What an entry shows: HTML, of its own and not in a namespace."""
    language = Language.FR if case["language"] == Language.FR else Language.EN
    shown = Element("div")
    if case["summary"]:
        _put(shown, "p", case["summary"])
    facts = _put(shown, "dl")
    if town := lead(case):
        _put(facts, "dt", _TERRITORY.said_in(language))
        _put(facts, "dd", town["name"])
    _put(facts, "dt", _PROGRESS.said_in(language))
    _put(facts, "dd", PROGRESS[case["progress"]].said_in(language))
    if case["sources"]:
        _put(facts, "dt", _SOURCES.said_in(language))
    for source in case["sources"]:
        _put(_put(facts, "dd"), "a", source["title"] or source["url"], href=source["url"])
    return shown
