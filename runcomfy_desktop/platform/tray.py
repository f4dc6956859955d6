"""Notifications by a tray icon, for systems without the notification service.

The icon exists only while a message is shown: the program has no permanent tray icon.
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
    """Shows messages at a tray icon.

    `on_activated` is called with the job_id of a message that was clicked.
    """

    def __init__(self, on_activated: Callable[[str], object], icon: QIcon) -> None:
        self._on_activated = on_activated
        self._icon = icon
        self._tray_icon: QSystemTrayIcon | None = None
        self._job_id = ""

    def show(self, notification: JobNotification) -> bool:
        """Shows a message; returns False if there is no system tray."""
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
