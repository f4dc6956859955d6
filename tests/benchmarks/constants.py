"""Constants shared by the service and the scenarios."""

from __future__ import annotations

QUICK = "flux-kontext"
SLOW = "flux-dev"
PICTURES = 50
CONTROL_TOKEN = "BENCHMARK_CONTROL_TOKEN"
"""Environment variable with the service's control token, because command lines are not secret."""
HOSTILE_INPUT = ("1", "which")
