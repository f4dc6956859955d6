"""The panel around the tree: tabs, filter, folding, scroll positions, banner, empty states."""

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

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.settings import Settings, ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.settings import SettingsFile, load_settings
from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.chips import Chip
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    DEPLOYMENT,
    PREFIX,
    PROMPT,
    SEED,
    STEPS,
    TILED,
    WORKFLOW,
    InputsHarness,
    object_info,
    open_inputs_harness,
)
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key


def chip(harness: InputsHarness, name: str) -> Chip:
    return user_input.find(harness.panel, Chip, name)


def filter_box(harness: InputsHarness) -> QLineEdit:
    return user_input.find(harness.panel, QLineEdit, "inputs_filter")


def accessible_text(harness: InputsHarness) -> str:
    return user_input.find(harness.panel, QLabel, "empty_state_text").text()


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
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert chip(harness, "tab_all").text() == "All 12"
        assert chip(harness, "tab_changed").text() == "Changed 0"
        harness.draft_editor.edit({STEPS: 30, PROMPT: "red"}, "x")
        assert chip(harness, "tab_changed").text() == "Changed 2"
        assert chip(harness, "tab_changed").accessibleName() == "Changed, 2 inputs"


async def test_the_changed_tab_shows_changed_inputs_and_follows(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30, PROMPT: "red"}, "x")
        user_input.press(chip(harness, "tab_changed"))
        assert harness.row_names() == ["#6", "text", "#31", "steps"]
        harness.click_reset(STEPS)
        assert harness.row_names() == ["#6", "text"]
        harness.draft_editor.undo()
        assert harness.row_names() == ["#6", "text", "#31", "steps"]


async def test_a_row_does_not_vanish_under_the_hands(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30}, "x")
        user_input.press(chip(harness, "tab_changed"))
        harness.click(STEPS)
        for _time in range(11):
            harness.key(K.Key_Down)
        assert harness.changes == {STEPS: 19}
        harness.key(K.Key_Up)
        assert harness.changes == {}
        assert harness.view.delegate.editing_key == STEPS
        harness.key(K.Key_Return)
        assert harness.row_names() == []
        assert "Nothing differs" in accessible_text(harness)


async def test_an_empty_changed_tab_says_why_and_leads_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(chip(harness, "tab_changed"))
        assert "Nothing differs" in accessible_text(harness)
        user_input.press(user_input.find(harness.panel, QPushButton, "empty_state_button"))
        assert len(harness.row_names()) > 15
        assert chip(harness, "tab_all").isChecked()


async def test_the_filter_finds_as_one_types_and_escape_clears_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.panel.focus_filter()
        harness.type("seed")
        assert harness.row_names() == ["#31", "seed"]
        harness.key(K.Key_Down)
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == SEED
        harness.panel.focus_filter()
        harness.key(K.Key_Escape)
        assert len(harness.row_names()) > 15
        assert filter_box(harness).hasFocus()


@pytest.mark.parametrize("roles", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_the_clear_button_goes_with_the_filter_of_another_draft(
    tmp_path: Path, qapp: QApplication, roles: ThemeMode
) -> None:
    theme.apply(qapp, roles)
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        box = filter_box(harness)
        (clear,) = (each for each in box.findChildren(QToolButton) if each.x() > box.width() // 2)
        assert not clear_button_is_seen(clear)
        harness.panel.focus_filter()
        harness.type("sampler")
        await wait_until(lambda: clear_button_is_seen(clear))
        other: JsonObject = {"1": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}
        harness.open(other, deployment_id="other:1")
        assert box.text() == ""
        await wait_until(lambda: not clear_button_is_seen(clear))
        harness.type("x")
        await wait_until(lambda: clear_button_is_seen(clear))


def clear_button_is_seen(button: QToolButton) -> bool:
    return button.isVisible() and bool(button.property("opacity"))


async def test_a_filter_without_matches_names_the_words(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.panel.focus_filter()
        harness.type("zebra")
        assert accessible_text(harness) == "No input matches “zebra”."
        user_input.press(user_input.find(harness.panel, QPushButton, "empty_state_button"))
        assert filter_box(harness).text() == ""
        assert len(harness.row_names()) > 15


async def test_nothing_open_offers_to_open(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        wishes: list[bool] = []
        harness.panel.open_requested.connect(lambda: wishes.append(True))
        assert "open a workflow file" in accessible_text(harness)
        user_input.press(user_input.find(harness.panel, QPushButton, "empty_state_button"))
        assert wishes == [True]


async def test_a_click_on_a_header_folds_its_node(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        header = harness.view.visualRect(harness.model.index_of_node("6"))
        assert header.width() == harness.view.viewport().width(), "a header spans the columns"
        user_input.press(harness.view.viewport(), header.center())
        assert harness.row_names()[:4] == ["#189", "image", "#6", "#31"]
        harness.key(K.Key_Space)
        assert harness.row_names()[:4] == ["#189", "image", "#6", "text"]


async def test_folds_and_place_come_back_with_the_draft(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(long_workflow(), deployment_id="long:1")
        harness.view.collapse(harness.model.index_of_node("2"))
        harness.view.verticalScrollBar().setValue(700)
        user_input.process_events()
        top = harness.model.data(harness.view.indexAt(QPoint(1, 0)))
        harness.open()
        assert harness.view.verticalScrollBar().value() == 0
        harness.open(long_workflow(), deployment_id="long:1")
        assert not harness.view.is_expanded(harness.model.index_of_node("2"))
        assert harness.view.is_expanded(harness.model.index_of_node("3"))
        assert harness.view.verticalScrollBar().value() == 700
        assert harness.model.data(harness.view.indexAt(QPoint(1, 0))) == top


async def test_a_schema_refines_the_tree_without_a_jump(tmp_path: Path) -> None:
    workflow = long_workflow()
    workflow["0"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "short", "clip": ["1", 0]}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, schema=False)
        harness.view.verticalScrollBar().setValue(600)
        user_input.process_events()
        key = harness.model.key_at(harness.view.indexAt(QPoint(1, 150)))
        assert key is not None
        before = harness.view.visualRect(harness.model.index_of(key)).top()
        harness.draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
        user_input.process_events()
        assert harness.view.visualRect(harness.model.index_of(key)).top() == before
        # The one-line text above it became a prompt of two lines.
        assert harness.view.verticalScrollBar().value() > 600


async def test_another_workflow_never_opens_as_an_empty_page(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30}, "Change steps")
        harness.panel.show_tab("changed")
        harness.open(deployment_id="another")
        assert chip(harness, "tab_all").isChecked()
        assert harness.row_names()
        harness.panel.focus_filter()
        harness.type("nothing like it")
        harness.open(deployment_id="a third")
        assert filter_box(harness).text() == ""
        assert harness.row_names()
        harness.panel.show_tab("changed")
        harness.draft_editor.edit({STEPS: 30}, "Change steps")
        harness.draft_editor.undo()
        assert not chip(harness, "tab_all").isChecked(), "an undo leaves the tab"


async def test_a_filter_does_not_change_folds_or_place(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(long_workflow())
        harness.view.collapse(harness.model.index_of_node("30"))
        harness.view.verticalScrollBar().setValue(500)
        user_input.process_events()
        harness.panel.focus_filter()
        harness.type("sampler 30")
        assert harness.row_names()[0] == "#30"
        assert len(harness.row_names()) == 8, "a folded node is open while it is looked for"
        harness.key(K.Key_Escape)
        assert harness.view.verticalScrollBar().value() == 500
        assert not harness.view.is_expanded(harness.model.index_of_node("30"))


async def test_a_jump_goes_through_filters_and_folds(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.collapse(harness.model.index_of_node("136"))
        harness.panel.focus_filter()
        harness.type("seed")
        harness.panel.jump_to(PREFIX)
        user_input.process_events()
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == PREFIX
        rect = harness.view.visualRect(harness.model.index_of(PREFIX))
        assert harness.view.viewport().rect().contains(rect)


async def test_example_values_are_offered_and_are_one_step(tmp_path: Path) -> None:
    overrides: JsonObject = {"6": {"inputs": {"text": "an example"}}, "31": {"inputs": {"cfg": 3}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(overrides=overrides)
        text = user_input.find(harness.panel, QLabel, "inputs_banner_text")
        assert text.text() == "This deployment comes with 2 example values."
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_button"))
        assert harness.changes == {PROMPT: "an example", CFG: 3}
        assert not text.isVisible()
        assert harness.draft_editor.state.undo_text == "Use the deployment's example values"
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert text.isVisible()


async def test_the_banner_can_be_put_away(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(overrides={"31": {"inputs": {"cfg": 3}}})
        banner = user_input.find(harness.panel, QWidget, "inputs_banner")
        user_input.press(user_input.find(harness.panel, QWidget, "inputs_banner_hide"))
        harness.draft_editor.edit({STEPS: 30}, "x")
        assert not banner.isVisible()


async def test_examples_put_away_stay_away_for_that_deployment_in_each_draft_and_start(
    tmp_path: Path,
) -> None:
    examples: JsonObject = {"31": {"inputs": {"cfg": 3}}}
    file = SettingsFile(tmp_path / "settings.json")
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(overrides=examples)
        parts = (harness.scope, harness.draft_editor, harness.media_store, harness.pins)
        panel = InputsPanel(*parts, Preferences(Settings(), file.save))
        user_input.show(panel)
        banner = user_input.find(panel, QWidget, "inputs_banner")
        assert banner.isVisible()
        user_input.press(user_input.find(panel, QWidget, "inputs_banner_hide"))
        assert not banner.isVisible()
        harness.open(overrides=examples, deployment_id="other:1")
        assert banner.isVisible(), "of another deployment nothing was put away"
        harness.open(overrides=examples)
        assert not banner.isVisible()
        panel.close()
        await file.flush()
        started = Preferences(load_settings(tmp_path / "settings.json"), file.save)
        panel = InputsPanel(*parts, started)
        user_input.show(panel)
        assert not user_input.find(panel, QWidget, "inputs_banner").isVisible()
        panel.close()


async def test_a_difference_can_be_settled_for_the_deployment_and_not_put_away(
    tmp_path: Path,
) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        open_file(harness.draft_editor, workflow_from_json(other), "other.json", "/x/other.json")
        user_input.process_events()
        assert harness.draft_editor.state.blocked_reason
        assert not user_input.find(harness.panel, QWidget, "inputs_banner_hide").isVisible()
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_deployed"))
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.value(STEPS) == _inputs("31")["steps"]
        assert harness.changes == {}
        assert not harness.draft_editor.state.blocked_reason
        assert not user_input.find(harness.panel, QWidget, "inputs_banner").isVisible()


async def test_what_differs_can_be_read_before_anything_is_decided(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        open_file(harness.draft_editor, workflow_from_json(other), "other.json", "/x/other.json")
        user_input.process_events()
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_what"))
        text = user_input.find(harness.panel, QPlainTextEdit, "what_differs_text")
        await wait_until(lambda: "steps: 20 → 50" in text.toPlainText())
        assert text.toPlainText().startswith("Blue → other.json\n")
        assert harness.draft_editor.state.difference is not None


async def test_a_file_that_was_changed_since_is_offered_as_it_is_now(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    source = DraftSource("a.json", "/x/a.json", content="then")
    async with open_inputs_harness(tmp_path) as harness:
        harness.draft_editor.open_draft(Draft(workflow_from_json(WORKFLOW), source))
        harness.draft_editor.edit({CFG: 3}, "Edit")
        now = Draft(workflow_from_json(other), replace(source, content="now"))
        harness.draft_editor.open_draft(now)
        user_input.process_events()
        text = user_input.find(harness.panel, QLabel, "inputs_banner_text")
        assert text.text() == "a.json was changed since this draft was made: 1 value differs."
        assert user_input.find(harness.panel, QWidget, "inputs_banner_hide").isVisible()
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_what"))
        words = user_input.find(harness.panel, QPlainTextEdit, "what_differs_text")
        await wait_until(lambda: "steps: 20 → 50" in words.toPlainText())
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_button"))
        assert harness.draft.value(STEPS) == 50
        assert harness.changes == {CFG: 3}
        assert not text.isVisible()


async def test_a_file_that_differs_can_be_run_itself(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "SaveImage", "inputs": {"x": 1}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        open_file(harness.draft_editor, workflow_from_json(other), "other.json", "/x/other.json")
        user_input.process_events()
        button = user_input.find(harness.panel, QPushButton, "inputs_banner_itself")
        assert button.text() == "Run the file itself"
        user_input.press(button)
        assert not button.isVisible()
        text = user_input.find(harness.panel, QLabel, "inputs_banner_text").text()
        assert text.startswith("The file itself runs on Blue, not what is deployed there: 1 node")
        assert not harness.draft_editor.state.blocked_reason
        assert not user_input.find(harness.panel, QPushButton, "inputs_banner_button").isVisible()
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_deployed"))
        assert not user_input.find(harness.panel, QWidget, "inputs_banner").isVisible()


async def test_the_banner_shows_its_buttons_whole_however_narrow_it_is(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "SaveImage", "inputs": {"x": 1}}}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        open_file(harness.draft_editor, workflow_from_json(other), "other.json", "/x/other.json")
        banner = user_input.find(harness.panel, QWidget, "inputs_banner")
        heights = []
        for width in (480, 620, 1400):
            harness.panel.resize(width, 560)
            user_input.process_events()
            heights.append(banner.height())
            for name in ("button", "itself", "deployed"):
                button = user_input.find(harness.panel, QPushButton, f"inputs_banner_{name}")
                assert button.width() >= button.sizeHint().width()
                assert banner.rect().contains(button.geometry().translated(_above(button, banner)))
        assert heights == sorted(heights, reverse=True)
        assert heights[0] > heights[-1]


def _above(button: QWidget, banner: QWidget) -> QPoint:
    """Returns the position of the button's parent in the banner's coordinates."""
    parent = button.parentWidget()
    assert parent is not None
    return parent.mapTo(banner, QPoint(0, 0))


async def test_a_file_that_differs_says_how_and_offers_its_values(tmp_path: Path) -> None:
    other: JsonObject = {**WORKFLOW, "99": {"class_type": "New", "inputs": {"x": 1}}}
    other["31"] = {"class_type": "KSampler", "inputs": {**_inputs("31"), "steps": 50, "cfg": 4}}
    del other["50"]
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        open_file(harness.draft_editor, workflow_from_json(other), "other.json", "/x/other.json")
        user_input.process_events()
        text = user_input.find(harness.panel, QLabel, "inputs_banner_text").text()
        assert text.startswith(
            "Compared with Blue: 2 values differ, 1 node is only in the file, 1 is only in the dep"
        )
        user_input.press(user_input.find(harness.panel, QPushButton, "inputs_banner_button"))
        assert harness.changes == {STEPS: 50, CFG: 4}


async def test_a_workflow_file_may_be_dropped_anywhere(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/flux.JSON")])
    async with open_inputs_harness(tmp_path) as harness:
        assert user_input.drop(harness.panel, data, QPoint(40, 40))
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, QPoint(40, 300))
        assert harness.dropped_workflows == ["/somewhere/flux.JSON"] * 2


@pytest.mark.parametrize("kind", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_a_change_and_a_fault_show_in_colour_and_form(
    tmp_path: Path, kind: ThemeMode
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30, SEED: -1}, "x")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, kind)
        roles = theme.colours(harness.panel.palette())
        expected = {STEPS: roles.accent, SEED: roles.error, CFG: roles.line}
        for key, colour in expected.items():
            harness.row_rect(key)
            harness.view.clearFocus()
            image = harness.screenshot().toImage()
            rect = harness.view.delegate.part_rect(
                harness.model.index_of(key), harness.row_rect(key), RowPart.FIELD
            )
            edge = QPoint(rect.left(), rect.center().y())
            at = harness.view.viewport().mapTo(harness.panel, edge)
            assert QColor(image.pixel(at)).name() == colour, key
        dot = harness.row_rect(STEPS, InputColumn.NAME)
        at = harness.view.viewport().mapTo(harness.panel, dot.topLeft()) + QPoint(20, 18)
        assert QColor(harness.screenshot().toImage().pixel(at)).name() == roles.accent


async def test_narrowing_the_window_rewraps_prompts(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "many words " * 20}, "x")
        wide = harness.row_rect(PROMPT).height()
        harness.panel.resize(460, 560)
        user_input.process_events()
        assert harness.row_rect(PROMPT).height() > wide


async def test_a_long_prompt_shows_six_lines_and_no_more(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "line\n" * 6}, "x")
        six = harness.row_rect(PROMPT).height()
        harness.draft_editor.edit({PROMPT: "line\n" * 2000}, "x")
        assert harness.row_rect(PROMPT).height() == six
        # The second click hits the row under the pointer, although closing the taller editor moves
        # it.
        harness.click(PROMPT)
        assert harness.row_rect(PROMPT).height() > six
        harness.click(STEPS)
        assert harness.view.delegate.editing_key == STEPS


async def test_a_prompt_opens_whole_up_to_a_limit(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "words " * 120}, "x")
        harness.click(PROMPT)
        editor = harness.editor
        assert isinstance(editor, MultilineTextEditor)
        assert editor.verticalScrollBar().maximum() == 0
        assert editor.height() > 8 * editor.fontMetrics().height()
        assert harness.row_rect(PROMPT).contains(editor.geometry())


async def test_the_end_of_the_session_keeps_what_was_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.retype("kept")
        model = harness.model
        harness.end_session()
        assert harness.changes == {PROMPT: "kept"}
        harness.draft_editor.edit({PROMPT: "other", TILED: True}, "x")
        assert model.input_row_of(PROMPT).value == "kept", "it follows the session no more"
        user_input.process_events()
        assert harness.changes == {PROMPT: "other", TILED: True}, "the editor's end changes nothing"


async def test_another_session_shows_the_open_draft_at_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        rows = harness.row_names()
        harness.draft_editor.edit({PROMPT: "kept"}, "x")
        harness.restart_session()
        assert harness.row_names() == rows
        assert harness.model.input_row_of(PROMPT).value == "kept"
        harness.click(STEPS)
        harness.retype("31")
        harness.key(K.Key_Return)
        assert harness.changes == {PROMPT: "kept", STEPS: 31}


async def test_rows_are_measured_when_they_are_shown_and_not_before(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        parts = (harness.scope, harness.draft_editor, harness.media_store, harness.pins)
        panel = InputsPanel(*parts, preferences=None)
        is_stale = [panel.view.row_geometry.is_stale]
        user_input.show(panel)
        is_stale.append(panel.view.row_geometry.is_stale)
        assert is_stale == [True, False]
        panel.close()


async def test_two_thousand_characters_of_title_do_no_harm(tmp_path: Path) -> None:
    workflow: JsonObject = {
        "a b/c": {
            "class_type": "X" * 500,
            "inputs": {"": 1, "n" * 300: "v" * 5_000_000},
            "_meta": {"title": "T" * 2000},
        }
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)
        assert not harness.screenshot().isNull()
        harness.panel.jump_to(InputKey("a b/c", ""))
        harness.type("5")
        harness.key(K.Key_Return)
        assert harness.changes == {InputKey("a b/c", ""): 5}


def _inputs(node_id: str) -> JsonObject:
    node = WORKFLOW[node_id]
    assert isinstance(node, dict)
    inputs = node["inputs"]
    assert isinstance(inputs, dict)
    return inputs
