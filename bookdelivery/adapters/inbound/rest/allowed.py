"""What a path allows, told to whoever asks with OPTIONS (RFC 9110, section 9.3.7).

Litestar answers such requests by itself, but where several handlers share a path it names the first one's method only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from litestar import route
from litestar.handlers import HTTPRouteHandler


def allowed(handlers: Iterable[HTTPRouteHandler]) -> Sequence[HTTPRouteHandler]:
    """Make the handlers that tell, for the paths of others; they have to be registered before those."""
    methods: dict[str, set[str]] = {}
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(map(str, handler.http_methods))
    return [_telling(path, ", ".join(sorted(known))) for path, known in methods.items()]


def _telling(path: str, known: str) -> HTTPRouteHandler:
    @route(path, http_method="OPTIONS", status_code=204, response_headers={"Allow": known})
    async def tell_allowed() -> None:
        return None

    return tell_allowed
