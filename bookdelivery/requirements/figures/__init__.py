"""Plots of what an experiment showed, as SVG that takes its colours and fonts from the page it stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bookdelivery.requirements.figures.accepting import accepting_plots
from bookdelivery.requirements.figures.enduring import enduring_plots
from bookdelivery.requirements.figures.holding_off import holding_off_plots
from bookdelivery.requirements.figures.paying import paying_plots
from bookdelivery.requirements.figures.showing import showing_plots
from bookdelivery.requirements.figures.telling import telling_plots
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.uptime_proofs import UPTIMES

__all__ = ["plots_of"]

_PLOTS: Mapping[str, Callable[[Observation], Sequence[Plot]]] = {
    "N1": paying_plots,
    "N2": accepting_plots,
    "N3": holding_off_plots,
    "N4": showing_plots,
    **{name: partial(telling_plots, story) for name, story in STORIES.items()},
    **{name: partial(enduring_plots, proof) for name, proof in UPTIMES.items()},
}


def plots_of(requirement: str, observation: Observation) -> Sequence[Plot]:
    """Draw a requirement's plots from one replication that kept its tables; none for a requirement without plots."""
    return _PLOTS[requirement](observation) if requirement in _PLOTS and observation.tables else ()
