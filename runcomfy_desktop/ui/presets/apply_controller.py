"""Controller that applies a preset to the draft in view, after a preview of the changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QTimer

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.media_members import with_files
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.base.latest_request import LatestRequest
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits, undo_step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.core.media.media_finder import FoundMedia
    from runcomfy_desktop.core.presets.preset_planner import PresetPlan
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.base.window_state import WindowState
    from runcomfy_desktop.ui.presets.preview_dialog import PresetPreview

_SKIPS_PREVIEW_KEY = "presets_quiet"
_MAX_NAME_CHARS = 60
# Most files are where they were; if the search takes longer, the user should see its progress.
_SEARCH_TIMEOUT_MS = 400


def _always_true() -> bool:
    return True


@dataclass(slots=True)
class PresetApplication:
    """State of one preset that is being applied to a draft.

    `preset` is the preset as read; `adjusted_preset` includes the fixes that the user chose.
    `may_continue` is checked before anything is done or shown. `copied` holds the SHA-256 hashes of
    files that were read for the preset from folders on this computer. `is_awaiting_plan` is True
    until the preset has been planned with all of its files.
    """

    preset: Preset
    name: str
    path: str
    draft_key: str
    skips_preview: bool
    may_continue: Callable[[], bool]
    adjusted_preset: Preset
    files: dict[str, MediaFile] = field(default_factory=dict)
    missing_files: tuple[MediaFile, ...] = ()
    copied: frozenset[str] = frozenset()
    targets: dict[InputKey, InputKey] = field(default_factory=dict)
    proposals: tuple[PresetProposal, ...] = ()
    resets: tuple[PresetProposal, ...] = ()
    planned_for: tuple[Draft, NodeSchema | None] | None = None
    is_searching_files: bool = True
    is_awaiting_plan: bool = False

    def is_planned_for(self, draft: Draft, schema: NodeSchema | None) -> bool:
        """Returns True if the plan was made for this draft and schema."""
        planned_for = self.planned_for
        return planned_for is not None and planned_for[0] is draft and planned_for[1] is schema


def _needs_no_review(proposal: PresetProposal) -> bool:
    """Returns True if the user need not review the proposal."""
    return not proposal.has_effect or (proposal.conflict is None and not proposal.is_guess)


def _preset_media(preset: Preset) -> list[MediaFile]:
    return [each.value for each in preset.entries if isinstance(each.value, MediaFile)]


class PresetApplyController(QObject):
    """Applies one preset at a time; a new one replaces the one in progress.

    `window_state` remembers whether the preview is skipped when everything fits.
    """

    def __init__(
        self, scope: SessionScope, services: SessionServices, window_state: WindowState
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._window_state = window_state
        self._read_request = LatestRequest(scope)
        self._application: PresetApplication | None = None
        self._preview: PresetPreview | None = None
        self._search_timer = QTimer(self)
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(_SEARCH_TIMEOUT_MS)
        self._search_timer.timeout.connect(self._on_search_timeout)
        scope.call_on_close(self._cancel_current)
        scope.subscribe(services.draft_editor.changed, self._on_draft_editor_changed)

    def apply(self, path: str) -> None:
        """Applies a preset from the library; see `apply_preset`."""
        draft = self._draft()
        if draft is None:
            self._notify_no_workflow()
            return
        key = draft.key

        def on_read(preset: Preset) -> None:
            # Another workflow came into view during reading: the preset was not meant for it.
            current_draft = self._draft()
            if current_draft is not None and current_draft.key == key:
                self.apply_preset(preset, preset.name, path)

        self._services.preset_library.read(path, self._read_request.start(on_read))

    def apply_default(self, path: str, may_apply: Callable[[], bool]) -> None:
        """Applies a deployment's default preset, without a preview if there is nothing to decide.

        A preview is shown if an entry does not fit its input or is only a guess, if a file is
        missing or was read from a folder on this computer, or if a pin of the preset is not set
        yet. `may_apply` is checked once the preset is read, and again before anything is done.
        """

        def on_read(preset: Preset) -> None:
            # Pending text edits count as well.
            if self._committed_draft() is not None and may_apply():
                self._start_application(
                    preset, preset.name, path, skips_preview=True, may_continue=may_apply
                )

        self._services.preset_library.read(path, self._read_request.start(on_read))

    def apply_preset(self, preset: Preset, name: str = "", path: str = "") -> None:
        """Previews the changes that `preset` makes to the draft and applies the chosen ones.

        The draft is the one in view. If everything fits and the user chose to skip the preview, the
        preset is applied at once.
        """
        self._start_application(preset, name, path, skips_preview=self._skips_preview())

    def _start_application(
        self,
        preset: Preset,
        name: str,
        path: str,
        *,
        skips_preview: bool,
        may_continue: Callable[[], bool] = _always_true,
    ) -> None:
        draft = self._committed_draft()
        if draft is None:
            self._notify_no_workflow()
            return
        self._cancel_current()
        display_name = shortened(one_line(name or preset.name), _MAX_NAME_CHARS)
        application = self._application = PresetApplication(
            preset, display_name, path, draft.key, skips_preview, may_continue, preset
        )
        application.missing_files = tuple(_preset_media(preset))
        self._search_timer.start()
        self._services.media_store.finder.find(
            application.missing_files,
            lambda found: self._on_media_found(application, found),
            embedded=preset.files,
            folders=self._search_folders(draft),
        )

    def _on_media_found(self, application: PresetApplication, found: FoundMedia) -> None:
        """Plans the preset with the media found, unless another preset is in progress."""
        if application is not self._application:
            return
        self._search_timer.stop()
        application.files |= found.files
        application.copied |= found.copied
        application.missing_files, application.is_searching_files, application.is_awaiting_plan = (
            found.missing,
            False,
            True,
        )
        self._request_plan(application)

    def _on_search_timeout(self) -> None:
        """Shows a preview with what is known so far when the search takes long."""
        if self._application is not None:
            self._request_plan(self._application)

    def _request_plan(self, application: PresetApplication) -> None:
        """Requests a plan and continues with its result; cancels if the draft is no longer in view.

        Until the plan is ready, an open preview is marked as outdated, so that the outdated plan is
        never applied.
        """
        from runcomfy_desktop.core.presets.preset_planner import PresetPlanRequest

        draft = self._draft()
        if draft is None or draft.key != application.draft_key:
            self._cancel_current()
            return
        schema = self._services.draft_editor.state.schema
        application.planned_for = (draft, schema)
        missing = frozenset(each.sha256 for each in application.missing_files)
        preset = with_files(application.adjusted_preset, application.files)
        request = PresetPlanRequest(preset, draft, schema, missing, dict(application.targets))
        if self._preview is not None:
            self._preview.mark_outdated()
        self._services.preset_library.planner.plan(
            request, lambda plan: self._on_plan_ready(application, plan)
        )

    def _on_plan_ready(self, application: PresetApplication, plan: PresetPlan) -> None:
        """Shows or applies the plan; if the draft or its schema has changed, plans again."""
        if application is not self._application:
            return
        draft = self._draft() if self._preview else self._committed_draft()
        schema = self._services.draft_editor.state.schema
        if draft is None or not application.is_planned_for(draft, schema):
            self._request_plan(application)
            return
        application.proposals, application.resets = plan.proposals, plan.resets
        if self._preview is None and not application.may_continue():
            self._cancel_current()
            return
        if application.is_awaiting_plan:
            application.is_awaiting_plan = False
            draft = self._link_unchanged_draft(application, draft)
            # The user has not seen which file was read from the computer's folders, so a preview is
            # due.
            has_questions = (
                application.missing_files or application.copied or self._new_pins(application)
            )
            fits_completely = not has_questions and all(
                map(_needs_no_review, application.proposals)
            )
            if self._preview is None and fits_completely and application.skips_preview:
                self._apply_chosen(
                    application, [each for each in application.proposals if each.is_ticked]
                )
                return
        self._show_preview(application, draft)

    def _link_unchanged_draft(self, application: PresetApplication, draft: Draft) -> Draft:
        """Links the draft to the preset if it already equals the preset's result."""
        if any(each.has_effect for each in application.proposals):
            return draft
        if draft.preset == application.path:
            return draft
        application.planned_for = None
        draft_editor = self._services.draft_editor
        draft_editor.replace_draft(
            replace(draft, preset=application.path), self._undo_label(application)
        )
        draft = draft_editor.state.draft or draft
        application.planned_for = (draft, draft_editor.state.schema)
        return draft

    def _show_preview(self, application: PresetApplication, draft: Draft) -> None:
        # Imported late: presets are not applied before the first frame.
        from runcomfy_desktop.ui.presets.preview_dialog import PresetPreview, PreviewPlan

        pin_count = len(self._new_pins(application))
        preview_plan = PreviewPlan(
            draft,
            application.proposals,
            application.resets,
            application.missing_files,
            pin_count,
            application.is_searching_files,
        )
        if self._preview is not None:
            self._preview.show_plan(preview_plan)
            return
        preview = self._preview = PresetPreview(
            application.name,
            self._scope.dialog_parent,
            skips_when_fitting=self._skips_preview(),
        )
        preview.confirmed.connect(
            lambda chosen: self._on_preview_confirmed(application, preview, chosen)
        )
        preview.target_chosen.connect(self._on_target_chosen)
        preview.fix_chosen.connect(self._on_fix_chosen)
        preview.search_paths_chosen.connect(self._on_search_paths_chosen)
        preview.finished.connect(lambda _result: self._on_preview_finished(preview))
        preview.show_plan(preview_plan)
        preview.open()

    def _on_preview_confirmed(
        self,
        application: PresetApplication,
        preview: PresetPreview,
        chosen: Sequence[PresetProposal],
    ) -> None:
        self._window_state.set_value(
            _SKIPS_PREVIEW_KEY, QByteArray(b"1" if preview.skips_when_fitting else b"0")
        )
        pins = self._new_pins(application) if preview.applies_pins else ()
        self._apply_chosen(application, chosen, pins)

    def _on_target_chosen(self, proposal: PresetProposal, target: InputKey) -> None:
        """Assigns the preset's entry to the chosen target input.

        If the input has the same name, all entries of the preset's node are assigned to the
        target's node.
        """
        application = self._application
        if application is None:
            return
        application.targets[proposal.entry.key] = target
        if target.name == proposal.entry.key.name:
            source_node = proposal.entry.key.node_id, proposal.entry.class_type
            for each in application.preset.entries:
                if (each.key.node_id, each.class_type) == source_node:
                    application.targets[each.key] = each.key._replace(node_id=target.node_id)
        self._request_plan(application)

    def _on_fix_chosen(self, proposal: PresetProposal) -> None:
        """Replaces the entry's value with the offered one, only for this use of the preset.

        The preset file is unchanged.
        """
        application = self._application
        if application is None or proposal.quick_fix is None:
            return
        fixed_entry = replace(proposal.entry, value=proposal.quick_fix.value)
        entries = (
            fixed_entry if each is proposal.entry else each
            for each in application.adjusted_preset.entries
        )
        application.adjusted_preset = replace(application.adjusted_preset, entries=tuple(entries))
        self._request_plan(application)

    def _on_search_paths_chosen(self, paths: Sequence[str]) -> None:
        application, draft = self._application, self._draft()
        if application is None or draft is None:
            return
        application.is_searching_files = True
        self._show_preview(application, draft)
        finder = self._services.media_store.finder
        finder.find_in(
            paths, application.missing_files, lambda found: self._on_media_found(application, found)
        )

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        """Plans again if the draft or the schema under an open preview has changed.

        Another draft in view closes the preview.
        """
        application = self._application
        if application is None or application.planned_for is None or self._preview is None:
            return
        draft = editor_state.draft
        if draft is None or draft.key != application.draft_key:
            self._preview.reject()
        elif (
            draft is not application.planned_for[0]
            or editor_state.schema is not application.planned_for[1]
        ):
            self._request_plan(application)

    def _apply_chosen(
        self,
        application: PresetApplication,
        chosen: Sequence[PresetProposal],
        pins: Sequence[Pin] = (),
    ) -> None:
        """Changes the draft and its pins in one step and reports it in one notice."""
        from runcomfy_desktop.domain.presets.proposal import apply_proposals
        from runcomfy_desktop.ui.presets.preview_texts import applied_text

        before, services = self._committed_draft(), self._services
        self._application = None
        if before is None or before.key != application.draft_key:
            return
        draft_editor = services.draft_editor
        draft_editor.replace_draft(
            apply_proposals(before, chosen, application.path, draft_editor.state.schema),
            self._undo_label(application),
        )
        if application.path:
            services.preset_library.mark_applied(application.path, application.preset)
        after = draft_editor.state.draft
        skipped_count = sum(each.has_effect for each in application.proposals)
        skipped_count -= sum(not each.is_reset for each in chosen)
        unpin = services.pins.adopt(pins)
        title, detail = applied_text(
            application.name, chosen, skipped_count, len(pins) if unpin is not None else 0
        )
        notice = Notice(NoticeLevel.INFO, title, detail)
        if (chosen or unpin is not None) and after is not None:
            undo = partial(self._undo, after if chosen else None, unpin)
            notice = replace(notice, action_text=_("Undo"), action=undo)
        services.notices.post(notice)

    def _undo(self, after: Draft | None, unpin: Callable[[], None] | None) -> None:
        is_undone = after is None or undo_step(self._services, after)
        if is_undone and unpin is not None:
            unpin()

    def _new_pins(self, application: PresetApplication) -> tuple[Pin, ...]:
        """Returns the preset's pins that match the workflow and are not set yet."""
        draft = self._draft()
        if draft is None or not application.preset.pins:
            return ()
        from runcomfy_desktop.domain.drafts.pin import matched_pins

        current_pins = self._services.pins.state.own_pins
        resolved_pins = matched_pins(application.preset.pins, draft.workflow).values()
        return tuple(each for each in resolved_pins if each not in current_pins)

    def _undo_label(self, application: PresetApplication) -> str:
        """Returns the name of the undo step."""
        return _("Apply %s") % application.name

    def _skips_preview(self) -> bool:
        return self._window_state.value(_SKIPS_PREVIEW_KEY) == b"1"

    def _draft(self) -> Draft | None:
        return self._services.draft_editor.state.draft

    def _committed_draft(self) -> Draft | None:
        return commit_pending_edits(self._services.draft_editor)

    def _cancel_current(self) -> None:
        """Cancels the application in progress and closes its preview."""
        self._application = None
        self._search_timer.stop()
        self._services.preset_library.planner.cancel()
        if self._preview is not None:
            self._preview.reject()

    def _on_preview_finished(self, preview: PresetPreview) -> None:
        if self._preview is preview:
            self._preview = None
            self._application = None

    def _search_folders(self, draft: Draft) -> list[str]:
        """Returns the recently used folders, in which moved files may be found."""
        media_folders = [
            str(PurePath(each.path).parent) for each in media_files(draft) if each.path
        ]
        return [
            *media_folders,
            *self._services.workflow_files.recent_folders,
            str(self._services.output_folder()),
        ]

    def _notify_no_workflow(self) -> None:
        self._services.notices.post_info(
            _("There is no workflow in view to apply a preset to."),
            _("Open one first, then apply it again."),
        )
