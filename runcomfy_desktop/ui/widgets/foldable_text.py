"""Text of several lines, of which only the first are shown until the user unfolds it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from runcomfy_desktop.domain.base.plain_text import printable_text
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.labels import with_break_points
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QMouseEvent, QResizeEvent

# A label is laid out on the window's thread. The whole text can be copied.
_MAX_UNFOLDED_CHARS = 6_000
_MAX_FOLDED_CHARS = 1_000
_MIN_WIDTH = 8 * STEP
MIN_ROW_HEIGHT = 22
COPY_ICON = QSize(14, 14)
"""Size of the icons next to a value: with it, a button is as high as a row."""


class _FoldableLabel(QLabel):
    """Plain, selectable text that wraps; folded, it ends after some lines.

    Emits `fold_changed` when it shows less or more of its text than before.
    """

    fold_changed = Signal()

    def __init__(self, max_lines: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._max_lines = max_lines
        self._entries: tuple[str, ...] = ()
        self._is_list = self._is_unfolded = self._is_cut = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def entries(self) -> tuple[str, ...]:
        """Entries of a list, or the only text."""
        return self._entries

    @property
    def is_unfolded(self) -> bool:
        return self._is_unfolded

    @property
    def is_cut(self) -> bool:
        """True if some of the text is not shown while it is folded."""
        return self._is_cut

    def set_entries(self, entries: tuple[str, ...], *, is_list: bool) -> None:
        # A job is shown again at each change, which must not fold what the user is reading.
        if (entries, is_list) != (self._entries, self._is_list):
            self._entries, self._is_list = entries, is_list
            self.set_unfolded(is_unfolded=False)

    def set_unfolded(self, *, is_unfolded: bool) -> None:
        self._is_unfolded = is_unfolded
        self._update_text()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(50 * STEP, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(_MIN_WIDTH, self.fontMetrics().height())

    def heightForWidth(self, width: int) -> int:
        if self._is_unfolded:
            return super().heightForWidth(width)
        lines = self._line_count(self._folded_text(width)[0], width)
        return min(max(1, lines), self._max_lines) * self.fontMetrics().lineSpacing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._update_text()
            self.updateGeometry()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        is_click = event.button() is Qt.MouseButton.LeftButton and not self.hasSelectedText()
        if is_click and self._is_cut and not self._is_unfolded:
            self.set_unfolded(is_unfolded=True)

    def _update_text(self) -> None:
        text, self._is_cut = self._folded_text(self.width())
        self.setText(self._unfolded_text() if self._is_unfolded else text)
        self.fold_changed.emit()

    def _unfolded_text(self) -> str:
        text = printable_text("\n".join(self._entries), _MAX_UNFOLDED_CHARS)
        return with_break_points(text)

    def _folded_text(self, width: int) -> tuple[str, bool]:
        """Returns the text that fits into the lines, and whether it is not the whole text."""
        text = _on_one_line(", ".join(self._entries))
        ends = self._line_ends(text, width)
        if len(ends) <= self._max_lines:
            return text, sum(map(len, self._entries)) > _MAX_FOLDED_CHARS
        if self._is_list and len(self._entries) > 1:
            return self._first_entries(width), True
        start = ends[self._max_lines - 2] if self._max_lines > 1 else 0
        elided = self.fontMetrics().elidedText(text[start:], Qt.TextElideMode.ElideRight, width)
        return text[:start] + elided, True

    def _first_entries(self, width: int) -> str:
        """Returns as many entries as fit together with the number of the others."""
        counts = range(1, len(self._entries))
        too_many = bisect_left(
            counts,
            True,
            key=lambda count: self._line_count(self._beginning(count), width) > self._max_lines,
        )
        if too_many == 0:
            return n_("%d input", "%d inputs", len(self._entries)) % len(self._entries)
        return self._beginning(counts[too_many - 1])

    def _beginning(self, count: int) -> str:
        """Returns the first entries, and the number of the others."""
        more = len(self._entries) - count
        text = _on_one_line(", ".join(self._entries[:count]))
        return n_("%s and %d more", "%s and %d more", more) % (text, more)

    def _line_count(self, text: str, width: int) -> int:
        return len(self._line_ends(text, width))

    def _line_ends(self, text: str, width: int) -> list[int]:
        """Returns where the lines of a text end; of more lines than are shown, one more."""
        layout = QTextLayout(text, self.font(), self)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        layout.beginLayout()
        ends: list[int] = []
        while len(ends) <= self._max_lines:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(_MIN_WIDTH, width))
            line.setPosition(QPointF(0, 0))
            ends.append(line.textStart() + line.textLength())
        layout.endLayout()
        return ends


class FoldableText(QWidget):
    """Shows at most `max_lines` of a text, with buttons that unfold it and copy the whole of it.

    A list is folded to its first entries and the number of the others, and unfolded to one line for
    each entry. `title` is the name of the text for screen readers.
    """

    def __init__(self, key: str, title: str, max_lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"fact_{key}")
        self._title = title
        self._label = _FoldableLabel(max_lines, self)
        self._label.setObjectName(f"fact_{key}_text")
        copy_button = icon_button(_("Copy"), f"copy_{key}", self)
        copy_button.setAccessibleName(_("Copy: %s") % title)
        TintedIcon(copy_button, "copy")
        self._more_button = icon_button(_("Show all"), f"more_{key}", self)
        self._more_icon = TintedIcon(self._more_button)
        buttons = column(copy_button, self._more_button, STRETCH, spacing=0)
        for button in (copy_button, self._more_button):
            button.setIconSize(COPY_ICON)
        margin = self.top_margin()
        text = column(self._label, STRETCH, margins=(0, margin, 0, margin))
        row((text, 1), buttons, owner=self, spacing=STEP)
        copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self._more_button.clicked.connect(self._on_more_clicked)
        self._label.fold_changed.connect(self._on_fold_changed)
        self._on_fold_changed()

    def text(self) -> str:
        """Returns the whole text, in which each entry of a list has a line of its own."""
        return "\n".join(self._label.entries)

    def top_margin(self) -> int:
        """Returns the space above the first line, which centres it in a row of one line."""
        return max(0, MIN_ROW_HEIGHT - self.fontMetrics().lineSpacing()) // 2

    def shown_text(self) -> str:
        """Returns the text as far as it is shown."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Shows another text, folded."""
        self._show((text,) if text else (), is_list=False)

    def set_entries(self, entries: Sequence[str]) -> None:
        """Shows another list, folded."""
        self._show(tuple(entries), is_list=True)

    def _show(self, entries: tuple[str, ...], *, is_list: bool) -> None:
        self._label.set_entries(entries, is_list=is_list)
        self._label.setAccessibleName(f"{self._title}: {', '.join(entries)}")

    def _on_more_clicked(self) -> None:
        self._label.set_unfolded(is_unfolded=not self._label.is_unfolded)

    def _on_fold_changed(self) -> None:
        is_unfolded = self._label.is_unfolded
        text = _("Show less") if is_unfolded else _("Show all")
        self._more_button.setToolTip(text)
        self._more_button.setAccessibleName(f"{text}: {self._title}")
        self._more_icon.show("chevron-up" if is_unfolded else "chevron-down")
        self._more_button.setVisible(self._label.is_cut or is_unfolded)


def _on_one_line(text: str) -> str:
    line = " ".join(printable_text(text, _MAX_FOLDED_CHARS).split())
    return with_break_points(line)
