"""Menus of presets: the ones offered in the run bar, and the commands on selected presets."""

from __future__ import annotations

from functools import partial
from heapq import nsmallest
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.base.fuzzy import fold
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.presets.preset_actions import read_only_reason
from runcomfy_desktop.ui.presets.preset_rows import folder_name, preset_name
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
    from runcomfy_desktop.domain.presets.preset import PresetSummary
    from runcomfy_desktop.ui.presets.preset_actions import PresetActions
    from runcomfy_desktop.ui.presets.preset_commands import PresetCommands

MAX_OFFERED = 30
_MAX_CHARS = 48
_MAX_FOLDERS = 40


def offered_presets(state: PresetLibraryState, deployment_id: str) -> list[PresetSummary]:
    """Returns at most MAX_OFFERED usable presets.

    Favourites come first, then the deployment's presets, then others.
    """

    def sort_key(summary: PresetSummary) -> tuple[bool, bool, bool, str]:
        is_other = not deployment_id or summary.deployment_id != deployment_id
        return (
            summary.path not in state.favourites,
            is_other,
            summary.is_shipped,
            fold(summary.name),
        )

    return nsmallest(
        MAX_OFFERED, (summary for summary in state.summaries if not summary.problem), key=sort_key
    )


class PresetButtonMenu(QMenu):
    """Menu of the preset button; `rebuild` is called each time before it opens.

    Emits `chosen` with the path of a preset.
    """

    chosen = Signal(str)

    def __init__(self, actions: PresetActions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._preset_group = QActionGroup(self)
        self.setObjectName("preset_menu")
        self.setAccessibleName(_("Presets"))
        self.setToolTipsVisible(True)

    def rebuild(
        self, state: PresetLibraryState, current: PresetSummary | None, deployment_id: str
    ) -> None:
        self.clear()
        summaries = offered_presets(state, deployment_id)
        for previous, summary in zip([None, *summaries], summaries, strict=False):
            section_title = self._section_title(state, summary, deployment_id)
            if previous is None or section_title != self._section_title(
                state, previous, deployment_id
            ):
                self.addSection(section_title)
            self._add_preset(summary).setChecked(summary == current)
        if not summaries:
            self.addAction(_("There are no presets yet")).setEnabled(False)
        self.addSeparator()
        self._actions.fill_menu(self, with_all=True)

    def _section_title(
        self, state: PresetLibraryState, summary: PresetSummary, deployment_id: str
    ) -> str:
        if summary.path in state.favourites:
            return _("Favourites")
        is_here = bool(deployment_id) and summary.deployment_id == deployment_id
        return _("Made on this deployment") if is_here else _("Others")

    def _add_preset(self, summary: PresetSummary) -> QAction:
        action = self.addAction(literal(shortened(preset_name(summary), _MAX_CHARS)))
        action.setCheckable(True)
        self._preset_group.addAction(action)
        tooltip_lines = (
            preset_name(summary),
            one_line(summary.deployment_name),
            summary.note[:400],
        )
        action.setToolTip(tooltip("\n".join(filter(None, tooltip_lines))))
        action.triggered.connect(lambda _checked=False: self.chosen.emit(summary.path))
        return action


class PresetSelectionMenu(QMenu):
    """Context menu of the selected presets, created each time it opens."""

    def __init__(
        self,
        owner: QWidget,
        summaries: Sequence[PresetSummary],
        commands: PresetCommands,
        folder: str,
    ) -> None:
        super().__init__(owner)
        self._summaries = summaries
        self._paths = [summary.path for summary in summaries]
        self._commands = commands
        self.setObjectName("preset_selection_menu")
        self.setToolTipsVisible(True)
        self.aboutToHide.connect(self.deleteLater)
        count = len(summaries)
        name = (
            preset_name(summaries[0])
            if count == 1
            else n_("%d preset", "%d presets", count) % count
        )
        self.setAccessibleName(name if summaries else _("Presets"))
        if count == 1:
            self._add_single_actions(summaries[0])
        if summaries:
            self._add_bulk_actions()
            self.addSeparator()
        self._add_action("new_folder", _("&New folder…"), commands.create_folder)
        self._add_action("import", _("&Import…"), partial(commands.import_files, folder))
        self._add_action("paste", _("Import from the clip&board"), partial(commands.paste, folder))
        self._add_action(
            "open_folder", _("Show the folder of the presets"), commands.open_root_folder
        )

    def _add_single_actions(self, summary: PresetSummary) -> None:
        commands, path = self._commands, summary.path
        apply = self._add_action("apply", _("&Apply"), partial(commands.apply, path))
        self._set_enabled(apply, commands.apply_blocker(summary))
        self.setDefaultAction(apply)
        self.addSeparator()
        is_on = commands.is_favourite(summary)
        star = self._add_action(
            "favourite", _("&Favourite"), partial(commands.set_favourite, path, is_on=not is_on)
        )
        star.setCheckable(True)
        star.setChecked(is_on)
        deployment = literal(shortened(one_line(commands.deployment_name), _MAX_CHARS))
        if deployment:
            is_default = commands.is_default(summary)
            default = self._add_action(
                "default",
                _("&Use as default for %s") % deployment,
                partial(commands.set_default, path, is_on=not is_default),
            )
            default.setCheckable(True)
            default.setChecked(is_default)
            self._set_enabled(default, one_line(summary.problem))
        self.addSeparator()
        rename = self._add_action("rename", _("&Rename"), partial(commands.rename_in_place, path))
        self._set_enabled(rename, one_line(summary.problem) or read_only_reason(summary))

    def _add_bulk_actions(self) -> None:
        commands, paths = self._commands, self._paths
        reason = next(filter(None, map(read_only_reason, self._summaries)), "")
        problem = next(
            (one_line(summary.problem) for summary in self._summaries if summary.problem), ""
        )
        self._set_enabled(
            self._add_action("duplicate", _("&Duplicate"), partial(commands.duplicate, paths)),
            problem,
        )
        self._set_enabled(self._add_move_menu(), reason)
        self._set_enabled(
            self._add_action("delete", _("De&lete"), partial(commands.delete, paths)),
            reason,
        )
        self.addSeparator()
        self._set_enabled(
            self._add_action("copy", _("&Copy as text"), partial(commands.copy, paths)), problem
        )
        self._add_action("export", _("&Export…"), partial(commands.export, paths))
        if len(self._summaries) == 1:
            reveal = _("Show in the file mana&ger")
            self._set_enabled(
                self._add_action("reveal", reveal, partial(commands.reveal, paths[0])),
                reason,
            )

    def _add_move_menu(self) -> QAction:
        menu = self.addMenu(_("&Move to"))
        menu.setObjectName("move_preset_menu")
        menu.setAccessibleName(_("Move to"))
        current_folders = {summary.folder for summary in self._summaries}
        for folder in ("", *filter(None, self._commands.folders()[:_MAX_FOLDERS])):
            text = folder_name(folder) if folder else _("No folder")
            action = menu.addAction(literal(shortened(text, _MAX_CHARS)))
            action.triggered.connect(
                lambda _checked=False, folder=folder: self._commands.move(self._paths, folder)
            )
            action.setEnabled(current_folders != {folder})
        menu.addSeparator()
        new_folder = menu.addAction(_("&New folder…"))
        new_folder.triggered.connect(
            lambda _checked=False: self._commands.move_to_new_folder(self._paths)
        )
        return menu.menuAction()

    def _add_action(self, name: str, text: str, command: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(name)
        action.triggered.connect(lambda _checked=False: command())
        return action

    def _set_enabled(self, action: QAction, reason_disabled: str) -> None:
        action.setEnabled(not reason_disabled)
        action.setToolTip(tooltip(reason_disabled))
        action.setStatusTip(reason_disabled)
