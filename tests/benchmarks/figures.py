"""Measured figures next to their baselines from the same run, as a table."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

_HEADER = ("figure", "measured", "spread", "floor", "ratio", "aim", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. With `is_worst`, its value is the largest of all runs, not the median.

    `note` explains the baseline (floor), or says where the measured value occurred.
    """

    name: str
    unit: str
    values: list[float]
    floor: list[float]
    target: str
    note: str = ""
    is_worst: bool = False

    @property
    def value(self) -> float:
        return max(self.values) if self.is_worst else statistics.median(self.values)

    @property
    def floor_value(self) -> float:
        return max(self.floor) if self.is_worst else statistics.median(self.floor)

    def cells(self) -> tuple[str, ...]:
        ratio = f"{self.value / self.floor_value:.2f}" if self.floor and self.floor_value else ""
        return (
            self.name,
            f"{self.value:.1f} {self.unit}",
            f"{min(self.values):.1f} to {max(self.values):.1f}",
            f"{self.floor_value:.1f} {self.unit}" if self.floor else "",
            ratio,
            self.target,
            self.note,
        )


def table(figures: list[Figure]) -> str:
    rows = [_HEADER, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
