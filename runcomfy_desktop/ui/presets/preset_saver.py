"""Saving of the draft in view as a new preset or into its own preset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.drafts.open_draft_commands import set_preset
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits
from runcomfy_desktop.ui.presets.preset_actions import read_only_reason
from runcomfy_desktop.ui.presets.preset_rows import preset_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.drafts.pins import Pins
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary
    from runcomfy_desktop.ui.presets.current_preset import CurrentPreset
    from runcomfy_desktop.ui.presets.save_dialog import PresetSaveOptions, PresetSaveRequest


@dataclass(frozen=True, slots=True)
class _SaveTarget:
    """Preset into which a draft is saved; it keeps its library even if the session changes."""

    preset_library: PresetLibrary
    draft: Draft
    summary: PresetSummary


class PresetSaver(QObject):
    """Saves the draft in view as a preset.

    Emits `notified` with a Notice, and `saved` with the path of a new preset.
    """

    notified = Signal(object)
    saved = Signal(str)

    def __init__(self, window: QWidget, current_preset: CurrentPreset) -> None:
        super().__init__(window)
        self._window = window
        self._current_preset = current_preset
        self._preset_library: PresetLibrary | None = None
        self._draft_editor: DraftEditor | None = None
        self._pins: Pins | None = None

    def attach(self, preset_library: PresetLibrary, draft_editor: DraftEditor, pins: Pins) -> None:
        self._preset_library, self._draft_editor, self._pins = (
            preset_library,
            draft_editor,
            pins,
        )

    def detach(self) -> None:
        self._preset_library = self._draft_editor = self._pins = None

    def save(self) -> None:
        """Saves into the draft's preset; without one that can be written, asks for a name."""
        draft, summary, preset_library = (
            self._committed_draft(),
            self._current_preset.summary,
            self._preset_library,
        )
        if draft is None or preset_library is None:
            return
        if summary is None or summary.problem or read_only_reason(summary):
            self.save_as()
            return
        # The current values are saved, whatever comes into view while the file is read.
        pins, target = self._draft_pins(), _SaveTarget(preset_library, draft, summary)
        preset_library.read(
            summary.path, lambda earlier: self._update(target, pins, earlier), is_for_writing=True
        )

    def save_as(self) -> None:
        """Asks for a name and a folder, then saves a new preset."""
        from runcomfy_desktop.ui.presets.save_dialog import SavePresetDialog

        draft, preset_library = self._committed_draft(), self._preset_library
        if draft is None or preset_library is None:
            return
        dialog = SavePresetDialog(self._build_save_options(draft, preset_library), self._window)
        summary = self._current_preset.summary
        if summary is None:
            dialog.set_values(one_line(draft.title or draft.source.name), "", "")
        else:
            dialog.set_values(
                preset_name(summary), "" if summary.is_shipped else summary.folder, summary.note
            )
        # The current pins are saved, whatever comes into view while the name is typed.
        pins = self._draft_pins()
        dialog.save_requested.connect(lambda request: self._save_new(draft, pins, request))
        dialog.open()

    # Internal

    def _committed_draft(self) -> Draft | None:
        return None if self._draft_editor is None else commit_pending_edits(self._draft_editor)

    def _build_save_options(self, draft: Draft, preset_library: PresetLibrary) -> PresetSaveOptions:
        from runcomfy_desktop.domain.presets.capture import first_of, preset_inputs
        from runcomfy_desktop.ui.presets.save_dialog import MAX_INPUTS_NAMED, PresetSaveOptions

        summaries, keys = preset_library.state.summaries, preset_inputs(draft)

        def find_path(folder: str, name: str) -> str:
            wanted = (folder.casefold(), name.casefold())
            return next(
                (summary.path for summary in summaries if _folder_and_name(summary) == wanted), ""
            )

        return PresetSaveOptions(
            tuple(key.name for key in first_of(keys, MAX_INPUTS_NAMED)),
            len(keys),
            preset_library.state.folders,
            find_path,
            tuple({file.sha256: file.size_bytes for file in media_files(draft)}.values()),
            len(self._draft_pins()),
        )

    def _save_new(self, draft: Draft, pins: tuple[Pin, ...], request: PresetSaveRequest) -> None:
        preset_library = self._preset_library
        if preset_library is None:
            return
        from runcomfy_desktop.domain.presets.capture import preset_of

        pins = pins if request.with_pins else ()

        def build_preset() -> Preset:
            return replace(preset_of(draft, request.name, pins), note=request.note)

        if request.replaces:
            summary = preset_library.state.summary_of(request.replaces)
            includes_files = request.with_files
            if summary is not None:
                target = _SaveTarget(preset_library, draft, summary)
                preset_library.read(
                    summary.path,
                    lambda earlier: self._replace(target, earlier, build_preset, includes_files),
                    is_for_writing=True,
                )
            return
        preset_library.save(
            build_preset,
            request.folder,
            lambda path: self._on_saved(draft, path),
            includes_files=request.with_files,
        )

    def _on_saved(self, draft: Draft, path: str) -> None:
        """Links the draft to the preset, now on disk under an unused name, and reports the save."""
        if self._draft_editor is None or self._preset_library is None:
            return
        set_preset(self._draft_editor, draft.key, path)
        summary = self._preset_library.state.summary_of(path)
        name = preset_name(summary) if summary is not None else path
        self._notify(_("The preset “%s” was saved.") % name)
        self.saved.emit(path)

    def _update(self, target: _SaveTarget, pins: tuple[Pin, ...], earlier: Preset) -> None:
        # Imported late, as above: nothing is saved during the first frame.
        from runcomfy_desktop.domain.presets.capture import is_changed, preset_of, updated_preset

        draft = target.draft
        if not is_changed(draft, earlier):
            self._notify(
                _("There is nothing to save."),
                _("The inputs are as the preset “%s” has them.") % preset_name(target.summary),
            )
            return
        pins = pins if earlier.pins else ()
        self._replace(
            target, earlier, lambda: updated_preset(earlier, preset_of(draft, earlier.name, pins))
        )

    def _replace(
        self,
        target: _SaveTarget,
        earlier: Preset,
        build_preset: Callable[[], Preset],
        includes_files: bool = False,
    ) -> None:
        summary, key = target.summary, target.draft.key
        lost_counts: list[int] = []

        def build_and_count() -> Preset:
            new_preset = build_preset()
            lost_counts.append(_lost_input_count(earlier, new_preset))
            return new_preset

        def on_written(path: str) -> None:
            if self._draft_editor is not None:
                set_preset(self._draft_editor, key, path)
            title = _("The preset “%s” was saved.") % preset_name(summary)
            undo = lambda: self._restore(path, earlier)  # noqa: E731 - callback of the button
            detail = _lost_inputs_text(lost_counts[-1])
            notice = Notice(NoticeLevel.INFO, title, detail, action_text=_("Undo"), action=undo)
            self.notified.emit(notice)

        target.preset_library.update(
            summary.path, build_and_count, on_written, includes_files=includes_files
        )

    def _restore(self, path: str, earlier: Preset) -> None:
        """Writes the file's earlier content back; the inputs are unchanged."""
        if (
            self._preset_library is not None
            and self._preset_library.state.summary_of(path) is not None
        ):
            self._preset_library.update(path, earlier)

    def _draft_pins(self) -> tuple[Pin, ...]:
        """Returns the pins of the draft in view."""
        return () if self._pins is None else self._pins.state.pins

    def _notify(self, title: str, detail: str = "") -> None:
        self.notified.emit(Notice(NoticeLevel.INFO, title, detail))


def _lost_input_count(earlier: Preset, current: Preset) -> int:
    """Returns the number of inputs in `earlier` that `current` lacks.

    A draft holds only inputs that fit its workflow, so saving it into a preset can lose others.
    """
    had, has = (
        Counter((entry.class_type, entry.key.name) for entry in each.entries)
        for each in (earlier, current)
    )
    return (had - has).total()


def _lost_inputs_text(count: int) -> str:
    text = n_(
        "%d input that it had before is not in it any more.",
        "%d inputs that it had before are not in it any more.",
        count,
    )
    return text % count if count else ""


def _folder_and_name(summary: PresetSummary) -> tuple[str, str]:
    return ("", "") if summary.is_shipped else (summary.folder.casefold(), summary.name.casefold())
