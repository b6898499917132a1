"""The issuer's keys as they are needed: kept for a while, fetched anew as the issuer changes them, never too often."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import attrs

from bookdelivery.adapters.inbound.bodies import Malformed
from bookdelivery.adapters.inbound.security.keys import SigningKey, read_keys
from bookdelivery.kernel.errors import InvalidField, Unavailable

logger = logging.getLogger(__name__)


class KeySource(Protocol):
    """Finds the key that a token says it was signed with."""

    async def key(self, kid: str) -> SigningKey | None:
        """Give the key of this name, None if the issuer has none such.

        Raises:
            Unavailable: the issuer's keys cannot be had.
        """
        ...


def _seconds(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a number of seconds above 0")


@attrs.frozen(kw_only=True)
class KeyRingSettings:
    """How keys are kept.

    Attributes:
        keep_s: seconds after which they are fetched anew, so that one which the issuer took away is no longer taken.
        stale_s: seconds for which they are still good if the issuer does not answer; then nobody is let in.
        look_again_s: seconds between two fetches because of names nobody knows, so that who makes names up can
            neither keep the issuer busy nor us.
        try_again_s: seconds after a fetch that failed.

    Raises:
        InvalidField: a value is not allowed.
    """

    keep_s: float = attrs.field(default=300.0, validator=_seconds)
    stale_s: float = attrs.field(default=3600.0, validator=_seconds)
    look_again_s: float = attrs.field(default=10.0, validator=_seconds)
    try_again_s: float = attrs.field(default=1.0, validator=_seconds)


class KeyRing:
    """Keeps the issuer's keys. Whoever needs them while they are fetched waits for that one fetch.

    Args:
        fetch: gets the JWK set, from the configured issuer and nowhere else; raises Unavailable.
        clock: monotonic seconds.
        settings: how long they are kept.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[bytes]],
        clock: Callable[[], float],
        settings: KeyRingSettings | None = None,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._settings = settings or KeyRingSettings()
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_s = -math.inf
        self._not_before_s = -math.inf
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> SigningKey | None:
        """Give the key of this name; see `KeySource.key`."""
        if kid not in self._keys:
            await self._refresh()
        await self.check()
        return self._keys.get(kid)

    async def check(self) -> None:
        """See to it that there are keys to verify with.

        Raises:
            Unavailable: there are none, so nobody would be let in.
        """
        if self._age_s() > self._settings.keep_s:
            await self._refresh()
        if self._age_s() > self._settings.stale_s:
            raise Unavailable("the issuer's keys cannot be fetched")

    def _age_s(self) -> float:
        return self._clock() - self._fetched_s

    async def _refresh(self) -> None:
        asked_s = self._clock()
        async with self._fetching:
            if self._fetched_s >= asked_s or self._clock() < self._not_before_s:
                return
            try:
                self._keys = read_keys(await self._fetch())
            except (Unavailable, Malformed) as error:
                self._not_before_s = self._clock() + self._settings.try_again_s
                logger.warning("the issuer's keys cannot be fetched: %s", error)
            else:
                self._fetched_s = self._clock()
                self._not_before_s = self._fetched_s + self._settings.look_again_s
