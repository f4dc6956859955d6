"""Details of one row of the preview: both values in full, the reason, and the possible targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QPlainTextEdit, QSizePolicy, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets import preview_texts as texts
from runcomfy_desktop.ui.presets.preview_texts import PreviewSection, section_of
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_LINES = 4
# A value of megabytes is read in the tree, not here.
_MAX_CHARS = 20_000


class PreviewDetail(QWidget):
    """Widget with the details of one proposal.

    Emits `target_chosen` with the proposal and the input that the user chose for it, and
    `fix_chosen` with the proposal whose value is replaced by the offered one.
    """

    target_chosen = Signal(object, object)
    fix_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._proposal: PresetProposal | None = None
        self._target_keys: tuple[InputKey, ...] = ()
        self._reason_line = IconLine("preview_why", self)
        self._fix_button = text_button("", "preview_cure", self)
        self._target_label = plain_label(_("Goes to"), "preview_goal_label", self)
        self._target_box = QComboBox(self)
        self._old_label = muted_label(_("Now"), "preview_old_label", self)
        self._new_label = muted_label(_("With the preset"), "preview_new_label", self)
        self._old_field = _text_field("preview_old", _("The value now"), self)
        self._new_field = _text_field("preview_new", _("The value with the preset"), self)
        self._build()
        self._target_box.activated.connect(self._on_target_activated)
        self._fix_button.clicked.connect(self._on_fix_clicked)

    def show_proposal(self, proposal: PresetProposal | None, draft: Draft) -> None:
        self._proposal = proposal
        old = "" if proposal is None else texts.old_text(proposal)
        new = "" if proposal is None else texts.new_text(proposal)
        self._old_field.setPlainText(old[:_MAX_CHARS])
        self._new_field.setPlainText(new[:_MAX_CHARS])
        placeholder = texts.placeholder_text(proposal)
        self._old_field.setPlaceholderText(placeholder)
        self._old_field.setAccessibleDescription(placeholder)
        if proposal is None or not proposal.reason:
            self._reason_line.show_text("")
        elif section_of(proposal) is PreviewSection.CONFLICTS:
            self._reason_line.show_text(proposal.reason, "warning", "warning")
        else:
            self._reason_line.show_text(proposal.reason, "info")
        quick_fix = None if proposal is None else proposal.quick_fix
        self._fix_button.setVisible(quick_fix is not None)
        if quick_fix is not None:
            self._fix_button.setText(literal(quick_fix.label))
            self._fix_button.setAccessibleName(quick_fix.label)
        self._show_targets(proposal, draft)

    def _on_fix_clicked(self) -> None:
        if self._proposal is not None:
            self.fix_chosen.emit(self._proposal)

    def _show_targets(self, proposal: PresetProposal | None, draft: Draft) -> None:
        self._target_keys = () if proposal is None else proposal.candidates
        for part in (self._target_label, self._target_box):
            part.setVisible(bool(self._target_keys))
        self._target_box.clear()
        if proposal is None or not self._target_keys:
            return
        key = proposal.key
        is_unresolved = key is None or key not in self._target_keys
        if is_unresolved:
            self._target_box.addItem(_("Choose an input"))
        self._target_box.addItems([texts.candidate_name(each, draft) for each in self._target_keys])
        self._target_box.setCurrentIndex(0 if is_unresolved else self._target_keys.index(key))

    def _on_target_activated(self, index: int) -> None:
        index -= self._target_box.count() - len(self._target_keys)
        if (
            index >= 0
            and self._proposal is not None
            and self._target_keys[index] != self._proposal.key
        ):
            self.target_chosen.emit(self._proposal, self._target_keys[index])

    def _build(self) -> None:
        self._target_box.setObjectName("preview_goal")
        self._target_box.setAccessibleName(_("The input that the value goes to"))
        self._target_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._target_label.setBuddy(self._target_box)
        self._target_box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(3 * STEP)
        layout.setVerticalSpacing(STEP)
        layout.addLayout(row((self._reason_line, 1), self._fix_button), 0, 0, 1, 2)
        layout.addLayout(row(self._target_label, (self._target_box, 1)), 1, 0, 1, 2)
        layout.addWidget(self._old_label, 2, 0)
        layout.addWidget(self._new_label, 2, 1)
        layout.addWidget(self._old_field, 3, 0)
        layout.addWidget(self._new_field, 3, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)


def _text_field(name: str, title: str, parent: QWidget) -> QPlainTextEdit:
    field = QPlainTextEdit(parent)
    field.setObjectName(name)
    field.setAccessibleName(title)
    field.setProperty("reading", True)
    field.setReadOnly(True)
    field.setTabChangesFocus(True)
    field.setUndoRedoEnabled(False)
    frame_height = 2 * field.frameWidth() + round(2 * field.document().documentMargin())
    field.setFixedHeight(_LINES * field.fontMetrics().lineSpacing() + frame_height)
    return field
