"""How long Hypothesis looks: the same few examples each time by default; HYPOTHESIS_PROFILE=long looks on."""

import os

from hypothesis import HealthCheck, settings

COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}

settings.register_profile("ci", derandomize=True, max_examples=300, stateful_step_count=40, **COMMON)
settings.register_profile("long", max_examples=3_000, stateful_step_count=80, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
