"""Notice line: one message at a time below the inputs, which it never covers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import STEP, scaled
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button, link_button, literal
from runcomfy_desktop.ui.widgets.labels import plain_label, with_break_points
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent, QResizeEvent

MAX_NOTICES = 5
HEIGHT = 8 * STEP
_DISPLAY_MS = 8_000
# For warnings, and for notices with a button: Undo may be offered nowhere else.
_LONG_DISPLAY_MS = 20_000
_DISPLAY_PER_CHAR_MS = 50
_GAP = 2 * STEP
_MIN_LINES, _MAX_LINES = 2, 5
_MIN_TECHNICAL_LINES, _MAX_TECHNICAL_LINES = 3, 7
_ICONS = {
    NoticeLevel.INFO: ("info", "accent"),
    NoticeLevel.WARNING: ("warning", "warning"),
    NoticeLevel.ERROR: ("error", "error"),
}
"""Icon of each level and its colour in the theme."""


class NoticeLine(QFrame):
    """Shows the newest notice, which is the last of `notices`; the others wait behind it.

    A notice that is already present is not shown twice, and a notice replaces an older one with the
    same subject. Notices that need no answer disappear automatically: information, and warnings
    without a button, unless they have technical details. Errors stay until they are closed. A
    notice under the pointer or with the focus is not replaced by a newer one. When another notice
    appears, presses are ignored for half a second. If there are too many notices, the oldest is
    dropped, first among those that would disappear automatically, then among those without a
    button. Emits `removed` with a notice that was removed.
    """

    removed = Signal(object)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.setObjectName("notice_line")
        set_accessible_role(self, QAccessible.Role.AlertMessage)
        self._notices: list[Notice] = []
        # False after the user has pressed a notice's button: the next notice may be the result, so
        # it is shown even if the pointer is over the current one.
        self._is_answered = True
        self._icon_label = QLabel(self)
        self._icon = TintedIcon(self._icon_label)
        self._title = plain_label("", "notice_title", self, wrap=True)
        self._detail = plain_label("", "notice_detail", self, wrap=True)
        self._technical = QPlainTextEdit(self)
        self._action = link_button("", "notice_action", self)
        self._more = link_button(_("Details"), "notice_details", self)
        self._copy = link_button(_("Copy"), "notice_copy", self)
        self._next = link_button("", "notice_next", self)
        self._close = icon_button(_("Close this message"), "notice_close", self)
        TintedIcon(self._close, "close")
        buttons = (self._action, self._more, self._copy, self._next, self._close)
        self._guards = [PressGuard(button, now) for button in buttons]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._grid = QGridLayout()
        self._buttons = QWidget(self)
        self._scroll = _NoticeTextArea(self)
        self._texts = QWidget(self._scroll)
        self._build()
        self._connect()
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All notices, from the oldest to the visible one."""
        return tuple(self._notices)

    def show_notice(self, notice: Notice) -> None:
        at = self._insert_position(notice)
        show = self._show_last if at == len(self._notices) else self._show_count
        self._notices.insert(at, notice)
        self._drop_excess()
        show()
        text = f"{notice.title} {notice.detail}".strip()
        announce(self, text, urgent=notice.level is NoticeLevel.ERROR)

    def withdraw(self, title: str = "", *, about: str = "") -> None:
        """Removes the notices with this title or subject, because they are no longer true."""
        for notice in self.notices:
            if (title and notice.title == title) or (about and notice.subject == about):
                self._remove(notice)

    def clear(self) -> None:
        for notice in self.notices:
            self._remove(notice)

    def _insert_position(self, notice: Notice) -> int:
        """Removes the notices that `notice` replaces; returns the position of the new one."""
        shown = self._notices[-1] if self._notices else None
        replaced = [
            each
            for each in self._notices
            if _is_same_notice(each, notice) or (notice.subject and each.subject == notice.subject)
        ]
        for each in replaced:
            self._notices.remove(each)
            if not _is_same_notice(each, notice):
                self.removed.emit(each)
        keeps_shown = shown is not None and shown not in replaced and self._is_hovered_or_focused()
        keeps_shown, self._is_answered = keeps_shown and self._is_answered, True
        return len(self._notices) - (1 if keeps_shown else 0)

    def _drop_excess(self) -> None:
        waiting = self._notices[:-1]
        waiting.sort(key=lambda each: (not _is_auto_dismissed(each), bool(each.action_text)))
        for each in waiting[: max(0, len(self._notices) - MAX_NOTICES)]:
            self._notices.remove(each)
            self.removed.emit(each)

    def _remove(self, notice: Notice) -> None:
        show = self._show_last if notice is self._notices[-1] else self._show_count
        self._notices.remove(notice)
        show()
        self.removed.emit(notice)

    # Display

    def _build(self) -> None:
        self._title.setFont(scaled(self.font(), 1.0, bold=True))
        self._more.setCheckable(True)
        self._technical.setObjectName("notice_technical")
        self._technical.setAccessibleName(_("Technical details"))
        self._technical.setReadOnly(True)
        line_height = self.fontMetrics().lineSpacing()
        self._technical.setMinimumHeight(_MIN_TECHNICAL_LINES * line_height)
        self._technical.setMaximumHeight(_MAX_TECHNICAL_LINES * line_height)
        texts = QGridLayout(self._texts)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setHorizontalSpacing(_GAP)
        texts.setVerticalSpacing(0)
        texts.addWidget(self._title, 0, 0)
        texts.addWidget(self._detail, 0, 1)
        self._scroll.setObjectName("notice_scroll")
        self._scroll.setWidget(self._texts)
        buttons = (self._action, self._more, self._copy, self._next)
        row(*buttons, owner=self._buttons, spacing=3 * STEP)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(STEP)
        # Not the minimum height of the whole widget: in a low window that would cut the text off.
        self._grid.setRowMinimumHeight(0, HEIGHT - STEP)
        self._grid.addWidget(self._close, 0, 4)
        margins = (3 * STEP, STEP // 2, _GAP, STEP // 2)
        column(self._grid, self._technical, owner=self, spacing=STEP, margins=margins)

    def _show_last(self) -> None:
        self._timer.stop()
        self._technical.hide()
        self._copy.hide()
        self._more.setChecked(False)
        if not self._notices:
            self.hide()
            return
        for guard in self._guards:
            guard.change_meaning()
        notice = self._notices[-1]
        self._set_level(notice.level)
        self._icon.show(*_ICONS[notice.level])
        self.setAccessibleName(" ".join(filter(None, (notice.title, notice.detail))))
        self._title.setText(with_break_points(notice.title))
        self._detail.setText(with_break_points(notice.detail))
        self._detail.setVisible(bool(notice.detail))
        self._action.setText(literal(notice.action_text))
        self._action.setAccessibleName(notice.action_text)
        self._action.setVisible(bool(notice.action_text))
        self._more.setVisible(bool(notice.technical))
        self._technical.setPlainText(notice.technical)
        self._show_count()
        self._arrange()
        self.show()
        self._start_timer()

    def _set_level(self, level: NoticeLevel) -> None:
        if self.property("level") != level.value:
            self.setProperty("level", level.value)
            # The style sheet rereads a property only on request.
            self.style().unpolish(self)
            self.style().polish(self)

    def _show_count(self) -> None:
        others = len(self._notices) - 1
        self._next.setVisible(others > 0)
        self._next.setText(n_("%d more", "%d more", others) % others)
        name = n_("Show the %d other message", "Show the next of %d other messages", others)
        self._next.setAccessibleName(name % others)
        self._next.setToolTip(name % others)

    def _arrange(self) -> None:
        """Puts everything on one line if it fits, else the buttons below the text.

        Long text scrolls, so that the inputs above keep their space.
        """
        text_width = sum(_line_width(label) + _GAP for label in (self._title, self._detail))
        available_width = (
            self.width() - ICON_SIZE.width() - self._close.sizeHint().width() - 4 * _GAP - STEP
        )
        is_one_line = text_width + self._buttons.sizeHint().width() + 2 * _GAP <= available_width
        self._layout_texts(text_width if is_one_line else available_width, is_one_line=is_one_line)
        flags, grid = Qt.AlignmentFlag, self._grid
        side = flags.AlignVCenter if is_one_line else flags.AlignTop
        for widget in (self._icon_label, self._scroll, self._buttons):
            grid.removeWidget(widget)
        grid.addWidget(self._icon_label, 0, 0, side)
        if is_one_line:
            grid.addWidget(self._scroll, 0, 1, flags.AlignVCenter)
            grid.addWidget(self._buttons, 0, 2)
        else:
            grid.addWidget(self._scroll, 0, 1, 1, 3)
            grid.addWidget(self._buttons, 1, 1, 1, 3, flags.AlignLeft)
        grid.setAlignment(self._close, side)
        grid.setColumnStretch(1, not is_one_line)
        grid.setColumnStretch(3, is_one_line)

    def _layout_texts(self, width: int, *, is_one_line: bool) -> None:
        texts = self._texts.layout()
        assert isinstance(texts, QGridLayout)
        texts.removeWidget(self._detail)
        texts.addWidget(self._detail, 0 if is_one_line else 1, 1 if is_one_line else 0)
        labels = [label for label in (self._title, self._detail) if label.text()]
        for label in labels:
            label.setMinimumWidth(_line_width(label) if is_one_line else 0)
        if is_one_line:
            heights = (label.heightForWidth(_line_width(label)) for label in labels)
            height = text_height = max(heights, default=0)
        else:
            text_height = sum(label.heightForWidth(width) for label in labels)
            height = min(text_height, self._max_lines() * self.fontMetrics().lineSpacing())
        self._scroll.set_size_for_text(QSize(width, height), text_height)

    def _max_lines(self) -> int:
        """Returns the maximum number of text lines, at least 2 and at most 5.

        Within these limits, three quarters of the height are left to the inputs.
        """
        parent = self.parentWidget()
        available_height = 0 if parent is None else parent.height() // 4
        lines = available_height // self.fontMetrics().lineSpacing()
        return min(max(lines, _MIN_LINES), _MAX_LINES)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._notices and event.size().width() != event.oldSize().width():
            self._arrange()

    # Display time

    def _start_timer(self) -> None:
        """Starts the timer of a notice that disappears automatically."""
        notice = self._notices[-1]
        if _is_auto_dismissed(notice):
            is_plain = notice.level is NoticeLevel.INFO and not notice.action_text
            char_count = len(notice.title) + len(notice.detail)
            display_ms = _DISPLAY_MS if is_plain else _LONG_DISPLAY_MS
            self._timer.start(max(display_ms, _DISPLAY_PER_CHAR_MS * char_count))

    def _is_hovered_or_focused(self) -> bool:
        """Returns True if the notice is under the pointer or contains the focus."""
        focused = QApplication.focusWidget()
        is_in_it = focused is not None and self.isAncestorOf(focused)
        return self.isVisible() and (self.underMouse() or is_in_it)

    # Buttons

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_timer_timeout)
        self._close.clicked.connect(lambda: self._remove(self._notices[-1]))
        self._action.clicked.connect(self._on_action_clicked)
        self._next.clicked.connect(self._on_next_clicked)
        self._more.toggled.connect(self._on_more_toggled)
        self._copy.clicked.connect(self._on_copy_clicked)

    def _on_timer_timeout(self) -> None:
        # A warning that appeared while the user was in another program has not been read.
        if self._is_hovered_or_focused() or not self.isActiveWindow():
            self._start_timer()
        else:
            self._remove(self._notices[-1])

    def _on_action_clicked(self) -> None:
        notice = self._notices[-1]
        self._remove(notice)
        self._is_answered = False
        if notice.action is not None:
            notice.action()

    def _on_next_clicked(self) -> None:
        self._notices.insert(0, self._notices.pop())
        self._show_last()

    def _on_more_toggled(self, checked: bool) -> None:
        self._technical.setVisible(checked)
        self._copy.setVisible(checked)
        self._arrange()

    def _on_copy_clicked(self) -> None:
        notice = self._notices[-1]
        parts = (notice.title, notice.detail, notice.technical)
        QGuiApplication.clipboard().setText("\n".join(filter(None, parts)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._notices:
            self._remove(self._notices[-1])
            return
        super().keyPressEvent(event)


class _NoticeTextArea(QScrollArea):
    """Scroll area for text that may be too high; it can always become narrower."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = QSize(0, 0)
        self.setAccessibleName(_("Message"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_size_for_text(self, size: QSize, text_height: int) -> None:
        """Sets the size of the area for text with a height of `text_height` pixels."""
        scrolls = text_height > size.height()
        bar, focus = Qt.ScrollBarPolicy, Qt.FocusPolicy
        self.setVerticalScrollBarPolicy(
            bar.ScrollBarAsNeeded if scrolls else bar.ScrollBarAlwaysOff
        )
        # The area needs the focus only for scrolling with keys.
        self.setFocusPolicy(focus.TabFocus if scrolls else focus.NoFocus)
        self._size = size
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._size

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._size.height())


def _line_width(label: QLabel) -> int:
    """Returns the width of the label's text on one line; 0 if the label is empty."""
    text = label.text()
    return label.fontMetrics().horizontalAdvance(text) + STEP if text else 0


def _is_auto_dismissed(notice: Notice) -> bool:
    """Returns True if a notice disappears automatically, because it needs no answer."""
    is_warning = notice.level is NoticeLevel.WARNING and not notice.action_text
    return not notice.technical and (notice.level is NoticeLevel.INFO or is_warning)


def _is_same_notice(one: Notice, other: Notice) -> bool:
    """Returns True if two notices have the same texts and the same subject."""
    texts = (one.title, one.detail, one.action_text, one.subject)
    return texts == (other.title, other.detail, other.action_text, other.subject)
