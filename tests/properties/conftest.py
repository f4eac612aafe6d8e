"""How many examples hypothesis tries: few by default, many with ALDIA_EXAMPLES=1000."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "aldia",
    max_examples=int(os.environ.get("ALDIA_EXAMPLES", "50")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("aldia")
