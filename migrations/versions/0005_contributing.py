"""Contributors' keys, revisions, retried requests, and an audit trail that is only added to."""

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
_REFUSAL = "the audit trail is only added to"
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER event_{verb} BEFORE {verb} ON event BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        (
            "CREATE FUNCTION refuse_to_change_events() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        ),
        (
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_events()"
        ),
    ],
}
_CHANGEABLE = {
    "sqlite": ("DROP TRIGGER event_update", "DROP TRIGGER event_delete"),
    "postgresql": ("DROP TRIGGER event_append_only ON event", "DROP FUNCTION refuse_to_change_events()"),
}
# An event outlives its submission.
_SUBJECTS = ("submission", "initiative")


def _events() -> AbstractContextManager[BatchOperations]:
    return op.batch_alter_table("event", naming_convention={"fk": "%(table_name)s_%(column_0_name)s_fkey"})


def upgrade() -> None:
    op.add_column("access_key", sa.Column("territories", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("access_key", sa.Column("revoked_at", MOMENT, nullable=True))
    op.add_column("initiative", sa.Column("merged_into", KEY, sa.ForeignKey("initiative.id")), inline_references=True)
    op.add_column("revision", sa.Column("code", sa.String(), nullable=True))
    op.add_column("publication", sa.Column("successor", KEY, nullable=True))
    _extend_submissions()
    _add_tables()
    with _events() as event:
        for subject in _SUBJECTS:
            event.drop_constraint(f"event_{subject}_id_fkey", type_="foreignkey")
        event.alter_column("actor", type_=KEY, existing_nullable=False)
        event.add_column(sa.Column("key_id", KEY, nullable=True))
        event.add_column(sa.Column("template", sa.String(), nullable=True))
    op.create_index("ix_event_actor", "event", ["actor"])
    for statement in _APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in _CHANGEABLE[op.get_context().dialect.name]:
        op.execute(statement)
    op.drop_index("ix_event_actor", "event")
    # Nothing refers to a submission that was purged since.
    op.execute("UPDATE event SET submission_id = NULL WHERE submission_id NOT IN (SELECT id FROM submission)")
    with _events() as event:
        event.drop_column("template")
        event.drop_column("key_id")
        event.alter_column("actor", type_=sa.String(), existing_nullable=False)
        for subject in _SUBJECTS:
            event.create_foreign_key(f"event_{subject}_id_fkey", subject, [f"{subject}_id"], ["id"])
    for table in ("switch", "idempotency", "publication_revision"):
        op.drop_table(table)
    for index in ("ix_submission_queue", "ix_submission_sender", "ix_submission_sent_from"):
        op.drop_index(index, "submission")
    op.create_index("ix_submission_queue", "submission", ["state", "created_at", "id"])
    for column in ("sent_from", "template", "precedence", "based_on"):
        op.drop_column("submission", column)
    op.drop_column("publication", "successor")
    op.drop_column("revision", "code")
    with op.batch_alter_table("initiative") as initiative:
        initiative.drop_column("merged_into")
    op.drop_column("access_key", "revoked_at")
    op.drop_column("access_key", "territories")


def _extend_submissions() -> None:
    op.add_column("submission", sa.Column("based_on", sa.Integer(), nullable=True))
    op.add_column("submission", sa.Column("precedence", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("submission", sa.Column("template", sa.String(), nullable=True))
    op.add_column("submission", sa.Column("sent_from", sa.String(), nullable=True))
    op.drop_index("ix_submission_queue", "submission")
    op.create_index("ix_submission_queue", "submission", ["state", "precedence", "created_at", "id"])
    op.create_index("ix_submission_sender", "submission", ["sent_by", "created_at", "id"])
    op.create_index("ix_submission_sent_from", "submission", ["sent_from"])


def _add_tables() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", KEY, nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("submission_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_table(
        "publication_revision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["publication.number"]),
        sa.PrimaryKeyConstraint("number", "version"),
    )
    op.create_table(
        "switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submissions", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
