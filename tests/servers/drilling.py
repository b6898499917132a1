"""Runs `bookdelivery drill` on a PostgreSQL and a Kafka of its own, which it may kill: `make drill`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.adapters.stores.own_servers import own_server


def drill(arguments: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a drill to its end; what it tells goes on to whoever reads this.

    Args:
        arguments: of `bookdelivery drill`, but for the servers.
        home: where the servers keep their data.
    """
    with own_server("postgresql", home / "postgresql") as database, own_server("kafka", home / "kafka") as kafka:
        servers = [
            *("--url", database.url, "--run.data", database.command()),
            *("--broker-url", kafka.url, "--run.broker", kafka.command()),
        ]
        command = [sys.executable, "-m", "bookdelivery", "drill", *arguments, *servers]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    sys.stdout.write(done.stdout)
    return done


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bookdelivery-drill-servers-") as directory:
        sys.exit(drill(sys.argv[1:], Path(directory)).returncode)
