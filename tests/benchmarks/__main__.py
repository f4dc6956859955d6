"""Runs the benchmarks and prints one table: `python -m tests.benchmarks --runs 5`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib import import_module

from tests.benchmarks.figures import Figure, table

_BENCHMARKS = (
    "start",
    "tree",
    "editing",
    "autosave",
    "preset_apply",
    "event_loop_gaps",
    "upload",
    "idle",
    "hostile",
    "presets",
    "rows",
    "soak",
    "polls",
    "session_changes",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each figure")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(_BENCHMARKS)}")
    options = parser.parse_args()
    parts = options.parts or _BENCHMARKS
    # An installed program has its bytecode; without it every start would compile the source.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    figures: list[Figure] = []
    started_s = time.monotonic()
    for benchmark in parts:
        print(f"{benchmark} …", file=sys.stderr, flush=True)
        figures += import_module(f"tests.benchmarks.{benchmark}").measure(max(1, options.runs))
    took_s = time.monotonic() - started_s
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    print(table(figures))
    print(
        f"\nPython {sys.version.split()[0]}, {os.cpu_count()} processors, load {load} at the end; "
        f"{max(1, options.runs)} runs each in {took_s:.0f} s. "
        "Medians; a largest gap is the largest of all runs."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
