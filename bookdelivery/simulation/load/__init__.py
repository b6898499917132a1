"""Who comes when: the load on the shop."""

from bookdelivery.simulation.load.base import Load, Visit
from bookdelivery.simulation.load.closed_loop import ClosedLoop
from bookdelivery.simulation.load.steady import Constant, Poisson
from bookdelivery.simulation.load.trace import Trace
from bookdelivery.simulation.load.varying import Diurnal, FlashCrowd, Ramp, Steps

__all__ = [
    "ClosedLoop",
    "Constant",
    "Diurnal",
    "FlashCrowd",
    "Load",
    "Poisson",
    "Ramp",
    "Steps",
    "Trace",
    "Visit",
]
