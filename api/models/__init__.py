"""The tables, storage only: what may be kept is decided by drafts, what is shown by documents.

Four groups: submissions (proposed), the record (accepted), the publication (public, rendered from the record), and the
reference of territories and themes.
Small values that have no identity of their own (actors, results, a place) are JSON columns.
"""

from api.models.proposed import AccessKey, Contact, Event, Idempotency, ProvisionalTerritory, Submission, Switch
from api.models.publication import (
    Counter,
    Publication,
    PublicationExtent,
    PublicationRevision,
    PublicationSource,
    PublicationTerm,
    TermCount,
)
from api.models.record import Initiative, InitiativeTerritory, InitiativeTheme, Relation, Revision, SourceLink
from api.models.reference import Reference, Spelling, Territory, TerritoryCode, TerritoryWord, Theme

__all__ = [
    "AccessKey",
    "Contact",
    "Counter",
    "Event",
    "Idempotency",
    "Initiative",
    "InitiativeTerritory",
    "InitiativeTheme",
    "ProvisionalTerritory",
    "Publication",
    "PublicationExtent",
    "PublicationRevision",
    "PublicationSource",
    "PublicationTerm",
    "Reference",
    "Relation",
    "Revision",
    "SourceLink",
    "Spelling",
    "Submission",
    "Switch",
    "TermCount",
    "Territory",
    "TerritoryCode",
    "TerritoryWord",
    "Theme",
]
