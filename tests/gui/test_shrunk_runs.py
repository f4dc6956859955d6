"""A picture that was made small, as the service gets it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.media.shrink_dialog import ShrinkDialog
from tests.gui.support import hands, photos
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction

    from runcomfy_desktop.domain.json_value import Json

IMAGE = InputKey("189", "image")


def media(house: House) -> MediaFile | None:
    draft = house.parts.workbench.state.draft
    value = None if draft is None else draft.value(IMAGE)
    return value if isinstance(value, MediaFile) else None


def chosen(menu: QMenu, name: str) -> QAction:
    return next(each for each in menu.actions() if each.objectName() == name)


def sent_value(overrides: Json, key: InputKey) -> str:
    match overrides:
        case {key.node_id: {"inputs": {key.name: str() as value}}}:
            return value
    raise AssertionError(overrides)


async def test_the_service_gets_the_small_one(tmp_path: Path) -> None:
    path = tmp_path / "beach.png"
    path.write_bytes(photos.saved(photos.photo((800, 600)), "PNG"))
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        panel.jump_to(IMAGE)
        await turn()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        place = panel.view.visualRect(panel.model.index_of(IMAGE)).center()
        assert hands.drop(panel.view.viewport(), data, place)
        await until(lambda: media(house) is not None)
        await turn()
        assert not house.parts.workbench.state.blocked
        well = panel.wells.well(IMAGE)
        assert well is not None
        await house.click(hands.find(well, QAbstractButton, "media_change_size"))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        chosen(menu, "shrink_this_picture").trigger()
        menu.close()
        dialog = panel.findChild(ShrinkDialog)
        assert isinstance(dialog, ShrinkDialog)
        use = hands.find(dialog, QAbstractButton, "shrink_use")
        await until(use.isEnabled)
        hands.key(dialog, Qt.Key.Key_Return)
        await until(lambda: "Shrink" in house.parts.workbench.state.undo_text)
        await turn()
        assert not house.parts.workbench.state.blocked
        await house.press("run")
        await until(lambda: house.emulator.world.runs)
        run = next(iter(house.emulator.world.runs.values()))
        head, _comma, body = sent_value(run.order.overrides, IMAGE).partition(",")
        assert head == "data:image/jpeg;base64"
        picture = base64.b64decode(body)
        assert len(picture) <= INLINE_LIMIT_BYTES
        small = media(house)
        assert small is not None
        assert photos.opened(picture).size == (small.width, small.height)
