"""Help for whoever submits: what a draft still lacks, why that matters, and an example of it."""

from typing import NamedTuple

from api.drafts import InitiativeDraft
from api.receipts import Completeness, Missing
from api.texts import Language, Text
from api.vocabulary import Progress


class _Wish(NamedTuple):
    """A field that makes a case more useful: how much of the score it is, why, and an example."""

    weight: int
    why: Text
    example: Text


_WISHES = {
    "summary": _Wish(
        15,
        Text("Readers decide by it whether to read on.", "C'est lui qui donne envie de lire la suite."),
        Text(
            "A free shuttle, run by volunteers, links six villages.",
            "Une navette gratuite, tenue par des bénévoles, relie six villages.",
        ),
    ),
    "territories": _Wish(
        15,
        Text(
            "Other towns look for cases of places like theirs.",
            "Les autres communes cherchent des cas de territoires comparables.",
        ),
        Text("insee:81004", "insee:81004"),
    ),
    "description": _Wish(
        15,
        Text("How it was done is what others can learn from.", "C'est la manière de faire qui sert aux autres."),
        Text(
            "Who decided, how it was paid for, what was hard.",
            "Qui a décidé, comment c'est financé, ce qui a été difficile.",
        ),
    ),
    "sources": _Wish(
        15,
        Text("A link lets others check what is said.", "Un lien permet de vérifier ce qui est dit."),
        Text(
            "The page of the town's site or a press article.",
            "La page du site de la commune ou un article de presse.",
        ),
    ),
    "themes": _Wish(
        10,
        Text("A case without a theme is hard to find.", "Sans thème, le cas est difficile à trouver."),
        Text("circuit-court", "circuit-court"),
    ),
    "started_on": _Wish(
        10,
        Text("The year tells how long it has been tried.", "L'année dit depuis combien de temps l'expérience dure."),
        Text("2014-06", "2014-06"),
    ),
    "progress": _Wish(
        5,
        Text(
            "An idea and a finished project are read differently.",
            "Une idée et un projet achevé ne se lisent pas de la même façon.",
        ),
        Text("running", "running (en cours)"),
    ),
    "actors": _Wish(
        10,
        Text("Others will want to know who did it.", "Les autres voudront savoir qui l'a fait."),
        Text("Ville d'Albi (public)", "Ville d'Albi (public)"),
    ),
    "results": _Wish(
        5,
        Text("A figure convinces a council.", "Un chiffre convainc un conseil municipal."),
        Text("1,200 passengers in 2025", "1 200 passagers en 2025"),
    ),
}


def completeness(draft: InitiativeDraft, language: Language) -> Completeness:
    """How much is told, out of 100, and what is missing, the weightiest first."""
    missing = [name for name in _WISHES if getattr(draft, name) in (None, [], Progress.UNKNOWN)]
    missing.sort(key=lambda name: -_WISHES[name].weight)
    return Completeness(
        score=100 - sum(_WISHES[name].weight for name in missing),
        missing=[
            Missing(
                field=name,
                why=_WISHES[name].why.said_in(language),
                example=_WISHES[name].example.said_in(language),
            )
            for name in missing
        ],
    )
