"""Prints the coverage of each package, from the data of coverage.py.

`make coverage` collects the data with the unit, contract and gui suites. Lines and branches count
equally. The modules with the most uncovered code are listed at the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coverage import Coverage

_PACKAGE = "runcomfy_desktop"
_MAX_LISTED = 20


@dataclass(slots=True)
class CoverageSum:
    """Total and covered numbers of lines and branches."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def add(self, other: CoverageSum) -> None:
        self.lines += other.lines
        self.lines_run += other.lines_run
        self.branches += other.branches
        self.branches_run += other.branches_run

    @property
    def not_run(self) -> int:
        return self.lines + self.branches - self.lines_run - self.branches_run

    @property
    def percent(self) -> float:
        return 100 * (1 - self.not_run / max(1, self.lines + self.branches))

    def row(self, name: str) -> str:
        lines, branches = (f"{self.lines_run}/{self.lines}", f"{self.branches_run}/{self.branches}")
        return f"{name:<44}{lines:>14}{branches:>14}{self.percent:>8.2f} %"


def package_of(module: str) -> str:
    """Returns the package of a module file.

    `runcomfy_desktop/core/jobs/send_queue.py` is in `core`; modules outside the packages are in
    `(top)`.
    """
    parts = PurePosixPath(module).parts[1:]
    return parts[0] if len(parts) > 1 else "(top)"


def sums_of_modules() -> dict[str, CoverageSum]:
    """Returns the sum of each module, from coverage.py's data in this folder."""
    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report))
        report_json = json.loads(report.read_bytes())
    return {
        name: CoverageSum(
            each["summary"]["num_statements"],
            each["summary"]["covered_lines"],
            each["summary"]["num_branches"],
            each["summary"]["covered_branches"],
        )
        for name, each in report_json["files"].items()
        if name.startswith(_PACKAGE)
    }


def main() -> int:
    modules = sums_of_modules()
    packages: dict[str, CoverageSum] = defaultdict(CoverageSum)
    for name, each in modules.items():
        packages[package_of(name)].add(each)
    total = CoverageSum()
    print(f"{'':<44}{'lines':>14}{'branches':>14}{'together':>10}")
    for package in sorted(packages):
        total.add(packages[package])
        print(packages[package].row(package))
    print(total.row("all packages"))
    print("\nThe modules with the most that was not run")
    for name, each in sorted(modules.items(), key=lambda pair: -pair[1].not_run)[:_MAX_LISTED]:
        print(each.row(name.removeprefix(f"{_PACKAGE}/")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
