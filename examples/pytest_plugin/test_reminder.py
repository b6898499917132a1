"""Three days pass in a moment: the fixture `virtual_time`."""

import pytest

from bookdelivery.testing import VirtualTime
from examples.pytest_plugin.reminder import remind

DAY_S = 86_400.0


async def test_a_reminder_is_sent_when_its_time_has_come(virtual_time: VirtualTime) -> None:
    sent_s = []

    async def send() -> None:
        sent_s.append(virtual_time.now_s)

    assert await remind(send, after_s=3 * DAY_S, between_s=60) == 1
    assert sent_s == [3 * DAY_S]


@pytest.mark.virtual_time(seeds=range(5))
async def test_pauses_grow_while_the_mail_server_is_away(virtual_time: VirtualTime) -> None:
    back_s = virtual_time.rng.uniform(1, 180)

    async def send() -> None:
        if virtual_time.now_s < back_s:
            raise ConnectionError("the mail server is away")

    await remind(send, after_s=0, between_s=60)
    assert virtual_time.now_s in (60, 180)
