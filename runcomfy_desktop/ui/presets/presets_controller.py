"""Controller of the presets: dock, run bar button, actions, and a deployment's default preset."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from runcomfy_desktop.domain.drafts.draft import is_edited
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.presets.current_preset import CurrentPreset
from runcomfy_desktop.ui.presets.preset_actions import PresetActionState
from runcomfy_desktop.ui.presets.preset_commands import PresetCommands
from runcomfy_desktop.ui.presets.preset_menus import PresetSelectionMenu
from runcomfy_desktop.ui.presets.preset_mime import PresetDragData
from runcomfy_desktop.ui.presets.preset_rows import preset_name
from runcomfy_desktop.ui.presets.preset_saver import PresetSaver
from runcomfy_desktop.ui.presets.presets_model import PresetInUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.presets.apply_controller import PresetApplyController
    from runcomfy_desktop.ui.presets.preset_actions import PresetActions
    from runcomfy_desktop.ui.presets.preset_button import PresetButton
    from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel
    from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

_PANEL_MODULES = (
    "runcomfy_desktop.ui.presets.presets_view",
    "runcomfy_desktop.ui.presets.presets_panel",
)


class DefaultPresetApplier:
    """Applies a deployment's default preset when it is opened with nothing changed.

    It checks each draft once, when it first comes into view; later changes are left alone.
    `apply_default` applies a preset by its path, without a preview if everything fits, provided the
    callback passed to it still returns True.
    """

    def __init__(
        self,
        scope: SessionScope,
        preset_library: PresetLibrary,
        draft_editor: DraftEditor,
        apply_default: Callable[[str, Callable[[], bool]], object],
    ) -> None:
        self._preset_library = preset_library
        self._draft_editor = draft_editor
        self._apply_default = apply_default
        self._seen_draft_keys: set[str] = set()
        scope.subscribe(draft_editor.changed, lambda _state: self._check_draft())
        scope.subscribe(preset_library.changed, lambda _state: self._check_draft())
        self._check_draft()

    def _check_draft(self) -> None:
        editor_state = self._draft_editor.state
        draft = editor_state.draft
        if draft is None or draft.key in self._seen_draft_keys:
            return
        if not _is_untouched(editor_state):
            self._seen_draft_keys.add(draft.key)
        elif not self._preset_library.state.loading and editor_state.schema is not None:
            # The draft is checked only now: without a schema it is not known whether the preset
            # fits.
            self._seen_draft_keys.add(draft.key)
            self._apply_to(draft)

    def _apply_to(self, draft: Draft) -> None:
        state = self._preset_library.state
        summary = state.summary_of(state.defaults.get(draft.deployment_id, ""))
        if summary is not None and not summary.problem and not draft.source.is_file:
            self._apply_default(summary.path, lambda: self._is_still_untouched(draft))

    def _is_still_untouched(self, draft: Draft) -> bool:
        """Returns True if the draft is in view and still untouched."""
        editor_state = self._draft_editor.state
        if editor_state.draft is None:
            return False
        return editor_state.draft.key == draft.key and _is_untouched(editor_state)


def _is_untouched(editor_state: EditorState) -> bool:
    """Returns True if the draft in view has no edits, undone ones included."""
    draft = editor_state.draft
    is_as_opened = not (editor_state.undo_text or editor_state.redo_text)
    return draft is not None and is_as_opened and not is_edited(draft)


class PresetsController(QObject):
    """Connects the presets of a session to the window; the dock's panel is built when first needed.

    `apply_controller` applies the presets that the user chooses. `show_folder` shows a folder in
    the file manager, and `open_settings` opens the settings at one of their pages.
    """

    def __init__(  # noqa: PLR0913 - collaborators
        self,
        scope: SessionScope,
        services: SessionServices,
        actions: PresetActions,
        button: PresetButton,
        dock: PanelDock,
        apply_controller: PresetApplyController,
        show_folder: Callable[[Path], object],
        open_settings: Callable[[str], object],
    ) -> None:
        super().__init__(scope)
        preset_library, draft_editor = services.preset_library, services.draft_editor
        self._scope = scope
        self._preset_library = preset_library
        self._actions = actions
        self._button = button
        self._dock = dock
        self._open_settings = open_settings
        self._current_preset = CurrentPreset(scope, preset_library, draft_editor)
        self._commands = PresetCommands(
            scope,
            preset_library,
            draft_editor,
            services.notices,
            apply_controller.apply,
            show_folder,
        )
        self._saver = PresetSaver(scope, services, self._current_preset)
        self._drag_data = PresetDragData(scope, preset_library)
        self._connect()
        self._update_state()
        DefaultPresetApplier(scope, preset_library, draft_editor, apply_controller.apply_default)

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps if its dock is in front."""
        if self._dock.is_in_front:
            yield from import_steps(*_PANEL_MODULES)
            self.panel.show()
            yield None

    def palette_entries(self) -> list[PaletteEntry]:
        """Returns the entries for the command palette."""
        from runcomfy_desktop.ui.command_palette.entries import preset_entries

        if self._current_preset.draft is None:
            return []
        return preset_entries(self._preset_library.state.summaries, self._commands.apply)

    # Building

    def _connect(self) -> None:
        commands, saver, actions = self._commands, self._saver, self._actions
        connect, menu = self._scope.connect_signal, self._button.preset_menu
        self._current_preset.changed.connect(self._update_state)
        connect(self._dock.visibilityChanged, self._on_dock_visibility_changed)
        connect(menu.aboutToShow, self._rebuild_menu)
        connect(menu.chosen, commands.apply)
        for action, command in (
            (actions.show_all, self.show_all),
            (actions.save, saver.save),
            (actions.save_as, saver.save_as),
            (actions.import_files, commands.import_files),
            (actions.paste, commands.paste),
        ):
            connect(action.triggered, lambda _checked=False, command=command: command())
        connect(actions.favourite.triggered, self._on_favourite_triggered)
        connect(actions.default.triggered, self._on_default_triggered)
        for action, path_command in (
            (actions.rename, self._rename),
            (actions.duplicate, lambda path: commands.duplicate([path])),
            (actions.delete, lambda path: commands.delete([path])),
            (actions.export, lambda path: commands.export([path])),
            (actions.reveal, commands.reveal),
        ):
            connect(
                action.triggered,
                lambda _checked=False, path_command=path_command: path_command(
                    self._current_preset.path
                ),
            )

    @cached_property
    def panel(self) -> PresetsPanel:
        """Panel of the dock, built when it is first needed."""
        from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel

        panel = PresetsPanel(self._drag_data.mime_data)
        self._connect_panel(panel)
        panel.show_library(self._preset_library.state)
        self._show_in_use(panel)
        self._dock.set_panel(panel, [(panel.save_button, "save"), (panel.more_button, "dots")])
        return panel

    def _connect_panel(self, panel: PresetsPanel) -> None:
        commands, view = self._commands, panel.view

        def selected_paths() -> list[str]:
            return [summary.path for summary in view.selected_presets()]

        self._scope.subscribe(self._preset_library.changed, panel.show_library)
        self._scope.subscribe(self._saver.saved, panel.show_preset)
        self._current_preset.changed.connect(lambda: self._show_in_use(panel))
        commands.rename_requested.connect(panel.rename)
        panel.model.rename_requested.connect(commands.rename)
        panel.save_requested.connect(self._saver.save_as)
        panel.settings_requested.connect(lambda: self._open_settings("presets"))
        panel.apply_requested.connect(commands.apply)
        panel.menu_requested.connect(self._show_selection_menu)
        panel.selection_changed.connect(lambda: self._drag_data.preload(selected_paths()))
        view.favourite_toggled.connect(
            lambda path, is_on: commands.set_favourite(path, is_on=is_on)
        )
        view.delete_requested.connect(lambda: commands.delete(selected_paths()))
        view.copy_requested.connect(lambda: commands.copy(selected_paths()))
        view.paste_requested.connect(lambda: commands.paste(view.current_folder()))
        view.dropped.connect(commands.handle_drop)

    # Display

    def show_all(self) -> None:
        """Shows the dock and focuses its filter."""
        panel = self.panel
        self._dock.bring_to_front()
        panel.focus_filter()

    def _on_dock_visibility_changed(self, is_visible: bool) -> None:
        # Behind another tab the panel is not built until the dock comes to the front.
        if is_visible and self._dock.is_in_front:
            self.panel.show()

    def _update_state(self) -> None:
        """Updates the button and the actions for the preset of the draft in view."""
        current_preset, commands = self._current_preset, self._commands
        summary = current_preset.summary
        self._button.show_preset(
            "" if summary is None else preset_name(summary), is_changed=current_preset.is_changed
        )
        self._actions.update_state(
            PresetActionState(
                has_draft=current_preset.draft is not None,
                summary=summary,
                is_favourite=summary is not None and commands.is_favourite(summary),
                is_default=summary is not None and commands.is_default(summary),
                deployment_name=commands.deployment_name,
            )
        )

    def _show_in_use(self, panel: PresetsPanel) -> None:
        current_preset = self._current_preset
        in_use = PresetInUse(current_preset.path, is_changed=current_preset.is_changed)
        panel.show_in_use(in_use, has_draft=current_preset.draft is not None)

    def _rebuild_menu(self) -> None:
        deployment = self._commands.deployment
        self._button.preset_menu.rebuild(
            self._preset_library.state,
            self._current_preset.summary,
            "" if deployment is None else deployment.deployment_id,
        )

    def _show_selection_menu(self, global_pos: QPoint) -> None:
        view = self.panel.view
        selected, folder = view.selected_presets(), view.current_folder()
        PresetSelectionMenu(self.panel, selected, self._commands, folder).popup(global_pos)

    # Commands

    def _on_favourite_triggered(self, is_on: bool) -> None:
        self._commands.set_favourite(self._current_preset.path, is_on=is_on)

    def _on_default_triggered(self, is_on: bool) -> None:
        self._commands.set_default(self._current_preset.path, is_on=is_on)

    def _rename(self, path: str) -> None:
        """Asks for the name in a dialog, because the list may not be visible."""
        summary = self._current_preset.summary
        if summary is not None:
            from runcomfy_desktop.ui.presets.name_dialog import ask_name

            ask_name(
                self._scope.dialog_parent,
                "preset_name",
                title=_("Rename the preset"),
                action_text=_("Rename"),
                initial_name=summary.name,
                on_name=lambda name: self._commands.rename(path, name),
            )
