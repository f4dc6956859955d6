"""The preset of the draft in view, and whether the draft differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.base.latest_request import LatestRequest

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary
    from runcomfy_desktop.ui.base.session_scope import SessionScope


class CurrentPreset(QObject):
    """Tracks the preset of the draft in view and rereads it when its file changes.

    Emits `changed`. `summary` is None if the draft has no preset or its preset does not exist.
    `preset` is None until it is read.
    """

    changed = Signal()

    def __init__(
        self, scope: SessionScope, preset_library: PresetLibrary, draft_editor: DraftEditor
    ) -> None:
        super().__init__(scope)
        self.draft: Draft | None = draft_editor.state.draft
        self.summary: PresetSummary | None = None
        self.preset: Preset | None = None
        self.is_changed = False
        self._preset_library = preset_library
        self._read_request = LatestRequest(scope)
        scope.subscribe(preset_library.changed, lambda _state: self._refresh())
        scope.subscribe(draft_editor.changed, self._on_draft_editor_changed)
        self._refresh()

    @property
    def path(self) -> str:
        return "" if self.summary is None else self.summary.path

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        self.draft = editor_state.draft
        self._refresh()

    def _refresh(self) -> None:
        """Updates the summary, reads the preset if it changed, and compares."""
        path = "" if self.draft is None else self.draft.preset
        summary = self._preset_library.state.summary_of(path)
        if summary != self.summary:
            is_different = (
                summary is None or self.summary is None or summary.path != self.summary.path
            )
            self.summary = summary
            if is_different:
                self.preset = None
            self._read_request.cancel()
            if summary is not None and not summary.problem:
                self._preset_library.read(summary.path, self._read_request.start(self._on_read))
        self._compare()

    def _on_read(self, preset: Preset) -> None:
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
