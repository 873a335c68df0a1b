"""The words of the catalogue: every value that a field can have when there are only a few."""

from enum import StrEnum


class InitiativeKind(StrEnum):
    """A `case` is documented; a `lead` is known by little more than its name."""

    CASE = "case"
    LEAD = "lead"


class Progress(StrEnum):
    """How far the case itself got."""

    IDEA = "idea"
    STUDY = "study"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class PublicChange(StrEnum):
    """What became of a public case."""

    PUBLISHED = "published"
    UPDATED = "updated"
    ARCHIVED = "archived"
    RESTORED = "restored"
    MERGED = "merged"


class TerritoryKind(StrEnum):
    """What sort of public body's area a territory is."""

    COUNTRY = "country"
    REGION = "region"
    DEPARTMENT = "department"
    INTERCOMMUNALITY = "intercommunality"
    MUNICIPALITY = "municipality"
    DISTRICT = "district"
    OTHER = "other"


class TerritoryRole(StrEnum):
    """What a territory is to an initiative."""

    LEAD = "lead"
    PARTNER = "partner"
    SITE = "site"


class SourceKind(StrEnum):
    """Who speaks in a source."""

    OFFICIAL = "official"
    PRESS = "press"
    PLATFORM = "platform"
    EVALUATION = "evaluation"
    TESTIMONY = "testimony"
    OTHER = "other"


class ActorKind(StrEnum):
    """What sort of actor takes part."""

    PUBLIC = "public"
    ASSOCIATION = "association"
    COMPANY = "company"
    UNIVERSITY = "university"
    CITIZENS = "citizens"
    ELECTED = "elected"
    OTHER = "other"


class RelationKind(StrEnum):
    """How an initiative stands to another, as a draft says it."""

    INSPIRED_BY = "inspired_by"
    PART_OF = "part_of"
    REPLACES = "replaces"
    SIMILAR_TO = "similar_to"


class NeighbourKind(StrEnum):
    """How an initiative stands to another, as a document shows it: from either end."""

    INSPIRED_BY = "inspired_by"
    INSPIRED = "inspired"
    PART_OF = "part_of"
    HAS_PART = "has_part"
    REPLACES = "replaces"
    REPLACED_BY = "replaced_by"
    SIMILAR_TO = "similar_to"


INVERSE = {
    RelationKind.INSPIRED_BY: NeighbourKind.INSPIRED,
    RelationKind.PART_OF: NeighbourKind.HAS_PART,
    RelationKind.REPLACES: NeighbourKind.REPLACED_BY,
    RelationKind.SIMILAR_TO: NeighbourKind.SIMILAR_TO,
}


class Precision(StrEnum):
    """What a territory's coordinates stand for."""

    POINT = "point"
    POSTCODE = "postcode"
    INTERCOMMUNALITY = "intercommunality"


class SubmissionState(StrEnum):
    """Where a draft is on its way in."""

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


# Those of which nothing is decided.
OPEN_STATES = (SubmissionState.PENDING, SubmissionState.CHANGES_REQUESTED)


class InitiativeState(StrEnum):
    """Whether an accepted initiative is public."""

    PUBLISHED = "published"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    MERGED = "merged"


class Change(StrEnum):
    """What a submission proposes: a new initiative, or a revision of a published one."""

    NEW = "new"
    REVISION = "revision"


class ReasonCode(StrEnum):
    """The public side of a reason: why something is not, or no longer, shown."""

    DUPLICATE = "duplicate"
    OUTDATED = "outdated"
    INACCURATE = "inaccurate"
    REQUESTED = "requested"
    LEGAL = "legal"
    OTHER = "other"


class ReasonTemplate(StrEnum):
    """What moderators often have to say to a sender."""

    THANKS = "thanks"
    SOURCES_WANTED = "sources_wanted"
    UNCLEAR = "unclear"
    WRONG_TERRITORY = "wrong_territory"
    ALREADY_THERE = "already_there"
    NOT_LOCAL = "not_local"
    ADVERTISING = "advertising"
    PERSONAL_DATA = "personal_data"


class Facet(StrEnum):
    """What a list of initiatives can be counted by."""

    THEME = "theme"
    COUNTRY = "country"
    REGION = "region"
    DEPARTMENT = "department"
    KIND = "kind"
    PROGRESS = "progress"
    LANGUAGE = "language"
    DECADE = "decade"
    EVIDENCE = "evidence"
    SIZE = "size"


class Separator(StrEnum):
    """What stands between the cells of a CSV file."""

    SEMICOLON = "semicolon"
    COMMA = "comma"


class KeyRole(StrEnum):
    """What the holder of a key may do."""

    CONTRIBUTOR = "contributor"
    MODERATOR = "moderator"
    ADMIN = "admin"
