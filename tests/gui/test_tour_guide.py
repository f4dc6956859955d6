"""The tour's guide: what it waits for in vain fails the step, and says what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from runcomfy_desktop.tour.guide import Guide, StepFailed

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = cast("Any", None)


async def test_what_does_not_happen_in_time_fails_the_step(tmp_path: Path) -> None:
    guide = Guide(NOBODY, NOBODY, tmp_path)
    guide.begin("done")
    with pytest.raises(StepFailed, match="did not happen within 0 s: a picture"):
        await guide.until("a picture", lambda: False, within_s=0.05)
    await guide.until("a job", lambda: True)
    assert guide.record.seen == ["a job"]
