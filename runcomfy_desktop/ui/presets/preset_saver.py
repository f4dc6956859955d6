"""Saving of the draft in view as a new preset or into its own preset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.editor.open_draft_commands import set_preset
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits
from runcomfy_desktop.ui.presets.preset_actions import read_only_reason
from runcomfy_desktop.ui.presets.preset_rows import preset_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.presets.current_preset import CurrentPreset
    from runcomfy_desktop.ui.presets.save_dialog import PresetSaveOptions, PresetSaveRequest


@dataclass(frozen=True, slots=True)
class _SaveTarget:
    """Preset into which a draft is saved."""

    draft: Draft
    summary: PresetSummary


class PresetSaver:
    """Saves the draft in view as a preset.

    Publishes `saved` with the path of a new preset. What is being written when the session ends is
    still written and recorded, without the window.
    """

    def __init__(
        self, scope: SessionScope, services: SessionServices, current_preset: CurrentPreset
    ) -> None:
        self.saved: Topic[str] = Topic()
        self._scope = scope
        self._preset_library = services.preset_library
        self._draft_editor = services.draft_editor
        self._pins = services.pins
        self._notices = services.notices
        self._current_preset = current_preset

    def save(self) -> None:
        """Saves into the draft's preset; without one that can be written, asks for a name."""
        draft, summary = commit_pending_edits(self._draft_editor), self._current_preset.summary
        if draft is None:
            return
        if summary is None or summary.problem or read_only_reason(summary):
            self.save_as()
            return
        # The current values are saved, whatever comes into view while the file is read.
        pins, target = self._pins.state.own_pins, _SaveTarget(draft, summary)
        self._preset_library.read(
            summary.path, lambda earlier: self._update(target, pins, earlier), is_for_writing=True
        )

    def save_as(self) -> None:
        """Asks for a name and a folder, then saves a new preset."""
        from runcomfy_desktop.ui.presets.save_dialog import SavePresetDialog

        draft = commit_pending_edits(self._draft_editor)
        if draft is None:
            return
        dialog = SavePresetDialog(self._build_save_options(draft), self._scope.dialog_parent)
        summary = self._current_preset.summary
        if summary is None:
            dialog.set_values(one_line(draft.title or draft.source.name), "", "")
        else:
            dialog.set_values(
                preset_name(summary), "" if summary.is_shipped else summary.folder, summary.note
            )
        # The current pins are saved, whatever comes into view while the name is typed.
        pins = self._pins.state.own_pins
        dialog.save_requested.connect(lambda request: self._save_new(draft, pins, request))
        dialog.open()

    # Internal

    def _build_save_options(self, draft: Draft) -> PresetSaveOptions:
        from runcomfy_desktop.domain.presets.capture import first_of, preset_inputs
        from runcomfy_desktop.ui.presets.save_dialog import MAX_INPUTS_NAMED, PresetSaveOptions

        state, keys = self._preset_library.state, preset_inputs(draft)

        def find_path(folder: str, name: str) -> str:
            wanted = (folder.casefold(), name.casefold())
            return next(
                (each.path for each in state.summaries if _folder_and_name(each) == wanted), ""
            )

        return PresetSaveOptions(
            tuple(key.name for key in first_of(keys, MAX_INPUTS_NAMED)),
            len(keys),
            state.folders,
            find_path,
            tuple({file.sha256: file.size_bytes for file in media_files(draft)}.values()),
            len(self._pins.state.own_pins),
        )

    def _save_new(self, draft: Draft, pins: tuple[Pin, ...], request: PresetSaveRequest) -> None:
        from runcomfy_desktop.domain.presets.capture import preset_of

        preset_library = self._preset_library
        pins = pins if request.with_pins else ()

        def build_preset() -> Preset:
            return replace(preset_of(draft, request.name, pins), note=request.note)

        if request.replaces:
            summary = preset_library.state.summary_of(request.replaces)
            includes_files = request.with_files
            if summary is not None:
                target = _SaveTarget(draft, summary)
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
        set_preset(self._draft_editor, draft.key, path)
        summary = self._preset_library.state.summary_of(path)
        name = preset_name(summary) if summary is not None else path
        self._notices.post_info(_("The preset “%s” was saved.") % name)
        self.saved.publish(path)

    def _update(self, target: _SaveTarget, pins: tuple[Pin, ...], earlier: Preset) -> None:
        # Imported late, as above: nothing is saved during the first frame.
        from runcomfy_desktop.domain.presets.capture import is_changed, preset_of, updated_preset

        draft = target.draft
        if not is_changed(draft, earlier):
            self._notices.post_info(
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
            set_preset(self._draft_editor, key, path)
            title = _("The preset “%s” was saved.") % preset_name(summary)
            undo = lambda: self._restore(path, earlier)  # noqa: E731 - callback of the button
            detail = _lost_inputs_text(lost_counts[-1])
            notice = Notice(NoticeLevel.INFO, title, detail, action_text=_("Undo"), action=undo)
            self._notices.post(notice)

        self._preset_library.update(
            summary.path, build_and_count, on_written, includes_files=includes_files
        )

    def _restore(self, path: str, earlier: Preset) -> None:
        """Writes the file's earlier content back; the inputs are unchanged."""
        if self._preset_library.state.summary_of(path) is not None:
            self._preset_library.update(path, earlier)


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
