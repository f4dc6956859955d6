"""Functions that operate media fields and read their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QAbstractButton

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import user_input
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.media_fields.media_field import MediaField
    from tests.gui.support.inputs_harness import InputsHarness


def media_workflow() -> JsonObject:
    """Returns a workflow with one node for each kind of file."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
        "2": {"class_type": "LoadVideo", "inputs": {"file": "clip.mp4"}},
        "3": {"class_type": "LoadAudio", "inputs": {"audio": "song.mp3"}},
        "4": {"class_type": "Load3D", "inputs": {"model_file": "chair.glb"}},
    }


def write_file(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return str(path)


def file_urls(paths: Iterable[str]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def media_field(harness: InputsHarness, key: InputKey) -> MediaField:
    harness.row_rect(key)
    found = harness.panel.media_fields.media_field(key)
    assert found is not None, f"no well over {key}"
    return found


def label_text(harness: InputsHarness, name: str, key: InputKey) -> str:
    return user_input.find(media_field(harness, key), ElidedLabel, f"media_{name}").text()


def visible_buttons(harness: InputsHarness, key: InputKey) -> dict[str, str]:
    """Returns the labels of an input's visible buttons, by button name."""
    return {
        each.objectName().removeprefix("media_"): each.text()
        for each in media_field(harness, key).findChildren(QAbstractButton)
        if each.isVisible()
    }


def press_button(harness: InputsHarness, name: str, key: InputKey) -> None:
    user_input.press(user_input.find(media_field(harness, key), QAbstractButton, f"media_{name}"))


def drop_files(harness: InputsHarness, key: InputKey, *paths: str) -> None:
    at = harness.row_rect(key).center()
    assert user_input.drop(harness.view.viewport(), file_urls(paths), at)


async def media_value(harness: InputsHarness, key: InputKey) -> MediaFile:
    await wait_until(lambda: isinstance(harness.draft.value(key), MediaFile))
    value = harness.draft.value(key)
    assert isinstance(value, MediaFile)
    return value
