"""The measured process of `applying`: `DATA_DIR`; a preset of 500 changes, applied twice, in ms.

Once to the workflow of 1,000 nodes that it was made on, once to the same with other ids, where
every node has to be found again.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QApplication, QDialog, QListView, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.preset.places import Places
from runcomfy_desktop.domain.preset.plan import plan_of
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json, workflow_to_json
from tests.benchmarks import steps
from tests.benchmarks.big_workflow import Frame
from tests.benchmarks.edited_workflows import object_info, workflow
from tests.benchmarks.saying import say
from tests.benchmarks.watched import play
from tests.support.renumbered import renumbered

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import Workflow
    from runcomfy_desktop.ui.main_window import MainWindow

_NODES, _CHANGES = 1000, 500
_REST_S = 1.0
_VALUES: tuple[tuple[str, Value], ...] = (
    ("amount_1", 7.5),
    ("steps_0", 30),
    ("sampler_name", "heun"),
    ("text", "a lighthouse at dusk, waves, rain and a small boat"),
)


def _preset(made_on: Workflow) -> Preset:
    """Every second node has a change, of one kind after the other."""
    places = Places(made_on)
    entries = []
    for number in range(1, _NODES + 1, _NODES // _CHANGES):
        node = made_on.nodes[str(number)]
        name, value = _VALUES[number // 2 % len(_VALUES)]
        place = places.of(node.node_id)
        key = InputKey(node.node_id, name)
        entries.append(Entry(key, node.class_type, node.title, value, place=place))
    return Preset("Five hundred", tuple(entries))


async def _applied(window: MainWindow, bench: Workbench, preset: Preset) -> dict[str, float]:
    """The plan alone, from the wish to the painted preview, and from Enter to the painted tree."""
    draft = bench.state.draft
    assert draft is not None
    began_s = time.perf_counter()
    plan = plan_of(preset, draft, bench.state.schema)
    plan_ms = (time.perf_counter() - began_s) * 1000
    assert sum(each.is_ticked for each in plan) == _CHANGES
    frame = Frame("preset_preview", lambda view: view.isVisible())
    window._desks.apply_desk.apply_preset(preset)
    preview_ms = await frame.ms()
    await asyncio.sleep(_REST_S)
    button = window.findChild(QPushButton, "preview_apply")
    assert button is not None
    frame = Frame("inputs_tree", lambda _view: _count(bench) == _CHANGES)
    button.click()
    applied_ms = await frame.ms()
    bench.undo()
    await asyncio.sleep(_REST_S)
    return {"plan_ms": plan_ms, "preview_ms": preview_ms, "applied_ms": applied_ms}


def _count(bench: Workbench) -> int:
    return len(bench.state.draft.changes) if bench.state.draft is not None else 0


async def _floor_preview_ms(parent: QWidget) -> float:
    """A dialog with as many rows of Qt's own, until it is painted."""
    frame = Frame("floor", lambda _view: True)
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
    """The tree painted once more, with nothing changed."""
    panel = window.centre.inputs
    assert panel is not None
    frame = Frame("inputs_tree", lambda _view: True)
    panel.view.viewport().update()
    return await frame.ms()


async def _scenario() -> None:
    window = await steps.open_window()
    bench = (await steps.session(window)).workbench
    made_on = workflow_from_json(workflow(_NODES))
    other = workflow_to_json(renumbered(made_on, 3)[0])
    said: dict[str, float] = {}
    for name, graph in (("same", workflow(_NODES)), ("other", other)):
        bench.open_deployment(Deployment(name, name, payload=Payload(graph, {})))
        bench.set_schema(name, Schema(object_info()))
        await asyncio.sleep(2 * _REST_S)
        figures = await _applied(window, bench, _preset(made_on))
        said |= {f"{name}_{what}": ms for what, ms in figures.items()}
    said["floor_preview_ms"] = await _floor_preview_ms(window)
    said["floor_applied_ms"] = await _floor_applied_ms(window)
    QApplication.processEvents()
    say(said)


if __name__ == "__main__":
    play(_scenario, ["--data-dir", sys.argv[1]])
