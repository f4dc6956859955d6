"""What service and scenarios have in common."""

from __future__ import annotations

QUICK = "flux-kontext"
SLOW = "flux-dev"
PICTURES = 50
CONTROL_TOKEN = "BENCHMARK_CONTROL_TOKEN"
"""The variable with the service's token for its control paths; command lines are no secret."""
HOSTILE_INPUT = ("1", "which")
