"""Tool bar of the mask editor: tool, brush width and operations on the whole mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QSlider, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.image_tools.mask_layer import MaskTool
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable

_MIN_BRUSH_SIZE, _STEP_FACTOR, _MAX_SLIDER_STEPS = 2.0, 1.12, 62
_PAGE_STEPS = 6
_SLIDER_WIDTH = 36 * STEP
_INITIAL_SIZE_DIVISOR = 20
"""Initial brush size as a fraction of the picture's longer side."""


class MaskTools(QWidget):
    """Tool bar of the mask editor.

    `brush_changed` reports a change of tool, size or softness; the other signals request actions.
    """

    brush_changed = Signal()
    invert_requested = Signal()
    clear_requested = Signal()
    fill_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    fit_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._build_brush()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._show_size()

    def _build_brush(self) -> None:
        self._tool_chips = ChipRow(self)
        for tool, text, key in (
            (MaskTool.BRUSH, _("Brush"), "B"),
            (MaskTool.ERASER, _("Eraser"), "E"),
        ):
            self._tool_chips.add(tool.value, f"mask_{tool.value}").setToolTip(_("Key %s") % key)
            self._tool_chips.set_text(tool.value, text, accessible_name=text)
        self._size_slider = QSlider(Qt.Orientation.Horizontal, self)
        self._size_slider.setObjectName("mask_size")
        self._size_slider.setAccessibleName(_("Size of the brush"))
        self._size_slider.setToolTip(_("Smaller with [, larger with ]"))
        self._size_slider.setRange(0, _MAX_SLIDER_STEPS)
        self._size_slider.setPageStep(_PAGE_STEPS)
        self._size_slider.setFixedWidth(_SLIDER_WIDTH)
        self._size_label = plain_label("", "mask_size_number", self)
        widest = self._size_label.fontMetrics().horizontalAdvance(_("%d px") % 8888)
        self._size_label.setFixedWidth(widest)
        self._soft_box = QCheckBox(_("Soft edge"), self)
        self._soft_box.setObjectName("mask_soft")
        self._soft_box.setToolTip(_("Key %s") % "S")

    def _build_buttons(self) -> None:
        self._invert = text_button(_("Invert"), "mask_invert", self)
        self._clear = text_button(_("Clear"), "mask_clear", self)
        self._fill = text_button(_("Fill"), "mask_fill", self)
        for button, key in ((self._invert, "I"), (self._clear, _("Delete")), (self._fill, "F")):
            button.setToolTip(_("Key %s") % key)
        self._undo = icon_button(_("Undo (%s)") % _native_keys("Ctrl+Z"), "mask_undo", self)
        self._redo = icon_button(_("Redo (%s)") % _native_keys("Ctrl+Shift+Z"), "mask_redo", self)
        self._fit = icon_button(_("Fit into view (0)"), "mask_fit", self)
        for icon_only, icon in ((self._undo, "undo"), (self._redo, "redo"), (self._fit, "fit")):
            TintedIcon(icon_only, icon, "text")

    def _lay_out(self) -> None:
        brush = (self._tool_chips, self._size_slider, self._size_label, self._soft_box)
        buttons = (self._invert, self._clear, self._fill, self._undo, self._redo, self._fit)
        row(*brush, STRETCH, *buttons, owner=self)

    def _connect(self) -> None:
        self._tool_chips.chosen.connect(lambda _key: self.brush_changed.emit())
        self._size_slider.valueChanged.connect(self._on_slider_changed)
        self._soft_box.toggled.connect(lambda _on: self.brush_changed.emit())
        for button, signal in (
            (self._invert, self.invert_requested),
            (self._clear, self.clear_requested),
            (self._fill, self.fill_requested),
            (self._undo, self.undo_requested),
            (self._redo, self.redo_requested),
            (self._fit, self.fit_requested),
        ):
            button.clicked.connect(signal)

    def bind_keys(self, window: QWidget, paint_dot: Callable[[], object]) -> None:
        """Binds the keys that work anywhere in the dialog; `paint_dot` paints without a mouse."""
        self._bind(window, "P", paint_dot)
        self._bind(window, "B", lambda: self._choose(MaskTool.BRUSH))
        self._bind(window, "E", lambda: self._choose(MaskTool.ERASER))
        self._bind(window, "S", self._soft_box.toggle)
        self._bind(window, "[", lambda: self._size_slider.setValue(self._size_slider.value() - 1))
        self._bind(window, "]", lambda: self._size_slider.setValue(self._size_slider.value() + 1))
        self._bind(window, "I", self._invert.click)
        self._bind(window, "Del", self._clear.click)
        self._bind(window, "F", self._fill.click)
        self._bind(window, "Ctrl+Z", self._undo.click)
        for keys in ("Ctrl+Shift+Z", "Ctrl+Y"):
            self._bind(window, keys, self._redo.click)

    def _bind(self, window: QWidget, keys: str, command: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), window)
        shortcut.activated.connect(lambda: command() if self.isEnabled() else None)

    def set_blocker(self, blocker: str) -> None:
        """Disables the tools, with the reason as their description; "" enables them."""
        self.setEnabled(not blocker)
        for button in (self._soft_box, self._invert, self._clear, self._fill):
            button.setAccessibleDescription(blocker)
        empty_reasons = {self._undo: _("Nothing to undo."), self._redo: _("Nothing to redo.")}
        for undo_button, reason in empty_reasons.items():
            undo_button.setAccessibleDescription(
                blocker or ("" if undo_button.isEnabled() else reason)
            )

    # Brush properties

    @property
    def tool(self) -> MaskTool:
        is_brush = self._tool_chips.chip(MaskTool.BRUSH.value).isChecked()
        return MaskTool.BRUSH if is_brush else MaskTool.ERASER

    @property
    def brush_size(self) -> int:
        """Brush size in pixels of the picture."""
        return round(_MIN_BRUSH_SIZE * _STEP_FACTOR ** self._size_slider.value())

    @property
    def is_soft(self) -> bool:
        return self._soft_box.isChecked()

    def set_initial_size(self, longer_side: int) -> None:
        """Sets the brush size that suits a picture with this longer side."""
        wanted, step = longer_side / _INITIAL_SIZE_DIVISOR, 0
        while step < _MAX_SLIDER_STEPS and _MIN_BRUSH_SIZE * _STEP_FACTOR**step < wanted:
            step += 1
        self._size_slider.setValue(step)

    def show_undo(self, *, can_undo: bool, can_redo: bool) -> None:
        self._undo.setEnabled(can_undo)
        self._redo.setEnabled(can_redo)
        self.set_blocker("")

    def _choose(self, tool: MaskTool) -> None:
        self._tool_chips.set_current(tool.value)
        self.brush_changed.emit()

    def _on_slider_changed(self) -> None:
        self._show_size()
        self.brush_changed.emit()

    def _show_size(self) -> None:
        text = _("%d px") % self.brush_size
        self._size_label.setText(text)
        self._size_slider.setAccessibleDescription(text)


def _native_keys(keys: str) -> str:
    """Returns a keyboard shortcut in the notation of the user's system."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
