"""Where a server that runs as another user can keep its data."""

from __future__ import annotations

import hashlib
import pwd
from pathlib import Path


def reachable_home(wanted: Path, user: str | None) -> Path:
    """Give a directory that a user can get at: the wanted one, unless one of the directories above it is closed to all.

    Root's own home directory is; a working copy there has its data below /var/tmp, which outlives a reboot as well.

    Args:
        wanted: where the data should be.
        user: who has to get there; None for whoever asks.
    """
    if user is None or all(_may_enter(directory, user) for directory in wanted.parents if directory.exists()):
        return wanted
    digest = hashlib.sha256(bytes(wanted)).hexdigest()[:12]
    return Path("/var/tmp") / f"bookdelivery-{wanted.name}-{digest}"  # noqa: S108 (made and owned by root)


def _may_enter(directory: Path, user: str) -> bool:
    status = directory.stat()
    return bool(status.st_mode & 0o001) or status.st_uid == pwd.getpwnam(user).pw_uid
