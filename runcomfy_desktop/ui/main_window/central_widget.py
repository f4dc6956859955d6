"""The centre of the window: a message, or the page of the session, with the notice line below."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

_MIN_PAGE_HEIGHT = 11 * STEP


class CentralAction(Enum):
    """Actions of the button below a message."""

    NONE = "none"
    OPEN_FILE = "open_file"
    ASK_AGAIN = "ask_again"
    DEMO = "demo"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class CentralMessage:
    """Message in an empty centre, with at most one button."""

    text: str
    icon: str = ""
    button: str = ""
    action: CentralAction = CentralAction.NONE


class PageStack(QStackedWidget):
    """Shows a message, or one of the pages that are added to it.

    Emits `action_requested` with the CentralAction of a message whose button is pressed.
    """

    action_requested = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = EmptyState(parent=self)
        self._message_action = CentralAction.NONE
        self._message.pressed.connect(lambda: self.action_requested.emit(self._message_action))
        self.addWidget(self._message)

    def show_message(self, message: CentralMessage) -> None:
        self._message_action = message.action
        self._message.show_message(message.text, icon=message.icon, button=message.button)
        self.setCurrentWidget(self._message)

    def show_page(self, page: QWidget) -> None:
        """Shows a page, which is added when it is first shown."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
        self.setCurrentWidget(page)


class CentralWidget(QWidget):
    """Shows the page of the session, or a message without one, with `notice_line` below it.

    Emits `demo_requested`, and `retry_requested` for a session that could not start.
    """

    demo_requested = Signal()
    retry_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pages = PageStack(self)
        self.notice_line = NoticeLine(self)
        self.setObjectName("centre")
        _ShrinkingPagesLayout(self._pages, self).addWidget(self.notice_line)
        self._pages.action_requested.connect(self._on_action_requested)

    def show_message(self, message: CentralMessage) -> None:
        self._pages.show_message(message)

    def show_page(self, page: QWidget) -> None:
        """Shows a session's page, until a message is shown or the page is deleted."""
        self._pages.show_page(page)

    def _on_action_requested(self, action: CentralAction) -> None:
        if action is CentralAction.DEMO:
            self.demo_requested.emit()
        elif action is CentralAction.RETRY:
            self.show_message(CentralMessage(_("Starting…")))
            self.retry_requested.emit()


class _ShrinkingPagesLayout(QVBoxLayout):
    """Layout in which `pages` shrink for the widgets below.

    In a low window, nothing else makes space for those widgets.
    """

    def __init__(self, pages: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._pages = pages
        pages.setMinimumHeight(_MIN_PAGE_HEIGHT)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.addWidget(pages, 1)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        return super().minimumSize().expandedTo(self._pages.minimumSizeHint())
