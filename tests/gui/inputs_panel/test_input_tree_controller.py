"""The actions of the tree and of the pins act on the session's panel, and only while it lasts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.ui.input_tree.input_tree_actions import InputTreeActions
from runcomfy_desktop.ui.inputs_panel.input_tree_controller import InputTreeController
from runcomfy_desktop.ui.pins.essentials_dialog import EssentialsDialog
from runcomfy_desktop.ui.pins.pin_actions import PinActions
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import CFG, PROMPT, STEPS, InputsHarness, open_inputs_harness
from tests.gui.support.pinned_form import pin_dialog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Actions:
    """The actions of the Edit and View menus, connected to a harness's panel."""

    def __init__(self, harness: InputsHarness, parent: QObject) -> None:
        self.tree, self.pins = InputTreeActions(parent), PinActions(parent)
        InputTreeController(harness.scope, harness.panel, self.tree, self.pins)
        harness.scope.subscribe(harness.draft_editor.changed, self.tree.update_for_editor)
        self.tree.update_for_editor(harness.draft_editor.state)

    def trigger(self, action: QAction) -> None:
        action.trigger()
        user_input.process_events()


@contextmanager
def actions_of(harness: InputsHarness) -> Iterator[Actions]:
    parent = QObject()
    yield Actions(harness, parent)
    parent.deleteLater()


def enabled_names(actions: Actions) -> set[str]:
    every = actions.tree.findChildren(QAction)
    return {each.objectName().removesuffix("_action") for each in every if each.isEnabled()}


async def test_the_actions_find_fold_and_reset(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        with actions_of(harness) as actions:
            tree, count = actions.tree, harness.model.rowCount()
            actions.trigger(tree.fold_all)
            assert len(harness.view.row_geometry.collapsed_rows()) == count
            actions.trigger(tree.unfold_all)
            assert harness.view.row_geometry.collapsed_rows() == []
            harness.draft_editor.edit({STEPS: -4, CFG: 5.0, PROMPT: "red"}, "x")
            actions.trigger(tree.next_problem)
            assert harness.model.key_at(harness.view.currentIndex()) == STEPS
            actions.trigger(tree.reset_input)
            assert harness.changes == {CFG: 5.0, PROMPT: "red"}
            actions.trigger(tree.reset_node)
            assert harness.changes == {PROMPT: "red"}
            actions.trigger(tree.fold_unchanged)
            assert len(harness.view.row_geometry.collapsed_rows()) == count - 1
            actions.trigger(tree.show_changed)
            assert harness.row_names() == ["#6", "text"]
            actions.trigger(tree.show_all)
            assert harness.model.rowCount() == count
            actions.trigger(tree.filter)
            assert user_input.find(harness.panel, QLineEdit, "inputs_filter").hasFocus()


async def test_the_actions_choose_and_edit_the_essentials(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        with actions_of(harness) as actions:
            harness.focus_row(STEPS)
            actions.trigger(actions.pins.toggle)
            assert [pin.key for pin in harness.pins.state.pins] == [STEPS]
            actions.trigger(actions.pins.edit)
            pin_dialog(harness.panel).close()
            actions.trigger(actions.pins.show_essentials)
            assert harness.view.isHidden()
            actions.trigger(actions.pins.choose)
            user_input.find(harness.panel, EssentialsDialog, "essentials_dialog").close()
            actions.trigger(actions.pins.toggle)
            assert harness.pins.state.pins == ()


async def test_actions_are_enabled_while_they_have_something_to_act_on(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        with actions_of(harness) as actions:
            assert enabled_names(actions) == set()
            harness.open()
            without_changes = enabled_names(actions)
            assert {"filter", "show_all", "fold_all"} <= without_changes
            assert not {"reset_input", "reset_all", "next_problem"} & without_changes
            harness.draft_editor.edit({STEPS: -4}, "x")
            more = enabled_names(actions) - without_changes
            resets = {"reset_input", "reset_node", "reset_all"}
            assert more == {*resets, "next_problem", "previous_problem"}
            actions.tree.reset()
            assert enabled_names(actions) == set()


async def test_the_actions_do_nothing_after_the_session(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        with actions_of(harness) as actions:
            harness.focus_row(STEPS)
            harness.scope.close()
            actions.trigger(actions.tree.fold_all)
            actions.trigger(actions.pins.toggle)
            assert harness.view.row_geometry.collapsed_rows() == []
            assert harness.pins.state.pins == ()
