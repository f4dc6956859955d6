"""A list to tick, with a box to find its rows by when it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.fuzzy import fold
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.editors.multi import Ticks
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, link_button

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW = 8
_ROWS = 5
_MOST = 10_000
_ROLE = Qt.ItemDataRole.CheckStateRole
_KEY = Qt.ItemDataRole.UserRole


class CheckList(QWidget):
    """Rows by key. Emits `edited` when a person ticked something; `picked` are the keys of what is
    ticked, in their order."""

    edited = Signal()

    def __init__(self, name: str, spoken: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._find = QLineEdit(self)
        self._find.setObjectName(f"{name}_find")
        self._find.setAccessibleName(_("Find in: %s") % spoken)
        self._find.setPlaceholderText(_("Find…"))
        add_clear_button(self._find, _("Clear"))
        self._list = QListWidget(self)
        self._list.setObjectName(f"{name}_list")
        self._list.setAccessibleName(spoken)
        self._list.setItemDelegate(Ticks(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setProperty("framed", True)
        self._all = link_button(_("All"), f"{name}_all", self)
        self._none = link_button(_("None"), f"{name}_none", self)
        self._all.setAccessibleName(_("Tick all"))
        self._none.setAccessibleName(_("Tick none"))
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(3 * STEP)
        head.addWidget(self._find, 1)
        head.addWidget(self._all)
        head.addWidget(self._none)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(head)
        column.addWidget(self._list)

    def _connect(self) -> None:
        self._find.textChanged.connect(self._on_find_changed)
        self._list.itemClicked.connect(self._toggle)
        self._list.installEventFilter(self)
        self._all.clicked.connect(lambda: self._set_all(True))
        self._none.clicked.connect(lambda: self._set_all(False))

    def show_rows(self, rows: Sequence[tuple[str, str]], picked: Sequence[str]) -> None:
        """Rows of a key and a text; without telling."""
        ticked = set(picked)
        self._list.clear()
        for key, text in rows[:_MOST]:
            item = QListWidgetItem(one_line(text), self._list)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setData(_KEY, key)
            item.setData(_ROLE, _state(key in ticked))
        self._find.clear()
        self._find.setVisible(len(rows) > _FEW)
        height = max(self._list.sizeHintForRow(0), 6 * STEP)
        self._list.setFixedHeight(min(max(len(rows), 1), _ROWS) * height + STEP)
        self._list.setCurrentRow(0)

    def tick(self, picked: Sequence[str]) -> None:
        """Ticks these and no others, without telling."""
        ticked = set(picked)
        for item in self._items():
            item.setData(_ROLE, _state(item.data(_KEY) in ticked))

    @property
    def picked(self) -> tuple[str, ...]:
        return tuple(item.data(_KEY) for item in self._items() if _is_ticked(item))

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _toggle(self, item: QListWidgetItem) -> None:
        item.setData(_ROLE, _state(not _is_ticked(item)))
        self.edited.emit()

    def _set_all(self, ticked: bool) -> None:
        """All that can be seen."""
        for item in self._items():
            if not item.isHidden():
                item.setData(_ROLE, _state(ticked))
        self.edited.emit()

    def _on_find_changed(self, text: str) -> None:
        wanted = fold(text).split()
        for item in self._items():
            hay = fold(item.text())
            item.setHidden(not all(word in hay for word in wanted))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        item: QListWidgetItem | None = self._list.currentItem()
        is_press = event.type() is QEvent.Type.KeyPress
        if is_press and item is not None and _is_space(event):
            self._toggle(item)
            return True
        return super().eventFilter(watched, event)


def _is_space(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space.value


def _state(ticked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked


def _is_ticked(item: QListWidgetItem) -> bool:
    return item.data(_ROLE) in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
