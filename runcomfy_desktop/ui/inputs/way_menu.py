"""What a node's menu, in the tree and in the graph, offers of the ways to and from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from runcomfy_desktop.ui.inputs.ways import Ways

PATH_KEYS = "Ctrl+L"
# More would not fit on a screen.
_MOST = 30
_LETTERS = 60


def add_ways(menu: QMenu, ways: Ways, node_id: str) -> None:
    """Adds what leads to a node, and where it is used."""
    menu.addSeparator()
    is_shown = ways.is_path_of(node_id)
    text = _("Show everything again") if is_shown else _("Show what leads here")
    path = menu.addAction(text, lambda: ways.toggle_path(node_id))
    path.setObjectName("show_path")
    path.setShortcut(QKeySequence(PATH_KEYS))
    _add_consumers(menu, ways, node_id)


def _add_consumers(menu: QMenu, ways: Ways, node_id: str) -> None:
    inputs = ways.consumers(node_id)
    if not inputs:
        unused = menu.addAction(_("Used by no other node"))
        unused.setObjectName("used_by_none")
        unused.setEnabled(False)
        return
    title = n_("Used by %d input", "Used by %d inputs", len(inputs)) % len(inputs)
    used = QMenu(title, menu)
    used.setObjectName("used_by_menu")
    used.setAccessibleName(title)
    for key in inputs[:_MOST]:
        title = shortened(ways.title_of(key.node_id), _LETTERS)
        text = f"{title}: {shortened(one_line(key.name), _LETTERS)}"
        used.addAction(literal(text)).triggered.connect(
            lambda _checked=False, key=key: ways.jump_to(key)
        )
    if len(inputs) > _MOST:
        rest = len(inputs) - _MOST
        used.addAction(n_("and %d more", "and %d more", rest) % rest).setEnabled(False)
    menu.addMenu(used)
