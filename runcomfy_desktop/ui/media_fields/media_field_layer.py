"""Media fields over the tree: real widgets, but only for the visible rows.

Unlike Qt's index widgets, they are not children of the tree's viewport: a tree's accessible
children are only its cells, so a screen reader would never find the fields. Their parent is a
sibling of the tree, placed exactly over its viewport and masked to the fields, which move with the
rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.core.media.media_checker import OriginalState
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows import row_layout, texts
from runcomfy_desktop.ui.media_fields.media_field import MediaField
from runcomfy_desktop.ui.media_fields.media_thumb import MediaFieldContent, MediaThumbKind
from runcomfy_desktop.ui.widgets.focus_order import HANDLES_TAB_ITSELF

if TYPE_CHECKING:
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.inline_prompt import InlinePrompt
    from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop
    from runcomfy_desktop.ui.media_fields.media_thumb import LargeFileHint

_MAX_FREE_FIELDS = 8
_GEOMETRY_EVENTS = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move)


class PictureTools(Protocol):
    """Tools that media fields offer for a local picture."""

    def accepts_mask(self, key: InputKey) -> bool:
        """Reports whether a mask can be painted on the input's picture."""
        ...

    def large_file_hint(self, row: InputRow) -> LargeFileHint:
        """Returns the hint about an input's large file; an empty one for a file of usual size."""
        ...

    def shrink(self, key: InputKey) -> None: ...

    def paint_mask(self, key: InputKey) -> None: ...

    def choose_size(self, key: InputKey, button: QWidget) -> None:
        """Lets the user choose, below `button`, how large pictures are sent."""
        ...


@dataclass(frozen=True, slots=True)
class MediaServices:
    """Parts of a session that media fields use, the same for all trees.

    `media_store` has the files of the drafts and knows their state, `media_drop` sets files as
    values, and `thumbnails` decodes pictures.
    """

    media_store: MediaStore
    media_drop: MediaDrop
    thumbnails: ThumbnailCache
    picture_tools: PictureTools


class MediaFieldLayer(QWidget):
    """Keeps a MediaField over each visible media row of the tree and forwards their signals."""

    browse_requested = Signal(object)
    paste_requested = Signal(object)
    address_entered = Signal(object, object, str)  # a key, its DraftTarget, the address
    reload_requested = Signal(object)
    answered = Signal(object, str)

    def __init__(
        self, scope: SessionScope, view: InputsView, media_services: MediaServices
    ) -> None:
        container = view.parentWidget()
        assert container is not None, "the tree needs a parent widget"
        super().__init__(container)
        self.setObjectName("media_wells")
        # From a media field, Tab continues in the tree: to its next input, or out after the last.
        self.setProperty(HANDLES_TAB_ITSELF, True)
        self._container = container
        self._view = view
        self._fields_by_key: dict[InputKey, MediaField] = {}
        self._free_fields: list[MediaField] = []
        self._drop_target: InputKey | None = None
        self._draft_target = view.inputs.draft_target()
        self._media_folder = media_services.media_store.folder
        self._media_checker = media_services.media_store.checker
        self._thumbnails = media_services.thumbnails
        self._picture_tools = media_services.picture_tools
        self._large_pictures = view.inputs.state.large_pictures
        self._checked_files: list[MediaFile] = []
        self._prompts: dict[InputKey, InlinePrompt] = {}
        self._sync_timer = QTimer(self)
        self._connect()
        scope.subscribe(self._media_checker.changed, lambda _nothing: self._sync_timer.start())
        scope.call_on_close(self._sync_timer.stop)
        self._on_draft_changed()
        self._sync_timer.start()

    def _connect(self) -> None:
        self._sync_timer.setSingleShot(True)
        self._sync_timer.timeout.connect(self.sync)
        self._view.laid_out.connect(self._sync_timer.start)
        self._view.scrolled.connect(self.sync)
        self._view.inputs.dataChanged.connect(self._sync_timer.start)
        self._view.inputs.draft_changed.connect(self._on_draft_changed)
        self._view.media_field_requested.connect(self.take_focus)
        self._thumbnails.changed.connect(self._sync_timer.start)
        # A layout may move the tree without resizing it, and then the viewport gets no event.
        self._view.installEventFilter(self)
        self._view.viewport().installEventFilter(self)

    def media_field(self, key: InputKey) -> MediaField | None:
        """Returns the media field shown for an input; None if there is none."""
        return self._fields_by_key.get(key)

    def show_prompt(self, key: InputKey, prompt: InlinePrompt | None) -> None:
        """Shows a prompt in an input's media field, or its value again if `prompt` is None."""
        if prompt is None:
            self._prompts.pop(key, None)
        else:
            self._prompts[key] = prompt
        if key in self._fields_by_key and self._view.inputs.index_of(key).isValid():
            self._fill(self._fields_by_key[key], self._view.inputs.input_row_of(key))
            self._update_tab_order()

    def highlight(self, key: InputKey | None) -> None:
        """Highlights the media field of an input, and no other."""
        self._drop_target = key
        for each, media_field in self._fields_by_key.items():
            media_field.set_drop_target(each == key)

    def take_focus(self, key: InputKey, last: bool) -> None:
        self.sync()
        if key in self._fields_by_key:
            self._fields_by_key[key].take_focus(last=last)

    def sync(self) -> None:
        """Moves the media fields to their rows; adds and removes fields as needed."""
        self._sync_timer.stop()
        corner = self._view.viewport().mapTo(self._container, QPoint(0, 0))
        self.setGeometry(QRect(corner, self._view.viewport().size()))
        self.raise_()
        wanted = self._keys_to_show()
        for key in [key for key in self._fields_by_key if key not in wanted]:
            self._release(key)
        for key, index in wanted.items():
            media_field = (
                self._fields_by_key[key] if key in self._fields_by_key else self._acquire(key)
            )
            row, metrics = self._view.inputs.input_row_of(key), self._view.delegate.metrics
            self._fill(media_field, row)
            media_field.setGeometry(
                row_layout.media_field_rect(row, metrics, self._view.visualRect(index))
            )
            media_field.set_drop_target(key == self._drop_target)
            media_field.show()
        self._update_tab_order()
        self._update_window_mask()

    # QWidget

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _GEOMETRY_EVENTS:
            self._sync_timer.start()
        elif event.type() is QEvent.Type.WindowActivate and watched is self._view:
            # The user is back, perhaps from editing the picture in another program.
            self.check_files()
        return False

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Over a media field, too, the wheel scrolls the tree.
        QApplication.sendEvent(self._view.viewport(), event)

    # Private

    def _keys_to_show(self) -> dict[InputKey, QModelIndex]:
        """Returns the visible media rows, and those whose field is being used.

        A field is in use if it has the focus or an address is being typed in it.
        """
        model, height = self._view.inputs, self._view.viewport().height()
        wanted: dict[InputKey, QModelIndex] = {}
        if self._view.isHidden():
            # Only the pinned inputs are shown.
            return wanted
        for key, media_field in self._fields_by_key.items():
            index = model.index_of(key)
            if (
                media_field.is_editing_address or media_field.has_focus_inside()
            ) and self._is_laid_out(index):
                wanted[key] = index
        index = self._view.indexAt(QPoint(1, 0))
        while index.isValid() and self._view.visualRect(index).top() < height:
            found = model.key_at(index)
            if found is not None and model.spec_of(found).kind.is_media:
                wanted[found] = model.index_of(found, InputColumn.VALUE)
            index = self._view.row_geometry.index_below(index)
        return wanted

    def _is_laid_out(self, index: QModelIndex) -> bool:
        return index.isValid() and self._view.is_expanded(index.parent())

    def _acquire(self, key: InputKey) -> MediaField:
        media_field = self._free_fields.pop() if self._free_fields else self._create_field()
        media_field.key = key
        media_field.setAccessibleName(self._accessible_name(key))
        self._fields_by_key[key] = media_field
        return media_field

    def _accessible_name(self, key: InputKey) -> str:
        """Returns the input's name with its node's title.

        Media inputs of one workflow often have the same name.
        """
        model = self._view.inputs
        node = model.node_at(model.index_of(key))
        name = model.name_of(key)
        return name if node is None else _("%s of %s") % (name, model.title_of(node))

    def _create_field(self) -> MediaField:
        media_field = MediaField(self)
        media_field.browse_requested.connect(lambda: self.browse_requested.emit(media_field.key))
        media_field.paste_requested.connect(lambda: self.paste_requested.emit(media_field.key))
        media_field.address_entered.connect(
            lambda text: self.address_entered.emit(media_field.key, self._draft_target, text)
        )
        media_field.size_choice_requested.connect(
            lambda button: self._picture_tools.choose_size(_key_of(media_field), button)
        )
        media_field.shrink_requested.connect(
            lambda: self._picture_tools.shrink(_key_of(media_field))
        )
        media_field.mask_requested.connect(
            lambda: self._picture_tools.paint_mask(_key_of(media_field))
        )
        media_field.reload_requested.connect(lambda: self.reload_requested.emit(media_field.key))
        media_field.answered.connect(lambda answer: self.answered.emit(media_field.key, answer))
        media_field.closed.connect(lambda: self._on_field_closed(media_field))
        media_field.exited.connect(lambda forward: self._on_field_exited(media_field, forward))
        media_field.entered.connect(lambda: self._on_field_entered(media_field))
        return media_field

    def _release(self, key: InputKey) -> None:
        media_field = self._fields_by_key.pop(key)
        had_focus, typed, draft_target = (
            media_field.has_focus_inside(),
            media_field.typed_address,
            self._draft_target,
        )
        if typed and self._is_other_draft:
            # Delayed, because the other draft is only just being shown.
            QTimer.singleShot(0, self, lambda: self.address_entered.emit(key, draft_target, typed))
        media_field.hide()
        media_field.recycle()
        if had_focus:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if len(self._free_fields) < _MAX_FREE_FIELDS:
            self._free_fields.append(media_field)
        else:
            media_field.deleteLater()

    def _fill(self, media_field: MediaField, row: InputRow) -> None:
        content = self._content_of(row.value, row.spec.kind)
        content = replace(
            content,
            accepts_mask=self._picture_tools.accepts_mask(row.key),
            large_file_hint=self._picture_tools.large_file_hint(row),
        )
        if isinstance(row.value, MediaFile):
            content = self._with_origin(content, row.value)
        media_field.show_row(row, content, self._prompts.get(row.key))

    def _content_of(self, value: Value, kind: InputKind) -> MediaFieldContent:
        icon = texts.media_icon(value, kind)
        if texts.is_address(value):
            return MediaFieldContent(MediaThumbKind.ADDRESS)
        if isinstance(value, MediaFile):
            if value.family is not MediaFamily.IMAGE:
                return MediaFieldContent(MediaThumbKind.FILE, icon=icon)
            source = str(self._media_folder / value.stored_name)
        elif isinstance(value, str) and texts.is_data_address(value):
            if kind is not InputKind.IMAGE:
                return MediaFieldContent(MediaThumbKind.FILE, icon=icon)
            source = value
        else:
            return MediaFieldContent(
                MediaThumbKind.REMOTE if value else MediaThumbKind.EMPTY, icon=icon
            )
        thumbnail = self._thumbnails.get(source)
        if thumbnail.is_loading:
            return MediaFieldContent(MediaThumbKind.LOADING)
        if thumbnail.pixmap is None:
            return MediaFieldContent(MediaThumbKind.FAILED)
        return MediaFieldContent(MediaThumbKind.PICTURE, thumbnail.pixmap)

    def _with_origin(self, content: MediaFieldContent, file: MediaFile) -> MediaFieldContent:
        """Returns the content with the state of the original file."""
        if not file.path:
            return content
        original = self._media_checker.original_state(file)
        is_lost = file.stored_name in self._media_checker.unsendable
        reload_text = _("Take it again") if is_lost and original is not OriginalState.GONE else ""
        note = ""
        if original is OriginalState.CHANGED:
            note, reload_text = _("The original has changed since."), _("Take the new one")
        return replace(
            content, note=note, reload_text=reload_text, origin=texts.origin_text(file, original)
        )

    def check_files(self) -> None:
        """Requests a check of the draft's files."""
        self._media_checker.check(self._checked_files)

    @property
    def _is_other_draft(self) -> bool:
        """True if the draft in view is not the one that the fields belong to."""
        return not self._draft_target.is_in_view

    def _on_draft_changed(self) -> None:
        if self._is_other_draft:
            for key in [
                key
                for key, media_field in self._fields_by_key.items()
                if media_field.is_editing_address
            ]:
                self._release(key)
            self._draft_target = self._view.inputs.draft_target()
        draft = self._view.inputs.draft
        files = [] if draft is None else media_files(draft)
        if files != self._checked_files:
            self._checked_files = files
            self.check_files()
        large_pictures = self._view.inputs.state.large_pictures
        if large_pictures is not self._large_pictures:
            # The hints about large files depend on this setting.
            self._large_pictures = large_pictures
            self._sync_timer.start()

    def _update_tab_order(self) -> None:
        before: QWidget = self._view
        for media_field in sorted(self._fields_by_key.values(), key=lambda each: each.y()):
            before = media_field.set_tab_order_after(before)

    def _update_window_mask(self) -> None:
        """Masks the layer to its fields: everything else belongs to the tree below."""
        region = QRegion()
        for media_field in self._fields_by_key.values():
            region += QRegion(media_field.geometry())
        self.setVisible(not region.isEmpty())
        self.setMask(region)

    def _index_of(self, media_field: MediaField) -> QModelIndex:
        return (
            QModelIndex()
            if media_field.key is None
            else self._view.inputs.index_of(media_field.key)
        )

    def _on_field_closed(self, media_field: MediaField) -> None:
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_field_exited(self, media_field: MediaField, forward: bool) -> None:
        index = self._index_of(media_field)
        if index.isValid():
            self._view.commands.open_next(index, forward=forward)

    def _on_field_entered(self, media_field: MediaField) -> None:
        index = self._index_of(media_field)
        if (
            index.isValid()
            and self._view.inputs.key_at(self._view.currentIndex()) != media_field.key
        ):
            selection = self._view.selectionModel()
            selection.setCurrentIndex(index, selection.SelectionFlag.NoUpdate)


def _key_of(media_field: MediaField) -> InputKey:
    """Returns the input of a field in use; a free field is hidden and requests nothing."""
    assert media_field.key is not None
    return media_field.key
