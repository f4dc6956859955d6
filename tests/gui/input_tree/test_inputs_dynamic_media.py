"""Files for inputs that a choice has added and no saved workflow contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.dynamic_inputs import choice_changes
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.gui.support import media_fields as on
from tests.gui.support.inputs_harness import open_inputs_harness
from tests.gui.support.photo_files import transparent_png

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

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
    path = on.write_file(tmp_path, "mine.png", transparent_png((40, 30)))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(WORKFLOW, classes=CLASSES)
        schema = harness.draft_editor.state.schema
        harness.draft_editor.edit(
            choice_changes(MODE, "part", harness.draft, schema), "Change mode"
        )
        on.drop_files(harness, MASK, path)
        stored = await on.media_value(harness, MASK)
        assert (stored.name, harness.draft.value(MODE)) == ("mine.png", "part")
        assert not any(fault.blocks for fault in harness.draft_editor.state.issues.values())
