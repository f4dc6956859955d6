"""The panel around the tree: tabs, filter, folds, places, banner, empty states, looks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.settings import Settings, Theme
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.settings import SettingsFile, load_settings
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.inputs.editors import TextEditor
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.panel import InputsPanel
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.widgets.chips import Chip
from tests.gui.support import hands
from tests.gui.support.bench import (
    CFG,
    DEPLOYMENT,
    PREFIX,
    PROMPT,
    SEED,
    STEPS,
    TILED,
    WORKFLOW,
    Bench,
    object_info,
    shown_bench,
)
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key


def chip(bench: Bench, name: str) -> Chip:
    return hands.find(bench.panel, Chip, name)


def filter_box(bench: Bench) -> QLineEdit:
    return hands.find(bench.panel, QLineEdit, "inputs_filter")


def says(bench: Bench) -> str:
    return hands.find(bench.panel, QLabel, "empty_state_text").text()


def long_workflow(nodes: int = 40) -> JsonObject:
    return {
        str(number): {
            "class_type": "KSampler",
            "inputs": {"seed": number, "steps": 20, "cfg": 1.5, "name": f"n{number}"},
            "_meta": {"title": f"Sampler {number}"},
        }
        for number in range(nodes)
    }


async def test_tabs_count_inputs_and_changes(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert chip(bench, "tab_all").text() == "All 12"
        assert chip(bench, "tab_changed").text() == "Changed 0"
        bench.workbench.edit({STEPS: 30, PROMPT: "red"}, "x")
        assert chip(bench, "tab_changed").text() == "Changed 2"
        assert chip(bench, "tab_changed").accessibleName() == "Changed, 2 inputs"


async def test_the_changed_tab_shows_changed_inputs_and_follows(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30, PROMPT: "red"}, "x")
        hands.press(chip(bench, "tab_changed"))
        assert bench.shown() == ["#6", "text", "#31", "steps"]
        bench.click_reset(STEPS)
        assert bench.shown() == ["#6", "text"]
        bench.workbench.undo()
        assert bench.shown() == ["#6", "text", "#31", "steps"]


async def test_a_row_does_not_vanish_under_the_hands(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30}, "x")
        hands.press(chip(bench, "tab_changed"))
        bench.click(STEPS)
        for _time in range(11):
            bench.key(K.Key_Down)
        assert bench.changes == {STEPS: 19}
        bench.key(K.Key_Up)
        assert bench.changes == {}
        assert bench.view.delegate.editing_key == STEPS
        bench.key(K.Key_Return)
        assert bench.shown() == []
        assert "Nothing differs" in says(bench)


async def test_an_empty_changed_tab_says_why_and_leads_back(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(chip(bench, "tab_changed"))
        assert "Nothing differs" in says(bench)
        hands.press(hands.find(bench.panel, QPushButton, "empty_state_button"))
        assert len(bench.shown()) > 15
        assert chip(bench, "tab_all").isChecked()


async def test_the_filter_finds_as_one_types_and_escape_clears_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.panel.focus_filter()
        bench.type("seed")
        assert bench.shown() == ["#31", "seed"]
        bench.key(K.Key_Down)
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == SEED
        bench.panel.focus_filter()
        bench.key(K.Key_Escape)
        assert len(bench.shown()) > 15
        assert filter_box(bench).hasFocus()


@pytest.mark.parametrize("roles", [Theme.LIGHT, Theme.DARK])
async def test_the_clear_button_goes_with_the_filter_of_another_draft(
    tmp_path: Path, qapp: QApplication, roles: Theme
) -> None:
    theme.apply(qapp, roles)
    async with shown_bench(tmp_path) as bench:
        bench.open()
        box = filter_box(bench)
        (clear,) = (each for each in box.findChildren(QToolButton) if each.x() > box.width() // 2)
        assert not clear_button_is_seen(clear)
        bench.panel.focus_filter()
        bench.type("sampler")
        await until(lambda: clear_button_is_seen(clear))
        other: JsonObject = {"1": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}
        bench.open(other, deployment_id="other:1")
        assert box.text() == ""
        await until(lambda: not clear_button_is_seen(clear))
        bench.type("x")
        await until(lambda: clear_button_is_seen(clear))


def clear_button_is_seen(button: QToolButton) -> bool:
    return button.isVisible() and bool(button.property("opacity"))


async def test_a_filter_without_matches_names_the_words(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.panel.focus_filter()
        bench.type("zebra")
        assert says(bench) == "No input matches “zebra”."
        hands.press(hands.find(bench.panel, QPushButton, "empty_state_button"))
        assert filter_box(bench).text() == ""
        assert len(bench.shown()) > 15


async def test_nothing_open_offers_to_open(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        wishes: list[bool] = []
        bench.panel.open_requested.connect(lambda: wishes.append(True))
        assert "open a workflow file" in says(bench)
        hands.press(hands.find(bench.panel, QPushButton, "empty_state_button"))
        assert wishes == [True]


async def test_a_click_on_a_header_folds_its_node(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        header = bench.view.visualRect(bench.model.index_of_node("6"))
        assert header.width() == bench.view.viewport().width(), "a header spans the columns"
        hands.press(bench.view.viewport(), header.center())
        assert bench.shown()[:4] == ["#189", "image", "#6", "#31"]
        bench.key(K.Key_Space)
        assert bench.shown()[:4] == ["#189", "image", "#6", "text"]


async def test_folds_and_place_come_back_with_the_draft(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(long_workflow(), deployment_id="long:1")
        bench.view.collapse(bench.model.index_of_node("2"))
        bench.view.verticalScrollBar().setValue(700)
        hands.settle()
        top = bench.model.data(bench.view.indexAt(QPoint(1, 0)))
        bench.open()
        assert bench.view.verticalScrollBar().value() == 0
        bench.open(long_workflow(), deployment_id="long:1")
        assert not bench.view.is_expanded(bench.model.index_of_node("2"))
        assert bench.view.is_expanded(bench.model.index_of_node("3"))
        assert bench.view.verticalScrollBar().value() == 700
        assert bench.model.data(bench.view.indexAt(QPoint(1, 0))) == top


async def test_a_schema_refines_the_tree_without_a_jump(tmp_path: Path) -> None:
    workflow = long_workflow()
    workflow["0"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "short", "clip": ["1", 0]}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, schema=False)
        bench.view.verticalScrollBar().setValue(600)
        hands.settle()
        key = bench.model.key_at(bench.view.indexAt(QPoint(1, 150)))
        assert key is not None
        before = bench.view.visualRect(bench.model.index_of(key)).top()
        bench.workbench.set_schema(DEPLOYMENT, Schema(object_info()))
        hands.settle()
        assert bench.view.visualRect(bench.model.index_of(key)).top() == before
        # The one-line text became a prompt of two lines above it.
        assert bench.view.verticalScrollBar().value() > 600


async def test_another_workflow_never_opens_as_an_empty_page(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30}, "Change steps")
        bench.panel.show_tab("changed")
        bench.open(deployment_id="another")
        assert chip(bench, "tab_all").isChecked()
        assert bench.shown()
        bench.panel.focus_filter()
        bench.type("nothing like it")
        bench.open(deployment_id="a third")
        assert filter_box(bench).text() == ""
        assert bench.shown()
        bench.panel.show_tab("changed")
        bench.workbench.edit({STEPS: 30}, "Change steps")
        bench.workbench.undo()
        assert not chip(bench, "tab_all").isChecked(), "an undo leaves the tab"


async def test_a_filter_does_not_change_folds_or_place(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(long_workflow())
        bench.view.collapse(bench.model.index_of_node("30"))
        bench.view.verticalScrollBar().setValue(500)
        hands.settle()
        bench.panel.focus_filter()
        bench.type("sampler 30")
        assert bench.shown()[0] == "#30"
        assert len(bench.shown()) == 8, "a folded node is open while it is looked for"
        bench.key(K.Key_Escape)
        assert bench.view.verticalScrollBar().value() == 500
        assert not bench.view.is_expanded(bench.model.index_of_node("30"))


async def test_a_jump_goes_through_filters_and_folds(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.collapse(bench.model.index_of_node("136"))
        bench.panel.focus_filter()
        bench.type("seed")
        bench.panel.jump_to(PREFIX)
        hands.settle()
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == PREFIX
        rect = bench.view.visualRect(bench.model.index_of(PREFIX))
        assert bench.view.viewport().rect().contains(rect)


async def test_example_values_are_offered_and_are_one_step(tmp_path: Path) -> None:
    overrides: JsonObject = {"6": {"inputs": {"text": "an example"}}, "31": {"inputs": {"cfg": 3}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(overrides=overrides)
        text = hands.find(bench.panel, QLabel, "inputs_banner_text")
        assert text.text() == "This deployment comes with 2 example values."
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_button"))
        assert bench.changes == {PROMPT: "an example", CFG: 3}
        assert not text.isVisible()
        assert bench.workbench.state.undo_text == "Use the deployment's example values"
        bench.workbench.undo()
        assert bench.changes == {}
        assert text.isVisible()


async def test_the_banner_can_be_put_away(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(overrides={"31": {"inputs": {"cfg": 3}}})
        banner = hands.find(bench.panel, QWidget, "inputs_banner")
        hands.press(hands.find(bench.panel, QWidget, "inputs_banner_hide"))
        bench.workbench.edit({STEPS: 30}, "x")
        assert not banner.isVisible()


async def test_examples_put_away_stay_away_for_that_deployment_in_each_draft_and_start(
    tmp_path: Path,
) -> None:
    examples: JsonObject = {"31": {"inputs": {"cfg": 3}}}
    file = SettingsFile(tmp_path / "settings.json")
    async with shown_bench(tmp_path) as bench:
        bench.open(overrides=examples)
        panel = InputsPanel(preferences=Preferences(Settings(), file.save))
        panel.attach(bench.workbench, bench.shelf)
        hands.show(panel)
        banner = hands.find(panel, QWidget, "inputs_banner")
        assert banner.isVisible()
        hands.press(hands.find(panel, QWidget, "inputs_banner_hide"))
        assert not banner.isVisible()
        bench.open(overrides=examples, deployment_id="other:1")
        assert banner.isVisible(), "of another deployment nothing was put away"
        bench.open(overrides=examples)
        assert not banner.isVisible()
        panel.detach()
        panel.close()
        await file.flush()
        started = Preferences(load_settings(tmp_path / "settings.json"), file.save)
        panel = InputsPanel(preferences=started)
        panel.attach(bench.workbench, bench.shelf)
        hands.show(panel)
        assert not hands.find(panel, QWidget, "inputs_banner").isVisible()
        panel.detach()
        panel.close()


async def test_a_difference_can_be_settled_for_the_deployment_and_not_put_away(
    tmp_path: Path,
) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with shown_bench(tmp_path) as bench:
        bench.open()
        open_file(bench.workbench, workflow_from_json(other), "other.json", "/x/other.json")
        hands.settle()
        assert bench.workbench.state.blocked
        assert not hands.find(bench.panel, QWidget, "inputs_banner_hide").isVisible()
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_deployed"))
        draft = bench.workbench.state.draft
        assert draft is not None
        assert draft.value(STEPS) == _inputs("31")["steps"]
        assert bench.changes == {}
        assert not bench.workbench.state.blocked
        assert not hands.find(bench.panel, QWidget, "inputs_banner").isVisible()


async def test_what_differs_can_be_read_before_anything_is_decided(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with shown_bench(tmp_path) as bench:
        bench.open()
        open_file(bench.workbench, workflow_from_json(other), "other.json", "/x/other.json")
        hands.settle()
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_what"))
        text = hands.find(bench.panel, QPlainTextEdit, "what_differs_text")
        await until(lambda: "steps: 20 → 50" in text.toPlainText())
        assert text.toPlainText().startswith("Blue → other.json\n")
        assert bench.workbench.state.difference is not None


async def test_a_file_that_was_changed_since_is_offered_as_it_is_now(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    source = Source("a.json", "/x/a.json", content="then")
    async with shown_bench(tmp_path) as bench:
        bench.workbench.open_draft(Draft(workflow_from_json(WORKFLOW), source))
        bench.workbench.edit({CFG: 3}, "Edit")
        now = Draft(workflow_from_json(other), replace(source, content="now"))
        bench.workbench.open_draft(now)
        hands.settle()
        text = hands.find(bench.panel, QLabel, "inputs_banner_text")
        assert text.text() == "a.json was changed since this draft was made: 1 value differs."
        assert hands.find(bench.panel, QWidget, "inputs_banner_hide").isVisible()
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_what"))
        words = hands.find(bench.panel, QPlainTextEdit, "what_differs_text")
        await until(lambda: "steps: 20 → 50" in words.toPlainText())
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_button"))
        assert bench.draft.value(STEPS) == 50
        assert bench.changes == {CFG: 3}
        assert not text.isVisible()


async def test_a_file_that_differs_can_be_run_itself(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "SaveImage", "inputs": {"x": 1}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        open_file(bench.workbench, workflow_from_json(other), "other.json", "/x/other.json")
        hands.settle()
        button = hands.find(bench.panel, QPushButton, "inputs_banner_itself")
        assert button.text() == "Run the file itself"
        hands.press(button)
        assert not button.isVisible()
        text = hands.find(bench.panel, QLabel, "inputs_banner_text").text()
        assert text.startswith("The file itself runs on Blue, not what is deployed there: 1 node")
        assert not bench.workbench.state.blocked
        assert not hands.find(bench.panel, QPushButton, "inputs_banner_button").isVisible()
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_deployed"))
        assert not hands.find(bench.panel, QWidget, "inputs_banner").isVisible()


async def test_the_banner_shows_its_buttons_whole_however_narrow_it_is(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "SaveImage", "inputs": {"x": 1}}}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        open_file(bench.workbench, workflow_from_json(other), "other.json", "/x/other.json")
        banner = hands.find(bench.panel, QWidget, "inputs_banner")
        heights = []
        for width in (480, 620, 1400):
            bench.panel.resize(width, 560)
            hands.settle()
            heights.append(banner.height())
            for name in ("button", "itself", "deployed"):
                button = hands.find(bench.panel, QPushButton, f"inputs_banner_{name}")
                assert button.width() >= button.sizeHint().width()
                assert banner.rect().contains(button.geometry().translated(_above(button, banner)))
        assert heights == sorted(heights, reverse=True)
        assert heights[0] > heights[-1]


def _above(button: QWidget, banner: QWidget) -> QPoint:
    """From the button's own parent to the banner."""
    parent = button.parentWidget()
    assert parent is not None
    return parent.mapTo(banner, QPoint(0, 0))


async def test_a_file_that_differs_says_how_and_offers_its_values(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "New", "inputs": {"x": 1}}}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50, "cfg": 4}}
    del other["50"]
    async with shown_bench(tmp_path) as bench:
        bench.open()
        open_file(bench.workbench, workflow_from_json(other), "other.json", "/x/other.json")
        hands.settle()
        text = hands.find(bench.panel, QLabel, "inputs_banner_text").text()
        assert text.startswith(
            "Compared with Blue: 2 values differ, 1 node is only in the file, 1 is only in the dep"
        )
        hands.press(hands.find(bench.panel, QPushButton, "inputs_banner_button"))
        assert bench.changes == {STEPS: 50, CFG: 4}


async def test_a_workflow_file_may_be_dropped_anywhere(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/flux.JSON")])
    async with shown_bench(tmp_path) as bench:
        assert hands.drop(bench.panel, data, QPoint(40, 40))
        bench.open()
        assert hands.drop(bench.view.viewport(), data, QPoint(40, 300))
        assert bench.dropped == ["/somewhere/flux.JSON"] * 2


@pytest.mark.parametrize("kind", [Theme.LIGHT, Theme.DARK])
async def test_a_change_and_a_fault_show_in_colour_and_form(tmp_path: Path, kind: Theme) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30, SEED: -1}, "x")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, kind)
        roles = theme.colours(bench.panel.palette())
        expected = {STEPS: roles.accent, SEED: roles.error, CFG: roles.line}
        for key, colour in expected.items():
            bench.row_rect(key)
            bench.view.clearFocus()
            image = bench.picture().toImage()
            rect = bench.view.delegate.part_rect(
                bench.model.index_of(key), bench.row_rect(key), Part.FIELD
            )
            edge = QPoint(rect.left(), rect.center().y())
            at = bench.view.viewport().mapTo(bench.panel, edge)
            assert QColor(image.pixel(at)).name() == colour, key
        dot = bench.row_rect(STEPS, Column.NAME)
        at = bench.view.viewport().mapTo(bench.panel, dot.topLeft()) + QPoint(20, 18)
        assert QColor(bench.picture().toImage().pixel(at)).name() == roles.accent


async def test_narrowing_the_window_rewraps_prompts(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "many words " * 20}, "x")
        wide = bench.row_rect(PROMPT).height()
        bench.panel.resize(460, 560)
        hands.settle()
        assert bench.row_rect(PROMPT).height() > wide


async def test_a_long_prompt_shows_six_lines_and_no_more(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "line\n" * 6}, "x")
        six = bench.row_rect(PROMPT).height()
        bench.workbench.edit({PROMPT: "line\n" * 2000}, "x")
        assert bench.row_rect(PROMPT).height() == six
        # The click below means the row that it was on, although the editor was higher.
        bench.click(PROMPT)
        assert bench.row_rect(PROMPT).height() > six
        bench.click(STEPS)
        assert bench.view.delegate.editing_key == STEPS


async def test_a_prompt_opens_whole_up_to_a_limit(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "words " * 120}, "x")
        bench.click(PROMPT)
        editor = bench.editor
        assert isinstance(editor, TextEditor)
        assert editor.verticalScrollBar().maximum() == 0
        assert editor.height() > 8 * editor.fontMetrics().height()
        assert bench.row_rect(PROMPT).contains(editor.geometry())


async def test_switching_sessions_lets_go_of_the_first(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.retype("kept")
        bench.panel.detach()
        assert bench.changes == {PROMPT: "kept"}
        assert bench.model.rowCount() == 0
        bench.workbench.edit({TILED: True}, "x")
        assert bench.model.rowCount() == 0
        bench.panel.attach(bench.workbench, bench.shelf)
        hands.settle()
        assert bench.model.row_of(PROMPT).value == "kept"


async def test_two_thousand_characters_of_title_do_no_harm(tmp_path: Path) -> None:
    workflow: JsonObject = {
        "a b/c": {
            "class_type": "X" * 500,
            "inputs": {"": 1, "n" * 300: "v" * 5_000_000},
            "_meta": {"title": "T" * 2000},
        }
    }
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)
        assert not bench.picture().isNull()
        bench.panel.jump_to(InputKey("a b/c", ""))
        bench.type("5")
        bench.key(K.Key_Return)
        assert bench.changes == {InputKey("a b/c", ""): 5}


def _inputs(node_id: str) -> JsonObject:
    node = WORKFLOW[node_id]
    assert isinstance(node, dict)
    inputs = node["inputs"]
    assert isinstance(inputs, dict)
    return inputs
