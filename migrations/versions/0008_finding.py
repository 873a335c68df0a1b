"""Where each case lies on every scale, which facet a posting list counts for, and places on a sphere.

`territoires migrate` then publishes everything anew: what it finds was made by an older renderer.
"""

import math

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
AXES = ("x", "y", "z")
INDEXES = (
    ("published", "number"),
    ("updated", "number"),
    ("title", "number"),
    ("population", "number"),
    ("smallness", "number"),
    ("started_first", "started_last", "number"),
    ("latitude", "longitude", "number"),
)


# PostgreSQL's indexes that are loaded whole and in their order: room to grow would be a tenth of each.
FULL = (
    "ALTER INDEX territory_word_pkey SET (fillfactor = 100)",
    "ALTER INDEX territory_code_remade_pkey SET (fillfactor = 100)",
    "ALTER INDEX spelling_pkey SET (fillfactor = 100)",
)
ROOMY = (
    "ALTER INDEX territory_word_pkey RESET (fillfactor)",
    "ALTER INDEX territory_code_remade_pkey RESET (fillfactor)",
    "ALTER INDEX spelling_pkey RESET (fillfactor)",
)


def upgrade() -> None:
    op.add_column("counter", sa.Column("renderer", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("term_count", sa.Column("facet", sa.String(), nullable=True))
    op.create_index("ix_term_count_facet", "term_count", ["facet"])
    for axis in AXES:
        op.add_column("territory", sa.Column(axis, sa.Float(), nullable=True))
    _place()
    _say(FULL)
    op.create_table(
        "publication_extent",
        sa.Column("number", sa.Integer(), sa.ForeignKey("publication.number"), primary_key=True),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("title", KEY, nullable=False),
        sa.Column("started_first", sa.Integer(), nullable=True),
        sa.Column("started_last", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("smallness", sa.Integer(), nullable=False),
        sa.Column("territory_id", KEY, nullable=True),
        sa.Column("territory_kind", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("latitude", "longitude", *AXES)),
    )
    for columns in INDEXES:
        op.create_index(f"ix_publication_extent_{columns[0]}", "publication_extent", list(columns))


def downgrade() -> None:
    op.drop_table("publication_extent")
    _say(ROOMY)
    for axis in AXES:
        op.drop_column("territory", axis)
    op.drop_index("ix_term_count_facet", "term_count")
    op.drop_column("term_count", "facet")
    op.drop_column("counter", "renderer")


def _say(statements: tuple[str, ...]) -> None:
    if op.get_context().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)


def _place() -> None:
    territory = sa.table("territory", *map(sa.column, ("id", "latitude", "longitude", *AXES)))
    found = sa.select(territory.c.id, territory.c.latitude, territory.c.longitude)
    placed = op.get_bind().execute(found.where(territory.c.latitude.is_not(None))).all()
    change = sa.update(territory).where(territory.c.id == sa.bindparam("territory"))
    change = change.values({axis: sa.bindparam(f"to_{axis}") for axis in AXES})
    if placed:
        op.get_bind().execute(change, [{"territory": row.id} | _vector(row.latitude, row.longitude) for row in placed])


def _vector(latitude: float, longitude: float) -> dict[str, float]:
    north, east = math.radians(latitude), math.radians(longitude)
    return {
        "to_x": math.cos(north) * math.cos(east),
        "to_y": math.cos(north) * math.sin(east),
        "to_z": math.sin(north),
    }
