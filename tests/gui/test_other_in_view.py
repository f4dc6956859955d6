"""Another draft comes into view while something is chosen for one: it gets nothing of that."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit

from runcomfy_desktop.core.open_drafts import OpenDrafts
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.inputs.colour_dialog import ColourDialog
from tests.gui.support import gallery, hands, photos
from tests.gui.support import pins as form
from tests.gui.support.bench import DEPLOYMENT, IMAGE, STEPS, shown_bench
from tests.gui.support.house import House, open_house, turn
from tests.gui.test_mask_painter import LOADER, painting
from tests.gui.test_media_well import ADDRESS, OCTETS, button, file_at, place, png, well
from tests.gui.test_shrink_dialog import large_picture, shrinking
from tests.support import media_bytes as made
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import JsonObject
    from tests.gui.support.bench import Bench

OTHER = "red:1"
NO_INPUTS: JsonObject = {"9": {"class_type": "Loader", "inputs": {}}}


def value_in(bench: Bench, key: InputKey, draft: str = DEPLOYMENT) -> Value:
    return bench.workbench.pages[draft].draft.value(key)


def show_other(bench: Bench, workflow: JsonObject) -> None:
    """A file that is handed over by a second start of the program."""
    bench.workbench.open_draft(
        Draft(workflow_from_json(workflow), Source("other.json", "/other.json"))
    )
    hands.settle()


@pytest.mark.parametrize("workflow", [LOADER, NO_INPUTS])
async def test_a_mask_goes_where_it_was_painted(tmp_path: Path, workflow: JsonObject) -> None:
    image = InputKey("1", "image")
    async with painting(tmp_path) as work:
        bench = work.bench
        before = bench.draft.value(image)
        work.stroke((100, 300), (400, 300))
        show_other(bench, workflow)
        hands.press(work.button("mask_use"))
        await until(lambda: value_in(bench, image) != before)
        assert isinstance(value_in(bench, image), MediaFile)
        assert bench.changes == {}
        assert bench.said == ["cat.png is in the draft “Blue” now, which is not in view."]
        assert OpenDrafts(bench.workbench).show(DEPLOYMENT)
        assert bench.workbench.state.undo_text == "Paint a mask on cat.png"
        bench.workbench.undo()
        assert bench.draft.value(image) == before


async def test_a_small_picture_goes_where_it_was_made(tmp_path: Path) -> None:
    image = InputKey("1", "image")
    data = photos.saved(photos.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data, LOADER) as bench:
        before = bench.draft.value(image)
        work = await shrinking(bench)
        await work.is_made()
        show_other(bench, LOADER)
        hands.press(work.button("shrink_use"))
        await until(lambda: value_in(bench, image) != before)
        assert bench.changes == {}


async def test_a_file_that_is_browsed_for_goes_where_it_was_asked_for(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.press(button(bench, "media_browse"))
        dialog = bench.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        bench.open(deployment_id=OTHER)
        dialog.filesSelected.emit([path])
        dialog.close()
        await until(lambda: isinstance(value_in(bench, IMAGE), MediaFile))
        assert bench.changes == {}
        assert bench.said == ["photo.png is in the draft “Blue” now, which is not in view."]


async def test_several_files_are_asked_about_in_their_own_draft_only(tmp_path: Path) -> None:
    paths = [file_at(tmp_path, f"{name}.png", png()) for name in "ab"]
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.press(button(bench, "media_browse"))
        dialog = bench.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        bench.open(deployment_id=OTHER)
        dialog.filesSelected.emit(paths)
        dialog.close()
        await until(lambda: bench.said)
        assert bench.said == [
            "What becomes of several files is asked in their own draft, which is not in view. "
            "Choose them there again."
        ]
        assert bench.changes == {}
        assert value_in(bench, IMAGE) == "bike.jpg"


async def test_a_dropped_address_does_not_wander(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, b"no picture")
    data.setText(ADDRESS)
    async with shown_bench(tmp_path) as bench:
        bench.open()
        at = place(bench, IMAGE)
        assert bench.view.drops is not None
        bench.view.drops.drop(data, at)
        bench.open(deployment_id=OTHER)
        await until(lambda: value_in(bench, IMAGE) == ADDRESS or bench.changes)
        assert bench.changes == {}


@pytest.mark.parametrize("workflow", [None, NO_INPUTS])
async def test_an_address_that_is_being_typed_does_not_wander(
    tmp_path: Path, workflow: JsonObject | None
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type(ADDRESS)
        bench.open(workflow, deployment_id=OTHER)
        bench.panel.wells.sync()
        assert bench.changes == {}
        assert value_in(bench, IMAGE) == ADDRESS
        assert bench.said == ["a cat.png is in the draft “Blue” now, which is not in view."]
        if workflow is None:
            assert not well(bench).is_asking


async def test_an_address_that_was_only_looked_at_is_not_spoken_of(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({IMAGE: ADDRESS}, "Use an address")
        hands.settle()
        hands.press(button(bench, "media_address"))
        assert well(bench).typed_address == ADDRESS
        bench.open(deployment_id=OTHER)
        bench.panel.wells.sync()
        hands.settle()
        assert not well(bench).is_asking
        assert value_in(bench, IMAGE) == ADDRESS
        assert bench.said == []


async def test_half_an_address_is_nobodys(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type("nowhere")
        bench.open(deployment_id=OTHER)
        bench.panel.wells.sync()
        assert not well(bench).is_asking
        assert bench.changes == {}
        assert value_in(bench, IMAGE) == "bike.jpg"
        assert bench.said == []


async def test_what_is_pasted_is_looked_at_as_its_own_draft_takes_it(tmp_path: Path) -> None:
    """A sound for a sound's input, while a picture's input of that name is in view."""
    data = QMimeData()
    sound = base64.b64encode(made.wav()).decode()
    data.setHtml(f'<audio src="data:audio/wav;base64,{sound}">')
    async with shown_bench(tmp_path) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        QApplication.clipboard().setMimeData(data)
        bench.stand_on(gallery.AUDIO)
        bench.view.paste_wished.emit(gallery.AUDIO)
        workflow = json.loads(json.dumps(gallery.WORKFLOW))
        workflow["5"] = {"class_type": "LoadImage", "inputs": {"audio": "a.png"}}
        bench.open(workflow, deployment_id=OTHER, classes=gallery.object_info())
        await until(lambda: isinstance(value_in(bench, gallery.AUDIO), MediaFile) or bench.said)
        assert isinstance(value_in(bench, gallery.AUDIO), MediaFile)
        assert bench.changes == {}


async def test_a_copied_picture_is_kept_for_its_own_draft(tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    async with shown_bench(tmp_path) as bench:
        bench.open()
        QGuiApplication.clipboard().setImage(image)
        hands.press(button(bench, "media_paste"))
        show_other(bench, NO_INPUTS)
        await until(lambda: isinstance(value_in(bench, IMAGE), MediaFile))
        assert bench.changes == {}


async def test_how_far_a_file_has_come_is_not_told_in_another_drafts_well(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    begun: list[object] = []
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.press(button(bench, "media_browse"))
        dialog = bench.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        bench.open(deployment_id=OTHER)
        intake = bench.panel.drops.intake
        assert intake is not None
        intake.begun.connect(lambda key, _ticket: begun.append(key))
        dialog.filesSelected.emit([path])
        dialog.close()
        await until(lambda: isinstance(value_in(bench, IMAGE), MediaFile))
        assert begun == []


@pytest.mark.parametrize("is_kept", [True, False])
async def test_colours_are_tried_on_the_draft_that_they_are_for(
    tmp_path: Path, is_kept: bool
) -> None:
    tint = gallery.TINT
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        saved = bench.draft.value(tint)
        dialog = ColourDialog.open_for(bench.view, tint)
        dialog.setCurrentColor(QColor("#112233"))
        bench.open(gallery.WORKFLOW, classes=gallery.object_info(), deployment_id=OTHER)
        dialog.setCurrentColor(QColor("#445566"))
        assert value_in(bench, tint) == "#445566"
        if is_kept:
            dialog.accept()
        else:
            dialog.reject()
        assert bench.changes == {}
        assert value_in(bench, tint) == ("#445566" if is_kept else saved)


async def test_a_pin_is_changed_where_its_dialog_was_opened(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.pins.pin(STEPS)
        bench.stand_on(STEPS)
        bench.panel.edit_pin()
        dialog = form.dialog_of(bench.panel)
        bench.open(deployment_id=OTHER)
        bench.pins.pin(STEPS)
        form.write(dialog, label="How long")
        form.accept(dialog)
        assert [pin.label for pin in bench.pins.state.pins] == [""]
        bench.open()
        assert [pin.label for pin in bench.pins.state.pins] == ["How long"]
        assert bench.told[-1].action is not None
        bench.told[-1].action()
        assert [pin.label for pin in bench.pins.state.pins] == [""]


# In the window


async def changed(house: House) -> InputKey:
    """The first deployment's draft, with a change."""
    await house.until_open()
    await until(lambda: not house.parts.library.state.loading)
    draft = house.parts.workbench.state.draft
    assert draft is not None
    key = next(key for key in draft.workflow.input_keys() if key.name == "steps")
    house.parts.workbench.edit({key: 33}, "Change steps")
    return key


async def open_another(house: House) -> None:
    other: JsonObject = {"9": {"class_type": "KSampler", "inputs": {"steps": 5}}}
    bench = house.parts.workbench
    bench.open_draft(Draft(workflow_from_json(other), Source("other.json", "/other.json")))
    await turn()


async def test_a_preset_takes_the_pins_of_the_draft_that_it_is_made_of(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        key = await changed(house)
        house.parts.pins.pin(key)
        await house.trigger("save_preset_as")
        house.find(QLineEdit, "preset_name").setText("Mine")
        house.find(QCheckBox, "preset_with_pins").setChecked(True)
        await open_another(house)
        house.parts.pins.pin(InputKey("9", "steps"))
        await house.press("save_preset_yes")
        await until(lambda: any(each.name == "Mine" for each in house.parts.library.state.heads))
        library = house.parts.library
        head = next(each for each in library.state.heads if each.name == "Mine")
        read: list[InputKey] = []
        library.read(head.path, lambda preset: read.extend(pin.key for pin in preset.pins))
        await until(lambda: read)
        assert read == [key]


async def test_the_changes_that_are_saved_are_those_that_were_asked_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        key = await changed(house)
        await house.trigger("save_difference")
        dialog = house.find(QFileDialog, "save_difference_dialog")
        house.parts.workbench.edit({key: 34}, "Change steps")
        await open_another(house)
        house.parts.workbench.edit({InputKey("9", "steps"): 77}, "Change steps")
        target = tmp_path / "mine.txt"
        dialog.fileSelected.emit(str(target))
        dialog.close()
        await until(target.exists)
        assert "→ 34\n" in target.read_text()
        assert "77" not in target.read_text()
