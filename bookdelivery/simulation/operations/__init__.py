"""What the people who run the shop have at hand: probes, restarts, autoscaling, rolling updates, alerts.

The settings have the fields of Kubernetes' own, in snake case, with `_s` for seconds. The rules behind them are plain
functions and small classes that get the time with each call, so that they can be held against the reference by hand.
"""

from bookdelivery.simulation.operations.autoscaler import (
    Autoscaler,
    Behavior,
    PolicyType,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)
from bookdelivery.simulation.operations.backoff import RestartBackOff
from bookdelivery.simulation.operations.disruption import DisruptionBudget, Maintenance
from bookdelivery.simulation.operations.objective import RECOMMENDED_ALERTS, BurnRateAlert, Objective, Severity
from bookdelivery.simulation.operations.platform import Platform
from bookdelivery.simulation.operations.probe import Probe
from bookdelivery.simulation.operations.rolling_update import RollingUpdate
from bookdelivery.simulation.operations.rollout import Rollout
from bookdelivery.simulation.operations.unhealthy import Unhealthy

__all__ = [
    "RECOMMENDED_ALERTS",
    "Autoscaler",
    "Behavior",
    "BurnRateAlert",
    "DisruptionBudget",
    "Maintenance",
    "Objective",
    "Platform",
    "PolicyType",
    "Probe",
    "RestartBackOff",
    "RollingUpdate",
    "Rollout",
    "ScalingPolicy",
    "ScalingRules",
    "SelectPolicy",
    "Severity",
    "Unhealthy",
]
