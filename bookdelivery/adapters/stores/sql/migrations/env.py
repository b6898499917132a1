"""What Alembic runs around the migrations: on the connection it is given, for the tables of one context."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    transactional_ddl=False,
)
context.run_migrations()
