"""What the values of the vocabulary are called in both languages."""

from collections.abc import Mapping

from api.texts import Text
from api.vocabulary import InitiativeKind, InitiativeState, Progress, SubmissionState

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
# Within a sentence, with the API's word for it; of what is feminine in French: a submission, an initiative.
STATES: Mapping[str, Text] = {
    SubmissionState.PENDING: Text("pending", "en attente (pending)"),
    SubmissionState.CHANGES_REQUESTED: Text("changes_requested", "à modifier (changes_requested)"),
    SubmissionState.ACCEPTED: Text("accepted", "acceptée (accepted)"),
    SubmissionState.REJECTED: Text("rejected", "refusée (rejected)"),
    SubmissionState.WITHDRAWN: Text("withdrawn", "retirée (withdrawn)"),
    InitiativeState.PUBLISHED: Text("published", "publiée (published)"),
    InitiativeState.ARCHIVED: Text("archived", "archivée (archived)"),
    InitiativeState.QUARANTINED: Text("quarantined", "en quarantaine (quarantined)"),
    InitiativeState.MERGED: Text("merged", "fusionnée (merged)"),
}
