"""Row of chips: small tabs with a word and a number, one of which is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QSizePolicy, QWidget

from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.layouts import row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFont, QPaintEvent

_ICON_SIDE = 3 * STEP + 2
_MIN_WIDTH = 14 * STEP
_COMPACT_SAVING = 3 * STEP

_DISABLED_OPACITY = 0.45
"""Opacity of a chip that cannot be chosen."""


class Chip(QRadioButton):
    """One chip; bold and tinted when chosen, so that colour is not the only sign.

    It is a radio button with its own painting: exactly one chip of a row is chosen, and a screen
    reader should report it that way.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = ("", "")
        self._is_compact = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # The text is elided if there is no space: a row of chips never widens its container.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), _MIN_WIDTH), hint.height())

    def sizeHint(self) -> QSize:
        height = QFontMetrics(self._font(bold=True)).height() + 2 * STEP
        width = self.width_for(self.text())
        return QSize(width - _COMPACT_SAVING if self._is_compact else width, height)

    def width_for(self, text: str) -> int:
        """Returns the width that the chip needs for `text` with its usual padding."""
        metrics = QFontMetrics(self._font(bold=True))
        return metrics.horizontalAdvance(text) + 5 * STEP + self._icon_width()

    def set_compact(self, *, is_compact: bool) -> None:
        """Shows the chip with less padding if space is short."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self.updateGeometry()

    def set_icon(self, icon: str, role: str) -> None:
        """Shows an icon before the word, in the colour of a role; "" removes it."""
        if (icon, role) != self._icon:
            self._icon = (icon, role)
            self.updateGeometry()
            self.update()

    def _icon_width(self) -> int:
        return _ICON_SIDE + STEP if self._icon[0] else 0

    def hitButton(self, at: QPoint) -> bool:  # noqa: N802 - QRadioButton's name
        return self.rect().contains(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else _DISABLED_OPACITY)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(roles.accent)) if self.hasFocus() else Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(QColor(roles.accent_soft))
        elif self.underMouse():
            painter.setBrush(QColor(roles.panel))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        painter.setPen(QColor(roles.text if self.isChecked() else roles.muted))
        painter.setFont(self._font(bold=self.isChecked()))
        text_rect = self.rect()
        if self._icon[0]:
            name, role = self._icon
            icon_rect = QRect(2 * STEP, (self.height() - _ICON_SIDE) // 2, _ICON_SIDE, _ICON_SIDE)
            icons.icon(name, getattr(roles, role)).paint(painter, icon_rect)
            text_rect = text_rect.adjusted(self._icon_width(), 0, 0, 0)
        margins = STEP if self._is_compact else 2 * STEP
        text = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, text_rect.width() - margins
        )
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignCenter, text)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def _font(self, *, bold: bool) -> QFont:
        font = self.font()
        font.setBold(bold)
        return font


class ChipRow(QWidget):
    """Row of chips by key, in order; emits `chosen` with the key when the user chooses one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._chips: dict[str, Chip] = {}
        self._is_quiet = False
        self._layout = row(owner=self, spacing=STEP)

    def add(self, key: str, name: str) -> Chip:
        """Adds a chip with the object name `name`; the first one added is chosen."""
        chip = Chip()
        chip.setObjectName(name)
        chip.setChecked(not self._chips)
        self._chips[key] = chip
        self._group.addButton(chip)
        self._layout.addWidget(chip)
        self._update_tab_stops()
        # A screen reader toggles a radio button without a click.
        chip.toggled.connect(lambda is_on: self._on_toggled(key, is_on=is_on))
        return chip

    def _on_toggled(self, key: str, *, is_on: bool) -> None:
        if is_on and not self._is_quiet:
            self.chosen.emit(key)

    def chip(self, key: str) -> Chip:
        return self._chips[key]

    def set_current(self, key: str) -> None:
        """Marks a chip as chosen without emitting `chosen`."""
        self._is_quiet = True
        self._chips[key].setChecked(True)
        self._is_quiet = False
        self._update_tab_stops()

    def _update_tab_stops(self) -> None:
        """Makes Tab stop only at the chosen chip; the arrow keys move on from there.

        Qt does so only after a chip has had the focus.
        """
        for chip in self._chips.values():
            stop, none = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.ClickFocus
            chip.setFocusPolicy(stop if chip.isChecked() else none)

    def width_for(self, texts: Mapping[str, str]) -> int:
        """Returns the width that the row needs for `texts`, given by the chips' keys."""
        widths = [self._chips[key].width_for(text) for key, text in texts.items()]
        return sum(widths) + STEP * max(len(widths) - 1, 0)

    def set_icon(self, key: str, icon: str, role: str) -> None:
        """Shows an icon before a chip's word, in the colour of a role; "" removes it."""
        self._chips[key].set_icon(icon, role)

    def set_text(self, key: str, text: str, *, accessible_name: str, visible: bool = True) -> None:
        """Sets the text, the accessible name and the visibility of a chip."""
        chip = self._chips[key]
        chip.setVisible(visible)
        if chip.text() != text:
            chip.setText(text)
            chip.setAccessibleName(accessible_name)
            chip.updateGeometry()
