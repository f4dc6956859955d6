"""The tools of the mask painter: what the pointer does, how wide, and what is done to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.media.mask_layer import Tool
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.labels import plain_label

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_SIZE, _GROWTH, _MOST_STEPS = 2.0, 1.12, 62
_PAGE_STEPS = 6
_SLIDER_WIDTH = 36 * STEP
_SHARE = 20
"""At first the brush is this part of the picture's longer side."""


class MaskTools(QWidget):
    """One row. `brush_changed` says that tool, size or edge are others now; the other signals are
    wishes."""

    brush_changed = Signal()
    invert_wished = Signal()
    clear_wished = Signal()
    fill_wished = Signal()
    undo_wished = Signal()
    redo_wished = Signal()
    fit_wished = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._build_brush()
        self._build_deeds()
        self._lay_out()
        self._connect()
        self._dress()
        self._show_size()

    def _build_brush(self) -> None:
        self._chips = ChipRow(self)
        for tool, text, key in ((Tool.BRUSH, _("Brush"), "B"), (Tool.ERASER, _("Eraser"), "E")):
            self._chips.add(tool.value, f"mask_{tool.value}").setToolTip(_("Key %s") % key)
            self._chips.set_text(tool.value, text, spoken=text)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("mask_size")
        self._slider.setAccessibleName(_("Size of the brush"))
        self._slider.setToolTip(_("Smaller with [, larger with ]"))
        self._slider.setRange(0, _MOST_STEPS)
        self._slider.setPageStep(_PAGE_STEPS)
        self._slider.setFixedWidth(_SLIDER_WIDTH)
        self._number = plain_label("", "mask_size_number", self)
        widest = self._number.fontMetrics().horizontalAdvance(_("%d px") % 8888)
        self._number.setFixedWidth(widest)
        self._soft = QCheckBox(_("Soft edge"), self)
        self._soft.setObjectName("mask_soft")
        self._soft.setToolTip(_("Key %s") % "S")

    def _build_deeds(self) -> None:
        self._invert = text_button(_("Invert"), "mask_invert", self)
        self._clear = text_button(_("Clear"), "mask_clear", self)
        self._fill = text_button(_("Fill"), "mask_fill", self)
        for button, key in ((self._invert, "I"), (self._clear, _("Delete")), (self._fill, "F")):
            button.setToolTip(_("Key %s") % key)
        self._undo = icon_button(_("Undo (%s)") % _keys("Ctrl+Z"), "mask_undo", self)
        self._redo = icon_button(_("Redo (%s)") % _keys("Ctrl+Shift+Z"), "mask_redo", self)
        self._fit = icon_button(_("Fit into view (0)"), "mask_fit", self)
        self._icons: dict[QToolButton, str] = {
            self._undo: "undo",
            self._redo: "redo",
            self._fit: "fit",
        }

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        brush = (self._chips, self._slider, self._number, self._soft)
        deeds = (self._invert, self._clear, self._fill, self._undo, self._redo, self._fit)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        for widget in brush:
            row.addWidget(widget)
        row.addStretch(1)
        for button in deeds:
            row.addWidget(button)
        column.addLayout(row)

    def _connect(self) -> None:
        self._chips.chosen.connect(lambda _key: self.brush_changed.emit())
        self._slider.valueChanged.connect(self._on_slider_changed)
        self._soft.toggled.connect(lambda _on: self.brush_changed.emit())
        for button, wish in (
            (self._invert, self.invert_wished),
            (self._clear, self.clear_wished),
            (self._fill, self.fill_wished),
            (self._undo, self.undo_wished),
            (self._redo, self.redo_wished),
            (self._fit, self.fit_wished),
        ):
            button.clicked.connect(wish)

    def bind_keys(self, window: QWidget, dab: Callable[[], object]) -> None:
        """Keys that work wherever in the dialog the keyboard is; `dab` paints without a pointer."""
        self._bind(window, "P", dab)
        self._bind(window, "B", lambda: self._choose(Tool.BRUSH))
        self._bind(window, "E", lambda: self._choose(Tool.ERASER))
        self._bind(window, "S", self._soft.toggle)
        self._bind(window, "[", lambda: self._slider.setValue(self._slider.value() - 1))
        self._bind(window, "]", lambda: self._slider.setValue(self._slider.value() + 1))
        self._bind(window, "I", self._invert.click)
        self._bind(window, "Del", self._clear.click)
        self._bind(window, "F", self._fill.click)
        self._bind(window, "Ctrl+Z", self._undo.click)
        for keys in ("Ctrl+Shift+Z", "Ctrl+Y"):
            self._bind(window, keys, self._redo.click)

    def _bind(self, window: QWidget, keys: str, deed: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), window)
        shortcut.activated.connect(lambda: deed() if self.isEnabled() else None)

    def switch(self, why_not: str) -> None:
        """Whether they can be used; if not, each says why."""
        self.setEnabled(not why_not)
        for button in (self._soft, self._invert, self._clear, self._fill):
            button.setAccessibleDescription(why_not)
        nothing = {self._undo: _("Nothing to undo."), self._redo: _("Nothing to redo.")}
        for step, words in nothing.items():
            step.setAccessibleDescription(why_not or ("" if step.isEnabled() else words))

    # What the tools say

    @property
    def tool(self) -> Tool:
        is_brush = self._chips.chip(Tool.BRUSH.value).isChecked()
        return Tool.BRUSH if is_brush else Tool.ERASER

    @property
    def brush_size(self) -> int:
        """In pixels of the picture."""
        return round(_LEAST_SIZE * _GROWTH ** self._slider.value())

    @property
    def is_soft(self) -> bool:
        return self._soft.isChecked()

    def suit(self, longest: int) -> None:
        """A brush that is right for a picture of this longer side."""
        wanted, step = longest / _SHARE, 0
        while step < _MOST_STEPS and _LEAST_SIZE * _GROWTH**step < wanted:
            step += 1
        self._slider.setValue(step)

    def show_undo(self, *, can_undo: bool, can_redo: bool) -> None:
        self._undo.setEnabled(can_undo)
        self._redo.setEnabled(can_redo)
        self.switch("")

    def _choose(self, tool: Tool) -> None:
        self._chips.choose(tool.value)
        self.brush_changed.emit()

    def _on_slider_changed(self) -> None:
        self._show_size()
        self.brush_changed.emit()

    def _show_size(self) -> None:
        text = _("%d px") % self.brush_size
        self._number.setText(text)
        self._slider.setAccessibleDescription(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        for button, name in self._icons.items():
            button.setIcon(icons.icon(name, colours(self.palette()).text))


def _keys(which: str) -> str:
    """As people of this system read them."""
    return QKeySequence(which).toString(QKeySequence.SequenceFormat.NativeText)
