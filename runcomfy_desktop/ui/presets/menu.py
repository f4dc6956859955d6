"""The menus of presets: which ones the run bar offers, and what can be done with selected ones."""

from __future__ import annotations

from functools import partial
from heapq import nsmallest
from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.fuzzy import fold
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.presets.actions import why_read_only
from runcomfy_desktop.ui.presets.rows import folder_name, preset_name
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.library_state import LibraryState
    from runcomfy_desktop.domain.preset.preset import PresetHead
    from runcomfy_desktop.ui.presets.actions import PresetActions
    from runcomfy_desktop.ui.presets.deeds import PresetDeeds

MOST = 30
_LETTERS = 48
_MOST_FOLDERS = 40


def offered(state: LibraryState, deployment_id: str) -> list[PresetHead]:
    """Favourites first, then those made on this deployment, then others; not more than MOST."""

    def place(head: PresetHead) -> tuple[bool, bool, bool, str]:
        is_other = not deployment_id or head.deployment_id != deployment_id
        return (head.path not in state.favourites, is_other, head.is_shipped, fold(head.name))

    return nsmallest(MOST, (head for head in state.heads if not head.problem), key=place)


class BarMenu(QMenu):
    """What drops down from the preset's button. `fill` is called each time before it opens."""

    def __init__(self, actions: PresetActions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._offers = QActionGroup(self)
        self.setObjectName("preset_menu")
        self.setAccessibleName(_("Presets"))
        self.setToolTipsVisible(True)

    def fill(
        self,
        state: LibraryState,
        current: PresetHead | None,
        deployment_id: str,
        apply: Callable[[str], object],
    ) -> None:
        self.clear()
        heads = offered(state, deployment_id)
        for before, head in zip([None, *heads], heads, strict=False):
            group = self._group(state, head, deployment_id)
            if before is None or group != self._group(state, before, deployment_id):
                self.addSection(group)
            self._add(head, apply).setChecked(head == current)
        if not heads:
            self.addAction(_("There are no presets yet")).setEnabled(False)
        self.addSeparator()
        self._actions.fill(self, with_all=True)

    def _group(self, state: LibraryState, head: PresetHead, deployment_id: str) -> str:
        if head.path in state.favourites:
            return _("Favourites")
        is_here = bool(deployment_id) and head.deployment_id == deployment_id
        return _("Made on this deployment") if is_here else _("Others")

    def _add(self, head: PresetHead, apply: Callable[[str], object]) -> QAction:
        action = self.addAction(literal(shortened(preset_name(head), _LETTERS)))
        action.setCheckable(True)
        self._offers.addAction(action)
        facts = (preset_name(head), one_line(head.deployment_name), head.note[:400])
        action.setToolTip(tooltip("\n".join(filter(None, facts))))
        action.triggered.connect(lambda _checked=False: apply(head.path))
        return action


class SelectionMenu(QMenu):
    """What can be done with the selected presets; built anew each time."""

    def __init__(
        self, owner: QWidget, heads: Sequence[PresetHead], deeds: PresetDeeds, folder: str
    ) -> None:
        super().__init__(owner)
        self._heads = heads
        self._paths = [head.path for head in heads]
        self._deeds = deeds
        self.setObjectName("preset_selection_menu")
        self.setToolTipsVisible(True)
        self.aboutToHide.connect(self.deleteLater)
        count = len(heads)
        name = preset_name(heads[0]) if count == 1 else n_("%d preset", "%d presets", count) % count
        self.setAccessibleName(name if heads else _("Presets"))
        if count == 1:
            self._add_one(heads[0])
        if heads:
            self._add_many()
            self.addSeparator()
        self._entry("new_folder", _("&New folder…"), deeds.new_folder)
        self._entry("import", _("&Import…"), partial(deeds.import_files, folder))
        self._entry("paste", _("Import from the clip&board"), partial(deeds.paste, folder))
        self._entry("open_folder", _("Show the folder of the presets"), deeds.open_root)

    def _add_one(self, head: PresetHead) -> None:
        deeds, path = self._deeds, head.path
        apply = self._entry("apply", _("&Apply"), partial(deeds.apply, path))
        self._allow(apply, deeds.why_not_apply(head))
        self.setDefaultAction(apply)
        self.addSeparator()
        is_on = deeds.is_favourite(head)
        star = self._entry(
            "favourite", _("&Favourite"), partial(deeds.set_favourite, path, is_on=not is_on)
        )
        star.setCheckable(True)
        star.setChecked(is_on)
        deployment = literal(shortened(one_line(deeds.deployment_name), _LETTERS))
        if deployment:
            is_default = deeds.is_default(head)
            default = self._entry(
                "default",
                _("&Use as default for %s") % deployment,
                partial(deeds.set_default, path, is_on=not is_default),
            )
            default.setCheckable(True)
            default.setChecked(is_default)
            self._allow(default, one_line(head.problem))
        self.addSeparator()
        rename = self._entry("rename", _("&Rename"), partial(deeds.rename_in_place, path))
        self._allow(rename, one_line(head.problem) or why_read_only(head))

    def _add_many(self) -> None:
        deeds, paths = self._deeds, self._paths
        why = next(filter(None, map(why_read_only, self._heads)), "")
        problem = next((one_line(head.problem) for head in self._heads if head.problem), "")
        self._allow(
            self._entry("duplicate", _("&Duplicate"), partial(deeds.duplicate, paths)), problem
        )
        self._allow(self._add_folders(), why)
        self._allow(self._entry("delete", _("De&lete"), partial(deeds.delete, paths)), why)
        self.addSeparator()
        self._allow(self._entry("copy", _("&Copy as text"), partial(deeds.copy, paths)), problem)
        self._entry("export", _("&Export…"), partial(deeds.export, paths))
        if len(self._heads) == 1:
            reveal = _("Show in the file mana&ger")
            self._allow(self._entry("reveal", reveal, partial(deeds.reveal, paths[0])), why)

    def _add_folders(self) -> QAction:
        menu = self.addMenu(_("&Move to"))
        menu.setObjectName("move_preset_menu")
        menu.setAccessibleName(_("Move to"))
        here = {head.folder for head in self._heads}
        for folder in ("", *filter(None, self._deeds.folders()[:_MOST_FOLDERS])):
            text = folder_name(folder) if folder else _("No folder")
            action = menu.addAction(literal(shortened(text, _LETTERS)))
            action.triggered.connect(
                lambda _checked=False, folder=folder: self._deeds.move(self._paths, folder)
            )
            action.setEnabled(here != {folder})
        menu.addSeparator()
        new = menu.addAction(_("&New folder…"))
        new.triggered.connect(lambda _checked=False: self._deeds.move_to_new(self._paths))
        return menu.menuAction()

    def _entry(self, name: str, text: str, deed: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(name)
        action.triggered.connect(lambda _checked=False: deed())
        return action

    def _allow(self, action: QAction, why_not: str) -> None:
        action.setEnabled(not why_not)
        action.setToolTip(tooltip(why_not))
        action.setStatusTip(why_not)
