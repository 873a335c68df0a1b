"""Which sequences a restored backup does not know of: for those who keep a copy of the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BOUNDS = ("lost_after", "lost_before")


def upgrade() -> None:
    for name in BOUNDS:
        op.add_column("counter", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in reversed(BOUNDS):
        op.drop_column("counter", name)
