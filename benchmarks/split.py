"""Where the time of a simulated order goes: `python -m benchmarks.split [--orders N] [--output PAGE]`.

The run is looked at a thousand times a second of its CPU time (SIGPROF), and each look counts for the part of the
library whose code is at work, or at whose request Python's own or another library's is. That hardly slows the run, as a
profiler that counts calls does, which also makes much of what calls a lot; so the shares are shares of time.

With `--output` the table is written into a page of the documentation, between the two marks that are there for it.
"""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import attrs

from bookdelivery.simulation import Poisson, Scenario, simulate

LOOK_EVERY_S = 0.001
BEGIN, END = "<!-- split: begin -->\n", "<!-- split: end -->\n"

PARTS: Mapping[str, tuple[str, ...]] = {
    "domain": ("bookdelivery/contexts/", "bookdelivery/kernel/"),
    "engine": ("bookdelivery/application/", "bookdelivery/resilience/", "bookdelivery/adapters/"),
    "recording": tuple(
        f"bookdelivery/simulation/{file}"
        for file in ("recording.", "tables.", "frames.", "event_log.", "columns.", "result.", "sampling.")
    ),
    "loop": ("bookdelivery/simulation/_", "bookdelivery/simulation/loop"),
    "world": ("bookdelivery/simulation/",),
}
"""Which files belong to what; the first that fits."""

MEANINGS: Mapping[str, str] = {
    "domain": "aggregates, policies, views, commands and events, message ids",
    "engine": "units of work, outbox, relay, consumers, stores, broker, breakers, people's chores",
    "recording": "rows written down, and all tables made of them at the end",
    "loop": "virtual time: the queue, the loops' turns, tasks, naps",
    "world": "pods, workers, network, customers, payment provider, load",
}


@attrs.frozen
class Split:
    """Where a run's time went.

    Attributes:
        orders: how many orders there were.
        seconds: CPU time of the run, all tables included.
        shares: each part's, of 1.
    """

    orders: int
    seconds: float
    shares: Mapping[str, float]

    def markdown(self) -> str:
        """Give the table, the largest part first."""
        each_us = 1e6 * self.seconds / self.orders
        lines = ["| part | share | µs an order | what it is |", "| --- | ---: | ---: | --- |"]
        for part, share in sorted(self.shares.items(), key=lambda item: -item[1]):
            lines.append(f"| {part} | {100 * share:.0f} % | {share * each_us:,.0f} | {MEANINGS[part]} |")
        lines.append(f"| all | 100 % | {each_us:,.0f} | {self.orders:,} orders, Python {platform.python_version()} |")
        return "\n".join(lines) + "\n"


def split(scenario: Scenario) -> Split:
    """Run a scenario, make all its tables, and say where the time went. Only for the main thread."""
    looks: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        looks[_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, LOOK_EVERY_S, LOOK_EVERY_S)
    began = time.process_time()
    try:
        orders = len(simulate(scenario).frames["orders"])
    finally:
        seconds = time.process_time() - began
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Split(orders, seconds, {part: looks[part] / looks.total() for part in PARTS})


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        path = frame.f_code.co_filename.replace("\\", "/")
        for part, marks in PARTS.items():
            if any(mark in path for mark in marks):
                return part
        frame = frame.f_back
    return "world"


def untroubled(orders: int) -> Scenario:
    """A shop without any trouble, with 50 orders a second."""
    return Scenario(load=Poisson(per_second=50.0), lasts=orders / 50.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the split, and write it into a page if asked to; exit status 2 if that has no place for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split", description="Where an order's time goes.")
    parser.add_argument("--orders", type=int, default=5_000, help="how many orders to simulate")
    parser.add_argument("--output", type=Path, help="a page with the two marks between which the table goes")
    chosen = parser.parse_args(arguments)
    page = "" if chosen.output is None else chosen.output.read_text(encoding="utf-8")
    if chosen.output is not None and (BEGIN not in page or END not in page):
        parser.error(f"{chosen.output} lacks the marks {BEGIN.strip()} and {END.strip()}")
    table = split(untroubled(chosen.orders)).markdown()
    print(table, end="")
    if chosen.output is not None:
        head, _, rest = page.partition(BEGIN)
        chosen.output.write_text(f"{head}{BEGIN}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
