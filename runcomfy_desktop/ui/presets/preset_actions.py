"""Actions on presets, shared by the menu bar, which has them all, and the run bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.domain.presets.preset import PresetSummary

_StandardKey = QKeySequence.StandardKey
_MAX_CHARS = 40


@dataclass(frozen=True, slots=True)
class PresetActionState:
    """State of a session on which the actions depend: the draft's preset and deployment."""

    has_draft: bool = False
    summary: PresetSummary | None = None
    is_favourite: bool = False
    is_default: bool = False
    deployment_name: str = ""


class PresetActions(ActionSet):
    """Actions on the preset of the draft in view."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.show_all = self._make("all_presets", _("All &presets…"), "Ctrl+Shift+L")
        self.save = self._make("save_preset", _("&Save"), _StandardKey.Save)
        self.save_as = self._make("save_preset_as", _("Save &as…"), "Ctrl+Shift+S")
        self.rename = self._make("rename_preset", _("&Rename…"))
        self.duplicate = self._make("duplicate_preset", _("&Duplicate"))
        self.delete = self._make("delete_preset", _("De&lete"))
        self.favourite = self._make("favourite_preset", _("&Favourite"))
        self.default = self._make("default_preset", _("&Use as default"))
        self.reveal = self._make("reveal_preset", _("Show in the file mana&ger"))
        self.import_files = self._make("import_presets", _("&Import…"))
        self.paste = self._make("paste_preset", _("Import from the &clipboard"))
        self.export = self._make("export_preset", _("&Export…"))
        for action in (self.favourite, self.default):
            action.setCheckable(True)
        self.reset()

    def reset(self) -> None:
        """Shows the state without a session."""
        self.update_state(PresetActionState())
        for action in (self.show_all, self.import_files, self.paste):
            action.setEnabled(False)

    def fill_menu(self, menu: QMenu, *, with_all: bool = False) -> None:
        """Adds the actions to a menu; `with_all` also adds the action that opens the list."""
        if with_all:
            menu.addAction(self.show_all)
            menu.addSeparator()
        menu.addActions([self.save, self.save_as])
        menu.addSeparator()
        menu.addActions([self.favourite, self.default])
        menu.addSeparator()
        menu.addActions([self.rename, self.duplicate, self.delete, self.reveal])
        menu.addSeparator()
        menu.addActions([self.import_files, self.paste, self.export])

    def update_state(self, state: PresetActionState) -> None:
        """Shows the state of a session."""
        summary = state.summary
        for action in (self.show_all, self.import_files, self.paste):
            action.setEnabled(True)
        for action in (self.save, self.save_as):
            action.setEnabled(state.has_draft)
        name = literal(shortened(one_line(summary.name), _MAX_CHARS)) if summary is not None else ""
        is_own = summary is not None and not read_only_reason(summary)
        self.save.setText(_("&Save “%s”") % name if is_own else _("&Save…"))
        self.rename.setText(_("&Rename “%s”…") % name if summary is not None else _("&Rename…"))
        for action in (self.rename, self.delete, self.reveal):
            self._set_enabled(
                action, summary, read_only_reason(summary) if summary is not None else ""
            )
        for action in (self.duplicate, self.favourite, self.export):
            self._set_enabled(action, summary, "")
        self.favourite.setChecked(state.is_favourite)
        deployment = literal(shortened(one_line(state.deployment_name), _MAX_CHARS))
        text = _("&Use as default for %s") % deployment if deployment else _("&Use as default")
        self.default.setText(text)
        self.default.setEnabled(summary is not None and bool(deployment))
        self.default.setChecked(state.is_default)

    def _set_enabled(
        self, action: QAction, summary: PresetSummary | None, reason_disabled: str
    ) -> None:
        no_preset = _("The draft in view goes back to no preset.")
        reason = reason_disabled if summary is not None else no_preset
        action.setEnabled(not reason)
        action.setToolTip(tooltip(reason))
        action.setStatusTip(reason)


def read_only_reason(summary: PresetSummary) -> str:
    """Returns why a preset's file cannot be changed; "" if it can."""
    if summary.is_shipped:
        return _("It came with the program and stays as it is. A duplicate can be changed.")
    return ""
