"""Current and peak memory of this process (from Linux's /proc)."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")


def resident_mb() -> float:
    return _read_mb("VmRSS")


def peak_mb() -> float:
    """Returns the peak since the start, or since `forget_peak`."""
    return _read_mb("VmHWM")


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _read_mb(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", _STATUS.read_text(encoding="ascii"))
    return int(found[1]) / 1000 if found else 0.0
