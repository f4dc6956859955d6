"""The picture wells over the tree: real widgets, but only for the rows that can be seen.

They do not lie in the tree's viewport (Qt's index widgets do): a tree's accessible children are
its cells and nothing else, so a screen reader would never meet them. They lie in a sibling of the
tree exactly over its viewport, cut to the wells, and move with the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_types import Family
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.focus_order import LEADS_ITSELF
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import layout, texts
from runcomfy_desktop.ui.inputs.media_well import MediaWell
from runcomfy_desktop.ui.inputs.thumb import Thumb, WellLook
from runcomfy_desktop.ui.models.inputs import Column

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView
    from runcomfy_desktop.ui.models.inputs import InputRow
    from runcomfy_desktop.ui.pictures import Thumbnails

_FREE_WELLS = 8


class WellLayer(QWidget):
    """Keeps a MediaWell over each visible picture row of the tree; passes on their wishes."""

    browse_wished = Signal(object)
    paste_wished = Signal(object)
    address_given = Signal(object, str)
    send_anyway_wished = Signal(object)
    shrink_wished = Signal(object)
    new_one_wished = Signal(object)
    answered = Signal(object, str)

    def __init__(self, view: InputsView) -> None:
        place = view.parentWidget()
        assert place is not None, "the wells lie beside the tree"
        super().__init__(place)
        self._place = place
        self._view = view
        self._used: dict[InputKey, MediaWell] = {}
        self._free: list[MediaWell] = []
        self._lit: InputKey | None = None
        self._folder: Path | None = None
        self._thumbnails: Thumbnails | None = None
        self._later = QTimer(self)
        self._connect()

    def _connect(self) -> None:
        self.setObjectName("media_wells")
        # From a well the tree leads on: to its next input, or past its last one out of it.
        self.setProperty(LEADS_ITSELF, True)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.sync)
        self._view.laid_out.connect(self._later.start)
        self._view.scrolled.connect(self.sync)
        self._view.inputs.dataChanged.connect(self._later.start)
        self._view.well_wished.connect(self.take_keyboard)
        self._view.viewport().installEventFilter(self)

    def attach(self, folder: Path, thumbnails: Thumbnails) -> None:
        """Pictures of the draft lie in `folder`; `thumbnails` decodes them."""
        self._folder = folder
        self._thumbnails = thumbnails
        thumbnails.changed.connect(self._later.start)
        self._later.start()

    def detach(self) -> None:
        self._folder = None
        self._thumbnails = None
        for key in list(self._used):
            self._release(key)

    def well(self, key: InputKey) -> MediaWell | None:
        """The well that stands over an input's row now."""
        return self._used.get(key)

    def light(self, key: InputKey | None) -> None:
        """Lights the well of an input up, and no other."""
        self._lit = key
        for each, well in self._used.items():
            well.set_lit(each == key)

    def take_keyboard(self, key: InputKey, last: bool) -> None:
        self.sync()
        if key in self._used:
            self._used[key].take_keyboard(last=last)

    def sync(self) -> None:
        """Puts the wells where their rows are now."""
        self._later.stop()
        corner = self._view.viewport().mapTo(self._place, QPoint(0, 0))
        self.setGeometry(QRect(corner, self._view.viewport().size()))
        self.raise_()
        wanted = self._wanted()
        for key in [key for key in self._used if key not in wanted]:
            self._release(key)
        for key, index in wanted.items():
            well = self._used[key] if key in self._used else self._take(key)
            self._fill(well, self._view.inputs.row_of(key))
            well.setGeometry(layout.well_rect(self._view.visualRect(index)))
            well.set_lit(key == self._lit)
            well.show()
        self._order()
        self._cut()

    # QWidget

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Move):
            self._later.start()
        return False

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Over a well, too, the wheel scrolls the tree.
        QApplication.sendEvent(self._view.viewport(), event)

    # Inside

    def _wanted(self) -> dict[InputKey, QModelIndex]:
        """The picture rows in view, and those in which somebody is typing."""
        model, height = self._view.inputs, self._view.viewport().height()
        wanted: dict[InputKey, QModelIndex] = {}
        for key, well in self._used.items():
            index = model.index_of(key)
            if (well.is_asking or well.has_keyboard()) and self._is_laid_out(index):
                wanted[key] = index
        index = self._view.indexAt(QPoint(1, 0))
        while index.isValid() and self._view.visualRect(index).top() < height:
            found = model.key_at(index)
            if found is not None and model.spec_of(found).kind.is_media:
                wanted[found] = model.index_of(found, Column.VALUE)
            index = self._view.index_below(index)
        return wanted

    def _is_laid_out(self, index: QModelIndex) -> bool:
        return index.isValid() and self._view.is_expanded(index.parent())

    def _take(self, key: InputKey) -> MediaWell:
        well = self._free.pop() if self._free else self._make()
        well.key = key
        well.setAccessibleName(self._spoken_name(key))
        self._used[key] = well
        return well

    def _spoken_name(self, key: InputKey) -> str:
        """Two pictures of one workflow mostly have one name; their nodes tell them apart."""
        model = self._view.inputs
        node = model.node_row(model.index_of_node(key.node_id))
        name = one_line(key.name)
        return name if node is None else _("%s of %s") % (name, node.title)

    def _make(self) -> MediaWell:
        well = MediaWell(self)
        well.browse_wished.connect(lambda: self.browse_wished.emit(well.key))
        well.paste_wished.connect(lambda: self.paste_wished.emit(well.key))
        well.address_given.connect(lambda address: self.address_given.emit(well.key, address))
        well.send_anyway_wished.connect(lambda: self.send_anyway_wished.emit(well.key))
        well.shrink_wished.connect(lambda: self.shrink_wished.emit(well.key))
        well.new_one_wished.connect(lambda: self.new_one_wished.emit(well.key))
        well.answered.connect(lambda answer: self.answered.emit(well.key, answer))
        well.closed.connect(lambda: self._on_well_closed(well))
        well.left.connect(lambda forwards: self._on_well_left(well, forwards))
        well.entered.connect(lambda: self._on_well_entered(well))
        return well

    def _release(self, key: InputKey) -> None:
        well = self._used.pop(key)
        had_keyboard = well.has_keyboard()
        well.hide()
        well.forget()
        if had_keyboard:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if len(self._free) < _FREE_WELLS:
            self._free.append(well)
        else:
            well.deleteLater()

    def _fill(self, well: MediaWell, row: InputRow) -> None:
        well.show_row(row, self._look(row.value, row.spec.kind))

    def _look(self, value: Value, kind: InputKind) -> WellLook:
        sign = texts.media_sign(value, kind)
        if texts.is_address(value):
            return WellLook(Thumb.ADDRESS)
        source: Path | str
        if isinstance(value, MediaFile) and self._folder is not None:
            if value.family is not Family.IMAGE:
                return WellLook(Thumb.FILE, sign=sign)
            source = self._folder / value.stored_name
        elif isinstance(value, str) and texts.is_data_address(value):
            if kind is not InputKind.IMAGE:
                return WellLook(Thumb.FILE, sign=sign)
            source = value
        else:
            return WellLook(Thumb.REMOTE if value else Thumb.EMPTY, sign=sign)
        picture = None if self._thumbnails is None else self._thumbnails.get(source)
        if picture is None:
            return WellLook(Thumb.LOADING)
        if picture.isNull():
            return WellLook(Thumb.FAILED)
        return WellLook(Thumb.PICTURE, picture)

    def _order(self) -> None:
        before: QWidget = self._view
        for well in sorted(self._used.values(), key=lambda each: each.y()):
            before = well.chain_after(before)

    def _cut(self) -> None:
        """Leaves only the wells: everything beside them belongs to the tree beneath."""
        region = QRegion()
        for well in self._used.values():
            region += QRegion(well.geometry())
        self.setVisible(not region.isEmpty())
        self.setMask(region)

    def _index_of(self, well: MediaWell) -> QModelIndex:
        return QModelIndex() if well.key is None else self._view.inputs.index_of(well.key)

    def _on_well_closed(self, well: MediaWell) -> None:
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_well_left(self, well: MediaWell, forwards: bool) -> None:
        index = self._index_of(well)
        if index.isValid():
            self._view.deeds.open_next(index, forwards=forwards)

    def _on_well_entered(self, well: MediaWell) -> None:
        index = self._index_of(well)
        if index.isValid() and self._view.inputs.key_at(self._view.currentIndex()) != well.key:
            selection = self._view.selectionModel()
            selection.setCurrentIndex(index, selection.SelectionFlag.NoUpdate)
