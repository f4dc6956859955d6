"""10,000 jobs at speed, one call in twenty with a fault: none is lost, none is sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import soak
from tests.benchmarks.figures import table

if TYPE_CHECKING:
    from tests.e2e.display import Display


@pytest.mark.soak(alone=True)
@pytest.mark.timeout(1_500)
def test_ten_thousand_jobs_lose_nothing_and_send_nothing_twice(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in display.environment.items():
        monkeypatch.setenv(name, value)
    figures = soak.measure(1)
    print(table(figures))
    counted = {figure.name: figure.value for figure in figures}
    assert (counted["… jobs lost"], counted["… submits doubled"]) == (0, 0)
