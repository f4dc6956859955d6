"""The picture wells over the tree: real widgets, but only for the rows that can be seen.

They do not lie in the tree's viewport (Qt's index widgets do): a tree's accessible children are
its cells and nothing else, so a screen reader would never meet them. They lie in a sibling of the
tree exactly over its viewport, cut to the wells, and move with the rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.core.media_watch import Original
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_types import Family
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.focus_order import LEADS_ITSELF
from runcomfy_desktop.ui.inputs import layout, texts
from runcomfy_desktop.ui.inputs.media_well import MediaWell
from runcomfy_desktop.ui.inputs.thumb import SizeWords, Thumb, WellLook
from runcomfy_desktop.ui.models.inputs import Column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.aim import Aim
    from runcomfy_desktop.core.media_watch import MediaWatch
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.talk import Talk
    from runcomfy_desktop.ui.inputs.view import InputsView
    from runcomfy_desktop.ui.models.inputs import InputRow
    from runcomfy_desktop.ui.pictures import Thumbnails

_FREE_WELLS = 8
_MOVES = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move)


class WellLayer(QWidget):
    """Keeps a MediaWell over each visible picture row of the tree; passes on their wishes."""

    browse_wished = Signal(object)
    paste_wished = Signal(object)
    address_given = Signal(object, object, str)  # a key, its draft's Aim, the address
    size_wished = Signal(object, object)  # a key, the button that was pressed
    shrink_wished = Signal(object)
    mask_wished = Signal(object)
    again_wished = Signal(object)
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
        self._aim: Aim | None = None
        self._folder: Path | None = None
        self._thumbnails: Thumbnails | None = None
        self._watch: MediaWatch | None = None
        self._looked_at: list[MediaFile] = []
        self._talks: dict[InputKey, Talk] = {}
        self._links = Subscriptions()
        self._later = QTimer(self)
        self.takes_mask: Callable[[InputKey], bool] = lambda _key: False
        self.size_words: Callable[[InputRow], SizeWords] = lambda _row: SizeWords()
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
        self._view.inputs.draft_changed.connect(self._on_draft_changed)
        self._view.well_wished.connect(self.take_keyboard)
        # A layout may move the tree and leave its size as it is: the viewport hears nothing then.
        self._view.installEventFilter(self)
        self._view.viewport().installEventFilter(self)

    def attach(self, folder: Path, thumbnails: Thumbnails, watch: MediaWatch) -> None:
        """Files of the draft lie in `folder`; `thumbnails` decodes pictures, `watch` knows what
        became of the files."""
        self._folder = folder
        self._thumbnails = thumbnails
        self._watch = watch
        self._links.add(watch.changed, lambda _nothing: self._later.start())
        thumbnails.changed.connect(self._later.start)
        self._later.start()

    def detach(self) -> None:
        self._links.close()
        self._talks.clear()
        self._watch = None
        self._looked_at = []
        self._folder = None
        self._thumbnails = None
        for key in list(self._used):
            self._release(key)
        self._aim = None

    def well(self, key: InputKey) -> MediaWell | None:
        """The well that stands over an input's row now."""
        return self._used.get(key)

    def show_talk(self, key: InputKey, talk: Talk | None) -> None:
        """Lets the well of an input say something in place of its value, until None comes."""
        if talk is None:
            self._talks.pop(key, None)
        else:
            self._talks[key] = talk
        if key in self._used and self._view.inputs.index_of(key).isValid():
            self._fill(self._used[key], self._view.inputs.row_of(key))
            self._order()

    def look_again(self) -> None:
        """Shows anew what is said of the files: it does not hang on the draft alone."""
        self._later.start()

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
            row, metrics = self._view.inputs.row_of(key), self._view.delegate.metrics
            self._fill(well, row)
            well.setGeometry(layout.well_rect(row, metrics, self._view.visualRect(index)))
            well.set_lit(key == self._lit)
            well.show()
        self._order()
        self._cut()

    # QWidget

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._later.start()
        elif event.type() is QEvent.Type.WindowActivate and watched is self._view:
            # Somebody comes back, perhaps from the program in which the picture was edited.
            self.look_at_files()
        return False

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Over a well, too, the wheel scrolls the tree.
        QApplication.sendEvent(self._view.viewport(), event)

    # Inside

    def _wanted(self) -> dict[InputKey, QModelIndex]:
        """The picture rows in view, and those in which somebody is typing."""
        model, height = self._view.inputs, self._view.viewport().height()
        wanted: dict[InputKey, QModelIndex] = {}
        if self._view.isHidden():
            # The pinned inputs stand in its place.
            return wanted
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
        node = model.node_at(model.index_of(key))
        name = model.name_of(key)
        return name if node is None else _("%s of %s") % (name, model.title_of(node))

    def _make(self) -> MediaWell:
        well = MediaWell(self)
        well.browse_wished.connect(lambda: self.browse_wished.emit(well.key))
        well.paste_wished.connect(lambda: self.paste_wished.emit(well.key))
        well.address_given.connect(lambda text: self.address_given.emit(well.key, self._aim, text))
        well.size_wished.connect(lambda button: self.size_wished.emit(well.key, button))
        well.shrink_wished.connect(lambda: self.shrink_wished.emit(well.key))
        well.mask_wished.connect(lambda: self.mask_wished.emit(well.key))
        well.again_wished.connect(lambda: self.again_wished.emit(well.key))
        well.answered.connect(lambda answer: self.answered.emit(well.key, answer))
        well.closed.connect(lambda: self._on_well_closed(well))
        well.left.connect(lambda forwards: self._on_well_left(well, forwards))
        well.entered.connect(lambda: self._on_well_entered(well))
        return well

    def _release(self, key: InputKey) -> None:
        well = self._used.pop(key)
        had_keyboard, typed, aim = well.has_keyboard(), well.typed_address, self._aim
        if typed and self._is_left:
            # The other draft is only just being shown.
            QTimer.singleShot(0, self, lambda: self.address_given.emit(key, aim, typed))
        well.hide()
        well.forget()
        if had_keyboard:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if len(self._free) < _FREE_WELLS:
            self._free.append(well)
        else:
            well.deleteLater()

    def _fill(self, well: MediaWell, row: InputRow) -> None:
        look = self._look(row.value, row.spec.kind)
        look = replace(look, takes_mask=self.takes_mask(row.key), size=self.size_words(row))
        if isinstance(row.value, MediaFile):
            look = self._with_origin(look, row.value)
        well.show_row(row, look, self._talks.get(row.key))

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

    def _with_origin(self, look: WellLook, file: MediaFile) -> WellLook:
        """The same with what became of the file that was dropped."""
        if not file.path or self._watch is None:
            return look
        original = self._watch.original(file)
        is_lost = file.stored_name in self._watch.lost
        again = _("Take it again") if is_lost and original is not Original.GONE else ""
        note = ""
        if original is Original.CHANGED:
            note, again = _("The original has changed since."), _("Take the new one")
        return replace(look, note=note, again=again, origin=texts.origin(file, original))

    def look_at_files(self) -> None:
        """Has the watch look what became of the draft's files."""
        if self._watch is not None:
            self._watch.look(self._looked_at)

    @property
    def _is_left(self) -> bool:
        """Whether another draft is in view than that of which the wells are."""
        return self._aim is not None and not self._aim.is_in_view

    def _on_draft_changed(self) -> None:
        if self._aim is None or self._is_left:
            for key in [key for key, well in self._used.items() if well.is_asking]:
                self._release(key)
            self._aim = self._view.inputs.aim()
        draft = self._view.inputs.draft
        files = [] if draft is None else media_files(draft)
        if files != self._looked_at:
            self._looked_at = files
            self.look_at_files()

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
