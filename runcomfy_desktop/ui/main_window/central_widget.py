"""The centre of the window: a message, or the page of the session, with the notice line below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QSize

_MIN_PAGE_HEIGHT = 11 * STEP


@dataclass(frozen=True, slots=True)
class CentralMessage:
    """Message in an empty centre, with at most one button, which calls `action`."""

    text: str
    icon: str = ""
    button: str = ""
    action: Callable[[], object] = lambda: None


class PageStack(QStackedWidget):
    """Shows a message, or one of the pages that are added to it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = CentralMessage("")
        self._message_page = EmptyState(self)
        self._message_page.pressed.connect(lambda: self._message.action())
        self.addWidget(self._message_page)

    def show_message(self, message: CentralMessage) -> None:
        self._message = message
        self._message_page.show_message(message.text, icon=message.icon, button=message.button)
        self.setCurrentWidget(self._message_page)

    def show_page(self, page: QWidget) -> None:
        """Shows a page, which is added when it is first shown."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
        self.setCurrentWidget(page)


class CentralWidget(QWidget):
    """`pages` with the page of the session, or a message without one; `notice_line` is below them.

    The page of a session is shown until a message is shown or the page is deleted.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pages = PageStack(self)
        self.notice_line = NoticeLine(self)
        self.setObjectName("centre")
        _ShrinkingPagesLayout(self.pages, self).addWidget(self.notice_line)


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
