"""Workflows of the editor's own format, opened as a person opens them, and what is told of them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QListWidget, QPushButton, QWidget

from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.dialogs.conversion_report import ConversionReportDialog
from tests.gui.support import hands
from tests.gui.support.bench import IMAGE, WORKFLOW, shown_bench
from tests.gui.support.house import open_house, turn
from tests.support.carriers import png, text_chunk
from tests.support.editor_graphs import graph, node, wired
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from tests.gui.support.house import House

FOREIGN = graph(
    [
        node(1, "Foreign", {"size": 8}, title="Odd one"),
        node(2, "Reroute", inputs=[wired("*", "", 1)]),
        node(3, "Other", [1, 2], inputs=[wired("IMAGE", "image", 2)]),
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


async def chosen(house: House, path: Path) -> None:
    """File > Open, and a file of the dialog."""
    await house.trigger("open_file")
    chooser = house.find(QFileDialog, "open_file_dialog")
    assert "*.png" in chooser.nameFilters()[0]
    chooser.fileSelected.emit(str(path))
    chooser.reject()
    await until(lambda: shown_path(house) == str(path))
    await turn()


def shown_path(house: House) -> str:
    draft = house.parts.workbench.state.draft
    return "" if draft is None else draft.source.path


def report(house: House) -> ConversionReportDialog:
    return house.find(ConversionReportDialog, "conversion_report")


def action(house: House) -> QAction:
    found = house.window.findChild(QAction, "conversion_report_action")
    assert isinstance(found, QAction)
    return found


async def test_a_file_of_the_editor_opens_as_a_preview_with_a_report(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not action(house).isVisible()
        await chosen(house, written(tmp_path / "a.json", FOREIGN))
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.workflow.value(InputKey("3", "image")) == ["1", 0]
        assert "a.json was converted from the editor's own format: this is a preview." in (
            house.notices()
        )
        await house.press("notice_action")
        dialog = report(house)
        assert dialog.isVisible()
        assert not dialog.isModal()
        lines = house.find(QListWidget, "conversion_remarks")
        texts = [lines.item(row).text() for row in range(lines.count())]
        assert "Odd one (1): The deployment does not know the class Foreign." in texts
        assert any("not named in the file" in text for text in texts)
        await house.press("conversion_copy")
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("a.json\n")
        assert all(text in copied for text in texts)


async def test_the_report_is_read_and_left_by_the_keyboard_and_goes_with_its_workflow(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await chosen(house, written(tmp_path / "a.json", FOREIGN))
        await house.trigger("conversion_report")
        dialog = report(house)
        lines = house.find(QListWidget, "conversion_remarks")
        assert lines.accessibleName() == "Things to check"
        lines.setFocus()
        hands.key(dialog, Qt.Key.Key_Home)
        hands.key(dialog, Qt.Key.Key_Return)
        await turn()
        assert dialog.isVisible(), "Enter on a line shows its node"
        inputs = house.window.centre.inputs
        assert inputs is not None
        assert inputs.model.node_at(inputs.view.currentIndex()) is not None
        hands.key(dialog, Qt.Key.Key_Escape)
        await until(lambda: not house.there(QDialog, "conversion_report"))
        await house.trigger("conversion_report")
        assert report(house).isVisible()
        await chosen(house, written(tmp_path / "b.json", GRAPH))
        await until(lambda: not house.there(QDialog, "conversion_report"))
        assert not action(house).isVisible()


async def test_only_the_last_of_several_files_is_told_of(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for name in ("a.json", "b.json"):
            await chosen(house, written(tmp_path / name, FOREIGN))
        converted = [each for each in house.notices() if "was converted" in each]
        assert [each.partition(" ")[0] for each in converted] == ["b.json"]
        await chosen(house, written(tmp_path / "c.json", GRAPH))
        assert not [each for each in house.notices() if "was converted" in each]
        for name in ("d.json", "e.json"):
            house.parts.files.open(str(written(tmp_path / name, [])))
            await until(partial(is_told, house, name))
        assert len(told(house)) == 1, "both do not open"


def is_told(house: House, name: str) -> bool:
    return any(name in each for each in told(house))


def told(house: House) -> list[str]:
    return [each.detail for each in house.window.notice_line.notices]


async def test_the_difference_to_the_deployment_is_offered_for_a_converted_file(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await chosen(house, written(tmp_path / "a.json", FOREIGN))
        text = house.find(QLabel, "inputs_banner_text").text()
        assert text.startswith("Converted preview, compared with")
        assert house.find(QPushButton, "inputs_banner_itself").isVisible()
        await house.press("inputs_banner_itself")
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.runs_file


async def test_a_line_says_that_it_is_a_preview_where_nothing_is_deployed(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await turn()
        await house.drop(dragged(written(tmp_path / "a.json", FOREIGN)))
        await until(lambda: shown_path(house))
        await turn()
        text = house.find(QLabel, "inputs_banner_text").text()
        assert text.startswith("A preview, converted from the editor's own format. ")
        await house.press("inputs_banner_button")
        dialog = report(house)
        intro = dialog.findChild(QLabel, "conversion_intro")
        assert isinstance(intro, QLabel)
        assert "not known yet" in intro.text()


async def test_what_was_left_out_of_a_file_is_told_and_read(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await turn()
        await chosen(house, written(tmp_path / "a.json", NOTED))
        assert "a.json was opened without parts that ComfyUI refuses." in house.notices()
        assert house.find(QLabel, "inputs_banner_text").text() == (
            "3 parts of this file were left out because ComfyUI refuses them. "
            "Runs are sent without them."
        )
        assert action(house).isVisible()
        assert action(house).text() == "Parts left o&ut…"
        await house.press("inputs_banner_button")
        dialog = report(house)
        assert dialog.windowTitle() == "Parts left out"
        assert "preview" not in dialog.text()
        assert house.find(QLabel, "conversion_counts").text() == (
            "2 nodes were read. 3 parts were left out:"
        )
        lines = house.find(QListWidget, "conversion_remarks")
        assert lines.accessibleName() == "What was left out"
        assert [lines.item(row).text() for row in range(lines.count())] == [
            "“_comment” is text, not a node.",
            "Other (8): Its inputs are null, not an object, so it has none here.",
            "“9” is null, not a node.",
        ]
        button = house.find(QPushButton, "conversion_show_node")
        lines.setCurrentRow(0)
        assert not button.isEnabled()
        lines.setCurrentRow(1)
        await house.press("conversion_show_node")
        inputs = house.window.centre.inputs
        assert inputs is not None
        shown = inputs.model.node_at(inputs.view.currentIndex())
        assert shown is not None
        assert shown.node_id == "8"
        await chosen(house, written(tmp_path / "b.json", GRAPH))
        await until(lambda: not house.there(QDialog, "conversion_report"))
        assert not house.find(QWidget, "inputs_banner").isVisible()


async def test_what_is_left_out_of_a_deployment_is_told_of_as_its_own(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open({**WORKFLOW, "_comment": "x"}, overrides={"31": {"inputs": {"cfg": 3}}})
        text = hands.find(bench.panel, QLabel, "inputs_banner_text")
        assert text.text() == (
            "1 part of the deployment's workflow is not shown because ComfyUI refuses it. "
            "RunComfy still stores it, so a run may fail and cost its start."
        )
        hide = hands.find(bench.panel, QWidget, "inputs_banner_hide")
        hands.press(hide)
        assert text.text() == "This deployment comes with 1 example value."
        hands.press(hide)
        assert not text.isVisible()


async def test_the_report_on_a_deployment_says_what_a_run_may_cost(tmp_path: Path) -> None:
    graph = {**GRAPH, "_comment": "x"}
    async with open_house(tmp_path, key="") as house:
        await turn()
        house.parts.workbench.open_deployment(Deployment("d", "bike", payload=Payload(graph)))
        await turn()
        await house.press("inputs_banner_button")
        assert house.find(QLabel, "conversion_name").text() == "bike"
        intro = house.find(QLabel, "conversion_intro").text()
        assert "RunComfy still stores them" in intro
        assert "starting is billed" in intro


async def test_a_file_with_parts_left_out_is_compared_as_the_file_that_it_is(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await chosen(house, written(tmp_path / "a.json", NOTED))
        assert house.find(QLabel, "inputs_banner_text").text().startswith("Compared with")
        assert action(house).isVisible()


def dragged(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


@pytest.mark.parametrize("name", ["a.WEBP", "a.jpg"])
async def test_a_picture_stays_one_on_a_well_and_is_opened_beside_it(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(png(text_chunk("prompt", json.dumps(GRAPH))))
    async with shown_bench(tmp_path) as bench:
        bench.open()
        data = dragged(path)
        well = bench.panel.wells.well(IMAGE)
        assert isinstance(well, QWidget)
        at = well.mapTo(bench.panel, well.rect().center())
        assert hands.drop(bench.panel, data, at)
        await until(lambda: IMAGE in bench.changes)
        assert bench.dropped == []
        assert hands.drop(bench.panel, data, QPoint(40, 8))
        assert bench.dropped == [str(path)]
