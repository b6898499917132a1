"""Many runs instead of one: replications, sweeps and comparisons, on any executor, with intervals.

```python
from bookdelivery.simulation import Poisson, Scenario
from bookdelivery.simulation.experiments import compare, replicate, sweep

scenario = Scenario(load=Poisson(per_second=20), lasts=600)
replicate(scenario, 20).summary()
sweep(scenario, {"deployment.payment.replicas": [1, 2, 4]}, n=10, directory="runs").summary()
```
"""

from bookdelivery.simulation.experiments.comparing import Comparison, compare
from bookdelivery.simulation.experiments.crew import Crew, NotPortable, NoWorkers, WorkerDied
from bookdelivery.simulation.experiments.gathering import How
from bookdelivery.simulation.experiments.metrics import Metric, Metrics
from bookdelivery.simulation.experiments.paths import changed
from bookdelivery.simulation.experiments.readers import (
    DEFAULT_METRICS,
    Column,
    Mean,
    Quantile,
    Rows,
    ShareOf,
    SteadyMean,
    Uptime,
)
from bookdelivery.simulation.experiments.readings import Cycles, Kind, Reading, Share
from bookdelivery.simulation.experiments.replicating import Precision, Replications, replicate
from bookdelivery.simulation.experiments.seeds import replication_seed
from bookdelivery.simulation.experiments.shelf import DamagedResult
from bookdelivery.simulation.experiments.sweeping import Grid, Sweep, sweep
from bookdelivery.simulation.experiments.trials import Failure, NothingFinished, Run
from bookdelivery.simulation.experiments.warming_up import find_warm_up

__all__ = [
    "DEFAULT_METRICS",
    "Column",
    "Comparison",
    "Crew",
    "Cycles",
    "DamagedResult",
    "Failure",
    "Grid",
    "How",
    "Kind",
    "Mean",
    "Metric",
    "Metrics",
    "NoWorkers",
    "NotPortable",
    "NothingFinished",
    "Precision",
    "Quantile",
    "Reading",
    "Replications",
    "Rows",
    "Run",
    "Share",
    "ShareOf",
    "SteadyMean",
    "Sweep",
    "Uptime",
    "WorkerDied",
    "changed",
    "compare",
    "find_warm_up",
    "replicate",
    "replication_seed",
    "sweep",
]
