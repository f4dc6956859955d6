"""What a person does with a media well, and what is read in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QAbstractButton

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import hands
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.media_well import MediaWell
    from tests.gui.support.bench import Bench


def media_workflow() -> JsonObject:
    """One node for each kind of file."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
        "2": {"class_type": "LoadVideo", "inputs": {"file": "clip.mp4"}},
        "3": {"class_type": "LoadAudio", "inputs": {"audio": "song.mp3"}},
        "4": {"class_type": "Load3D", "inputs": {"model_file": "chair.glb"}},
    }


def file_at(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return str(path)


def files(paths: Iterable[str]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def well(bench: Bench, key: InputKey) -> MediaWell:
    bench.row_rect(key)
    found = bench.panel.wells.well(key)
    assert found is not None, f"no well over {key}"
    return found


def text(bench: Bench, name: str, key: InputKey) -> str:
    return hands.find(well(bench, key), ElidedLabel, f"media_{name}").text()


def buttons(bench: Bench, key: InputKey) -> dict[str, str]:
    """The buttons that are there, by what they are called here."""
    return {
        each.objectName().removeprefix("media_"): each.text()
        for each in well(bench, key).findChildren(QAbstractButton)
        if each.isVisible()
    }


def press(bench: Bench, name: str, key: InputKey) -> None:
    hands.press(hands.find(well(bench, key), QAbstractButton, f"media_{name}"))


def drop(bench: Bench, key: InputKey, *paths: str) -> None:
    at = bench.row_rect(key).center()
    assert hands.drop(bench.view.viewport(), files(paths), at)


async def media(bench: Bench, key: InputKey) -> MediaFile:
    await until(lambda: isinstance(bench.draft.value(key), MediaFile))
    value = bench.draft.value(key)
    assert isinstance(value, MediaFile)
    return value
