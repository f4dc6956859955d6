"""Takes screenshots of every kind of input, at rest and with its editor open, for inspection.

`python -m tests.gui.support.input_screenshots FOLDER`, with QT_SCALE_FACTOR=2 for high-DPI
screenshots.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.input_tree.full_text_dialog import FullTextDialog
from runcomfy_desktop.ui.style import theme
from tests.gui.support import all_input_kinds, user_input
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MARGIN = 20


async def take_screenshots(folder: Path) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    for appearance in (ThemeMode.LIGHT, ThemeMode.DARK):
        theme.apply(app, appearance)
        with tempfile.TemporaryDirectory() as media_store:
            async with open_inputs_harness(Path(media_store), height=2000) as harness:
                harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
                harness.screenshot().save(str(folder / f"{appearance.value}-{scale}-at-rest.png"))
                for key in list(harness.draft.workflow.input_keys()):
                    spec = harness.model.spec_of(key)
                    if spec.kind.is_editable and not spec.kind.is_media:
                        _take_open(harness, key, folder / f"{appearance.value}-{scale}-{key.name}")
                _take_windows(harness, folder / f"{appearance.value}-{scale}")


def _take_open(harness: InputsHarness, key: InputKey, name: Path) -> None:
    harness.focus_row(key)
    harness.view.commands.activate(harness.model.index_of(key), key, Qt.Key.Key_F2)
    user_input.process_events()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.grab().save(f"{name}-list.png")
        popup.hide()
    picture = harness.screenshot()
    row = harness.view.row_rect(harness.model.index_of(key))
    top = harness.view.viewport().mapTo(harness.panel, QPoint(0, row.top())).y() - _MARGIN
    dense = picture.devicePixelRatio()
    rect = QRect(0, round(top * dense), picture.width(), round((row.height() + 60) * dense))
    picture.copy(rect).save(f"{name}.png")
    harness.view.setFocus()
    user_input.process_events()


def _take_windows(harness: InputsHarness, name: Path) -> None:
    for key in (all_input_kinds.PROMPT, all_input_kinds.EXTRA):
        harness.view.commands.open_full_text(key)
        user_input.process_events()
        dialog = next(
            each for each in harness.panel.findChildren(FullTextDialog) if each.isVisible()
        )
        dialog.grab().save(f"{name}-window-{key.name}.png")
        dialog.close()
        user_input.process_events()


def main() -> None:
    app = QApplication([])
    font = QFont("DejaVu Sans")
    font.setPointSize(10)
    app.setFont(font)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    loop = create_loop(app)
    asyncio.set_event_loop(loop)
    loop.run_until_complete(take_screenshots(folder))


if __name__ == "__main__":
    main()
