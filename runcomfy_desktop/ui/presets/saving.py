"""Saves the draft in view as a preset, a new one or the one that it goes back to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.preset_followers import use_preset
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.presets.actions import why_read_only
from runcomfy_desktop.ui.presets.heads import head_of
from runcomfy_desktop.ui.presets.rows import preset_name
from runcomfy_desktop.ui.taking_back import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.pins import Pins
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.pin import Pin
    from runcomfy_desktop.domain.preset.preset import Preset, PresetHead
    from runcomfy_desktop.ui.presets.current import CurrentPreset
    from runcomfy_desktop.ui.presets.save_dialog import Offer, Wish


@dataclass(frozen=True, slots=True)
class _Into:
    """The preset that a draft is saved into; of that library, whatever session comes meanwhile."""

    library: Library
    draft: Draft
    head: PresetHead


class Saving(QObject):
    """Emits `told` with a Notice, and `saved` with the path of a preset that is new."""

    told = Signal(object)
    saved = Signal(str)

    def __init__(self, window: QWidget, current: CurrentPreset) -> None:
        super().__init__(window)
        self._window = window
        self._current = current
        self._library: Library | None = None
        self._workbench: Workbench | None = None
        self._pinned: Pins | None = None

    def attach(self, library: Library, workbench: Workbench, pins: Pins) -> None:
        self._library, self._workbench, self._pinned = library, workbench, pins

    def detach(self) -> None:
        self._library = self._workbench = self._pinned = None

    def save(self) -> None:
        """Into the preset that the draft goes back to; without one, a name is asked for."""
        draft, head, library = self._settled(), self._current.head, self._library
        if draft is None or library is None:
            return
        if head is None or head.problem or why_read_only(head):
            self.save_as()
            return
        # What is saved is what there is now, whatever comes into view while the file is read.
        pins, into = self._pins(), _Into(library, draft, head)
        library.read(head.path, lambda earlier: self._update(into, pins, earlier), saves=True)

    def save_as(self) -> None:
        """Asks for a name and a folder first."""
        from runcomfy_desktop.ui.presets.save_dialog import SaveDialog

        draft, library = self._settled(), self._library
        if draft is None or library is None:
            return
        dialog = SaveDialog(self._offer(draft, library), self._window)
        head = self._current.head
        if head is None:
            dialog.begin(one_line(draft.title or draft.source.name), "", "")
        else:
            dialog.begin(preset_name(head), "" if head.is_shipped else head.folder, head.note)
        # As above, whatever comes into view while the name is typed.
        pins = self._pins()
        dialog.wished.connect(lambda wish: self._save(draft, pins, wish))
        dialog.open()

    # Inside

    def _settled(self) -> Draft | None:
        return None if self._workbench is None else settled(self._workbench)

    def _offer(self, draft: Draft, library: Library) -> Offer:
        from runcomfy_desktop.domain.preset.capture import first_of, inputs_of
        from runcomfy_desktop.ui.presets.save_dialog import NAMED, Offer

        heads, keys = library.state.heads, inputs_of(draft)

        def path_of(folder: str, name: str) -> str:
            wanted = (folder.casefold(), name.casefold())
            return next((head.path for head in heads if _place(head) == wanted), "")

        return Offer(
            tuple(key.name for key in first_of(keys, NAMED)),
            len(keys),
            library.state.folders,
            path_of,
            tuple({file.sha256: file.size_bytes for file in media_files(draft)}.values()),
            len(self._pins()),
        )

    def _save(self, draft: Draft, pins: tuple[Pin, ...], wish: Wish) -> None:
        library = self._library
        if library is None:
            return
        from runcomfy_desktop.domain.preset.capture import preset_of

        pins = pins if wish.with_pins else ()

        def preset() -> Preset:
            return replace(preset_of(draft, wish.name, pins), note=wish.note)

        if wish.replaces:
            head = head_of(library.state, wish.replaces)
            brings = wish.with_files
            if head is not None:
                into = _Into(library, draft, head)
                library.read(
                    head.path,
                    lambda earlier: self._replace(into, earlier, preset, brings),
                    saves=True,
                )
            return
        library.save(
            preset, wish.folder, lambda path: self._done(draft, path), brings_files=wish.with_files
        )

    def _done(self, draft: Draft, path: str) -> None:
        """It is on disk, under a name that was free."""
        if self._workbench is None or self._library is None:
            return
        use_preset(self._workbench, draft.key, path)
        head = head_of(self._library.state, path)
        name = preset_name(head) if head is not None else path
        self._tell(_("The preset “%s” was saved.") % name)
        self.saved.emit(path)

    def _update(self, into: _Into, pins: tuple[Pin, ...], earlier: Preset) -> None:
        # Late, here and above: nothing is saved with the first frame.
        from runcomfy_desktop.domain.preset.capture import is_changed, kept_on, preset_of

        draft = into.draft
        if not is_changed(draft, earlier):
            self._tell(
                _("There is nothing to save."),
                _("The inputs are as the preset “%s” has them.") % preset_name(into.head),
            )
            return
        pins = pins if earlier.pins else ()
        self._replace(into, earlier, lambda: kept_on(earlier, preset_of(draft, earlier.name, pins)))

    def _replace(
        self,
        into: _Into,
        earlier: Preset,
        preset: Callable[[], Preset],
        brings_files: bool = False,
    ) -> None:
        head, key = into.head, into.draft.key
        gone: list[int] = []

        def made() -> Preset:
            now = preset()
            gone.append(_gone(earlier, now))
            return now

        def done(path: str) -> None:
            if self._workbench is not None:
                use_preset(self._workbench, key, path)
            title = _("The preset “%s” was saved.") % preset_name(head)
            undo = lambda: self._take_back(path, earlier)  # noqa: E731 - what the button does
            detail = _gone_text(gone[-1])
            notice = Notice(NoticeLevel.INFO, title, detail, action_text=_("Undo"), action=undo)
            self.told.emit(notice)

        into.library.update(head.path, made, done, brings_files=brings_files)

    def _take_back(self, path: str, earlier: Preset) -> None:
        """What the file held before is in it again; the inputs stay as they are."""
        if self._library is not None and head_of(self._library.state, path) is not None:
            self._library.update(path, earlier)

    def _pins(self) -> tuple[Pin, ...]:
        """The pins of the draft in view."""
        return () if self._pinned is None else self._pinned.state.pins

    def _tell(self, title: str, detail: str = "") -> None:
        self.told.emit(Notice(NoticeLevel.INFO, title, detail))


def _gone(earlier: Preset, now: Preset) -> int:
    """How many inputs a preset has lost: a draft takes over only what fits it."""
    had, has = (
        Counter((entry.class_type, entry.key.name) for entry in each.entries)
        for each in (earlier, now)
    )
    return (had - has).total()


def _gone_text(count: int) -> str:
    text = n_(
        "%d input that it had before is not in it any more.",
        "%d inputs that it had before are not in it any more.",
        count,
    )
    return text % count if count else ""


def _place(head: PresetHead) -> tuple[str, str]:
    return ("", "") if head.is_shipped else (head.folder.casefold(), head.name.casefold())
