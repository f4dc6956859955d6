"""Starting the demo service when that does not go well; the good way is in the larger suites."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop import demo
from runcomfy_desktop.domain.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("script", ["import time; time.sleep(600)", "print('no JSON')", ""])
def test_a_service_that_does_not_say_where_it_is_is_ended(script: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    with pytest.raises(Problem, match="did not start"):
        demo._read_ready_line(child, within_s=0.5)
    assert child.poll() is not None


async def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    with pytest.raises(Problem, match="did not start") as caught:
        await demo.find_or_start(tmp_path / "demo" / "service.json")
    assert caught.value.technical
