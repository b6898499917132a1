"""${message}."""

from alembic import context, op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the tables up to this version; each step may be done twice, as MariaDB cannot take half of them back."""
    prefix = context.config.attributes["context"]
    ${upgrades if upgrades else "..."}
