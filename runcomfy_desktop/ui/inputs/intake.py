"""Turns what is dropped, pasted or chosen into a media input's value, as one undoable step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.aim import Aim
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
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.problem import Problem
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


@dataclass(frozen=True, slots=True)
class Goal:
    """The input that something is for, of the draft that was in view when it was begun."""

    key: InputKey
    aim: Aim

    @property
    def is_there(self) -> bool:
        """Whether the workflow has the input, be it for a choice that was made here."""
        draft = self.aim.draft
        node = None if draft is None else draft.workflow.nodes.get(self.key.node_id)
        if draft is None or node is None:
            return False
        return self.key.name in live_names(node, draft, self.aim.schema)

    def has(self, value: Value) -> bool:
        """Whether the input has this value already."""
        draft = self.aim.draft
        return draft is not None and self.is_there and draft.value(self.key) == value

    @property
    def kind(self) -> InputKind:
        """What the input takes."""
        draft = self.aim.draft
        if draft is None or self.key.node_id not in draft.workflow.nodes:
            return InputKind.OTHER
        return live_spec(self.key, draft, self.aim.schema).kind


class Intake(QObject):
    """Brings files to the shelf and into the draft that they are for, in view or not. `told` says
    what a person should know, `begun` that a ticket of the shelf is for this input of the draft in
    view, `several` that it was given more than one file."""

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
        offer, goal = offers.read_offer(data), self.goal(key)
        if offer.files:
            self.take_files(offer.files, goal, way)
        elif offer.image is not None:
            self._take_image(offer.image, offer.name, goal, way)
        elif offer.octets:
            self._take_bytes(offer.octets, offer, goal, way)
        elif texts.is_data_address(offer.address):
            self._take_bytes(bytes_of_data_address(offer.address) or b"", offer, goal, way)
        elif offer.address:
            self._take_address(offer.address, goal, way)
        elif way is Way.PASTE:
            self.told.emit(_("The clipboard holds no file and no web address."))
        else:
            self.told.emit(_("What was dropped is no file and no web address."))

    def goal(self, key: InputKey) -> Goal:
        """An input of the draft in view, for what takes a while."""
        return Goal(key, Aim(self._workbench))

    def take_files(self, paths: Sequence[str], goal: Goal, way: Way) -> None:
        """One file becomes the value; of several the person says what is to become of them."""
        if len(paths) == 1:
            self.take_file(paths[0], goal, way)
        elif paths and goal.aim.is_in_view:
            self.several.emit(goal.key, tuple(paths), way)
        elif paths:
            self.told.emit(
                _(
                    "What becomes of several files is asked in their own draft, which is not in "
                    "view. Choose them there again."
                )
            )

    def take_file(self, path: str, goal: Goal, way: Way) -> None:
        ticket = self._shelf.add_file(path, self._keeper(goal, way.label), goal.kind)
        if goal.aim.is_in_view:
            self.begun.emit(goal.key, ticket)

    def take_made(
        self, data: bytes, name: str, goal: Goal, label: str, ended: Callable[[str], object]
    ) -> Callable[[], None]:
        """What was made here of the picture that an input has; `label` names the step. `ended`
        hears why it could not be kept, or "" when the input has it. Returns what takes it back
        until then."""

        def kept(media: MediaFile) -> None:
            ended(self._give(media, media.name, goal, label))

        def failed(problem: Problem) -> None:
            ended(problem.sentence())

        ticket = self._shelf.add_bytes(data, name, kept, goal.kind, failed)
        return lambda: self._shelf.stop(ticket)

    def take_again(self, key: InputKey) -> None:
        """Takes the original of a kept file once more."""
        draft = self._workbench.state.draft
        value = None if draft is None else draft.value(key)
        if isinstance(value, MediaFile) and value.path:
            self.take_file(value.path, self.goal(key), Way.AGAIN)

    def take_address(self, address: str, goal: Goal) -> None:
        """An address that was typed, and has been checked."""
        label = _("Use an address for %s") % one_line(goal.key.name)
        self._use(address, texts.media_name(address), goal, label)

    def _take_image(self, image: QImage, name: str, goal: Goal, way: Way) -> None:
        # Written as a file by the shelf, too: it knows then that there is one to come.
        keeper = self._keeper(goal, way.label)
        self._shelf.add_bytes(lambda: png_bytes(image), _png_name(name, way), keeper, goal.kind)

    def _take_bytes(self, data: bytes, offer: Offer, goal: Goal, way: Way) -> None:
        embedded = texts.is_data_address(offer.address)
        keeper = self._keeper(goal, way.label)

        def looked_at(is_picture: object) -> None:
            if is_picture or (embedded and goal.kind is not InputKind.IMAGE):
                name = offer.name or _nameless(way)
                self._shelf.add_bytes(data, name, keeper, goal.kind)
            elif texts.is_address(offer.address):
                self._take_address(offer.address, goal, way)
            else:
                self.told.emit(_("What was dropped could not be read as a picture."))

        self._workers.run(lambda: decodes(data), looked_at)

    def _take_address(self, address: str, goal: Goal, way: Way) -> None:
        name = texts.media_name(address)
        wrong = check_address(address)
        if wrong:
            self.told.emit(wrong)
        else:
            self._use(address, name, goal, way.label(name))

    def _keeper(self, goal: Goal, label: Callable[[str], str]) -> Callable[[MediaFile], object]:
        """Puts a kept file into the draft that it was meant for."""

        def kept(media: MediaFile) -> None:
            self._use(media, media.name, goal, label(media.name))

        return kept

    def _use(self, value: Value, name: str, goal: Goal, label: str) -> None:
        wrong = self._give(value, name, goal, label)
        if wrong:
            self.told.emit(wrong)

    def _give(self, value: Value, name: str, goal: Goal, label: str) -> str:
        """Gives an input its value, and says so where nobody sees it; else why it has none."""
        draft = goal.aim.draft
        if draft is None or not goal.is_there:
            text = _("%s was not used: the draft that it is for has no such input any more.")
            return text % one_line(name)
        goal.aim.edit({goal.key: value}, label)
        if not goal.aim.is_in_view:
            text = _("%s is in the draft “%s” now, which is not in view.")
            self.told.emit(text % (one_line(name), one_line(draft.title or draft.source.name)))
        return ""

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
