"""Turns what is dropped, pasted or chosen into a media input's value, as one undoable step."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.domain.live import live_names, live_spec
from runcomfy_desktop.domain.media import MediaFile, check_address
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import offers, texts
from runcomfy_desktop.ui.local_files import local_files
from runcomfy_desktop.ui.pictures import bytes_of_data_address, decodes, png_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QImage

    from runcomfy_desktop.core.media_shelf import MediaShelf
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.offers import Offer
    from runcomfy_desktop.ui.pictures import PictureWorkers


class Way(Enum):
    """How a file came; it names the step of undo."""

    DROP = "drop"
    PASTE = "paste"
    CHOOSE = "choose"
    AGAIN = "again"
    """The original once more, as it is by now."""

    def label(self, name: str) -> str:
        text = {
            Way.DROP: _("Drop %s"),
            Way.PASTE: _("Paste %s"),
            Way.CHOOSE: _("Choose %s"),
            Way.AGAIN: _("Take the new %s"),
        }[self]
        return text % one_line(name)


class Intake(QObject):
    """Brings files to the shelf and into the draft. `told` says what a person should know,
    `begun` that a ticket of the shelf is for this input, `several` that it was given more than
    one file."""

    told = Signal(str)
    begun = Signal(object, str)
    several = Signal(object, object, object)  # a key, paths, a Way

    def __init__(
        self,
        workbench: Workbench,
        shelf: MediaShelf,
        workers: PictureWorkers,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._shelf = shelf
        self._workers = workers

    def take(self, data: QMimeData, key: InputKey, way: Way) -> None:
        """The best that `data` holds becomes the value of `key`, at once or a little later."""
        offer = offers.read_offer(data)
        if offer.files:
            self.take_files(offer.files, key, way)
        elif offer.image is not None:
            self._take_image(offer.image, offer.name, key, way)
        elif offer.octets:
            self._take_bytes(offer.octets, offer, key, way)
        elif texts.is_data_address(offer.address):
            self._take_bytes(bytes_of_data_address(offer.address) or b"", offer, key, way)
        elif offer.address:
            self._take_address(offer.address, key, way)
        elif way is Way.PASTE:
            self.told.emit(_("The clipboard holds no file and no web address."))
        else:
            self.told.emit(_("What was dropped is no file and no web address."))

    def take_files(self, paths: Sequence[str], key: InputKey, way: Way) -> None:
        """One file becomes the value; of several the person says what is to become of them."""
        if len(paths) > 1:
            self.several.emit(key, tuple(paths), way)
        elif paths:
            self.take_file(paths[0], key, way)

    def take_file(self, path: str, key: InputKey, way: Way) -> None:
        ticket = self._shelf.add_file(path, self._keeper(key, way.label), self.kind_of(key))
        self.begun.emit(key, ticket)

    def take_made(self, data: bytes, name: str, key: InputKey, label: str) -> None:
        """What was made here of the picture that an input has; `label` names the step."""
        keeper = self._keeper(key, lambda _name: label)
        self._shelf.add_bytes(data, name, keeper, self.kind_of(key))

    def kind_of(self, key: InputKey) -> InputKind:
        """What an input of the workflow takes."""
        state = self._workbench.state
        if state.draft is None or key.node_id not in state.draft.workflow.nodes:
            return InputKind.OTHER
        return live_spec(key, state.draft, state.schema).kind

    def take_again(self, key: InputKey) -> None:
        """Takes the original of a kept file once more."""
        draft = self._workbench.state.draft
        value = None if draft is None else draft.value(key)
        if isinstance(value, MediaFile) and value.path:
            self.take_file(value.path, key, Way.AGAIN)

    def take_address(self, address: str, key: InputKey) -> None:
        """An address that was typed, and has been checked."""
        self._workbench.edit({key: address}, _("Use an address for %s") % one_line(key.name))

    def send_anyway(self, key: InputKey) -> None:
        """Sends a picture above the recommended size inline all the same."""
        draft = self._workbench.state.draft
        value = None if draft is None else draft.value(key)
        if isinstance(value, MediaFile):
            label = _("Send %s anyway") % one_line(value.name)
            self._workbench.edit({key: replace(value, send_large=True)}, label)

    def _take_image(self, image: QImage, name: str, key: InputKey, way: Way) -> None:
        keeper = self._keeper(key, way.label)

        def encoded(data: object) -> None:
            assert isinstance(data, bytes)
            self._shelf.add_bytes(data, _png_name(name, way), keeper, self.kind_of(key))

        self._workers.run(lambda: png_bytes(image), encoded)

    def _take_bytes(self, data: bytes, offer: Offer, key: InputKey, way: Way) -> None:
        embedded = texts.is_data_address(offer.address)
        keeper = self._keeper(key, way.label)

        def looked_at(is_picture: object) -> None:
            if is_picture or (embedded and self.kind_of(key) is not InputKind.IMAGE):
                name = offer.name or _nameless(way)
                self._shelf.add_bytes(data, name, keeper, self.kind_of(key))
            elif texts.is_address(offer.address):
                self._take_address(offer.address, key, way)
            else:
                self.told.emit(_("What was dropped could not be read as a picture."))

        self._workers.run(lambda: decodes(data), looked_at)

    def _take_address(self, address: str, key: InputKey, way: Way) -> None:
        wrong = check_address(address)
        if wrong:
            self.told.emit(wrong)
        else:
            self._workbench.edit({key: address}, way.label(texts.media_name(address)))

    def _keeper(self, key: InputKey, label: Callable[[str], str]) -> Callable[[MediaFile], object]:
        """Puts a kept file into the draft that it was meant for."""
        draft = self._workbench.state.draft
        meant_for = "" if draft is None else draft.key

        def kept(media: MediaFile) -> None:
            now = self._workbench.state.draft
            if now is None or now.key != meant_for or not self._is_there(key):
                text = _("%s was not used: another workflow was opened meanwhile.")
                self.told.emit(text % one_line(media.name))
                return
            self._workbench.edit({key: media}, label(media.name))

        return kept

    def _is_there(self, key: InputKey) -> bool:
        """Whether the workflow has the input, be it for a choice that was made here."""
        state = self._workbench.state
        node = None if state.draft is None else state.draft.workflow.nodes.get(key.node_id)
        if state.draft is None or node is None:
            return False
        return key.name in live_names(node, state.draft, state.schema)

    def tell_of_other_files(self, data: QMimeData, workflow: str) -> None:
        """What became of the files that were dropped together with a workflow."""
        count = len(local_files(data))
        if count > 1:
            text = n_(
                "%d file was dropped; %s was opened as the workflow, the others were left.",
                "%d files were dropped; %s was opened as the workflow, the others were left.",
                count,
            )
            self.told.emit(text % (count, one_line(offers.file_name(workflow))))


def _nameless(way: Way) -> str:
    return _("Pasted picture") if way is Way.PASTE else _("Dropped picture")


def _png_name(name: str, way: Way) -> str:
    """The picture's name; it has been encoded anew, so another ending would be a lie."""
    stem = name.rpartition(".")[0] or name
    return f"{stem or _nameless(way)}.png"
