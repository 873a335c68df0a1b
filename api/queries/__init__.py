"""What may be asked: one model for each operation; unknown parameters are mistakes, like unknown fields."""

from api.queries.base import PageQuery, Query
from api.queries.initiatives import InitiativeExportQuery, InitiativeQuery, InitiativeSort
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
from api.queries.territories import TerritoryExportQuery, TerritoryQuery

__all__ = [
    "ChangeQuery",
    "CheckQuery",
    "EventQuery",
    "InitiativeExportQuery",
    "InitiativeQuery",
    "InitiativeSort",
    "KeyQuery",
    "PageQuery",
    "ProvisionalQuery",
    "Query",
    "QueueQuery",
    "RevisionQuery",
    "SourceQuery",
    "SubmissionQuery",
    "TerritoryExportQuery",
    "TerritoryQuery",
    "ThemeQuery",
]
