"""Installs Debian packages, without letting them start servers of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.daemon import ServerFailed, run

_POLICY = Path("/usr/sbin/policy-rc.d")


def install(packages: Sequence[str]) -> None:
    """Install packages with apt-get.

    Raises:
        ServerFailed: not as root, or not on Debian or a child of it, or apt-get fails; the message says what to do.
    """
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise ServerFailed(f"install by hand what Debian has in these packages: {' '.join(packages)}")
    if os.geteuid() != 0:
        raise ServerFailed(f"not all servers are installed; as root, run: {' '.join(command)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run(["apt-get", "update", "--quiet"])
    with _nothing_started():
        run(command)


@contextmanager
def _nothing_started() -> Iterator[None]:
    """Forbid packages to start their servers meanwhile, by the means Debian's policy has for that (invoke-rc.d)."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
