"""Which preset the draft in view goes back to, and whether the draft differs from it by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.ui.presets.heads import head_of

if TYPE_CHECKING:
    from runcomfy_desktop.core.library import Library, LibraryState
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.preset.preset import Preset, PresetHead


class CurrentPreset(QObject):
    """Reads the preset again when its file has changed. Emits `changed`.

    `head` is None when the draft goes back to no preset that is there; `preset` until it is read.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.head: PresetHead | None = None
        self.preset: Preset | None = None
        self.is_changed = False
        self._library: Library | None = None
        self._links = Subscriptions()

    @property
    def path(self) -> str:
        return "" if self.head is None else self.head.path

    def attach(self, library: Library, workbench: Workbench) -> None:
        self._library = library
        self._links.add(library.changed, self._on_library_changed)
        self._links.add(workbench.changed, self._on_workbench_changed)
        self._on_workbench_changed(workbench.state)

    def detach(self) -> None:
        self._links.close()
        self._library = None
        self.draft = self.head = self.preset = None
        self._compare()

    def _on_workbench_changed(self, bench: BenchState) -> None:
        self.draft = bench.draft
        self._look()

    def _on_library_changed(self, state: LibraryState) -> None:
        self._look()

    def _look(self) -> None:
        """What there is of it now."""
        library = self._library
        if library is None:
            return
        path = "" if self.draft is None else self.draft.preset
        head = head_of(library.state, path)
        if head != self.head:
            is_other = head is None or self.head is None or head.path != self.head.path
            self.head = head
            if is_other:
                self.preset = None
            if head is not None and not head.problem:
                library.read(head.path, lambda preset: self._on_read(head, preset))
        self._compare()

    def _on_read(self, head: PresetHead, preset: Preset) -> None:
        if head == self.head:
            self.preset = preset
            self._compare()

    def _compare(self) -> None:
        draft, preset = self.draft, self.preset
        if draft is None or preset is None:
            self.is_changed = False
        else:
            # Late: few starts begin with a preset.
            from runcomfy_desktop.domain.preset.capture import is_changed

            self.is_changed = is_changed(draft, preset)
        self.changed.emit()
