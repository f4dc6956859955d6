"""What service and scenarios have in common: the two deployments of the service."""

from __future__ import annotations

QUICK = "flux-kontext"
SLOW = "flux-dev"
PICTURES = 50
HOSTILE_INPUT = ("1", "which")
