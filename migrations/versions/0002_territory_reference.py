"""The whole reference of territories: found by code, by name and by what they lie within; documents made when read.

The names and codes of what is there already are filled in by the next `territoires seed`, which loads the reference.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
PARENTS = {
    "municipality_id": "municipality",
    "intercommunality_id": "intercommunality",
    "department_id": "department",
    "region_id": "region",
}

territory = sa.table(
    "territory", sa.column("id"), sa.column("kind"), sa.column("country"), *(sa.column(parent) for parent in PARENTS)
)
within = sa.table("territory_within", sa.column("territory_id"), sa.column("ancestor_id"), sa.column("position"))
code = sa.table("territory_code", sa.column("code"), sa.column("territory_id"))


def upgrade() -> None:
    for parent in (*PARENTS, "larger_region_id"):
        op.add_column("territory", sa.Column(parent, KEY, nullable=True))
        op.create_index(f"ix_territory_{parent}", "territory", [parent])
    op.add_column("territory", sa.Column("folded", sa.String(), nullable=False, server_default=""))
    for parent, kind in PARENTS.items():
        ancestor = territory.alias()
        found = sa.select(ancestor.c.id).where(
            within.c.territory_id == territory.c.id, within.c.ancestor_id == ancestor.c.id, ancestor.c.kind == kind
        )
        op.execute(sa.update(territory).values({parent: found.scalar_subquery()}))
    op.drop_index("ix_territory_within_ancestor_id", "territory_within")
    op.drop_table("territory_within")
    op.drop_column("territory", "document")
    op.drop_index("ix_territory_code_territory_id", "territory_code")
    _remake_codes(sqlite_with_rowid=False)
    op.create_table(
        "territory_word",
        sa.Column("word", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"]),
        sa.PrimaryKeyConstraint("word", "territory_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spelling",
        sa.Column("word", KEY, nullable=False),
        sa.Column("backwards", KEY, nullable=False),
        sa.PrimaryKeyConstraint("word"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_spelling_backwards", "spelling", ["backwards"])
    op.create_table(
        "reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _remake_codes(**options: bool) -> None:
    """On SQLite, with the key as the table: half the size."""
    op.create_table(
        "territory_code_remade",
        sa.Column("code", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"]),
        sa.PrimaryKeyConstraint("code"),
        **options,
    )
    remade = sa.table("territory_code_remade", sa.column("code"), sa.column("territory_id"))
    op.execute(sa.insert(remade).from_select(["code", "territory_id"], sa.select(code.c.code, code.c.territory_id)))
    op.drop_table("territory_code")
    op.rename_table("territory_code_remade", "territory_code")


def downgrade() -> None:
    op.drop_table("reference")
    op.drop_index("ix_spelling_backwards", "spelling")
    op.drop_table("spelling")
    op.drop_table("territory_word")
    _remake_codes()
    op.create_index("ix_territory_code_territory_id", "territory_code", ["territory_id"])
    op.add_column("territory", sa.Column("document", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "territory_within",
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("ancestor_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ancestor_id"], ["territory.id"]),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"]),
        sa.PrimaryKeyConstraint("territory_id", "ancestor_id"),
    )
    op.create_index("ix_territory_within_ancestor_id", "territory_within", ["ancestor_id"])
    _fill_within()
    op.drop_column("territory", "folded")
    for parent in ("larger_region_id", *reversed(PARENTS)):
        op.drop_index(f"ix_territory_{parent}", "territory")
        op.drop_column("territory", parent)


def _fill_within() -> None:
    columns = ["territory_id", "ancestor_id", "position"]
    for position, parent in enumerate(PARENTS):
        ancestor = territory.c[parent]
        found = sa.select(territory.c.id, ancestor, sa.literal(position)).where(ancestor.is_not(None))
        op.execute(sa.insert(within).from_select(columns, found))
    country = territory.alias()
    found = sa.select(territory.c.id, country.c.id, sa.literal(len(PARENTS))).where(
        country.c.id == sa.func.lower(territory.c.country), territory.c.kind != "country"
    )
    op.execute(sa.insert(within).from_select(columns, found))
