"""A member of a consumer group in a process of its own: `python -m tests.adapters.brokers.member_process URL GROUP`.

It does what each line on its standard input says, and answers with a line: `fetch N` fetches at least N messages, in as
many steps as it takes, and tells how many it got; `acknowledge` acknowledges all it has fetched.
"""

from __future__ import annotations

import asyncio
import sys

from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.kernel.ports import Delivery
from bookdelivery.services.brokers import open_broker
from bookdelivery.services.stores import SqliteFiles


async def main(url: str, group: str) -> None:
    """Do what it is told until its standard input ends."""
    broker = open_broker(url, CODEC, SqliteFiles())
    member = await broker.subscribe(group)
    fetched: list[Delivery] = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        verb, _, number = line.strip().partition(" ")
        if verb == "fetch":
            before = len(fetched)
            while len(fetched) - before < int(number):
                fetched += await member.fetch()
            answer = str(len(fetched) - before)
        else:
            await member.acknowledge(fetched)
            answer = "acknowledged"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    await broker.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
