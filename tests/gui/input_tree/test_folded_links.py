"""Links of a node in one row: what it says, unfolding and folding it, and what unfolds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.input_tree.test_inputs_access import walk
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import InputsHarness, object_info, open_inputs_harness
from tests.gui.support.pinned_form import choose_entry, entry_names

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
POSITIVE, NEGATIVE = InputKey("31", "positive"), InputKey("31", "negative")
MODEL, STEPS = InputKey("31", "model"), InputKey("31", "steps")
UNFOLDED = ["#31", "steps", "model", "positive", "negative", "#6", "text", "clip", "#38"]
FOLDED = ["#31", "steps", "model", "#6", "text", "clip", "#38"]

WORKFLOW: JsonObject = {
    "31": {
        "class_type": "KSampler",
        "inputs": {
            "steps": 20,
            "model": ["38", 0],
            "positive": ["6", 0],
            "negative": ["6", 0],
        },
    },
    "6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "blue", "clip": ["38", 0]},
        "_meta": {"title": "Prompt"},
    },
    "38": {"class_type": "Loader", "inputs": {}, "_meta": {"title": "Load model"}},
}


def classes() -> JsonObject:
    """Returns the usual classes, in which the sampler takes three links."""
    found = object_info()
    sampler: JsonObject = {
        "steps": ["INT", {"min": 1, "max": 10000}],
        "model": ["MODEL"],
        "positive": ["CONDITIONING"],
        "negative": ["CONDITIONING"],
    }
    return {
        **found,
        "KSampler": {"input": {"required": sampler}, "python_module": "custom_nodes.samples"},
    }


def open_links(harness: InputsHarness) -> None:
    harness.open(WORKFLOW, classes=classes())


async def test_links_of_a_node_share_one_row(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        open_links(harness)
        assert harness.row_names() == FOLDED
        row = harness.model.input_row_of(MODEL)
        assert row.name == "3 links"
        sources = "model from Load model, positive from Prompt, negative from Prompt"
        assert texts.link_text(row) == sources
        assert texts.tooltip_text(row) == sources.replace(", ", "\n")
        tree = QAccessible.queryAccessibleInterface(harness.view)
        assert tree is not None
        text = QAccessible.Text
        spoken = [(each.text(text.Name), each.text(text.Value)) for each in walk(tree)]
        assert ("3 links", sources) in spoken


async def test_a_click_shows_each_link_and_the_menu_folds_them_again(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        open_links(harness)
        harness.click(MODEL, RowPart.LINK)
        assert harness.row_names() == UNFOLDED
        assert harness.model.input_row_of(MODEL).name == "model"
        choose_entry(harness.open_menu(NEGATIVE), "fold_links")
        assert harness.row_names() == FOLDED
        menu = harness.open_menu(MODEL)
        choose_entry(menu, "fold_links")
        assert harness.row_names() == UNFOLDED
        assert "fold_links" not in entry_names(harness.open_menu(STEPS))


async def test_enter_shows_each_link_then_follows_one(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        open_links(harness)
        harness.focus_row(MODEL)
        harness.key(K.Key_Return)
        assert harness.row_names() == UNFOLDED
        assert harness.model.key_at(harness.view.currentIndex()) == MODEL
        harness.key(K.Key_Return)
        user_input.process_events()
        assert harness.view.currentIndex() == harness.model.index_of_node("38")


async def test_a_filter_finds_each_link_and_a_jump_leads_to_their_row(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        open_links(harness)
        harness.panel.jump_to(NEGATIVE)
        assert harness.model.key_at(harness.view.currentIndex()) == MODEL
        harness.panel.focus_filter()
        harness.type("negative")
        assert harness.row_names() == ["#31", "negative"]
        harness.key(K.Key_Escape)
        assert harness.row_names() == FOLDED


async def test_a_link_with_a_problem_has_a_row_of_its_own(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        open_links(harness)
        harness.click(MODEL, RowPart.LINK)
        broken: JsonObject = {key: value for key, value in WORKFLOW.items() if key != "38"}
        harness.open(broken, classes=classes(), deployment_id="broken:1")
        assert harness.draft_editor.state.issues.keys() == {MODEL, InputKey("6", "clip")}
        assert harness.row_names() == ["#31", "steps", "model", "positive", "#6", "text", "clip"]
        assert harness.model.input_row_of(POSITIVE).name == "2 links"
