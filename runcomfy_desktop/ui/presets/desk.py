"""What the window has of presets: their dock, their button in the run bar, their actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.actions import PresetActions, Standing
from runcomfy_desktop.ui.presets.bar import PresetButton
from runcomfy_desktop.ui.presets.beginning import Beginning
from runcomfy_desktop.ui.presets.current import CurrentPreset
from runcomfy_desktop.ui.presets.deeds import PresetDeeds
from runcomfy_desktop.ui.presets.exchange import Luggage
from runcomfy_desktop.ui.presets.menu import BarMenu, SelectionMenu
from runcomfy_desktop.ui.presets.model import Use
from runcomfy_desktop.ui.presets.rows import preset_name
from runcomfy_desktop.ui.presets.saving import Saving
from runcomfy_desktop.ui.slices import imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.library_state import LibraryState
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.palette.entries import Entry
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.presets.apply_desk import ApplyDesk
    from runcomfy_desktop.ui.presets.panel import PresetsPanel

_MODULES = ("runcomfy_desktop.ui.presets.view", "runcomfy_desktop.ui.presets.panel")


class PresetsDesk(QObject):
    """Fills the dock when it is first seen in front; `apply_desk` applies what is chosen."""

    def __init__(self, frame: Frame, apply_desk: ApplyDesk) -> None:
        super().__init__(frame.window)
        self._window = frame.window
        self._dock = frame.docks.presets
        self._deeds_of_window = frame.deeds
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self.panel: PresetsPanel | None = None
        self.current = CurrentPreset(self)
        self._deeds = PresetDeeds(frame.window, apply_desk.apply)
        self._saving = Saving(frame.window, self.current)
        self._beginning = Beginning(self, apply_desk.begin_with)
        self._luggage = Luggage(self)
        self.actions = PresetActions(self)
        self.actions.fill(frame.menu.presets, with_all=True)
        self._menu = BarMenu(self.actions, frame.window)
        self._button = PresetButton(self._menu, frame.run_bar)
        frame.run_bar.put_preset(self._button)
        self._connect()
        self._follow()

    def attach(self, parts: WindowParts) -> None:
        library, workbench = parts.library, parts.workbench
        self._parts = parts
        self._links.add(library.changed, self._on_library_changed)
        self._deeds.attach(library, workbench)
        self._saving.attach(library, workbench, parts.pins)
        self.current.attach(library, workbench)
        self._beginning.attach(library, workbench)
        self._luggage.serve(library)
        self._on_library_changed(library.state)
        if self._dock.is_in_front:
            self._fill()

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        self._deeds.detach()
        self._saving.detach()
        self.current.detach()
        self._beginning.detach()
        self._luggage.serve(None)
        if self.panel is not None:
            self.panel.show_library(None)
        self._follow()

    def fill(self) -> Iterator[None]:
        """Builds the panel, step by step, if its dock is in front."""
        if self._dock.is_in_front and self.panel is None:
            yield from imported(*_MODULES)
            self._fill()
            yield None

    def goals(self) -> list[Entry]:
        """What the palette leads to."""
        from runcomfy_desktop.ui.palette.entries import of_presets

        heads = () if self._parts is None else self._parts.library.state.heads
        return of_presets(heads, self._deeds.apply) if self.current.draft is not None else []

    # Building

    def _connect(self) -> None:
        deeds, saving, actions = self._deeds, self._saving, self.actions
        self._dock.visibilityChanged.connect(self._on_dock_visibility_changed)
        self.current.changed.connect(self._follow)
        self._menu.aboutToShow.connect(self._fill_menu)
        for source in (deeds, saving):
            source.told.connect(self._deeds_of_window.told)
        deeds.rename_wished.connect(self._rename_in_place)
        deeds.folder_wished.connect(self._deeds_of_window.show_folder)
        saving.saved.connect(self._on_saved)
        for action, deed in (
            (actions.show_all, self.show_all),
            (actions.save, saving.save),
            (actions.save_as, saving.save_as),
            (actions.import_files, deeds.import_files),
            (actions.paste, deeds.paste),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: deed())
        actions.favourite.triggered.connect(self._on_favourite_triggered)
        actions.default.triggered.connect(self._on_default_triggered)
        for action, of_path in (
            (actions.rename, self._rename),
            (actions.duplicate, lambda path: deeds.duplicate([path])),
            (actions.delete, lambda path: deeds.delete([path])),
            (actions.export, lambda path: deeds.export([path])),
            (actions.reveal, deeds.reveal),
        ):
            action.triggered.connect(
                lambda _checked=False, of_path=of_path: of_path(self.current.path)
            )

    def _fill(self) -> None:
        from runcomfy_desktop.ui.presets.panel import PresetsPanel

        if self.panel is not None or self._parts is None:
            return
        deeds, panel = self._deeds, PresetsPanel()
        self.panel = panel
        self._dock.title_bar.add_button(panel.save_button, "save")
        self._dock.title_bar.add_button(panel.more_button, "dots")
        self._dock.put(panel)
        view = panel.view
        panel.model.mime_of = self._luggage.pack
        panel.model.rename_wished.connect(deeds.rename)
        panel.save_wished.connect(self._saving.save_as)
        panel.settings_wished.connect(lambda: self._deeds_of_window.open_settings("presets"))
        panel.applied.connect(deeds.apply)
        panel.menu_wished.connect(self._show_selection_menu)
        panel.chosen_changed.connect(lambda: self._luggage.prepare(self._chosen()))
        view.starred.connect(lambda path, is_on: deeds.set_favourite(path, is_on=is_on))
        view.deletion_wished.connect(lambda: deeds.delete(self._chosen()))
        view.copy_wished.connect(lambda: deeds.copy(self._chosen()))
        view.paste_wished.connect(lambda: deeds.paste(view.folder_here()))
        view.dropped.connect(deeds.take_drop)
        panel.show_library(self._parts.library.state)
        self._follow()

    # What is shown

    def show_all(self) -> None:
        """Brings the dock up, with the keyboard in its filter."""
        self._bring_up()
        if self.panel is not None:
            self.panel.take_keyboard()

    def _bring_up(self) -> None:
        self._fill()
        self._dock.bring_up()

    def _on_dock_visibility_changed(self, is_visible: bool) -> None:
        # Behind another tab it is built when it comes to the front.
        if is_visible and self._dock.is_in_front:
            self._fill()

    def _on_library_changed(self, state: LibraryState) -> None:
        if self.panel is not None:
            self.panel.show_library(state)
        self._follow()

    def _follow(self) -> None:
        """Button, actions and list say what the draft in view goes back to."""
        current, deeds = self.current, self._deeds
        head, has_draft = current.head, current.draft is not None
        self._button.setEnabled(self._parts is not None)
        self._button.tell("" if head is None else preset_name(head), is_changed=current.is_changed)
        self.actions.follow(
            Standing(
                has_session=self._parts is not None,
                has_draft=has_draft,
                head=head,
                is_favourite=head is not None and deeds.is_favourite(head),
                is_default=head is not None and deeds.is_default(head),
                deployment_name=deeds.deployment_name,
            )
        )
        if self.panel is not None:
            use = Use(current.path, is_changed=current.is_changed)
            self.panel.show_use(use, has_draft=has_draft)

    def _fill_menu(self) -> None:
        if self._parts is not None:
            deployment = self._deeds.deployment
            self._menu.fill(
                self._parts.library.state,
                self.current.head,
                "" if deployment is None else deployment.deployment_id,
                self._deeds.apply,
            )

    def _show_selection_menu(self, where: QPoint) -> None:
        panel = self.panel
        if panel is not None:
            chosen, folder = panel.view.chosen(), panel.view.folder_here()
            SelectionMenu(panel, chosen, self._deeds, folder).popup(where)

    def _chosen(self) -> list[str]:
        return [] if self.panel is None else [head.path for head in self.panel.view.chosen()]

    # What is done

    def _on_saved(self, path: str) -> None:
        if self.panel is not None:
            self.panel.show_preset(path)

    def _on_favourite_triggered(self, is_on: bool) -> None:
        self._deeds.set_favourite(self.current.path, is_on=is_on)

    def _on_default_triggered(self, is_on: bool) -> None:
        self._deeds.set_default(self.current.path, is_on=is_on)

    def _rename(self, path: str) -> None:
        """Asks for the name in a dialog: the list may be nowhere in view."""
        head = self.current.head
        if head is not None:
            from runcomfy_desktop.ui.presets.name_dialog import ask_name

            ask_name(
                self._window,
                "preset_name",
                title=_("Rename the preset"),
                deed=_("Rename"),
                value=head.name,
                on_name=lambda name: self._deeds.rename(path, name),
            )

    def _rename_in_place(self, path: str) -> None:
        if self.panel is not None:
            self.panel.rename(path)
