"""Position of the shown result among all, with buttons to the next ones and to stay on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QToolButton


class ResultPager(QWidget):
    """Shows a text such as “3 of 128” between two buttons, for a dock's title.

    Emits `step_requested` with -1 for the newer result or 1 for the older one, and `stay_toggled`
    with True if the user wants to stay on what is shown, whatever runs start or end.
    """

    step_requested = Signal(int)
    stay_toggled = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("result_pager")
        self._newer = self._button(_("Newer result"), "newer_result", "chevron-left", -1)
        self._older = self._button(_("Older result"), "older_result", "chevron-right", 1)
        self._stay_button = icon_button(_("Stay on this result"), "stay_on_result", self)
        self._stay_button.setCheckable(True)
        self._stay_button.setToolTip(_("Stay on this result, whatever runs start or end"))
        self._stay_button.toggled.connect(self.stay_toggled)
        TintedIcon(self._stay_button, "pin")
        self._label = ElidedLabel("", self, object_name="result_position")
        self._label.set_role("muted")
        parts = (self._stay_button, self._newer, self._label, self._older)
        row(STRETCH, *parts, owner=self, spacing=STEP)

    def show_position(self, number: int, count: int, *, has_newer: bool, has_older: bool) -> None:
        """Shows the position from 1 on; 0 while none of the results is shown."""
        text = n_("%d result", "%d results", count) % count
        self._label.setText(_("%d of %d") % (number, count) if number else text)
        for button, other, is_possible in (
            (self._newer, self._older, has_newer),
            (self._older, self._newer, has_older),
        ):
            if button.hasFocus() and not is_possible:
                # Qt would move the focus to some other widget.
                other.setEnabled(True)
                other.setFocus()
            button.setEnabled(is_possible)
        for each in (self._stay_button, self._newer, self._label, self._older):
            each.setVisible(count > 0)

    def _button(self, text: str, name: str, icon: str, step: int) -> QToolButton:
        button = icon_button(text, name, self)
        TintedIcon(button, icon)
        button.clicked.connect(partial(self.step_requested.emit, step))
        return button
