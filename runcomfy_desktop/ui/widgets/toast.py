"""Toasts: notices at the bottom of the window that never take the keyboard or stop anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.labels import breakable, plain_label
from runcomfy_desktop.ui.widgets.roles import speak_as

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

MAX_TOASTS = 3
_WIDTH = 130 * STEP
_LIFE_MS = 6_000
_LIFE_PER_LETTER_MS = 50
_ICON_SIZE = QSize(20, 20)
_TECHNICAL_LINES = 7
_ICONS = {
    NoticeLevel.INFO: "info",
    NoticeLevel.WARNING: "warning",
    NoticeLevel.ERROR: "error",
}


class ToastStack(QWidget):
    """The notices in view, newest at the bottom, in the middle of `parent`'s lower edge.

    A notice that is on screen already is not shown twice, and one about the same thing as an older
    one takes its place. Information goes by itself; warnings and errors stay until they are closed.
    When there are too many the oldest one leaves, first of those that have no button. Emits `left`
    with a notice that is not on screen any more.
    """

    left = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toasts")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * STEP)
        # What is left over stays above, so that each notice is as high as its words.
        self._layout.addStretch(1)
        self._toasts: list[Toast] = []
        parent.installEventFilter(self)
        self.hide()

    @property
    def toasts(self) -> tuple[Toast, ...]:
        return tuple(self._toasts)

    def tell(self, notice: Notice) -> None:
        for toast in self._toasts:
            if _words(toast.notice) == _words(notice):
                # What its button does is about what has happened now.
                toast.notice = notice
                toast.begin_life()
                return
        if notice.about:
            self.withdraw(about=notice.about)
        oldest = sorted(self._toasts, key=lambda each: bool(each.notice.action_text))
        for each in oldest[: max(0, len(self._toasts) + 1 - MAX_TOASTS)]:
            self._remove(each)
        toast = Toast(notice, self)
        toast.closed.connect(self._remove)
        toast.resized.connect(self._place)
        self._toasts.append(toast)
        self._layout.addWidget(toast)
        self.show()
        self._place()
        toast.begin_life()
        text = f"{notice.title} {notice.detail}".strip()
        announce(self, text, urgent=notice.level is NoticeLevel.ERROR)

    def withdraw(self, title: str = "", *, about: str = "") -> None:
        """Takes back what is no longer true: what has this title, or is about this."""
        for toast in self.toasts:
            notice = toast.notice
            if (title and notice.title == title) or (about and notice.about == about):
                self._remove(toast)

    def clear(self) -> None:
        for toast in self.toasts:
            self._remove(toast)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._layout.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
            self.left.emit(toast.notice)
        self.setVisible(bool(self._toasts))
        self._place()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None or not self._toasts:
            return
        width = min(_WIDTH, parent.width() - 8 * STEP)
        height = self._show_what_fits(width, parent.height() - 4 * STEP)
        left = (parent.width() - width) // 2
        self.setGeometry(left, parent.height() - height - 4 * STEP, width, height)
        self.raise_()

    def _show_what_fits(self, width: int, room: int) -> int:
        """Shows the newest notices that stand whole in `room`; returns the height they take.

        The older ones wait behind them: squeezed together, no notice could be read.
        """
        taken = 0
        for toast in reversed(self._toasts):
            height = toast.height_for(width) + (2 * STEP if taken else 0)
            fits = not taken or taken + height <= room
            toast.setVisible(fits)
            taken = taken + height if fits else max(taken, room)
        shown = [toast.height_for(width) for toast in self._toasts if not toast.isHidden()]
        return min(room, sum(shown) + 2 * STEP * (len(shown) - 1))


class Toast(QFrame):
    """One notice. Emits `closed` when it is to go, `resized` when its Details fold."""

    closed = Signal(QWidget)
    resized = Signal()

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setObjectName("toast")
        speak_as(self, QAccessible.Role.AlertMessage)
        self.setAccessibleName(" ".join(filter(None, (notice.title, notice.detail))))
        self._icon = QLabel(self)
        self._title = plain_label(breakable(notice.title), "toast_title", self, wrap=True)
        self._detail = plain_label(breakable(notice.detail), "toast_detail", self, wrap=True)
        self._technical = QPlainTextEdit(notice.technical, self)
        self._action = text_button(notice.action_text, "toast_action", self)
        self._more = text_button(_("Details"), "toast_details", self)
        self._copy = text_button(_("Copy"), "toast_copy", self)
        self._close = icon_button(_("Close this message"), "toast_close", self)
        self._timer = QTimer(self)
        self._build()
        self._connect()

    def begin_life(self) -> None:
        """Counts again from now; only information goes by itself."""
        if self.notice.level is NoticeLevel.INFO and not self.notice.technical:
            letters = len(self.notice.title) + len(self.notice.detail)
            self._timer.start(_LIFE_MS + _LIFE_PER_LETTER_MS * letters)

    def height_for(self, width: int) -> int:
        layout = self.layout()
        assert layout is not None
        # What was hidden a moment ago still counts until the layout has looked again.
        layout.activate()
        return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())

    def _build(self) -> None:
        self._timer.setSingleShot(True)
        self.setProperty("level", self.notice.level.value)
        self._title.setFont(scaled(self.font(), 1.0, bold=True))
        self._title.setVisible(bool(self.notice.title))
        self._detail.setVisible(bool(self.notice.detail))
        self._action.setVisible(bool(self.notice.action_text))
        self._more.setVisible(bool(self.notice.technical))
        self._more.setCheckable(True)
        self._copy.hide()
        self._technical.hide()
        self._technical.setObjectName("toast_technical")
        self._technical.setAccessibleName(_("Technical details"))
        self._technical.setReadOnly(True)
        self._technical.setFixedHeight(_TECHNICAL_LINES * self.fontMetrics().lineSpacing())
        texts = QVBoxLayout()
        texts.setSpacing(STEP)
        texts.addWidget(self._title)
        texts.addWidget(self._detail)
        texts.addWidget(self._technical)
        if self.notice.action_text or self.notice.technical:
            texts.addSpacing(STEP)
            texts.addLayout(self._button_row())
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP, 3 * STEP, 2 * STEP, 3 * STEP)
        row.setSpacing(3 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._dress()

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        for button in (self._action, self._more, self._copy):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_timer_timeout)
        self._close.clicked.connect(self._on_close_clicked)
        self._action.clicked.connect(self._on_action_clicked)
        self._more.toggled.connect(self._on_more_toggled)
        self._copy.clicked.connect(self._on_copy_clicked)

    def _dress(self) -> None:
        roles = colours(self.palette())
        tone = {
            NoticeLevel.INFO: roles.accent,
            NoticeLevel.WARNING: roles.warning,
            NoticeLevel.ERROR: roles.error,
        }[self.notice.level]
        pixmap = icons.icon(_ICONS[self.notice.level], tone).pixmap(
            _ICON_SIZE, self.devicePixelRatioF()
        )
        self._icon.setPixmap(pixmap)
        self._close.setIcon(icons.icon("close", roles.muted))

    def _on_timer_timeout(self) -> None:
        # Who reads it or is in it with the keyboard gets more time.
        focused = QApplication.focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self.begin_life()
        else:
            self.closed.emit(self)

    def _on_close_clicked(self) -> None:
        self.closed.emit(self)

    def _on_action_clicked(self) -> None:
        self.closed.emit(self)
        if self.notice.action is not None:
            self.notice.action()

    def _on_more_toggled(self, checked: bool) -> None:
        self._technical.setVisible(checked)
        self._copy.setVisible(checked)
        self.resized.emit()

    def _on_copy_clicked(self) -> None:
        notice = self.notice
        parts = (notice.title, notice.detail, notice.technical)
        QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit(self)
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


def _words(notice: Notice) -> tuple[str, str, str]:
    return (notice.title, notice.detail, notice.action_text)
