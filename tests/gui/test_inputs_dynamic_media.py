"""Files for inputs that came with a choice, and stand in no saved workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.live import choice_changes
from runcomfy_desktop.domain.workflow import InputKey
from tests.gui.support import wells as on
from tests.gui.support.bench import shown_bench
from tests.gui.support.photos import clear_png

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

MODE, MASK = InputKey("1", "mode"), InputKey("1", "mode.mask")
WORKFLOW: JsonObject = {"1": {"class_type": "Paint", "inputs": {"mode": "whole"}}}
_FILES: JsonObject = {"mask": [["a.png"], {"image_upload": True}]}
CLASSES: JsonObject = {
    "Paint": {
        "input": {
            "required": {
                "mode": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "whole", "inputs": {"required": {}}},
                            {"key": "part", "inputs": {"required": _FILES}},
                        ]
                    },
                ]
            }
        },
        "output": [],
        "output_node": True,
    }
}


async def test_a_picture_is_dropped_on_an_input_that_came_with_a_choice(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "mine.png", clear_png((40, 30)))
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open(WORKFLOW, classes=CLASSES)
        schema = bench.workbench.state.schema
        bench.workbench.edit(choice_changes(MODE, "part", bench.draft, schema), "Change mode")
        on.drop(bench, MASK, path)
        kept = await on.media(bench, MASK)
        assert (kept.name, bench.draft.value(MODE)) == ("mine.png", "part")
        assert not any(fault.blocks for fault in bench.workbench.state.faults.values())
