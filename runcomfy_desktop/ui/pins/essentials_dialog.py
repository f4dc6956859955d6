"""Dialog in which the user ticks the essentials among all inputs of a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from runcomfy_desktop.domain.drafts.pin import MAX_PINS
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.input_tree.check_list import CheckList
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.editor.pins import PinsState
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView

_WIDTH = 140 * STEP
_VISIBLE_ROWS = 14
_MAX_VALUE_CHARS = 60


class EssentialsDialog(Dialog):
    """Lists inputs with a check box each.

    Emits `chosen` with the keys of the ticked inputs in the order of the list, or
    `suggestion_chosen` if the user wants the suggested ones.
    """

    chosen = Signal(object)
    suggestion_chosen = Signal()

    def __init__(
        self, view: InputsView, state: PinsState, suggested_keys: Sequence[InputKey]
    ) -> None:
        """Lists the inputs of a view's draft, first the essentials of `state`, which are ticked."""
        super().__init__(view.dialog_parent)
        chosen_keys = [pin.key for pin in state.pins]
        self._keys = _editable_keys(view, chosen_keys)
        self._suggested_keys = frozenset(suggested_keys)
        self._is_suggestion_wanted = False
        self._build()
        self._check_list.show_rows(
            [(str(place), _text_of(view, state, key)) for place, key in enumerate(self._keys)],
            self._places_of(frozenset(chosen_keys)),
        )
        self._connect()
        self._show_count()

    def _build(self) -> None:
        self.setObjectName("essentials_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Choose the essentials"))
        intro = _("Ticked inputs are shown first, under Essentials. All are under All.")
        intro_label = plain_label(intro, "essentials_intro", self, wrap=True)
        self._check_list = CheckList(
            "essentials", _("Inputs of the workflow"), self, visible_rows=_VISIBLE_ROWS
        )
        self._count_label = muted_label("", "essentials_count", self, wrap=True)
        self._suggested = text_button(_("Suggested"), "essentials_suggested", self)
        self._suggested.setToolTip(_("Ticks the inputs that were suggested for this workflow"))
        self._cancel = text_button(_("Cancel"), "essentials_cancel", self)
        self._save = text_button(_("Save"), "essentials_save", self, primary=True)
        self._save.setDefault(True)
        column(
            intro_label,
            self._check_list,
            self._count_label,
            row(self._suggested, STRETCH, self._cancel, self._save),
            owner=self,
            spacing=4 * STEP,
            margins=5 * STEP,
        )
        self.setMinimumWidth(_WIDTH)

    def _connect(self) -> None:
        self._check_list.edited.connect(self._on_edited)
        self._suggested.clicked.connect(self._on_suggested_clicked)
        self._cancel.clicked.connect(self.reject)
        self._save.clicked.connect(self._on_accepted)

    def _places_of(self, keys: frozenset[InputKey]) -> list[str]:
        return [str(place) for place, key in enumerate(self._keys) if key in keys]

    def _show_count(self) -> None:
        count = len(self._check_list.checked_keys)
        text = n_("%d of %d is ticked.", "%d of %d are ticked.", count) % (count, len(self._keys))
        error = ""
        if count > MAX_PINS:
            error = _("Essentials can show no more than %d inputs of a workflow.") % MAX_PINS
        self._count_label.setText(error or text)
        self._save.setEnabled(not error)
        self._save.setToolTip(error)

    def _on_edited(self) -> None:
        self._is_suggestion_wanted = False
        self._show_count()

    def _on_suggested_clicked(self) -> None:
        self._check_list.set_checked(self._places_of(self._suggested_keys))
        self._is_suggestion_wanted = True
        self._show_count()

    def _on_accepted(self) -> None:
        if self._is_suggestion_wanted:
            self.suggestion_chosen.emit()
        else:
            self.chosen.emit([self._keys[int(place)] for place in self._check_list.checked_keys])
        self.accept()


def _editable_keys(view: InputsView, chosen_keys: Sequence[InputKey]) -> list[InputKey]:
    draft = view.inputs.draft
    all_keys = () if draft is None else draft.workflow.input_keys()
    return [
        key
        for key in dict.fromkeys((*chosen_keys, *all_keys))
        if view.inputs.node_spec_of(key).kind.is_editable
    ]


def _text_of(view: InputsView, state: PinsState, key: InputKey) -> str:
    """Returns the name of an input, that of its node, and its value, as one line."""
    row, pin, draft = view.inputs.input_row_of(key), state.pin_for(key), view.inputs.draft
    assert draft is not None
    title = view.inputs.title_of(draft.workflow.nodes[key.node_id])
    name = one_line("" if pin is None else pin.label) or state.names.get(key) or row.name
    value = shortened(one_line(texts.value_text(row.value, row.spec)), _MAX_VALUE_CHARS)
    return f"{name} · {title}: {value}"
