"""The dialogs of the image tools tell of a decoder that raises, instead of waiting for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QProgressBar, QWidget

from runcomfy_desktop.domain.media.masks import MaskChannel
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.image_tools.mask_dialog import MaskDialog
from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader, set_up_qt
from tests.gui.support.scripted_queue import picture
from tests.gui.support.user_input import find, wait_until

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.logs_errors]

MEDIA = MediaFile("cat.png", "cat.png", "", "image/png", 100, 60, 40)


@pytest.fixture(autouse=True)
def _failing_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_reader: SafeImageReader, _size: object = None) -> None:
        raise MemoryError

    # The first picture would be read with the reader that fails.
    set_up_qt()
    monkeypatch.setattr(SafeImageReader, "read", fail)


def assert_told(dialog: QWidget, picture_name: str, prefix: str) -> None:
    shown, progress = find(dialog, QWidget, picture_name), f"{prefix}_progress"
    wait_until(lambda: "cannot be read" in shown.accessibleDescription())
    assert find(dialog, QProgressBar, progress).isHidden()
    use_button = find(dialog, QAbstractButton, f"{prefix}_use")
    assert not use_button.isEnabled()
    assert use_button.accessibleDescription() == shown.accessibleDescription()


def test_the_mask_dialog_tells_of_it(tmp_path: Path) -> None:
    window, tasks = QWidget(), BackgroundTasks()
    dialog = MaskDialog(MEDIA, MaskChannel.ALPHA, tasks, window)
    dialog.start(Path(picture(tmp_path, "cat.png")))
    assert_told(dialog, "mask_canvas", "mask")


def test_the_shrink_dialog_tells_of_it(tmp_path: Path) -> None:
    window, tasks = QWidget(), BackgroundTasks()
    dialog = ShrinkDialog(MEDIA, tasks, window)
    dialog.start(Path(picture(tmp_path, "cat.png")))
    assert_told(dialog, "shrink_compare", "shrink")
