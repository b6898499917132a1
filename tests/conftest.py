"""What every test shares."""

import os

from hypothesis import HealthCheck, settings

# A slow machine must not turn into a failing test, so no example has a deadline. In CI the examples are
# derived from the test itself: a run that failed there fails again here.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")
