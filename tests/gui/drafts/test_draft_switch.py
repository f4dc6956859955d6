"""Another draft that comes into view during a choice is not affected by that choice."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit

from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.input_tree.input_commands import ColourDialog
from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop
from tests.gui.image_tools.test_mask_painter import LOADER, painting
from tests.gui.image_tools.test_shrink_dialog import large_picture, shrinking
from tests.gui.media_fields.test_media_field import (
    ADDRESS,
    OCTETS,
    button,
    file_at,
    media_field,
    png,
    row_centre,
)
from tests.gui.support import all_input_kinds, photo_files, user_input
from tests.gui.support import pinned_form as form
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.inputs_harness import DEPLOYMENT, IMAGE, STEPS, open_inputs_harness
from tests.support import media_bytes as made
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from tests.gui.support.inputs_harness import InputsHarness

OTHER = "red:1"
NO_INPUTS: JsonObject = {"9": {"class_type": "Loader", "inputs": {}}}


def value_in(harness: InputsHarness, key: InputKey, draft: str = DEPLOYMENT) -> Value:
    return harness.draft_editor.open_drafts[draft].draft.value(key)


def show_other(harness: InputsHarness, workflow: JsonObject) -> None:
    """Opens a file as if handed over by a second start of the program."""
    harness.draft_editor.open_draft(
        Draft(workflow_from_json(workflow), DraftSource("other.json", "/other.json"))
    )
    user_input.process_events()


@pytest.mark.parametrize("workflow", [LOADER, NO_INPUTS])
async def test_a_mask_goes_where_it_was_painted(tmp_path: Path, workflow: JsonObject) -> None:
    image = InputKey("1", "image")
    async with painting(tmp_path) as work:
        draft_editor = work.harness
        before = draft_editor.draft.value(image)
        work.stroke((100, 300), (400, 300))
        show_other(draft_editor, workflow)
        user_input.press(work.button("mask_use"))
        await wait_until(lambda: value_in(draft_editor, image) != before)
        assert isinstance(value_in(draft_editor, image), MediaFile)
        assert draft_editor.changes == {}
        assert draft_editor.announcements == [
            "cat.png is in the draft “Blue” now, which is not in view."
        ]
        assert OpenDraftCommands(draft_editor.draft_editor).show(DEPLOYMENT)
        assert draft_editor.draft_editor.state.undo_text == "Paint a mask on cat.png"
        draft_editor.draft_editor.undo()
        assert draft_editor.draft.value(image) == before


async def test_a_small_picture_goes_where_it_was_made(tmp_path: Path) -> None:
    image = InputKey("1", "image")
    data = photo_files.encode_image(photo_files.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data, LOADER) as harness:
        before = harness.draft.value(image)
        work = await shrinking(harness)
        await work.is_made()
        show_other(harness, LOADER)
        user_input.press(work.button("shrink_use"))
        await wait_until(lambda: value_in(harness, image) != before)
        assert harness.changes == {}


async def test_a_file_that_is_browsed_for_goes_where_it_was_asked_for(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.press(button(harness, "media_browse"))
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        harness.open(deployment_id=OTHER)
        dialog.filesSelected.emit([path])
        dialog.close()
        await wait_until(lambda: isinstance(value_in(harness, IMAGE), MediaFile))
        assert harness.changes == {}
        assert harness.announcements == [
            "photo.png is in the draft “Blue” now, which is not in view."
        ]


async def test_several_files_are_asked_about_in_their_own_draft_only(tmp_path: Path) -> None:
    paths = [file_at(tmp_path, f"{name}.png", png()) for name in "ab"]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.press(button(harness, "media_browse"))
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        harness.open(deployment_id=OTHER)
        dialog.filesSelected.emit(paths)
        dialog.close()
        await wait_until(lambda: harness.announcements)
        assert harness.announcements == [
            "What becomes of several files is asked in their own draft, which is not in view. "
            "Choose them there again."
        ]
        assert harness.changes == {}
        assert value_in(harness, IMAGE) == "bike.jpg"


async def test_a_dropped_address_does_not_wander(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, b"no picture")
    data.setText(ADDRESS)
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        at = row_centre(harness, IMAGE)
        harness.panel.drag_handler.drop(data, at)
        harness.open(deployment_id=OTHER)
        await wait_until(lambda: value_in(harness, IMAGE) == ADDRESS or harness.changes)
        assert harness.changes == {}


@pytest.mark.parametrize("workflow", [None, NO_INPUTS])
async def test_an_address_that_is_being_typed_does_not_wander(
    tmp_path: Path, workflow: JsonObject | None
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type(ADDRESS)
        harness.open(workflow, deployment_id=OTHER)
        harness.panel.media_fields.sync()
        assert harness.changes == {}
        assert value_in(harness, IMAGE) == ADDRESS
        assert harness.announcements == [
            "a cat.png is in the draft “Blue” now, which is not in view."
        ]
        if workflow is None:
            assert not media_field(harness).is_editing_address


async def test_an_address_that_was_only_looked_at_is_not_spoken_of(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({IMAGE: ADDRESS}, "Use an address")
        user_input.process_events()
        user_input.press(button(harness, "media_address"))
        assert media_field(harness).typed_address == ADDRESS
        harness.open(deployment_id=OTHER)
        harness.panel.media_fields.sync()
        user_input.process_events()
        assert not media_field(harness).is_editing_address
        assert value_in(harness, IMAGE) == ADDRESS
        assert harness.announcements == []


async def test_half_an_address_is_nobodys(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type("nowhere")
        harness.open(deployment_id=OTHER)
        harness.panel.media_fields.sync()
        assert not media_field(harness).is_editing_address
        assert harness.changes == {}
        assert value_in(harness, IMAGE) == "bike.jpg"
        assert harness.announcements == []


async def test_what_is_pasted_is_looked_at_as_its_own_draft_takes_it(tmp_path: Path) -> None:
    """A sound is pasted for an audio input while an image input of the same name is in view."""
    data = QMimeData()
    sound = base64.b64encode(made.wav()).decode()
    data.setHtml(f'<audio src="data:audio/wav;base64,{sound}">')
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        QApplication.clipboard().setMimeData(data)
        harness.focus_row(all_input_kinds.AUDIO)
        harness.view.paste_requested.emit(all_input_kinds.AUDIO)
        workflow = json.loads(json.dumps(all_input_kinds.WORKFLOW))
        workflow["5"] = {"class_type": "LoadImage", "inputs": {"audio": "a.png"}}
        harness.open(workflow, deployment_id=OTHER, classes=all_input_kinds.object_info())
        await wait_until(
            lambda: (
                isinstance(value_in(harness, all_input_kinds.AUDIO), MediaFile)
                or harness.announcements
            )
        )
        assert isinstance(value_in(harness, all_input_kinds.AUDIO), MediaFile)
        assert harness.changes == {}


async def test_a_copied_picture_is_kept_for_its_own_draft(tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        QGuiApplication.clipboard().setImage(image)
        user_input.press(button(harness, "media_paste"))
        show_other(harness, NO_INPUTS)
        await wait_until(lambda: isinstance(value_in(harness, IMAGE), MediaFile))
        assert harness.changes == {}


async def test_how_far_a_file_has_come_is_not_told_in_another_drafts_media_field(
    tmp_path: Path,
) -> None:
    path = file_at(tmp_path, "photo.png", png())
    begun: list[object] = []
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.press(button(harness, "media_browse"))
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        harness.open(deployment_id=OTHER)
        media_drop = harness.scope.findChild(MediaDrop)
        assert isinstance(media_drop, MediaDrop)
        media_drop.import_started.connect(lambda key, _ticket: begun.append(key))
        dialog.filesSelected.emit([path])
        dialog.close()
        await wait_until(lambda: isinstance(value_in(harness, IMAGE), MediaFile))
        assert begun == []


@pytest.mark.parametrize("is_kept", [True, False])
async def test_colours_are_tried_on_the_draft_that_they_are_for(
    tmp_path: Path, is_kept: bool
) -> None:
    tint = all_input_kinds.TINT
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        saved = harness.draft.value(tint)
        dialog = ColourDialog(harness.view.dialog_parent, harness.view.inputs, tint)
        dialog.open()
        dialog.setCurrentColor(QColor("#112233"))
        harness.open(
            all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info(), deployment_id=OTHER
        )
        dialog.setCurrentColor(QColor("#445566"))
        assert value_in(harness, tint) == "#445566"
        if is_kept:
            dialog.accept()
        else:
            dialog.reject()
        assert harness.changes == {}
        assert value_in(harness, tint) == ("#445566" if is_kept else saved)


async def test_a_pin_is_changed_where_its_dialog_was_opened(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.pins.pin(STEPS)
        harness.focus_row(STEPS)
        harness.panel.edit_pin()
        dialog = form.pin_dialog(harness.panel)
        harness.open(deployment_id=OTHER)
        harness.pins.pin(STEPS)
        form.fill_pin_dialog(dialog, label="How long")
        form.accept_pin_dialog(dialog)
        assert [pin.label for pin in harness.pins.state.pins] == [""]
        harness.open()
        assert [pin.label for pin in harness.pins.state.pins] == ["How long"]
        assert harness.shown_notices[-1].action is not None
        harness.shown_notices[-1].action()
        assert [pin.label for pin in harness.pins.state.pins] == [""]


# In the window


async def changed(program: GuiProgram) -> InputKey:
    """Changes the draft of the first deployment."""
    await program.wait_until_open()
    await wait_until(lambda: not program.services.preset_library.state.loading)
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    key = next(key for key in draft.workflow.input_keys() if key.name == "steps")
    program.services.draft_editor.edit({key: 33}, "Change steps")
    return key


async def open_another(program: GuiProgram) -> None:
    other: JsonObject = {"9": {"class_type": "KSampler", "inputs": {"steps": 5}}}
    draft_editor = program.services.draft_editor
    draft_editor.open_draft(
        Draft(workflow_from_json(other), DraftSource("other.json", "/other.json"))
    )
    await process_events_async()


async def test_a_preset_takes_the_pins_of_the_draft_that_it_is_made_of(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        key = await changed(program)
        program.services.pins.choose([key])
        await program.trigger("save_preset_as")
        program.find(QLineEdit, "preset_name").setText("Mine")
        program.find(QCheckBox, "preset_with_pins").setChecked(True)
        await open_another(program)
        program.services.pins.pin(InputKey("9", "steps"))
        await program.press("save_preset_yes")
        await wait_until(
            lambda: any(
                each.name == "Mine" for each in program.services.preset_library.state.summaries
            )
        )
        preset_library = program.services.preset_library
        head = next(each for each in preset_library.state.summaries if each.name == "Mine")
        read: list[InputKey] = []
        preset_library.read(head.path, lambda preset: read.extend(pin.key for pin in preset.pins))
        await wait_until(lambda: read)
        assert read == [key]


async def test_the_changes_that_are_saved_are_those_that_were_asked_for(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        key = await changed(program)
        await program.trigger("save_difference")
        dialog = program.find(QFileDialog, "save_difference_dialog")
        program.services.draft_editor.edit({key: 34}, "Change steps")
        await open_another(program)
        program.services.draft_editor.edit({InputKey("9", "steps"): 77}, "Change steps")
        target = tmp_path / "mine.txt"
        dialog.fileSelected.emit(str(target))
        dialog.close()
        await wait_until(target.exists)
        assert "→ 34\n" in target.read_text()
        assert "77" not in target.read_text()
