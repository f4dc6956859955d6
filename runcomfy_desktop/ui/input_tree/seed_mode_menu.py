"""Menu of the modes of a seed: what happens to it at each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.rows import texts

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_view import RowView


class TemporaryMenu(QMenu):
    """Menu that is deleted when it closes."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def popup_seed_modes(view: RowView, key: InputKey, position: QPoint) -> None:
    """Shows the menu of a seed's modes."""
    menu = TemporaryMenu("seed_mode_menu", _("At each run: %s") % view.inputs.name_of(key), view)
    add_seed_mode_actions(menu, view.inputs, key)
    menu.popup(position)


def add_seed_mode_actions(menu: QMenu, model: InputsModel, key: InputKey) -> None:
    current = model.input_row_of(key).seed_mode
    for mode in SeedMode:
        action = menu.addAction(texts.seed_mode_text(mode))
        action.setObjectName(f"seed_mode_{mode.value}")
        action.setCheckable(True)
        action.setChecked(mode is current)
        action.triggered.connect(lambda _checked=False, mode=mode: model.set_seed_mode(key, mode))
