"""All of one row of the preview: both values in full, what is said of it, and where it may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.presets import preview_words as words
from runcomfy_desktop.ui.presets.preview_words import Section, section_of
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal, text_button
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.workflow import InputKey

_LINES = 4
# A text of megabytes is looked at in the tree, not here.
_LETTERS = 20_000


class PreviewDetail(QWidget):
    """Emits `goal_chosen` with the proposal and the input that the person chose for it, `cured`
    with the proposal whose value is to be the one that is offered."""

    goal_chosen = Signal(object, object)
    cured = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._proposal: Proposal | None = None
        self._keys: tuple[InputKey, ...] = ()
        self._icon = QLabel(self)
        self._why = plain_label("", "preview_why", self, wrap=True)
        self._cure = text_button("", "preview_cure", self)
        self._sign = ("info", "muted")
        self._goal_label = plain_label(_("Goes to"), "preview_goal_label", self)
        self._goal = QComboBox(self)
        self._old_label = muted_label(_("Now"), "preview_old_label", self)
        self._new_label = muted_label(_("With the preset"), "preview_new_label", self)
        self._old = _text("preview_old", _("The value now"), self)
        self._new = _text("preview_new", _("The value with the preset"), self)
        self._build()
        self._goal.activated.connect(self._on_goal_activated)
        self._cure.clicked.connect(self._on_cure_clicked)

    def show_proposal(self, proposal: Proposal | None, draft: Draft) -> None:
        self._proposal = proposal
        old = "" if proposal is None else words.old_text(proposal)
        new = "" if proposal is None else words.new_text(proposal)
        self._old.setPlainText(old[:_LETTERS])
        self._new.setPlainText(new[:_LETTERS])
        gone = words.no_old_text(proposal)
        self._old.setPlaceholderText(gone)
        self._old.setAccessibleDescription(gone)
        why = "" if proposal is None else proposal.why
        is_conflict = proposal is not None and section_of(proposal) is Section.CONFLICTS
        self._why.setText(why)
        self._icon.setVisible(bool(why))
        self._sign = ("warning", "warning") if is_conflict else ("info", "muted")
        self._dress()
        cure = None if proposal is None else proposal.cure
        self._cure.setVisible(cure is not None)
        if cure is not None:
            self._cure.setText(literal(cure.label))
            self._cure.setAccessibleName(cure.label)
        self._show_goals(proposal, draft)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        name, role = self._sign
        image = icons.icon(name, getattr(colours(self.palette()), role))
        self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def _on_cure_clicked(self) -> None:
        if self._proposal is not None:
            self.cured.emit(self._proposal)

    def _show_goals(self, proposal: Proposal | None, draft: Draft) -> None:
        self._keys = () if proposal is None else proposal.candidates
        for part in (self._goal_label, self._goal):
            part.setVisible(bool(self._keys))
        self._goal.clear()
        if proposal is None or not self._keys:
            return
        key = proposal.key
        is_open = key is None or key not in self._keys
        if is_open:
            self._goal.addItem(_("Choose an input"))
        self._goal.addItems([words.candidate_name(each, draft) for each in self._keys])
        self._goal.setCurrentIndex(0 if is_open else self._keys.index(key))

    def _on_goal_activated(self, at: int) -> None:
        at -= self._goal.count() - len(self._keys)
        if at >= 0 and self._proposal is not None and self._keys[at] != self._proposal.key:
            self.goal_chosen.emit(self._proposal, self._keys[at])

    def _build(self) -> None:
        self._icon.setFixedSize(QSize(ICON_SIZE))
        self._goal.setObjectName("preview_goal")
        self._goal.setAccessibleName(_("The input that the value goes to"))
        self._goal.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._goal_label.setBuddy(self._goal)
        self._goal.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        why = QHBoxLayout()
        why.setSpacing(2 * STEP)
        why.addWidget(self._icon)
        why.addWidget(self._why, 1)
        why.addWidget(self._cure)
        goal = QHBoxLayout()
        goal.setSpacing(2 * STEP)
        goal.addWidget(self._goal_label)
        goal.addWidget(self._goal, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(3 * STEP)
        layout.setVerticalSpacing(STEP)
        layout.addLayout(why, 0, 0, 1, 2)
        layout.addLayout(goal, 1, 0, 1, 2)
        layout.addWidget(self._old_label, 2, 0)
        layout.addWidget(self._new_label, 2, 1)
        layout.addWidget(self._old, 3, 0)
        layout.addWidget(self._new, 3, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)


def _text(name: str, title: str, parent: QWidget) -> QPlainTextEdit:
    field = QPlainTextEdit(parent)
    field.setObjectName(name)
    field.setAccessibleName(title)
    field.setProperty("reading", True)
    field.setReadOnly(True)
    field.setTabChangesFocus(True)
    field.setUndoRedoEnabled(False)
    frame = 2 * field.frameWidth() + round(2 * field.document().documentMargin())
    field.setFixedHeight(_LINES * field.fontMetrics().lineSpacing() + frame)
    return field
