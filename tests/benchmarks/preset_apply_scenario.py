"""Process measured by `preset_apply`: a preset of 500 changes is applied twice; times in ms.

It is applied first to the workflow of 1,000 nodes on which it was made, then to the same workflow
with other ids, in which every node has to be found again. Argument: `DATA_DIR`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QApplication, QDialog, QListView, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.presets.graph_positions import GraphPositions
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.proposal_builder import build_proposals
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json, workflow_to_json
from tests.benchmarks import scenario_steps
from tests.benchmarks.edited_workflows import object_info, workflow
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.tree_scenario import FrameWaiter
from tests.support.renumbered_workflow import renumber

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_NODES, _CHANGES = 1000, 500
_IDLE_S = 1.0
_VALUES: tuple[tuple[str, Value], ...] = (
    ("amount_1", 7.5),
    ("steps_0", 30),
    ("sampler_name", "heun"),
    ("text", "a lighthouse at dusk, waves, rain and a small boat"),
)


def _preset(made_on: Workflow) -> Preset:
    """Returns a preset that changes every second node, with the kinds of values in turn."""
    nodes = GraphPositions(made_on)
    entries = []
    for number in range(1, _NODES + 1, _NODES // _CHANGES):
        node = made_on.nodes[str(number)]
        name, value = _VALUES[number // 2 % len(_VALUES)]
        node_position = nodes.features_of(node.node_id)
        key = InputKey(node.node_id, name)
        entries.append(PresetEntry(key, node.class_type, node.title, value, position=node_position))
    return Preset("Five hundred", tuple(entries))


async def _applied(
    window: MainWindow, draft_editor: DraftEditor, preset: Preset
) -> dict[str, float]:
    """Measures planning, the time to the painted preview, and from Apply to the painted tree."""
    draft = draft_editor.state.draft
    assert draft is not None
    started_s = time.perf_counter()
    plan = build_proposals(preset, draft, draft_editor.state.schema)
    plan_ms = (time.perf_counter() - started_s) * 1000
    assert sum(each.is_ticked for each in plan) == _CHANGES
    frame = FrameWaiter("preset_preview", lambda view: view.isVisible())
    scenario_steps.session_view(window).preset_apply_controller.apply_preset(preset)
    preview_ms = await frame.ms()
    await asyncio.sleep(_IDLE_S)
    button = window.findChild(QPushButton, "preview_apply")
    assert button is not None
    frame = FrameWaiter("inputs_tree", lambda _view: _count(draft_editor) == _CHANGES)
    button.click()
    applied_ms = await frame.ms()
    draft_editor.undo()
    await asyncio.sleep(_IDLE_S)
    return {"plan_ms": plan_ms, "preview_ms": preview_ms, "applied_ms": applied_ms}


def _count(draft_editor: DraftEditor) -> int:
    return len(draft_editor.state.draft.changes) if draft_editor.state.draft is not None else 0


async def _floor_preview_ms(parent: QWidget) -> float:
    """Measures a dialog with the same number of plain Qt rows, until it is painted."""
    frame = FrameWaiter("floor", lambda _view: True)
    dialog = QDialog(parent)
    view = QListView(dialog)
    view.setObjectName("floor")
    view.setUniformItemSizes(True)
    view.setModel(QStringListModel([f"Row {at}" for at in range(_CHANGES)], view))
    QVBoxLayout(dialog).addWidget(view)
    dialog.resize(920, 640)
    dialog.open()
    ms = await frame.ms()
    dialog.reject()
    return ms


async def _floor_applied_ms(window: MainWindow) -> float:
    """Measures a repaint of the tree without changes."""
    panel = scenario_steps.session_view(window).inputs
    frame = FrameWaiter("inputs_tree", lambda _view: True)
    panel.view.viewport().update()
    return await frame.ms()


async def _scenario() -> None:
    window = await scenario_steps.open_window()
    draft_editor = (await scenario_steps.session_services(window)).draft_editor
    made_on = workflow_from_json(workflow(_NODES))
    other = workflow_to_json(renumber(made_on, 3)[0])
    times_ms: dict[str, float] = {}
    for name, graph in (("same", workflow(_NODES)), ("other", other)):
        # Without essentials, the tree of all inputs is shown.
        draft_editor.pin_sets[name] = ()
        draft_editor.open_deployment(Deployment(name, name, payload=DeploymentPayload(graph, {})))
        draft_editor.set_schema(name, NodeSchema(object_info()))
        await asyncio.sleep(2 * _IDLE_S)
        figures = await _applied(window, draft_editor, _preset(made_on))
        times_ms |= {f"{name}_{what}": ms for what, ms in figures.items()}
    times_ms["floor_preview_ms"] = await _floor_preview_ms(window)
    times_ms["floor_applied_ms"] = await _floor_applied_ms(window)
    QApplication.processEvents()
    print_result(times_ms)


if __name__ == "__main__":
    play(_scenario, ["--data-dir", sys.argv[1]])
