"""N1 to N4, each as an experiment in virtual time: a scenario, run several times, and what is read off each run."""

from __future__ import annotations

from collections.abc import Mapping

from bookdelivery.requirements.nonfunctional.accepting import ACCEPTING
from bookdelivery.requirements.nonfunctional.experiment import Experiment
from bookdelivery.requirements.nonfunctional.holding_off import HOLDING_OFF
from bookdelivery.requirements.nonfunctional.paying import PAYING
from bookdelivery.requirements.nonfunctional.showing import SHOWING

__all__ = ["EXPERIMENTS", "Experiment"]

EXPERIMENTS: Mapping[str, Experiment] = {
    experiment.requirement: experiment for experiment in (PAYING, ACCEPTING, HOLDING_OFF, SHOWING)
}
"""All experiments, by the requirement they measure."""
