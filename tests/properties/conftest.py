"""How many examples hypothesis tries: few by default, many with ALDIA_EXAMPLES=1000."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "aldia",
    max_examples=int(os.environ.get("ALDIA_EXAMPLES", "50")),
    deadline=None,
    # The same examples every time, so that a change is judged by itself; ALDIA_EXAMPLES goes looking for new ones.
    derandomize="ALDIA_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("aldia")
