"""Inputs that a sweep can vary: their list, and a button to choose one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.command_palette.entries import (
    PaletteEntry,
    PaletteEntryKind,
    PaletteTargets,
    workflow_entries,
)
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel

# Borders, the icon, and the space between them.
_CHROME_WIDTH = 12 * STEP
_NO_INPUT = PaletteEntry(PaletteEntryKind.ACTION, "", "", "", None)


class InputList:
    """Palette entries for the inputs of the open draft, created once for each draft.

    `inputs_model` returns the model of the open draft.
    """

    def __init__(self, inputs_model: Callable[[], InputsModel]) -> None:
        self._inputs_model = inputs_model
        self._entries = cache_last(_read_entries)

    def entries(self) -> Sequence[PaletteEntry]:
        """Returns the entries, the changed inputs first; linked inputs are left out."""
        model = self._inputs_model()
        draft = model.draft
        return () if draft is None else self._entries(draft, model.state.schema, model)


def _read_entries(
    draft: Draft, _schema: NodeSchema | None, model: InputsModel
) -> list[PaletteEntry]:
    _nodes, inputs = workflow_entries(model)
    entries = [
        each.entry(name)
        for each in inputs
        for name in each.names
        if link_of(_value(draft, InputKey(each.node_id, name))) is None
    ]
    entries.sort(key=lambda each: each.target not in draft.changes)
    return entries


def _value(draft: Draft, key: InputKey) -> Json:
    value = draft.value(key)
    return None if isinstance(value, MediaFile) else value


class InputPicker(QObject):
    """Opens palettes for choosing an input over a dialog, and names the inputs.

    `entries` returns the available inputs.
    """

    def __init__(self, dialog: QWidget, entries: Callable[[], Sequence[PaletteEntry]]) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._entries = entries
        self._named_entries: Sequence[PaletteEntry] = ()
        self._names: dict[object, str] = {}

    def pick(self, on_picked: Callable[[InputKey | None], object], none_text: str = "") -> None:
        """Opens a palette and calls `on_picked` with the chosen input.

        `none_text` is the text of an entry for no input, "" if an input is required.
        """
        # Imported late: few users who open the dialog choose another input.
        from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette

        palette = CommandPalette(self._dialog, _("Choose an input"), _("Input or node…"))
        palette.chosen.connect(lambda entry: on_picked(_key_of(entry)))
        palette.dismissed.connect(palette.deleteLater)
        leading_entries = [_NO_INPUT._replace(text=none_text)] if none_text else []
        palette.open_with(PaletteTargets([*leading_entries, *self._entries()]))

    def name_of(self, key: InputKey) -> str:
        """Returns the name of an input, such as `steps of KSampler`; "" for an unknown input."""
        entries = self._entries()
        if entries is not self._named_entries:
            self._named_entries = entries
            self._names = {
                each.target: _("%s of %s") % (each.text, each.context) for each in entries
            }
        return self._names.get(key, "")


def _key_of(entry: PaletteEntry) -> InputKey | None:
    return entry.target if isinstance(entry.target, InputKey) else None


class InputButton(QPushButton):
    """Button for one input; emits `chosen` when the user has chosen one.

    `none_text` is the text for no input, "" if an input is required.
    """

    chosen = Signal()

    def __init__(
        self,
        picker: InputPicker,
        name: str,
        accessible_name: str,
        parent: QWidget,
        none_text: str = "",
    ) -> None:
        super().__init__(parent)
        self._picker = picker
        self._none_text = none_text
        self._accessible_name = accessible_name
        self._full_text = ""
        self.key: InputKey | None = None
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.setProperty("aligned", True)
        self.setIconSize(ICON_SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: picker.pick(self._on_picked, none_text))
        TintedIcon(self, "search")
        self.show_key(None)

    def show_key(self, key: InputKey | None) -> None:
        """Shows another input, without emitting `chosen`."""
        self.key = key
        self._full_text = self._none_text or _("Choose an input…")
        if key is not None:
            self._full_text = self._picker.name_of(key) or _("%s (not there)") % key.name
        self.setAccessibleName(f"{self._accessible_name}: {self._full_text}")
        self._elide_text()

    def _on_picked(self, key: InputKey | None) -> None:
        self.show_key(key)
        self.setFocus()
        self.chosen.emit()

    def _elide_text(self) -> None:
        available_width = max(0, self.width() - _CHROME_WIDTH)
        elided_text = self.fontMetrics().elidedText(
            self._full_text, Qt.TextElideMode.ElideMiddle, available_width
        )
        self.setText(literal(elided_text))
        self.setToolTip(tooltip(self._full_text) if elided_text != self._full_text else "")
        self.setAccessibleDescription(self._full_text if elided_text != self._full_text else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide_text()
