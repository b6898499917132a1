"""The plot of an uptime goal: what takes a context down, and how long it may be down."""

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.requirements.figures.canvas import BAD, CALM, PLAIN, canvas, legend_above, svg_of
from bookdelivery.requirements.fleets import HOUR_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.uptime_proofs import UptimeProof
from bookdelivery.simulation.theory import downtime_s_a_year


def enduring_plots(proof: UptimeProof, seen: Observation) -> Sequence[Plot]:
    """Draw how long a year each cause takes the context down, beside what its goal allows."""
    [criterion] = proof.requirement.criteria
    causes = seen.tables["causes"].sort_values("down_s_a_year", kind="stable")
    allowed_s = downtime_s_a_year(criterion.bound)
    unit, length_s = ("h", HOUR_S) if allowed_s > 10 * HOUR_S else ("s", 1.0)
    with canvas(height_in=1.2 + 0.25 * len(causes)) as axes:
        down = causes["down_s_a_year"] / length_s
        axes.barh(causes.index, down, color=BAD, height=0.6)
        for place, value in enumerate(down):
            axes.annotate(f" {value:,.1f}", (value, place), va="center", color=PLAIN, fontsize=8)
        axes.axvline(allowed_s / length_s, color=CALM, lw=1.6, label=f"allowed: {allowed_s / length_s:,.0f} {unit}")
        axes.set_xlim(0, 1.1 * max(allowed_s / length_s, float(down.max())))
        axes.set_xlabel(f"down in a year ({unit})")
        axes.grid(visible=False, axis="y")
        legend_above(axes)
        svg = svg_of(axes, proof.requirement.id)
    total = (1 - seen.estimates[criterion.name].value) / (1 - criterion.bound)
    return [Plot(f"{proof.context.name} is down for {total:.0%} of the time that its goal allows", svg)]
