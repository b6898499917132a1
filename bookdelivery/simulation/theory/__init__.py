"""What theory says of queues and of repairs: the yardstick for simulations, and an answer without one where it applies.

```python
from bookdelivery.simulation.theory import mmc
mmc(arrivals_per_second=50, service_s=0.05, servers=3).stay_s
```
"""

from bookdelivery.simulation.theory._checks import NeverDrains
from bookdelivery.simulation.theory.availability import YEAR_S, Group, alternating, downtime_s_a_year, k_of_n
from bookdelivery.simulation.theory.birth_death import birth_death
from bookdelivery.simulation.theory.networks import Line, tandem
from bookdelivery.simulation.theory.queues import (
    Station,
    closed,
    erlang_b,
    erlang_c,
    md1,
    mg1,
    mgcc,
    mm1,
    mmc,
    mmc_longer_than,
    mmck,
)

__all__ = [
    "YEAR_S",
    "Group",
    "Line",
    "NeverDrains",
    "Station",
    "alternating",
    "birth_death",
    "closed",
    "downtime_s_a_year",
    "erlang_b",
    "erlang_c",
    "k_of_n",
    "md1",
    "mg1",
    "mgcc",
    "mm1",
    "mmc",
    "mmc_longer_than",
    "mmck",
    "tandem",
]
