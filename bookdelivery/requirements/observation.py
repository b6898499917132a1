"""What one replication of an experiment showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import pandas as pd

from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.verdict import Counterexample
from bookdelivery.simulation.experiments.readings import Share
from bookdelivery.simulation.statistics import Estimate


@attrs.frozen(kw_only=True)
class Observation:
    """What one replication of an experiment showed.

    Attributes:
        run: how to call it, with what it takes to run it again.
        figures: one figure for each criterion that compares one with a bound.
        shares: the same for criteria about shares: how many of how many.
        estimates: for criteria that one run decides, as its interval comes from within it: the estimate.
        counterexamples: for each criterion about what must never be, what was found.
        facts: what else was counted, in words and numbers.
        tables: what plots are drawn from; empty but for the first replication.
        plots: those plots, where whoever ran it has drawn them, too.
    """

    run: str
    figures: Mapping[str, float] = attrs.field(factory=dict)
    shares: Mapping[str, Share] = attrs.field(factory=dict)
    estimates: Mapping[str, Estimate] = attrs.field(factory=dict)
    counterexamples: Mapping[str, Sequence[Counterexample]] = attrs.field(factory=dict)
    facts: Mapping[str, float] = attrs.field(factory=dict)
    tables: Mapping[str, pd.DataFrame] = attrs.field(factory=dict, eq=False)
    plots: Sequence[Plot] = attrs.field(default=(), eq=False)
