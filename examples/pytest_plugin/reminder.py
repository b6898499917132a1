"""A service of one's own on asyncio, which knows nothing of virtual time: it reminds customers to pay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

TRIES = 3


async def remind(send: Callable[[], Awaitable[None]], *, after_s: float, between_s: float) -> int:
    """Send a reminder when its time has come, again after a pause if the mail server is away.

    Args:
        send: sends it; raises `ConnectionError` if the mail server is away.
        after_s: seconds until it is due.
        between_s: seconds of the first pause; each is twice as long as the one before.

    Returns:
        How many tries it took.

    Raises:
        ConnectionError: it was away each time.
    """
    await asyncio.sleep(after_s)
    for number in range(1, TRIES):
        try:
            await send()
        except ConnectionError:
            await asyncio.sleep(between_s * 2 ** (number - 1))
        else:
            return number
    await send()
    return TRIES
