"""What may be asked: one model for each operation; unknown parameters are mistakes, like unknown fields."""

from api.queries.base import PageQuery, Query
from api.queries.initiatives import (
    InitiativeExportQuery,
    InitiativeFeedQuery,
    InitiativeFilters,
    InitiativeQuery,
    InitiativeSort,
    InitiativeTableQuery,
)
from api.queries.lists import (
    ChangeQuery,
    CheckQuery,
    EventQuery,
    KeyQuery,
    ProvisionalQuery,
    QueueQuery,
    RevisionQuery,
    SourceQuery,
    SubmissionQuery,
    ThemeQuery,
)
from api.queries.territories import TerritoryExportQuery, TerritoryFilters, TerritoryQuery, TerritoryTableQuery

__all__ = [
    "ChangeQuery",
    "CheckQuery",
    "EventQuery",
    "InitiativeExportQuery",
    "InitiativeFeedQuery",
    "InitiativeFilters",
    "InitiativeQuery",
    "InitiativeSort",
    "InitiativeTableQuery",
    "KeyQuery",
    "PageQuery",
    "ProvisionalQuery",
    "Query",
    "QueueQuery",
    "RevisionQuery",
    "SourceQuery",
    "SubmissionQuery",
    "TerritoryExportQuery",
    "TerritoryFilters",
    "TerritoryQuery",
    "TerritoryTableQuery",
    "ThemeQuery",
]
