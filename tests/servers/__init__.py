"""The real servers the integration tests talk to: PostgreSQL, MariaDB, Redis and a single-node Kafka, on loopback.

`make services` starts them, `make services-stop` stops them; `python3 -m tests.servers --help` says more. A test asks
for an address with `tests.servers.urls` and so is skipped, or in CI fails, where the server does not run. Only the
standard library is used here, so that the servers can be started before anything is installed.
"""
