"""Process measured by `editing`: times of typical edits, in ms.

Arguments: `DATA_DIR NODES [CHARS]`.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QSpinBox, QTreeView

from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.benchmarks import scenario_steps
from tests.benchmarks.edited_workflows import long_prompts, object_info, workflow
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.paint_timing import PaintCounter, timed, typing_times
from tests.benchmarks.process_memory import resident_mb

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_FILTERED = "amount_3"
_EDITS = 12
_SCROLLS = 60
_NOTCH_PX = 40


def _edited(paints: PaintCounter, panel: InputsPanel, nodes: int) -> list[float]:
    """Measures number edits, from Enter to the painted row.

    Every second number is too large, so that its row shows an error.
    """
    times = []
    for number in range(_EDITS):
        key = InputKey(str(1 + number * max(1, nodes // 20) % nodes), "amount_1")
        panel.view.go_to(panel.model.index_of(key))
        QTest.keyClick(panel.view, Qt.Key.Key_Return)
        QCoreApplication.processEvents()
        editor = panel.view.delegate.editor
        assert editor is not None
        QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(editor, str(120 + number if number % 2 else 20 + number))
        QCoreApplication.processEvents()
        times.append(timed(paints, partial(QTest.keyClick, editor, Qt.Key.Key_Return)))
        assert key in (panel.model.draft.changes if panel.model.draft else {})
        assert (key in panel.model.state.issues) == bool(number % 2)
    return times


def _scrolled(paints: PaintCounter, view: QAbstractItemView) -> list[float]:
    bar, times = view.verticalScrollBar(), []
    bar.setValue(0)
    QCoreApplication.processEvents()
    for number in range(1, min(_SCROLLS, max(1, bar.maximum() // _NOTCH_PX)) + 1):
        times.append(timed(paints, partial(bar.setValue, number * _NOTCH_PX)))
    return times


def _floor_edit() -> list[float]:
    """Measures Qt's own minimum: a spin box is changed and a plain tree next to it repainted."""
    tree = QTreeView()
    box = QSpinBox(tree)
    tree.resize(900, 600)
    tree.show()
    QTest.qWaitForWindowExposed(tree)
    paints = PaintCounter(tree)

    def step() -> None:
        box.stepUp()
        tree.viewport().update()

    times = [timed(paints, step) for _number in range(_EDITS)]
    tree.close()
    return times


async def _opened(window: MainWindow, graph: JsonObject) -> tuple[InputsPanel, PaintCounter, float]:
    """Returns the panel with the loaded workflow, its paint counter, and the time to open it."""
    draft_editor = (await scenario_steps.session_services(window)).draft_editor
    # The first workflow builds the panel, which is measured elsewhere.
    draft_editor.open_deployment(
        Deployment("small", "Small", payload=DeploymentPayload(workflow(1), {}))
    )
    draft_editor.set_schema("small", NodeSchema(object_info()))
    draft_editor.set_schema("big", NodeSchema(object_info()))
    await asyncio.sleep(1.0)
    panel = scenario_steps.session_view(window).inputs
    # Without essentials, the tree of all inputs is shown.
    draft_editor.pin_sets["big"] = ()
    paints = PaintCounter(panel.view)
    big = Deployment("big", "Big", payload=DeploymentPayload(graph, {}))
    return panel, paints, timed(paints, lambda: draft_editor.open_deployment(big))


async def _scenario(nodes: int, chars: int) -> None:
    window = await scenario_steps.open_window()
    graph = long_prompts(nodes, chars) if chars else workflow(nodes)
    panel, paints, open_ms = await _opened(window, graph)
    await asyncio.sleep(1.0)
    panel.view.collapse_all()
    QCoreApplication.processEvents()
    expand_ms = timed(paints, panel.view.expand_all)
    panel.focus_filter()
    box = window.findChild(QLineEdit, "inputs_filter")
    assert box is not None
    filter_ms = typing_times(paints, box, _FILTERED)
    clear_ms = timed(paints, box.clear)
    edit_ms = _edited(paints, panel, nodes)
    scroll_ms = _scrolled(paints, panel.view)
    floor_ms = _floor_edit()
    QApplication.processEvents()
    await asyncio.sleep(2.0)
    print_result(
        {
            "open_ms": open_ms,
            "expand_ms": expand_ms,
            "filter_ms": sorted(filter_ms),
            "clear_ms": clear_ms,
            "edit_ms": sorted(edit_ms),
            "scroll_ms": sorted(scroll_ms),
            "floor_ms": sorted(floor_ms),
            "resident_mb": resident_mb(),
        }
    )


if __name__ == "__main__":
    data_dir, count, size = (*sys.argv[1:], "0")[:3]
    play(lambda: _scenario(int(count), int(size)), ["--data-dir", data_dir])
