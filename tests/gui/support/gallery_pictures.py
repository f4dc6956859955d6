"""Takes pictures of every kind of input, at rest and with its editor open, to be looked at.

`python -m tests.gui.support.gallery_pictures FOLDER`, with QT_SCALE_FACTOR=2 for dense screens.
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

from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.loop import create_loop
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.inputs.full_text import FullText
from tests.gui.support import gallery, hands
from tests.gui.support.bench import Bench, shown_bench

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey

_AROUND = 20


async def take(folder: Path) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    for look in (Theme.LIGHT, Theme.DARK):
        theme.apply(app, look)
        with tempfile.TemporaryDirectory() as shelf:
            async with shown_bench(Path(shelf), height=2000) as bench:
                bench.open(gallery.WORKFLOW, classes=gallery.object_info())
                bench.picture().save(str(folder / f"{look.value}-{scale}-at-rest.png"))
                for key in list(bench.draft.workflow.input_keys()):
                    spec = bench.model.spec_of(key)
                    if spec.kind.editable and not spec.kind.is_media:
                        _take_open(bench, key, folder / f"{look.value}-{scale}-{key.name}")
                _take_windows(bench, folder / f"{look.value}-{scale}")


def _take_open(bench: Bench, key: InputKey, name: Path) -> None:
    bench.stand_on(key)
    bench.view.deeds.activate(bench.model.index_of(key), key, Qt.Key.Key_F2)
    hands.settle()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.grab().save(f"{name}-list.png")
        popup.hide()
    picture = bench.picture()
    row = bench.view.row_rect(bench.model.index_of(key))
    top = bench.view.viewport().mapTo(bench.panel, QPoint(0, row.top())).y() - _AROUND
    dense = picture.devicePixelRatio()
    place = QRect(0, round(top * dense), picture.width(), round((row.height() + 60) * dense))
    picture.copy(place).save(f"{name}.png")
    bench.view.setFocus()
    hands.settle()


def _take_windows(bench: Bench, name: Path) -> None:
    for key in (gallery.PROMPT, gallery.EXTRA):
        bench.view.deeds.open_full(key)
        hands.settle()
        dialog = next(each for each in bench.panel.findChildren(FullText) if each.isVisible())
        dialog.grab().save(f"{name}-window-{key.name}.png")
        dialog.close()
        hands.settle()


def main() -> None:
    app = QApplication([])
    font = QFont("DejaVu Sans")
    font.setPointSize(10)
    app.setFont(font)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    loop = create_loop(app)
    asyncio.set_event_loop(loop)
    loop.run_until_complete(take(folder))


if __name__ == "__main__":
    main()
