"""Which territory a name means, together with what else is said of it: one, or a mistake that lists candidates.

Names are compared folded and whole. A territory's own name outweighs another's former or foreign one; a name that
several have is never guessed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from api.catalogue import names, provisional, territories, words
from api.catalogue.names import slug
from api.db import ReadSession
from api.errors import Candidate
from api.known import NamedTerritoryDraft
from api.models import Territory, TerritoryWord
from api.texts import Text
from api.vocabulary import TerritoryKind

_SHOWN, _SUGGESTED, _COMPARED = 20, 5, 500
_ALIKE = 0.75  # of folded names: below it, another place is meant
_FACTS = {
    "name": Text("name", "nom"),
    "department": Text("department", "département"),
    "postcode": Text("postcode", "code postal"),
    "kind": Text("kind", "type"),
    "country": Text("country", "pays"),
    "code": Text("code", "code"),
}

# All of these are in the reference: who names another has mistyped it, or knows a newer one, which has a code.
_KINDS_HELD = {TerritoryKind.MUNICIPALITY, TerritoryKind.DEPARTMENT, TerritoryKind.REGION, TerritoryKind.COUNTRY}
_COUNTRIES_HELD = {"BE", "FR", "PT"}

_DISTRICT = "{} (district)"  # as those of Portugal are told from the municipalities that they are named after
# What lies around municipalities, in the order in which a name means it.
_AREAS = (TerritoryKind.DEPARTMENT, TerritoryKind.REGION, TerritoryKind.INTERCOMMUNALITY, TerritoryKind.COUNTRY)

# Territories with the name of what each lies in; the largest first.
_parent = aliased(Territory)
_lies_in = func.coalesce(
    col(Territory.municipality_id),
    col(Territory.department_id),
    col(Territory.region_id),
    func.lower(col(Territory.country)),
)
_IN_IT = (col(_parent.id) == _lies_in) & (col(_parent.id) != col(Territory.id))
_SEEN = (
    rows_of(Territory, col(_parent.name))
    .outerjoin(_parent, _IN_IT)
    .order_by(func.coalesce(col(Territory.population), 0).desc(), col(Territory.id))
)
# The same, as much as a candidate tells: of territories that are known already.
_TOLD = (
    rows_of(col(Territory.id), col(Territory.name), col(Territory.kind), col(_parent.name), col(Territory.population))
    .outerjoin(_parent, _IN_IT)
    .where(col(Territory.id).in_(bindparam("ids")))
)


class Place(NamedTuple):
    """As much of a territory as tells it from others."""

    id: str
    kind: str
    name: str
    folded: str
    country: str
    population: int | None
    postcodes: tuple[str, ...]
    parent: str | None
    around: frozenset[str]

    def bears(self, forms: set[str]) -> bool:
        """Whether it has this name, by any of its names."""
        return not forms.isdisjoint(self.folded.split("|"))

    def likeness(self, form: str) -> float:
        """How near a folded name comes to one of its own, up to 1; a bare INSEE code or postcode means it, too."""
        if form in self.postcodes or self.id == f"fr-{form}":
            return 1
        own = self.folded.strip("|").split("|")
        return max(max(SequenceMatcher(None, form, name).ratio(), _ALIKE * name.startswith(form)) for name in own)

    def candidate(self) -> Candidate:
        return Candidate(self.id, self.name, self.kind, self.parent, self.population)


Facts = Mapping[str, Callable[[Place], bool]]


def named(session: ReadSession, said: NamedTerritoryDraft) -> str | NamedTerritoryDraft:
    """Our id of the only territory that all that is said holds of; of a body that no reference has, what was said."""
    code = said.code and territories.resolve(session, said.code)
    places = bearing(session, names.forms(said.name), code)
    meant = fitting(said, places, code)
    if len(meant) == 1:
        if longer := _longer(session, said, meant[0]):
            raise _unclear("longer_names", [*meant, *longer])
        return meant[0].id
    if meant:
        raise _unclear("ambiguous_territory", meant)
    if said.kind and said.country and not (said.department or said.postcode):
        if settled := provisional.became(session, [said]).get(said):
            return settled
        if not code and _may_be_new(said, places):
            return said
    if places:
        raise _disagreeing(session, said, places, code)
    if nearest := _nearest(session, said)[:_SUGGESTED]:
        raise _unclear("similar_name", nearest)
    if not (said.kind and said.country):
        raise _unclear("unknown_name", ())
    raise _unclear("unknown_of_its_kind" if _is_held(said) else "body_with_a_place", ())


def _may_be_new(said: NamedTerritoryDraft, places: Sequence[Place]) -> bool:
    """Whether there may be a body of this name, kind and country that the reference does not have."""
    if not _is_held(said):
        return True
    return said.code is not None and not any(_rest_holds(said, place) for place in places)


def _is_held(said: NamedTerritoryDraft) -> bool:
    """Whether the reference has all of this kind and country."""
    return said.kind in _KINDS_HELD and said.country in _COUNTRIES_HELD


def _longer(session: ReadSession, said: NamedTerritoryDraft, found: Place) -> list[Place]:
    """Territories whose names go on where this one ends, which was told alone and is no longer the name of any: who
    writes Villefranche hardly means the commune that is part of Charny Orée de Puisaye."""
    form = names.folded(said.name)
    told_more = any(getattr(said, fact) is not None for fact in _FACTS if fact != "name")
    if told_more or form in names.forms(found.name) or not form:
        return []
    longest = max(form.split(), key=len)
    places = _places(session, _reached([longest], None), col(Territory.folded).contains(f"|{form} "))
    return [place for place in places if names.folded(place.name).startswith(f"{form} ") and place != found]


def told(session: ReadSession, ids: Collection[str]) -> Mapping[str, Candidate]:
    """Territories as a person tells them apart, by id."""
    found = session.rows(_TOLD, {"ids": list(ids)}) if ids else ()
    return {candidate.id: candidate for candidate in (Candidate(*row) for row in found)}


def alike(session: ReadSession, readings: Iterable[NamedTerritoryDraft]) -> Sequence[Candidate]:
    """Territories that have these names, or else similar ones, the likeliest first."""
    places = dict.fromkeys(place for said in dict.fromkeys(readings) for place in _called(session, said))
    return tuple(place.candidate() for place in places)[:_SHOWN]


def _called(session: ReadSession, said: NamedTerritoryDraft) -> list[Place]:
    if places := bearing(session, names.forms(said.name)):
        return sorted(places, key=lambda place: not _rest_holds(said, place))
    return _nearest(session, said)[:_SUGGESTED]


def area(session: ReadSession, name: str) -> str | None:
    """Our id of the department, or else of what lies around municipalities, that alone has this name."""
    places = bearing(session, names.forms(name) | names.forms(_DISTRICT.format(name)))
    found = next(filter(None, ([place.id for place in places if place.kind == kind] for kind in _AREAS)), [])
    return found[0] if len(found) == 1 else None


def bearing(session: ReadSession, forms: set[str], code: str | None = None) -> list[Place]:
    """The territories that have a name, by any of its folded forms, and the one of this id; the largest first."""
    longest = {max(form.split(), key=len) for form in forms if form}
    called = [col(Territory.folded).contains(f"|{form}|") for form in sorted(forms)]
    return _places(session, _reached(longest, code), or_(*called, col(Territory.id) == code))


def _reached(known: Iterable[str], territory_id: str | None) -> ColumnElement[bool]:
    """Those with one of these words in a name, or as a postcode, and the one of this id."""
    found = select(TerritoryWord.territory_id).where(col(TerritoryWord.word).in_(sorted(known)))
    return col(Territory.id).in_(found.union(select(Territory.id).where(col(Territory.id) == territory_id)))


def fitting(said: NamedTerritoryDraft, places: Sequence[Place], code: str | None = None) -> list[Place]:
    """Those of which all that is said holds, and best."""
    facts, forms = _facts(said, code), names.forms(said.name)
    fits = [place for place in places if all(holds(place) for holds in facts.values())]
    own = [place for place in fits if not forms.isdisjoint(names.forms(place.name))] or fits
    if not (said.department or said.postcode):
        return own
    # Of those in one place, an article may tell: Vergné and La Vergne.
    return [place for place in own if slug(place.name) == slug(said.name)] or own


def _facts(said: NamedTerritoryDraft, code: str | None) -> Facts:
    """What is said, each as a question to a territory."""
    forms = names.forms(said.name)
    facts: dict[str, Callable[[Place], bool]] = {
        "name": lambda place: place.bears(forms),
        "department": lambda place: said.department in place.around,
        "postcode": lambda place: said.postcode in place.postcodes,
        "kind": lambda place: place.kind == said.kind,
        "country": lambda place: place.country == said.country,
        "code": lambda place: place.id == code,
    }
    return {fact: holds for fact, holds in facts.items() if getattr(said, fact) is not None}


def _disagreeing(
    session: ReadSession, said: NamedTerritoryDraft, places: Sequence[Place], code: str | None
) -> PydanticCustomError:
    """What holds of none of these; or, where each holds of some, what does not hold of all."""
    facts = _facts(said, code)
    wrong = [fact for fact, holds in facts.items() if not any(map(holds, places))]
    apart = [fact for fact, holds in facts.items() if not all(map(holds, places))]
    misnamed = "name" in wrong  # the code alone has led to a territory
    told = [_FACTS[fact] for fact in ([*wrong, "code"] if misnamed else wrong or apart)]
    others = [place for place in _nearest(session, said) if _rest_holds(said, place)]
    return _unclear(
        "not_of_this_name" if wrong and not misnamed else "disagreement",
        [*places, *(place for place in others[:_SUGGESTED] if place not in places)],
        facts=Text(", ".join(fact.en for fact in told), ", ".join(fact.fr for fact in told)),
    )


def _unclear(kind: str, places: Sequence[Place], **context: Any) -> PydanticCustomError:
    candidates = tuple(place.candidate() for place in places[:_SHOWN])
    return PydanticCustomError(kind, "not clear", {"candidates": candidates, **context})


def _places(session: ReadSession, *conditions: ColumnElement[bool]) -> list[Place]:
    return [_place(*row) for row in session.execute(_SEEN.where(*conditions).limit(_COMPARED))]


def _place(territory: Territory, parent: str | None) -> Place:
    return Place(
        territory.id,
        territory.kind,
        territory.name,
        territory.folded,
        territory.country,
        territory.population,
        tuple(territory.postcodes),
        parent,
        frozenset(territory.within),
    )


def _nearest(session: ReadSession, said: NamedTerritoryDraft) -> list[Place]:
    """Territories of a similar name, the likeliest first: one letter wrong, or the same beginning."""
    form = names.folded(said.name)
    if not form:
        return []
    word = max(form.split(), key=len)
    places = _places(session, _reached({word, *_similar(session, word)}, f"fr-{form}"))
    likeness = {place: place.likeness(form) for place in places}
    close = [place for place in places if likeness[place] >= _ALIKE]
    return sorted(close, key=lambda place: (not _rest_holds(said, place), -likeness[place]))


def _rest_holds(said: NamedTerritoryDraft, place: Place) -> bool:
    """Whether all holds but the name, and the code, which would have found it."""
    return all(holds(place) for fact, holds in _facts(said, None).items() if fact not in ("name", "code"))


def _similar(session: ReadSession, word: str) -> list[str]:
    """Words of names that begin so, or have one letter wrong; and whatever it is with one letter less, which may be a
    word too short to be known for its spelling."""
    if len(word) < names.LONG:
        return []
    shorter = [word[:place] + word[place + 1 :] for place in range(len(word))]
    alike = session.scalars(words.with_a_half_of(word))
    return [*shorter, *(other for other in alike if other.startswith(word) or names.is_mistyped(word, other))]
