"""Bar above the tree that names the node whose path is shown, with a button to hide the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row

if TYPE_CHECKING:
    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation


class PathBar(QWidget):
    """Bar that describes the path shown; hidden if there is none."""

    def __init__(self, navigation: GraphNavigation, parent: QWidget) -> None:
        super().__init__(parent)
        self._navigation = navigation
        self.setObjectName("path_bar")
        self._text = ElidedLabel(parent=self, object_name="path_text")
        self._button = link_button(_("Show everything"), "show_everything", self)
        self._button.setToolTip(_("Show everything again (Escape)"))
        margins = (3 * STEP, STEP, 4 * STEP, 2 * STEP)
        row(self._text, self._button, STRETCH, owner=self, spacing=3 * STEP, margins=margins)
        self._button.clicked.connect(navigation.clear_path)
        navigation.path_changed.connect(self._on_navigation_path_changed)
        self.hide()

    def _on_navigation_path_changed(self) -> None:
        text = self._navigation.path_text()
        self._text.setText(text)
        self.setVisible(bool(text))
