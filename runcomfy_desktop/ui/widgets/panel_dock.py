"""Dock with a flat title bar; a session puts its panel in when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, plain_label
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QShowEvent

_TITLE_HEIGHT = 8 * STEP


class PanelDock(QDockWidget):
    """One dock of the window.

    `default_size` is its size in a fresh layout, a hint for the main window. Emits `panel_needed`
    when it becomes visible without a panel, so that a panel that is never viewed is never built.
    """

    panel_needed = Signal()

    def __init__(self, name: str, title: str, default_size: QSize, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.name = name
        self.setObjectName(f"{name}_dock")
        self.setAccessibleName(title)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
            | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self.title_bar = DockTitleBar(name, title, self)
        self.title_bar.close_button.clicked.connect(self.close)
        self.setTitleBarWidget(self.title_bar)
        self._contents = _DockContents(default_size, self)
        self.setWidget(self._contents)
        # Choosing a tab sends no show event: the dock was visible all along and only moves into
        # view.
        self.visibilityChanged.connect(self._on_visibility_changed)

    @property
    def panel(self) -> QWidget | None:
        return self._contents.panel

    @property
    def is_in_front(self) -> bool:
        """True if the dock can be seen; a dock behind another tab is outside of the window."""
        window = self.parentWidget()
        is_inside = window is not None and window.rect().intersects(self.geometry())
        return self.isVisible() and (self.isFloating() or is_inside)

    def set_panel(
        self,
        panel: QWidget,
        buttons: Sequence[tuple[QToolButton, str]] = (),
        header: QWidget | None = None,
    ) -> None:
        """Shows a panel in place of the one before, which is deleted.

        `buttons` are the panel's buttons for the title bar, each with the name of its icon;
        `header` is shown next to the title. They are deleted with the panel.
        """
        self.remove_panel()
        for button, icon_name in buttons:
            self.title_bar.add_button(button, icon_name)
        if header is not None:
            self.title_bar.set_header(header)
        self._contents.set_panel(panel)

    def remove_panel(self) -> None:
        """Deletes the panel with its parts of the title bar, if there is one."""
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            # Otherwise Qt would focus the button that closes the dock.
            self._contents.setFocus()
        self.title_bar.remove_panel_widgets()
        self._contents.remove_panel()

    def bring_to_front(self) -> None:
        """Shows the dock, in front of docks that share a tab bar with it."""
        self.show()
        self.raise_()

    def focusNextPrevChild(self, next_: bool) -> bool:
        # Imported late: the window paints before it needs this.
        from runcomfy_desktop.ui.widgets.focus_order import focus_next

        if self.isFloating():
            return focus_next((self.title_bar, self._contents), forward=next_)
        return super().focusNextPrevChild(next_)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isFloating():
            # Qt draws no frame around a dock with a custom title bar.
            painter = QPainter(self)
            painter.setPen(QColor(colours(self.palette()).line))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.panel is None and self.is_in_front:
            self.panel_needed.emit()

    def _on_visibility_changed(self, is_seen: bool) -> None:
        if is_seen and self.panel is None:
            self.panel_needed.emit()


class DockTitleBar(QWidget):
    """Title bar of a dock: title in capitals, space for the panel's buttons, and a close button."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_dock_title")
        self._text = title.upper()
        self._title = plain_label(self._text, f"{name}_dock_text", self)
        self.close_button = icon_button(
            _("Close the panel “%s”") % title, f"close_{name}_dock", self
        )
        TintedIcon(self.close_button, "close")
        self._panel_widgets: list[QWidget] = []
        self._build()

    def add_button(self, button: QToolButton, icon_name: str) -> None:
        """Adds a panel's own button before the close button."""
        self._layout.insertWidget(self._layout.count() - 1, button)
        TintedIcon(button, icon_name)
        self._panel_widgets.append(button)

    def set_header(self, header: QWidget) -> None:
        """Puts a panel's header next to the title, so that the panel needs no second row."""
        layout = header.layout()
        if layout is not None:
            layout.setContentsMargins(2 * STEP, 0, STEP, 0)
        self._layout.setStretchFactor(self._title, 0)
        self._layout.insertWidget(1, header, 1)
        self._panel_widgets.append(header)

    def remove_panel_widgets(self) -> None:
        """Deletes the buttons and the header of a panel."""
        for widget in self._panel_widgets:
            self._layout.removeWidget(widget)
            # Deleted later, but no longer seen or found by a screen reader.
            widget.hide()
            widget.deleteLater()
        self._panel_widgets.clear()
        self._layout.setStretchFactor(self._title, 1)

    def set_text_visible(self, *, visible: bool) -> None:
        """Shows or hides the title text; docks that share an area already show it in their tabs."""
        self._title.setText(self._text if visible else "")

    def _build(self) -> None:
        font = scaled(self.font(), SMALL_FONT_SCALE, bold=True)
        font.setLetterSpacing(font.SpacingType.PercentageSpacing, 106)
        self._title.setFont(font)
        self._title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._layout = row(
            (self._title, 1),
            self.close_button,
            owner=self,
            spacing=STEP // 2,
            margins=(3 * STEP, 0, 2 * STEP, 0),
        )
        self.setMinimumHeight(_TITLE_HEIGHT)


class _DockContents(QWidget):
    """Holds a dock's panel; its size hint is the dock's default size, with or without a panel."""

    def __init__(self, default_size: QSize, parent: QWidget) -> None:
        super().__init__(parent)
        self.panel: QWidget | None = None
        self._default_size = default_size
        self._layout = column(owner=self)

    def set_panel(self, panel: QWidget) -> None:
        self.panel = panel
        self._layout.addWidget(panel)

    def remove_panel(self) -> None:
        if self.panel is not None:
            self._layout.removeWidget(self.panel)
            self.panel.hide()
            self.panel.deleteLater()
            self.panel = None

    def sizeHint(self) -> QSize:
        return self._default_size
