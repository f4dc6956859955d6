"""Controller of the presets: dock, run bar button, actions, and a deployment's default preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.drafts.draft import is_edited
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.presets.current_preset import CurrentPreset
from runcomfy_desktop.ui.presets.preset_actions import PresetActions, PresetActionState
from runcomfy_desktop.ui.presets.preset_button import PresetButton
from runcomfy_desktop.ui.presets.preset_commands import PresetCommands
from runcomfy_desktop.ui.presets.preset_menus import PresetButtonMenu, PresetSelectionMenu
from runcomfy_desktop.ui.presets.preset_mime import PresetDragData
from runcomfy_desktop.ui.presets.preset_rows import preset_name
from runcomfy_desktop.ui.presets.preset_saver import PresetSaver
from runcomfy_desktop.ui.presets.presets_model import PresetInUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.main_window.controllers import WindowContext
    from runcomfy_desktop.ui.presets.apply_controller import PresetApplyController
    from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel

_PANEL_MODULES = (
    "runcomfy_desktop.ui.presets.presets_view",
    "runcomfy_desktop.ui.presets.presets_panel",
)


class DefaultPresetApplier(QObject):
    """Applies a deployment's default preset when it is opened with nothing changed.

    It checks each draft once, when it first comes into view; later changes are left alone.
    `apply_default` applies a preset by its path, without a preview if everything fits, provided the
    callback passed to it still returns True.
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
        if not _is_untouched(editor_state):
            self._seen_draft_keys.add(draft.key)
        elif not preset_library.state.loading and editor_state.schema is not None:
            # The draft is checked only now: without a schema it is not known whether the preset
            # fits.
            self._seen_draft_keys.add(draft.key)
            self._apply_to(draft, preset_library)

    def _apply_to(self, draft: Draft, preset_library: PresetLibrary) -> None:
        summary = preset_library.state.summary_of(
            preset_library.state.defaults.get(draft.deployment_id, "")
        )
        if summary is not None and not summary.problem and not draft.source.is_file:
            self._apply_default(summary.path, lambda: self._is_still_untouched(draft))

    def _is_still_untouched(self, draft: Draft) -> bool:
        """Returns True if the draft is in view and still untouched."""
        editor_state = None if self._draft_editor is None else self._draft_editor.state
        if editor_state is None or editor_state.draft is None:
            return False
        return editor_state.draft.key == draft.key and _is_untouched(editor_state)


def _is_untouched(editor_state: EditorState) -> bool:
    """Returns True if the draft in view has no edits, undone ones included."""
    draft = editor_state.draft
    is_as_opened = not (editor_state.undo_text or editor_state.redo_text)
    return draft is not None and is_as_opened and not is_edited(draft)


class PresetsController(QObject):
    """Connects the presets to the window; the dock's panel is built when it is first visible.

    `apply_controller` applies the presets that the user chooses.
    """

    def __init__(self, context: WindowContext, apply_controller: PresetApplyController) -> None:
        super().__init__(context.window)
        self._window = context.window
        self._dock = context.docks.presets
        self._window_commands = context.commands
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self.panel: PresetsPanel | None = None
        self.current_preset = CurrentPreset(self)
        self._commands = PresetCommands(context.window, apply_controller.apply)
        self._saver = PresetSaver(context.window, self.current_preset)
        self._default_applier = DefaultPresetApplier(self, apply_controller.apply_default)
        self._drag_data = PresetDragData(self)
        self.actions = PresetActions(self)
        self.actions.fill_menu(context.main_actions.presets, with_all=True)
        self._menu = PresetButtonMenu(self.actions, context.window)
        self._button = PresetButton(self._menu, context.run_bar)
        context.run_bar.add_preset_button(self._button)
        self._connect()
        self._update_state()

    def attach(self, services: SessionServices) -> None:
        preset_library, draft_editor = services.preset_library, services.draft_editor
        self._services = services
        self._subscriptions.add(preset_library.changed, self._on_library_changed)
        self._commands.attach(preset_library, draft_editor)
        self._saver.attach(preset_library, draft_editor, services.pins)
        self.current_preset.attach(preset_library, draft_editor)
        self._default_applier.attach(preset_library, draft_editor)
        self._drag_data.set_library(preset_library)
        self._on_library_changed(preset_library.state)
        if self._dock.is_in_front:
            self._build_panel()

    def detach(self) -> None:
        self._subscriptions.close()
        self._services = None
        self._commands.detach()
        self._saver.detach()
        self.current_preset.detach()
        self._default_applier.detach()
        self._drag_data.set_library(None)
        if self.panel is not None:
            self.panel.show_library(None)
        self._update_state()

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps if its dock is in front."""
        if self._dock.is_in_front and self.panel is None:
            yield from import_steps(*_PANEL_MODULES)
            self._build_panel()
            yield None

    def palette_entries(self) -> list[PaletteEntry]:
        """Returns the entries for the command palette."""
        from runcomfy_desktop.ui.command_palette.entries import preset_entries

        summaries = () if self._services is None else self._services.preset_library.state.summaries
        return (
            preset_entries(summaries, self._commands.apply)
            if self.current_preset.draft is not None
            else []
        )

    # Building

    def _connect(self) -> None:
        commands, saver, actions = self._commands, self._saver, self.actions
        self._dock.visibilityChanged.connect(self._on_dock_visibility_changed)
        self.current_preset.changed.connect(self._update_state)
        self._menu.aboutToShow.connect(self._rebuild_menu)
        for source in (commands, saver):
            source.notified.connect(self._window_commands.notified)
        commands.rename_requested.connect(self._rename_in_place)
        commands.folder_requested.connect(self._window_commands.show_folder)
        saver.saved.connect(self._on_saved)
        for action, command in (
            (actions.show_all, self.show_all),
            (actions.save, saver.save),
            (actions.save_as, saver.save_as),
            (actions.import_files, commands.import_files),
            (actions.paste, commands.paste),
        ):
            action.triggered.connect(lambda _checked=False, command=command: command())
        actions.favourite.triggered.connect(self._on_favourite_triggered)
        actions.default.triggered.connect(self._on_default_triggered)
        for action, path_command in (
            (actions.rename, self._rename),
            (actions.duplicate, lambda path: commands.duplicate([path])),
            (actions.delete, lambda path: commands.delete([path])),
            (actions.export, lambda path: commands.export([path])),
            (actions.reveal, commands.reveal),
        ):
            action.triggered.connect(
                lambda _checked=False, path_command=path_command: path_command(
                    self.current_preset.path
                )
            )

    def _build_panel(self) -> None:
        from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel

        if self.panel is not None or self._services is None:
            return
        commands, panel = self._commands, PresetsPanel()
        self.panel = panel
        self._dock.title_bar.add_button(panel.save_button, "save")
        self._dock.title_bar.add_button(panel.more_button, "dots")
        self._dock.set_panel(panel)
        view = panel.view
        panel.model.make_mime_data = self._drag_data.mime_data
        panel.model.rename_requested.connect(commands.rename)
        panel.save_requested.connect(self._saver.save_as)
        panel.settings_requested.connect(lambda: self._window_commands.open_settings("presets"))
        panel.apply_requested.connect(commands.apply)
        panel.menu_requested.connect(self._show_selection_menu)
        panel.selection_changed.connect(lambda: self._drag_data.preload(self._selected_paths()))
        view.favourite_toggled.connect(
            lambda path, is_on: commands.set_favourite(path, is_on=is_on)
        )
        view.delete_requested.connect(lambda: commands.delete(self._selected_paths()))
        view.copy_requested.connect(lambda: commands.copy(self._selected_paths()))
        view.paste_requested.connect(lambda: commands.paste(view.current_folder()))
        view.dropped.connect(commands.handle_drop)
        panel.show_library(self._services.preset_library.state)
        self._update_state()

    # Display

    def show_all(self) -> None:
        """Shows the dock and focuses its filter."""
        self._show_dock()
        if self.panel is not None:
            self.panel.focus_filter()

    def _show_dock(self) -> None:
        self._build_panel()
        self._dock.bring_to_front()

    def _on_dock_visibility_changed(self, is_visible: bool) -> None:
        # Behind another tab the panel is not built until the dock comes to the front.
        if is_visible and self._dock.is_in_front:
            self._build_panel()

    def _on_library_changed(self, state: PresetLibraryState) -> None:
        if self.panel is not None:
            self.panel.show_library(state)
        self._update_state()

    def _update_state(self) -> None:
        """Updates the button, the actions and the list for the preset of the draft in view."""
        current_preset, commands = self.current_preset, self._commands
        summary, has_draft = current_preset.summary, current_preset.draft is not None
        self._button.setEnabled(self._services is not None)
        self._button.show_preset(
            "" if summary is None else preset_name(summary), is_changed=current_preset.is_changed
        )
        self.actions.update_state(
            PresetActionState(
                has_session=self._services is not None,
                has_draft=has_draft,
                summary=summary,
                is_favourite=summary is not None and commands.is_favourite(summary),
                is_default=summary is not None and commands.is_default(summary),
                deployment_name=commands.deployment_name,
            )
        )
        if self.panel is not None:
            in_use = PresetInUse(current_preset.path, is_changed=current_preset.is_changed)
            self.panel.show_in_use(in_use, has_draft=has_draft)

    def _rebuild_menu(self) -> None:
        if self._services is not None:
            deployment = self._commands.deployment
            self._menu.rebuild(
                self._services.preset_library.state,
                self.current_preset.summary,
                "" if deployment is None else deployment.deployment_id,
                self._commands.apply,
            )

    def _show_selection_menu(self, global_pos: QPoint) -> None:
        panel = self.panel
        if panel is not None:
            selected, folder = panel.view.selected_presets(), panel.view.current_folder()
            PresetSelectionMenu(panel, selected, self._commands, folder).popup(global_pos)

    def _selected_paths(self) -> list[str]:
        return (
            []
            if self.panel is None
            else [summary.path for summary in self.panel.view.selected_presets()]
        )

    # Commands

    def _on_saved(self, path: str) -> None:
        if self.panel is not None:
            self.panel.show_preset(path)

    def _on_favourite_triggered(self, is_on: bool) -> None:
        self._commands.set_favourite(self.current_preset.path, is_on=is_on)

    def _on_default_triggered(self, is_on: bool) -> None:
        self._commands.set_default(self.current_preset.path, is_on=is_on)

    def _rename(self, path: str) -> None:
        """Asks for the name in a dialog, because the list may not be visible."""
        summary = self.current_preset.summary
        if summary is not None:
            from runcomfy_desktop.ui.presets.name_dialog import ask_name

            ask_name(
                self._window,
                "preset_name",
                title=_("Rename the preset"),
                action_text=_("Rename"),
                initial_name=summary.name,
                on_name=lambda name: self._commands.rename(path, name),
            )

    def _rename_in_place(self, path: str) -> None:
        if self.panel is not None:
            self.panel.rename(path)
