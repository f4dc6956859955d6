"""Workflows in the editor's own format, opened as by a user, and the reports on them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QListWidget, QPushButton, QWidget

from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.drafts.conversion_report import ConversionReportDialog
from tests.gui.support import user_input
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.inputs_harness import IMAGE, WORKFLOW, open_inputs_harness
from tests.support.async_wait import wait_until
from tests.support.editor_graphs import graph, node, wired_input
from tests.support.image_metadata import png, text_chunk

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from tests.gui.support.gui_program import GuiProgram

FOREIGN = graph(
    [
        node(1, "Foreign", {"size": 8}, title="Odd one"),
        node(2, "Reroute", inputs=[wired_input("*", "", 1)]),
        node(3, "Other", [1, 2], inputs=[wired_input("IMAGE", "image", 2)]),
    ],
    [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 3, 0, "*"]],
)
GRAPH: JsonObject = {"7": {"class_type": "Foreign", "inputs": {"size": 64}}}
NOTED: JsonObject = {
    "_comment": "made by me",
    **GRAPH,
    "8": {"class_type": "Other", "inputs": None},
    "9": None,
}


def written(path: Path, value: Json) -> Path:
    path.write_text(json.dumps(value))
    return path


async def chosen(program: GuiProgram, path: Path) -> None:
    """Opens a file with File > Open."""
    await program.trigger("open_file")
    chooser = program.find(QFileDialog, "open_file_dialog")
    assert "*.png" in chooser.nameFilters()[0]
    chooser.fileSelected.emit(str(path))
    chooser.reject()
    await wait_until(lambda: shown_path(program) == str(path))
    await process_events_async()


def shown_path(program: GuiProgram) -> str:
    draft = program.services.draft_editor.state.draft
    return "" if draft is None else draft.source.path


def report(program: GuiProgram) -> ConversionReportDialog:
    return program.find(ConversionReportDialog, "conversion_report")


def action(program: GuiProgram) -> QAction:
    found = program.window.findChild(QAction, "conversion_report_action")
    assert isinstance(found, QAction)
    return found


async def test_a_file_of_the_editor_opens_as_a_preview_with_a_report(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not action(program).isVisible()
        await chosen(program, written(tmp_path / "a.json", FOREIGN))
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.workflow.value(InputKey("3", "image")) == ["1", 0]
        assert "a.json was converted from the editor's own format: this is a preview." in (
            program.notices()
        )
        await program.press("notice_action")
        dialog = report(program)
        assert dialog.isVisible()
        assert not dialog.isModal()
        lines = program.find(QListWidget, "conversion_remarks")
        texts = [lines.item(row).text() for row in range(lines.count())]
        assert "Odd one (1): The deployment does not know the class Foreign." in texts
        assert any("not named in the file" in text for text in texts)
        await program.press("conversion_copy")
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("a.json\n")
        assert all(text in copied for text in texts)


async def test_the_report_is_read_and_left_by_the_keyboard_and_goes_with_its_workflow(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await chosen(program, written(tmp_path / "a.json", FOREIGN))
        await program.trigger("conversion_report")
        dialog = report(program)
        lines = program.find(QListWidget, "conversion_remarks")
        assert lines.accessibleName() == "Things to check"
        lines.setFocus()
        user_input.key(dialog, Qt.Key.Key_Home)
        user_input.key(dialog, Qt.Key.Key_Return)
        await process_events_async()
        assert dialog.isVisible(), "Enter on a line shows its node"
        inputs = program.session.inputs
        assert inputs.model.node_at(inputs.view.currentIndex()) is not None
        user_input.key(dialog, Qt.Key.Key_Escape)
        await wait_until(lambda: not program.is_visible(QDialog, "conversion_report"))
        await program.trigger("conversion_report")
        assert report(program).isVisible()
        await chosen(program, written(tmp_path / "b.json", GRAPH))
        await wait_until(lambda: not program.is_visible(QDialog, "conversion_report"))
        assert not action(program).isVisible()


async def test_only_the_last_of_several_files_is_told_of(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for name in ("a.json", "b.json"):
            await chosen(program, written(tmp_path / name, FOREIGN))
        converted = [each for each in program.notices() if "was converted" in each]
        assert [each.partition(" ")[0] for each in converted] == ["b.json"]
        await chosen(program, written(tmp_path / "c.json", GRAPH))
        assert not [each for each in program.notices() if "was converted" in each]
        for name in ("d.json", "e.json"):
            program.services.workflow_files.open(str(written(tmp_path / name, [])))
            await wait_until(partial(is_notice_shown, program, name))
        assert len(notice_text(program)) == 1, "both do not open"


def is_notice_shown(program: GuiProgram, name: str) -> bool:
    return any(name in each for each in notice_text(program))


def notice_text(program: GuiProgram) -> list[str]:
    return [each.detail for each in program.window.notice_line.notices]


async def test_the_difference_to_the_deployment_is_offered_for_a_converted_file(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await chosen(program, written(tmp_path / "a.json", FOREIGN))
        text = program.find(QLabel, "inputs_banner_text").text()
        assert text.startswith("Converted preview, compared with")
        assert program.find(QPushButton, "inputs_banner_itself").isVisible()
        await program.press("inputs_banner_itself")
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.runs_file


async def test_a_line_says_that_it_is_a_preview_where_nothing_is_deployed(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await process_events_async()
        await program.drop(dragged(written(tmp_path / "a.json", FOREIGN)))
        await wait_until(lambda: shown_path(program))
        await process_events_async()
        text = program.find(QLabel, "inputs_banner_text").text()
        assert text.startswith("A preview, converted from the editor's own format. ")
        await program.press("inputs_banner_button")
        dialog = report(program)
        intro = dialog.findChild(QLabel, "conversion_intro")
        assert isinstance(intro, QLabel)
        assert "not known yet" in intro.text()


async def test_what_was_left_out_of_a_file_is_told_and_read(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await process_events_async()
        await chosen(program, written(tmp_path / "a.json", NOTED))
        assert "a.json was opened without parts that ComfyUI refuses." in program.notices()
        assert program.find(QLabel, "inputs_banner_text").text() == (
            "3 parts of this file were left out because ComfyUI refuses them. "
            "Runs are sent without them."
        )
        assert action(program).isVisible()
        assert action(program).text() == "Parts left o&ut…"
        await program.press("inputs_banner_button")
        dialog = report(program)
        assert dialog.windowTitle() == "Parts left out"
        assert "preview" not in dialog.text()
        assert program.find(QLabel, "conversion_counts").text() == (
            "2 nodes were read. 3 parts were left out:"
        )
        lines = program.find(QListWidget, "conversion_remarks")
        assert lines.accessibleName() == "What was left out"
        assert [lines.item(row).text() for row in range(lines.count())] == [
            "“_comment” is text, not a node.",
            "Other (8): Its inputs are null, not an object, so it has none here.",
            "“9” is null, not a node.",
        ]
        button = program.find(QPushButton, "conversion_show_node")
        lines.setCurrentRow(0)
        assert not button.isEnabled()
        lines.setCurrentRow(1)
        await program.press("conversion_show_node")
        inputs = program.session.inputs
        shown = inputs.model.node_at(inputs.view.currentIndex())
        assert shown is not None
        assert shown.node_id == "8"
        await chosen(program, written(tmp_path / "b.json", GRAPH))
        await wait_until(lambda: not program.is_visible(QDialog, "conversion_report"))
        assert not program.find(QWidget, "inputs_banner").isVisible()


async def test_what_is_left_out_of_a_deployment_is_told_of_as_its_own(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({**WORKFLOW, "_comment": "x"}, overrides={"31": {"inputs": {"cfg": 3}}})
        text = user_input.find(harness.panel, QLabel, "inputs_banner_text")
        assert text.text() == (
            "1 part of the deployment's workflow is not shown because ComfyUI refuses it. "
            "RunComfy still stores it, so a run may fail and cost its start."
        )
        hide = user_input.find(harness.panel, QWidget, "inputs_banner_hide")
        user_input.press(hide)
        assert text.text() == "This deployment comes with 1 example value."
        user_input.press(hide)
        assert not text.isVisible()


async def test_the_report_on_a_deployment_says_what_a_run_may_cost(tmp_path: Path) -> None:
    graph = {**GRAPH, "_comment": "x"}
    async with open_program(tmp_path, key="") as program:
        await process_events_async()
        program.services.draft_editor.open_deployment(
            Deployment("d", "bike", payload=DeploymentPayload(graph))
        )
        await process_events_async()
        await program.press("inputs_banner_button")
        assert program.find(QLabel, "conversion_name").text() == "bike"
        intro = program.find(QLabel, "conversion_intro").text()
        assert "RunComfy still stores them" in intro
        assert "starting is billed" in intro


async def test_a_file_with_parts_left_out_is_compared_as_the_file_that_it_is(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await chosen(program, written(tmp_path / "a.json", NOTED))
        assert program.find(QLabel, "inputs_banner_text").text().startswith("Compared with")
        assert action(program).isVisible()


def dragged(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


@pytest.mark.parametrize("name", ["a.WEBP", "a.jpg"])
async def test_a_picture_stays_one_on_a_media_field_and_is_opened_beside_it(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(png(text_chunk("prompt", json.dumps(GRAPH))))
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        data = dragged(path)
        well = harness.panel.media_fields.media_field(IMAGE)
        assert isinstance(well, QWidget)
        at = well.mapTo(harness.panel, well.rect().center())
        assert user_input.drop(harness.panel, data, at)
        await wait_until(lambda: IMAGE in harness.changes)
        assert harness.dropped_workflows == []
        assert user_input.drop(harness.panel, data, QPoint(40, 8))
        assert harness.dropped_workflows == [str(path)]
