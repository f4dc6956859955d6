"""Button in the run bar that shows the draft's preset and opens a menu of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.presets.preset_menus import PresetButtonMenu

_MAX_CHARS = 32
_MIN_WIDTH = 18 * STEP
_CHANGED_MARKER = " •"


class PresetButton(QToolButton):
    """Button with the name of the draft's preset, and a mark if the draft has been changed since.

    The name is elided in a narrow bar; `set_compact` shows an icon instead. The mark always
    stays. Without a session the button is disabled.
    """

    def __init__(self, menu: PresetButtonMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self.preset_menu = menu
        self._name = ""
        self._is_changed = False
        self._is_compact = False
        self.setObjectName("preset")
        self.setProperty("button", True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(menu)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(8 * STEP)
        self.setIconSize(ICON_SIZE)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        # The button yields its space to its neighbours and never gets wider than its text needs.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        TintedIcon(self, "preset", "text")
        self.reset()

    def reset(self) -> None:
        """Shows the state without a session."""
        self.show_preset("", is_changed=False)
        self.setEnabled(False)
        self.preset_menu.clear()

    def show_preset(self, name: str, *, is_changed: bool) -> None:
        """Shows the name of a session's preset; "" if the draft has no preset."""
        self.setEnabled(True)
        self._name, self._is_changed = name, is_changed
        accessible_name = _("Preset: %s") % name if name else _("No preset")
        if is_changed:
            accessible_name = _("Preset: %s, changed since") % name
        self.setAccessibleName(accessible_name)
        self.setAccessibleDescription(_("Choose or save a preset"))
        tip = _("%s. The inputs have been changed since.") % name if is_changed else name
        self.setToolTip(tooltip(tip or _("Choose or save a preset")))
        self.updateGeometry()
        self._elide_text()

    def set_compact(self, *, is_compact: bool) -> None:
        if is_compact is not self._is_compact:
            self._is_compact = is_compact
            style = Qt.ToolButtonStyle
            text_beside_icon, text_only = style.ToolButtonTextBesideIcon, style.ToolButtonTextOnly
            self.setToolButtonStyle(text_beside_icon if is_compact else text_only)
            self.updateGeometry()
            self._elide_text()

    def sizeHint(self) -> QSize:
        """Returns the size that the full text needs, even if the text is elided."""
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        elided_width = metrics.horizontalAdvance(self._full_text()) - metrics.horizontalAdvance(
            self._displayed_text()
        )
        return QSize(hint.width() + elided_width, hint.height())

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), _MIN_WIDTH + self._chrome_width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide_text()

    def _full_text(self) -> str:
        if self._is_compact:
            return self._changed_marker().strip()
        if not self._name:
            return _("No preset")
        name = self._name
        short = name if len(name) <= _MAX_CHARS else name[: _MAX_CHARS - 1] + "…"
        return (_("Preset: %s") % short) + self._changed_marker()

    def _changed_marker(self) -> str:
        return _CHANGED_MARKER if self._is_changed else ""

    def _displayed_text(self) -> str:
        return self.text().replace("&&", "&")

    def _chrome_width(self) -> int:
        """Returns the width of everything but the text."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(
            self._displayed_text()
        )

    def _elide_text(self) -> None:
        metrics, full_text = self.fontMetrics(), self._full_text()
        available_width = self.width() - self._chrome_width()
        text = full_text
        if (
            self._name
            and not self._is_compact
            and metrics.horizontalAdvance(full_text) > available_width
        ):
            available_width -= metrics.horizontalAdvance(self._changed_marker())
            text = (
                metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, available_width)
                + self._changed_marker()
            )
        if literal(text) != self.text():
            self.setText(literal(text))
