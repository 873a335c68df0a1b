"""The types of columns that all tables share."""

from datetime import UTC, datetime

from sqlalchemy import Cast, DateTime, Dialect, SQLColumnExpression, String, TypeDecorator, cast

# Keys sort by code point on every database: the order of identifiers and cursors is the same everywhere.
KEY = String().with_variant(String(collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, always UTC: SQLite would give it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and _in_utc(value)


def as_text(moment: SQLColumnExpression[datetime]) -> Cast[str]:
    """A moment as its database writes it: of what comes straight from a driver, all that is alike everywhere."""
    return cast(moment, String)


def moment(text: str) -> datetime:
    """What `as_text` has written."""
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
