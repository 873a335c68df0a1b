"""What the values of the vocabulary are called in both languages."""

from collections.abc import Mapping

from api.texts import Text
from api.vocabulary import InitiativeKind, Progress

KINDS: Mapping[str, Text] = {
    InitiativeKind.CASE: Text("Documented case", "Cas documenté"),
    InitiativeKind.LEAD: Text("Lead, to be documented", "Piste à documenter"),
}
PROGRESS: Mapping[str, Text] = {
    Progress.IDEA: Text("Idea", "Idée"),
    Progress.STUDY: Text("Under study", "À l'étude"),
    Progress.RUNNING: Text("Running", "En cours"),
    Progress.COMPLETED: Text("Completed", "Terminé"),
    Progress.STOPPED: Text("Stopped", "Arrêté"),
    Progress.UNKNOWN: Text("Not known", "Non connu"),
}
