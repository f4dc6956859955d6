"""Messages by an icon beside the clock, for systems without the other service.

The icon is there only while a message is: this program lives in its window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSystemTrayIcon

from runcomfy_desktop import APP_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QIcon

    from runcomfy_desktop.core.attention import Message


class Tray:
    """Shows messages at an icon with this `picture`; `wanted` is called with the job_id of one that
    was pressed."""

    def __init__(self, wanted: Callable[[str], object], picture: QIcon) -> None:
        self._wanted = wanted
        self._picture = picture
        self._icon: QSystemTrayIcon | None = None
        self._job_id = ""

    def show(self, message: Message) -> bool:
        """Whether there is a place for it."""
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return False
        if self._icon is None:
            self._icon = QSystemTrayIcon(self._picture)
            self._icon.setToolTip(APP_NAME)
            self._icon.messageClicked.connect(self._on_icon_pressed)
            self._icon.activated.connect(self._on_icon_pressed)
        self._job_id = message.job_id
        self._icon.show()
        self._icon.showMessage(message.title, message.detail)
        return True

    def withdraw(self) -> None:
        if self._icon is not None:
            self._icon.hide()

    def close(self) -> None:
        icon, self._icon = self._icon, None
        if icon is not None:
            icon.hide()
            icon.deleteLater()

    def _on_icon_pressed(self) -> None:
        self._wanted(self._job_id)
        self.withdraw()
