"""What the values of facets are called in both languages: in words of ours, or by Unicode's CLDR."""

from collections.abc import Mapping

from babel import Locale

from api.catalogue import terms
from api.documents import Label
from api.texts import Language, Text
from api.vocabulary import Facet
from api.wording import KINDS, PROGRESS

_SPACE, _THIN_SPACE = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"

_DECADE = Text("{year}s", f"Années{_SPACE}{{year}}")
_SIZE = Text("{least} to {most} inhabitants", f"De {{least}} à {{most}}{_SPACE}habitants")
_SMALLEST = Text("Up to {most} inhabitants", f"Jusqu'à {{most}}{_SPACE}habitants")
_LARGEST = Text("{least} inhabitants or more", f"{{least}}{_SPACE}habitants ou plus")


def _size(band: str) -> Text:
    least, _, most = band.partition("/")
    said = _SMALLEST if least == ".." else _LARGEST if most == ".." else _SIZE
    grouped = {name: f"{int(end):,}" for name, end in (("least", least), ("most", most)) if end != ".."}
    english, french = said.format(**grouped)
    return Text(english, french.replace(",", _THIN_SPACE))


_WORDS: Mapping[Facet, Mapping[str, Text]] = {
    Facet.KIND: KINDS,
    Facet.PROGRESS: PROGRESS,
    Facet.EVIDENCE: {
        "0": Text("No link", "Aucun lien"),
        "1": Text("Links of one site", "Liens d'un seul site"),
        "2": Text("Links of several sites", "Liens de plusieurs sites"),
        "3": Text(
            "An evaluation, or an official source and an outside one",
            "Une évaluation, ou une source officielle et une source extérieure",
        ),
    },
    Facet.SIZE: {band: _size(band) for band in terms.SIZES},
}
_IN_CLDR = {Facet.COUNTRY: "territories", Facet.LANGUAGE: "languages"}


def of(facet: Facet, value: str, english: str | None = None, french: str | None = None) -> Label | None:
    """What a value is called; None where nobody knows. Of themes and territories the record has the names."""
    said = Text(english, french) if english and french else _said(facet, value)
    return said and Label(en=said.en, fr=said.fr)


def _said(facet: Facet, value: str) -> Text | None:
    if facet in _IN_CLDR:
        return _in_cldr(_IN_CLDR[facet], value)
    return _DECADE.format(year=value) if facet is Facet.DECADE else _WORDS.get(facet, {}).get(value)


def _in_cldr(names: str, code: str) -> Text | None:
    """Babel reads a language when it is first asked, and keeps it."""
    english, french = (getattr(Locale(language), names).get(code) for language in (Language.EN, Language.FR))
    return Text(english, french) if english and french else None
