"""Examples of the documentation: each can be sent as it stands."""

from typing import Any

from fastapi.openapi.models import Example

INITIATIVE_ID: dict[str, Example] = {
    "case": {"summary": "A documented case", "value": "albi-autosuffisance-alimentaire"},
    "lead": {"summary": "A lead, known only by its name", "value": "courcy"},
}
TERRITORY: dict[str, Example] = {
    "id": {"summary": "Our id", "value": "fr-81004"},
    "code": {"summary": "An official code", "value": "insee:56098"},
    "region": {"summary": "A region", "value": "fr-reg-44"},
}

_CASE: dict[str, Any] = {
    "title": "Un composteur dans chaque quartier",
    "summary": "Dix composteurs partagés, tenus par les habitants, réduisent les déchets de la commune.",
    "description": "La commune a fourni les bacs en mars 2025 ; des référents bénévoles forment leurs voisins.",
    "themes": ["developpement-durable"],
    "progress": "running",
    "started_on": "2025-03",
    "territories": [{"territory": "insee:81004"}],
    "actors": [{"name": "Ville d'Albi", "kind": "public"}],
    "contact": {"name": "Service environnement", "email": "environnement@example.org"},
}
DRAFTS: dict[str, Example] = {
    "case": {"summary": "Un cas (fictif)", "description": "A case, fictional.", "value": _CASE},
    "lead": {
        "summary": "Une piste (fictive)",
        "description": "A lead: one knows little more than its name.",
        "value": {
            "kind": "lead",
            "title": "Une épicerie mobile ?",
            "territories": [{"territory": {"name": "Bras-sur-Meuse", "department": "55"}}],
            "open_questions": ["Qui la tient, et depuis quand ?"],
        },
    },
}
PATCHES: dict[str, Example] = {
    "summary": {
        "summary": "Another summary",
        "value": {"summary": "Douze composteurs partagés, tenus par les habitants."},
    },
    "end": {"summary": "It has ended", "value": {"progress": "completed", "ended_on": "2026-06"}},
}
# Of decisions, the first is what Execute sends when nobody touches it: nothing that is invented for the case.
PUBLICATIONS: dict[str, Example] = {
    "plain": {"summary": "As it stands", "value": {}},
    "named": {"summary": "Under an id of your choice", "value": {"id": "albi-composteurs", "reason": "Merci !"}},
}
REQUESTS: dict[str, Example] = {
    "sources": {"summary": "Sources are wanted", "value": {"reason": "Merci d'ajouter au moins une source."}},
    "template": {"summary": "With a sentence of ours", "value": {"template": "sources_wanted"}},
}
REFUSALS: dict[str, Example] = {
    "template": {"summary": "With a sentence of ours", "value": {"template": "not_local"}},
    "known": {"summary": "With a public code", "value": {"template": "already_there", "code": "duplicate"}},
}
ARCHIVALS: dict[str, Example] = {
    "outdated": {
        "summary": "It is no longer so",
        "value": {"reason": "La fiche n'est plus à jour.", "code": "outdated"},
    },
    "requested": {
        "summary": "Somebody asked for it",
        "value": {"reason": "Retrait demandé par la commune.", "code": "requested"},
    },
}
QUARANTINES: dict[str, Example] = {
    "legal": {
        "summary": "It may be against the law",
        "value": {"reason": "Contenu signalé ; à vérifier.", "code": "legal"},
    },
}
RESTORATIONS: dict[str, Example] = {
    "checked": {"summary": "It was looked at", "value": {"reason": "Vérification faite, la fiche peut rester."}},
}
NOTES: dict[str, Example] = {
    "plain": {"summary": "Without a word", "value": {}},
    "said": {"summary": "With a word", "value": {"reason": "Demandé par téléphone."}},
}
CASE_MERGERS: dict[str, Example] = {
    "same": {
        "summary": "The same case, told twice",
        "value": {"into": "gand-refill", "template": "already_there"},
    },
}
CONFIRMATIONS: dict[str, Example] = {
    "plain": {"summary": "As it is called", "value": {}},
    "named": {"summary": "Under an id of your choice", "value": {"id": "es-sabadell"}},
}
MERGERS: dict[str, Example] = {
    "commune": {"summary": "It is known under another name", "value": {"into": "insee:81004"}},
}
KEYS: dict[str, Example] = {
    "contributor": {
        "summary": "A town's contributor",
        "value": {"role": "contributor", "name": "Ville d'Albi", "territories": ["insee:81004"]},
    },
    "moderator": {"summary": "A moderator, for a month", "value": {"role": "moderator", "name": "Claire", "days": 30}},
}
