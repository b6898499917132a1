"""The docs' page on whether the simulated world is right: made from what was found, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bookdelivery.simulation.validation.validating import REPLICATIONS

COMMAND = "python -m bookdelivery.simulation.validation --output docs/explanation/is-the-simulator-right.md"

_BEFORE = """\
# Is the simulator right?

<p class="languages" markdown>English · [한국어](../ko/explanation/is-the-simulator-right.md)</p>

A verdict is worth no more than the world it was found in. So that world is made as simple as a textbook's, and compared
with what the textbook says. In each of the models below the bookstore's own code is in the loop: visitors are commands
that reach ordermanagement's and delivery's real handlers through the simulated network, wait for a worker of a pod, and
are committed to a store; only times are chosen so that a formula exists. What is read off is what any result has, its
tables of operations and requests.

*Expected* is exact, from `bookdelivery.simulation.theory`. *Simulated* is the mean of {replications} independent
replications of some 10,000 visits (600 outages of each pod), with seed {seed}; what luck a run had in its arrivals and
service times is known and taken out with control variates. The half width of the interval, as a share of what is
expected, says how small a bias would show: one of 2 % would in every row.

| model | figure | expected | simulated | 99 % interval | half width | |
| --- | --- | ---: | ---: | --- | ---: | --- |
"""

_AFTER = """
This page is written by `{command}`,
which takes some minutes. The same seed gives the same figures, and `make slow` computes every row anew and fails where
one of them differs from this page. That a bias would be seen is tested, too: a station that is slower or faster than
the formula thinks disagrees (`tests/simulation/validation/test_validation.py`).

What has no formula is held against a trace worked out by hand or against a brute-force model: the autoscaler's steps,
rolling updates and probes (`tests/simulation/operations/`), circuit breakers, retry budgets and rate limiters
(`tests/resilience/`), burn-rate alerts, and the order of everything in virtual time against asyncio itself
(`tests/simulation/test_loop_against_asyncio.py`). [Which interval for what](statistics.md) tells how the intervals are
made.

## Exercise

In the row of M/M/1, arrivals come 0.4 times a second and a service takes 1 s in the mean. Suppose the simulated
services took 2 % longer than they should. By how much would the mean stay be off, and would the row show it?

<details markdown>
<summary>Solution</summary>

The stay is s / (1 - 0.4 s): 1 / 0.6 = 1.667 s as it should be, and 1.02 / 0.592 = 1.723 s with the error. That is
3.4 % more, as whoever is served longer also keeps others waiting. The row would not show it, though: service times
that are drawn too long look like bad luck, which the control variates take out. So the test of a slower station goes
without them. What the row does show is a bias in what the simulator makes of the times that were drawn: in who waits
for how long.

</details>
"""


def rows(found: pd.DataFrame) -> Sequence[str]:
    """Write the rows of the page's table.

    Args:
        found: from `validate`.
    """
    return [
        f"| {row.model} | {row.figure} | {row.expected:.4f} | {row.simulated:.4f} | {row.low:.4f} to {row.high:.4f} "
        f"| {row.half_width:.1%} | {'agrees' if row.agrees else '**disagrees**'} |"
        for row in found.itertuples(index=False)
    ]


def page(found: pd.DataFrame, seed: int) -> str:
    """Write the page, as Markdown.

    Args:
        found: from `validate`.
        seed: it was found with.
    """
    before = _BEFORE.format(replications=REPLICATIONS, seed=seed)
    return before + "\n".join(rows(found)) + "\n" + _AFTER.format(command=COMMAND)
