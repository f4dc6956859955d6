"""A deployment that is opened with nothing changed begins with its default preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.presets.preset_library_state import find_summary
from runcomfy_desktop.domain.drafts.draft import is_edited

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.drafts.draft import Draft


class DefaultPresetApplier(QObject):
    """Looks once at each draft that comes into view: what is done to it later stays as it is.

    `apply_default` applies a preset by its path, without a question where everything fits, if what
    it is given says that it still may.
    """

    def __init__(
        self, parent: QObject, apply_default: Callable[[str, Callable[[], bool]], object]
    ) -> None:
        super().__init__(parent)
        self._apply_default = apply_default
        self._preset_library: PresetLibrary | None = None
        self._draft_editor: DraftEditor | None = None
        self._subscriptions = Subscriptions()
        self._seen_draft_keys: set[str] = set()

    def attach(self, preset_library: PresetLibrary, draft_editor: DraftEditor) -> None:
        self._preset_library, self._draft_editor = preset_library, draft_editor
        self._subscriptions.add(draft_editor.changed, lambda _state: self._check_draft())
        self._subscriptions.add(preset_library.changed, lambda _state: self._check_draft())
        self._check_draft()

    def detach(self) -> None:
        self._subscriptions.close()
        self._preset_library = self._draft_editor = None
        self._seen_draft_keys.clear()

    def _check_draft(self) -> None:
        preset_library, draft_editor = self._preset_library, self._draft_editor
        if preset_library is None or draft_editor is None:
            return
        editor_state = draft_editor.state
        draft = editor_state.draft
        if draft is None or draft.key in self._seen_draft_keys:
            return
        if not is_untouched(editor_state):
            self._seen_draft_keys.add(draft.key)
        elif not preset_library.state.loading and editor_state.schema is not None:
            # Before, nobody knows what fits.
            self._seen_draft_keys.add(draft.key)
            self._apply_to(draft, preset_library)

    def _apply_to(self, draft: Draft, preset_library: PresetLibrary) -> None:
        summary = find_summary(
            preset_library.state, preset_library.state.defaults.get(draft.deployment_id, "")
        )
        if summary is not None and not summary.problem and not draft.source.is_file:
            self._apply_default(summary.path, lambda: self._is_still_untouched(draft))

    def _is_still_untouched(self, draft: Draft) -> bool:
        """Whether the draft is in view, as untouched as it was."""
        editor_state = None if self._draft_editor is None else self._draft_editor.state
        if editor_state is None or editor_state.draft is None:
            return False
        return editor_state.draft.key == draft.key and is_untouched(editor_state)


def is_untouched(editor_state: EditorState) -> bool:
    """Whether nobody has done anything to the draft in view, nor taken it back."""
    draft = editor_state.draft
    is_as_opened = not (editor_state.undo_text or editor_state.redo_text)
    return draft is not None and is_as_opened and not is_edited(draft)
