"""Bodies that no reference has, as submissions name them; the audit trail tells what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "provisional_territory",
        sa.Column("id", KEY, nullable=False),
        sa.Column("submission_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"]),
        sa.PrimaryKeyConstraint("id", "submission_id"),
    )
    op.create_index("ix_provisional_territory_submission_id", "provisional_territory", ["submission_id"])
    op.add_column("event", sa.Column("territory_id", KEY, nullable=True))


def downgrade() -> None:
    op.drop_column("event", "territory_id")
    op.drop_index("ix_provisional_territory_submission_id", "provisional_territory")
    op.drop_table("provisional_territory")
