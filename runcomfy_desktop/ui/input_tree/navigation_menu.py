"""Navigation entries in a node's menu, for the tree and the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation

PATH_SHORTCUT = "Ctrl+L"
# More would not fit on a screen.
_MAX_ENTRIES = 30
_MAX_CHARS = 60


def add_navigation_actions(menu: QMenu, navigation: GraphNavigation, node_id: str) -> None:
    """Adds the entries for the path to a node and for its consumers."""
    menu.addSeparator()
    is_shown = navigation.is_path_of(node_id)
    text = _("Show everything again") if is_shown else _("Show what leads here")
    path = menu.addAction(text, lambda: navigation.toggle_path(node_id))
    path.setObjectName("show_path")
    path.setShortcut(QKeySequence(PATH_SHORTCUT))
    _add_consumers(menu, navigation, node_id)


def _add_consumers(menu: QMenu, navigation: GraphNavigation, node_id: str) -> None:
    inputs = navigation.consumers(node_id)
    if not inputs:
        unused = menu.addAction(_("Used by no other node"))
        unused.setObjectName("used_by_none")
        unused.setEnabled(False)
        return
    title = n_("Used by %d input", "Used by %d inputs", len(inputs)) % len(inputs)
    used = QMenu(title, menu)
    used.setObjectName("used_by_menu")
    used.setAccessibleName(title)
    for key in inputs[:_MAX_ENTRIES]:
        title = shortened(navigation.title_of(key.node_id), _MAX_CHARS)
        text = f"{title}: {shortened(one_line(key.name), _MAX_CHARS)}"
        used.addAction(literal(text)).triggered.connect(
            lambda _checked=False, key=key: navigation.jump_to(key)
        )
    if len(inputs) > _MAX_ENTRIES:
        rest = len(inputs) - _MAX_ENTRIES
        used.addAction(n_("and %d more", "and %d more", rest) % rest).setEnabled(False)
    menu.addMenu(used)
