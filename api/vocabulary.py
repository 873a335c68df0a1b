"""The words of the catalogue: every value that a field can have when there are only a few."""

from enum import StrEnum


class InitiativeKind(StrEnum):
    """A `case` is documented; a `lead` is known by little more than its name."""

    CASE = "case"
    LEAD = "lead"


class Progress(StrEnum):
    """How far the case itself got.

    `idea`: nothing is done yet; `study`: it is looked into or prepared; `running`: it is done now; `completed`: it came
    to the end that was meant; `stopped`: it was given up before; `unknown`: nobody says.
    """

    IDEA = "idea"
    STUDY = "study"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class PublicChange(StrEnum):
    """What became of a public case.

    `published`: public for the first time; `updated`: it reads otherwise; `archived`: withdrawn; `restored`: public
    again; `merged`: part of another from now on.
    """

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
    """What a territory is to an initiative.

    `lead`: whose case it is; `partner`: it takes part; `site`: it happens there.
    """

    LEAD = "lead"
    PARTNER = "partner"
    SITE = "site"


class SourceKind(StrEnum):
    """Who speaks in a source.

    `official`: who carries the initiative, or a public body; `press`: journalists; `platform`: the website on which the
    initiative itself takes place; `evaluation`: whoever examined what came of it; `testimony`: somebody who was there.
    """

    OFFICIAL = "official"
    PRESS = "press"
    PLATFORM = "platform"
    EVALUATION = "evaluation"
    TESTIMONY = "testimony"
    OTHER = "other"


class ActorKind(StrEnum):
    """What sort of actor takes part.

    `public`: a public body; `university`: whoever teaches or does research; `citizens`: inhabitants, without an
    association; `elected`: a person in an elected office.
    """

    PUBLIC = "public"
    ASSOCIATION = "association"
    COMPANY = "company"
    UNIVERSITY = "university"
    CITIZENS = "citizens"
    ELECTED = "elected"
    OTHER = "other"


class RelationKind(StrEnum):
    """How an initiative stands to another, as a draft says it.

    `inspired_by`: the other gave the idea; `part_of`: the other is the larger one; `replaces`: the other is over, this
    one came after it; `similar_to`: they are alike, and neither comes from the other.
    """

    INSPIRED_BY = "inspired_by"
    PART_OF = "part_of"
    REPLACES = "replaces"
    SIMILAR_TO = "similar_to"


class NeighbourKind(StrEnum):
    """How an initiative stands to another, as a document shows it: from either end.

    `inspired`, `has_part` and `replaced_by` are `inspired_by`, `part_of` and `replaces`, seen from the other end.
    """

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
    """What a territory's coordinates stand for.

    `point`: the place itself; `postcode`: the middle of its neighbours of the same postcode; `intercommunality`: the
    middle of its intercommunality.
    """

    POINT = "point"
    POSTCODE = "postcode"
    INTERCOMMUNALITY = "intercommunality"


class SubmissionState(StrEnum):
    """Where a draft is on its way in.

    `pending`: a moderator is to decide; `changes_requested`: its sender is to mend it; `accepted`: it was made public;
    `rejected`: a moderator refused it; `withdrawn`: its sender took it back.
    """

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


# Those of which nothing is decided.
OPEN_STATES = (SubmissionState.PENDING, SubmissionState.CHANGES_REQUESTED)


class InitiativeState(StrEnum):
    """Whether an accepted initiative is public.

    `published`: it is; `archived`: it was withdrawn; `quarantined`: it is hidden until somebody has looked at it;
    `merged`: its address leads to another.
    """

    PUBLISHED = "published"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    MERGED = "merged"


class Change(StrEnum):
    """What a submission proposes: a new initiative, or a revision of a published one."""

    NEW = "new"
    REVISION = "revision"


class ReasonCode(StrEnum):
    """The public side of a reason: why something is not, or no longer, shown.

    `duplicate`: another case tells it; `outdated`: it is no longer so; `inaccurate`: it was never so; `requested`:
    somebody concerned asked for it; `legal`: the law wants it.
    """

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
    """What the holder of a key may do.

    `contributor`: submit, for the territories of the key; `moderator`: decide; `admin`: that, and make keys.
    """

    CONTRIBUTOR = "contributor"
    MODERATOR = "moderator"
    ADMIN = "admin"
