"""What is simulated, from Python, from a TOML file, and from Kubernetes manifests.

Attributes and keys are the same everywhere: `Scenario(load=Poisson(per_second=50))` is `[load]`, `kind = "poisson"`,
`per_second = 50` in a file.
"""

from bookdelivery.simulation.scenario.model import Scenario
from bookdelivery.simulation.scenario.problems import InvalidScenario

__all__ = ["InvalidScenario", "Scenario"]
