"""A shrunk picture, as the service receives it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog
from tests.gui.support import photo_files, user_input
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction

    from runcomfy_desktop.domain.base.json_value import Json

IMAGE = InputKey("189", "image")


def media(program: GuiProgram) -> MediaFile | None:
    draft = program.services.draft_editor.state.draft
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
    path.write_bytes(photo_files.encode_image(photo_files.photo((800, 600)), "PNG"))
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        panel = program.session.inputs
        panel.jump_to(IMAGE)
        await process_events_async()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        place = panel.view.visualRect(panel.model.index_of(IMAGE)).center()
        assert user_input.drop(panel.view.viewport(), data, place)
        await wait_until(lambda: media(program) is not None)
        await process_events_async()
        assert not program.services.draft_editor.state.blocked_reason
        well = panel.media_fields.media_field(IMAGE)
        assert well is not None
        await program.click(user_input.find(well, QAbstractButton, "media_change_size"))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        chosen(menu, "shrink_this_picture").trigger()
        menu.close()
        dialog = program.window.findChild(ShrinkDialog)
        assert isinstance(dialog, ShrinkDialog)
        use = user_input.find(dialog, QAbstractButton, "shrink_use")
        await wait_until(use.isEnabled)
        user_input.key(dialog, Qt.Key.Key_Return)
        await wait_until(lambda: "Shrink" in program.services.draft_editor.state.undo_text)
        await process_events_async()
        assert not program.services.draft_editor.state.blocked_reason
        await program.press("run")
        await wait_until(lambda: program.emulator.backend.runs)
        run = next(iter(program.emulator.backend.runs.values()))
        head, _comma, body = sent_value(run.submit_request.overrides, IMAGE).partition(",")
        assert head == "data:image/jpeg;base64"
        picture = base64.b64decode(body)
        assert len(picture) <= INLINE_LIMIT_BYTES
        small = media(program)
        assert small is not None
        assert photo_files.decode_image(picture).size == (small.width, small.height)
