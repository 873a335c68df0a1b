"""Twins are found by an index: by the page that a source's address leads to, and by where a case comes from."""

import hashlib
import re

import sqlalchemy as sa
from alembic import op
from pydantic import HttpUrl, TypeAdapter

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_BATCH = 1000


def upgrade() -> None:
    op.add_column("source_link", sa.Column("comparable", KEY, nullable=False, server_default=""))
    op.add_column("initiative", sa.Column("origin", KEY, nullable=True))
    _compare()
    _tell_origins()
    op.create_index("ix_source_link_comparable", "source_link", ["comparable"])
    op.create_index("ix_initiative_origin", "initiative", ["origin"])


def downgrade() -> None:
    op.drop_index("ix_initiative_origin", "initiative")
    op.drop_index("ix_source_link_comparable", "source_link")
    op.drop_column("initiative", "origin")
    op.drop_column("source_link", "comparable")


def _compare() -> None:
    source = sa.table("source_link", *map(sa.column, ("initiative_id", "position", "url", "comparable")))
    key = sa.tuple_(source.c.initiative_id, source.c.position)
    found = sa.select(source.c.initiative_id, source.c.position, source.c.url).order_by(*key).limit(_BATCH)
    change = (
        sa.update(source)
        .where(source.c.initiative_id == sa.bindparam("initiative"), source.c.position == sa.bindparam("place"))
        .values(comparable=sa.bindparam("page"))
    )
    rows = op.get_bind().execute(found).all()
    while rows:
        pages = [{"initiative": row[0], "place": row[1], "page": _comparable(row[2])} for row in rows]
        op.get_bind().execute(change, pages)
        rows = op.get_bind().execute(found.where(key > sa.tuple_(*rows[-1][:2]))).all()


def _tell_origins() -> None:
    initiative = sa.table("initiative", sa.column("external", sa.JSON()), sa.column("origin"))
    system, number = (initiative.c.external[name].as_string() for name in ("system", "id"))
    op.execute(sa.update(initiative).values(origin=system + "\n" + number).where(system.is_not(None)))


# As api/webpages.py has it today: a migration does not change with the code.
_ADDRESS = TypeAdapter(HttpUrl)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"(utm|mtm|pk|piwik|hsa)_.*|(fb|g|d|tw|tt|ms|y)cl(k)?id|[gw]braid|li_fat_id|igsh(id)?|mc_[ce]id|mkt_tok|_hs(enc|mi)|xtor",
    re.IGNORECASE,
)
_INDEXED = 2_000
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")


def _comparable(url: str) -> str:
    address = _ADDRESS.validate_python(url)
    port = "" if address.port in (None, _DEFAULT_PORTS[address.scheme]) else f":{address.port}"
    words = [word for word in (address.query or "").split("&") if not _TRACKING.fullmatch(word.partition("=")[0])]
    query = "?" + "&".join(words) if any(words) else ""
    fragment = f"#{address.fragment}" if (address.fragment or "").startswith(("!", "/")) else ""
    host = (address.host or "").removeprefix("www.")
    page = _ESCAPED.sub(_plain, host + port + (address.path or "").rstrip("/") + query + fragment)
    return page if len(page) <= _INDEXED else hashlib.sha256(page.encode()).hexdigest()


def _plain(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[0][1:], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escaped[0].upper()
