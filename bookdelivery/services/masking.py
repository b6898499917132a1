"""What may be shown of values that hold secrets."""

from __future__ import annotations

import re

HIDDEN = "***"

_SECRETS = re.compile(r"(?i)([?&][^=&]*(?:password|passphrase|secret|token|credential)[^=&]*=)[^&]*")
_USER = re.compile(r"(//[^/?#@:]*):[^/?#]*@")


def masked(url: str) -> str:
    """Show a URL without the password that stands before its host, nor those among its parameters."""
    return _SECRETS.sub(rf"\1{HIDDEN}", _USER.sub(rf"\1:{HIDDEN}@", url))
