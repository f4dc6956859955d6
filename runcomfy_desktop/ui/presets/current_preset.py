"""The preset of the draft in view, and whether the draft differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.base.topic import Subscriptions

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary, PresetLibraryState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary


class CurrentPreset(QObject):
    """Tracks the preset of the draft in view and rereads it when its file changes.

    Emits `changed`. `summary` is None if the draft has no preset or its preset does not exist.
    `preset` is None until it is read.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.summary: PresetSummary | None = None
        self.preset: Preset | None = None
        self.is_changed = False
        self._preset_library: PresetLibrary | None = None
        self._subscriptions = Subscriptions()

    @property
    def path(self) -> str:
        return "" if self.summary is None else self.summary.path

    def attach(self, preset_library: PresetLibrary, draft_editor: DraftEditor) -> None:
        self._preset_library = preset_library
        self._subscriptions.add(preset_library.changed, self._on_library_changed)
        self._subscriptions.add(draft_editor.changed, self._on_draft_editor_changed)
        self._on_draft_editor_changed(draft_editor.state)

    def detach(self) -> None:
        self._subscriptions.close()
        self._preset_library = None
        self.draft = self.summary = self.preset = None
        self._compare()

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        self.draft = editor_state.draft
        self._refresh()

    def _on_library_changed(self, state: PresetLibraryState) -> None:
        self._refresh()

    def _refresh(self) -> None:
        """Updates the summary, reads the preset if it changed, and compares."""
        preset_library = self._preset_library
        if preset_library is None:
            return
        path = "" if self.draft is None else self.draft.preset
        summary = preset_library.state.summary_of(path)
        if summary != self.summary:
            is_different = (
                summary is None or self.summary is None or summary.path != self.summary.path
            )
            self.summary = summary
            if is_different:
                self.preset = None
            if summary is not None and not summary.problem:
                preset_library.read(summary.path, lambda preset: self._on_read(summary, preset))
        self._compare()

    def _on_read(self, summary: PresetSummary, preset: Preset) -> None:
        if summary == self.summary:
            self.preset = preset
            self._compare()

    def _compare(self) -> None:
        draft, preset = self.draft, self.preset
        if draft is None or preset is None:
            self.is_changed = False
        else:
            # Imported late: few starts begin with a preset.
            from runcomfy_desktop.domain.presets.capture import is_changed

            self.is_changed = is_changed(draft, preset)
        self.changed.emit()
