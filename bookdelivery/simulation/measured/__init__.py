"""From what was measured to a model: distributions fitted to durations, with a test of how well they fit.

```python
from bookdelivery.simulation.measured import fit, read_log

log = read_log("packing-day")
fits = fit(log["worked_s"])
fits.table, fits.best.distribution
```
"""

from bookdelivery.simulation.measured.fitting import Fit, Fits, fit
from bookdelivery.simulation.measured.logs import log_names, read_log

__all__ = ["Fit", "Fits", "fit", "log_names", "read_log"]
