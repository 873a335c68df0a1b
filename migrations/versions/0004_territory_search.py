"""Territories are searched by words and filters: an index for each of these, and their order, the larger first.

The next `territoires seed` loads the reference anew, with its names folded as they now are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARENTS = ("municipality_id", "larger_region_id")
BLOCKS = {"pages_per_range": 8, "autosummarize": True}


def upgrade() -> None:
    op.add_column("territory", sa.Column("smallness", sa.Integer(), nullable=False, server_default="1"))
    territory = sa.table("territory", sa.column("smallness"), sa.column("population"))
    op.execute(sa.update(territory).values(smallness=sa.func.coalesce(-territory.c.population, 1)))
    op.add_column("territory_word", sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("DELETE FROM reference")
    for column in ("smallness", "kind", "country"):
        op.create_index(f"ix_territory_{column}", "territory", [column])
    place = ["latitude", "longitude"]
    op.create_index("ix_territory_place", "territory", place, postgresql_using="brin", postgresql_with=BLOCKS)
    for column in PARENTS:
        op.drop_index(f"ix_territory_{column}", "territory")
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_territory_{column}", "territory", [column], postgresql_where=where)


def downgrade() -> None:
    for column in PARENTS:
        op.drop_index(f"ix_territory_{column}", "territory")
        op.create_index(f"ix_territory_{column}", "territory", [column])
    for name in ("place", "country", "kind", "smallness"):
        op.drop_index(f"ix_territory_{name}", "territory")
    op.drop_column("territory_word", "alone")
    op.drop_column("territory", "smallness")
