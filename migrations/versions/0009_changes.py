"""What became of each case at its last public change, and when: for those who keep a copy of the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("initiative", "publication")
TOLD = ("change", "changed_at")
WITHDRAWN = {"archived": "archived", "quarantined": "archived", "merged": "merged"}


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("change", sa.String(), nullable=False, server_default="updated"))
        long_ago = sa.Column(
            "changed_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00+00:00"
        )
        op.add_column(table, long_ago)
    _tell_what_is_known()


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "changed_at")
        op.drop_column(table, "change")


def _tell_what_is_known() -> None:
    """Of what is withdrawn, its last event; of what is public, its last version."""
    initiative = sa.table("initiative", *map(sa.column, ("id", "number", "state", "updated_at", *TOLD)))
    event = sa.table("event", *map(sa.column, ("initiative_id", "at")))
    publication = sa.table("publication", *map(sa.column, ("number", *TOLD)))
    last = sa.select(sa.func.max(event.c.at)).where(event.c.initiative_id == initiative.c.id).scalar_subquery()
    gone = initiative.c.state.in_(WITHDRAWN)
    told = {
        "change": sa.case(WITHDRAWN, value=initiative.c.state, else_="updated"),
        "changed_at": sa.case((gone, sa.func.coalesce(last, initiative.c.updated_at)), else_=initiative.c.updated_at),
    }
    op.execute(sa.update(initiative).values(told))
    for name in TOLD:
        same = sa.select(initiative.c[name]).where(initiative.c.number == publication.c.number)
        op.execute(sa.update(publication).values({name: same.scalar_subquery()}))
