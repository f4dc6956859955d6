"""Makes Escape in a completer's list restore the typed text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QCompleter


class PopupEscapeFilter(QObject):
    """Calls `restore` when Escape closes a completer's list.

    The arrow keys in the list write the highlighted choice into the field, and Qt leaves it there.
    """

    def __init__(self, completer: QCompleter, restore: Callable[[], None]) -> None:
        super().__init__(completer)
        self._restore = restore
        popup = completer.popup()
        assert popup is not None
        popup.installEventFilter(self)

    def eventFilter(self, _popup: QObject, event: QEvent) -> bool:
        is_press = event.type() is QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._restore()
        return False
