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

    from runcomfy_desktop.core.jobs.job_notifier import JobNotification


class TrayMessages:
    """Shows messages at an icon with this `icon`; `on_activated` is called with the job_id of one
    that was pressed."""

    def __init__(self, on_activated: Callable[[str], object], icon: QIcon) -> None:
        self._on_activated = on_activated
        self._icon = icon
        self._tray_icon: QSystemTrayIcon | None = None
        self._job_id = ""

    def show(self, notification: JobNotification) -> bool:
        """Whether there is a place for it."""
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return False
        if self._tray_icon is None:
            self._tray_icon = QSystemTrayIcon(self._icon)
            self._tray_icon.setToolTip(APP_NAME)
            self._tray_icon.messageClicked.connect(self._on_icon_pressed)
            self._tray_icon.activated.connect(self._on_icon_pressed)
        self._job_id = notification.job_id
        self._tray_icon.show()
        self._tray_icon.showMessage(notification.title, notification.detail)
        return True

    def withdraw(self) -> None:
        if self._tray_icon is not None:
            self._tray_icon.hide()

    def close(self) -> None:
        tray_icon, self._tray_icon = self._tray_icon, None
        if tray_icon is not None:
            tray_icon.hide()
            tray_icon.deleteLater()

    def _on_icon_pressed(self) -> None:
        self._on_activated(self._job_id)
        self.withdraw()
