"""The well of a media input: what is sent now, and every way to give it another file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.address_line import AddressLine
from runcomfy_desktop.ui.inputs.fault_label import FaultLabel
from runcomfy_desktop.ui.inputs.layout import LARGER_WELL, ROOMY_WELL, has_large_well, metrics_for
from runcomfy_desktop.ui.inputs.link_button import LinkButton
from runcomfy_desktop.ui.inputs.note_label import NoteLabel
from runcomfy_desktop.ui.inputs.talk import CANCEL, Talk, TalkLine
from runcomfy_desktop.ui.inputs.thumb import Thumb, WellLook, draw_thumb
from runcomfy_desktop.ui.inputs.well_keys import WellKeys
from runcomfy_desktop.ui.media.menu import is_own_picture
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.models.inputs import InputRow

THUMBNAIL = 18 * STEP
"""The side of the picture in the well."""
"""The least width of a well in which there is room for a picture."""

_TALK_LOOK = WellLook(Thumb.EMPTY, sign="copy")


class MediaWell(QFrame):
    """One media input. Signals say what the person wishes; `answered` is the answer to a talk.

    `left(forwards)` is Tab past the last control or back before the first one, `closed` Escape,
    `entered` that the keyboard came in.
    """

    browse_wished = Signal()
    paste_wished = Signal()
    address_given = Signal(str)
    size_wished = Signal(object)  # the button that was pressed
    shrink_wished = Signal()
    mask_wished = Signal()
    again_wished = Signal()
    answered = Signal(str)
    left = Signal(bool)
    closed = Signal()
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key: InputKey | None = None
        self._row: InputRow | None = None
        self._look = WellLook(Thumb.EMPTY)
        self._talk: Talk | None = None
        self._is_lit = False
        self._has_thumb = True
        self._offered: list[QPushButton] = []
        self.setObjectName("media_well")
        self._build()
        self._connect()
        self._dress()

    def _build(self) -> None:
        self._name = ElidedLabel(parent=self, object_name="media_name")
        self._facts = ElidedLabel(parent=self, object_name="media_facts")
        self._note = NoteLabel(self, object_name="media_size_note")
        self._change = LinkButton(_("Change…"), "media_change_size", self)
        self._note_line = _line(self, self._note, self._change)
        self._warning = FaultLabel(self, object_name="media_warning")
        self._hint = ElidedLabel(parent=self, object_name="media_hint")
        self._browse = LinkButton(_("Browse…"), "media_browse", self)
        self._paste = LinkButton(_("Paste"), "media_paste", self)
        self._address = LinkButton(_("Use an address…"), "media_address", self)
        self._mask = LinkButton(_("Mask…"), "media_mask", self)
        self._again = LinkButton("", "media_take_again", self)
        self._shrink = text_button(_("Shrink…"), "media_shrink", self)
        self._instead = text_button(_("Use an address…"), "media_use_address", self)
        self._setting = LinkButton(_("Change…"), "media_change_setting", self)
        self._deeds: list[QPushButton] = [self._shrink, self._instead]
        self._links: list[QPushButton] = [
            self._setting,
            self._mask,
            self._again,
            self._browse,
            self._paste,
            self._address,
        ]
        self._actions = _line(self, *self._deeds, self._hint, *self._links)
        self._asking = AddressLine(self)
        self._talking = TalkLine(self)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(STEP)
        column.addStretch(1)
        for button in (self._change, self._setting):
            button.setAccessibleName(_("Change how large pictures are sent"))
        for widget in (self._name, self._facts, self._note_line, self._warning):
            column.addWidget(widget)
        for line in (self._actions, self._asking, self._talking):
            column.addWidget(line)
        column.addStretch(1)
        self._keys = WellKeys(self, self._controls)

    def _connect(self) -> None:
        self._browse.clicked.connect(self.browse_wished)
        self._paste.clicked.connect(self.paste_wished)
        self._again.clicked.connect(self.again_wished)
        self._shrink.clicked.connect(self.shrink_wished)
        self._mask.clicked.connect(self.mask_wished)
        for button in (self._change, self._setting):
            button.clicked.connect(partial(self.size_wished.emit, button))
        self._address.clicked.connect(self.ask_address)
        self._instead.clicked.connect(self.ask_address)
        self._asking.given.connect(self._on_address_given)
        self._asking.cancelled.connect(self._on_address_cancelled)
        self._asking.faulty.connect(self._on_address_faulty)
        self._talking.answered.connect(self.answered)
        self._keys.left.connect(self.left)
        self._keys.entered.connect(self.entered)
        self._keys.escaped.connect(self._on_escaped)
        self._keys.watch(self._controls())

    def _controls(self) -> list[QWidget]:
        """All that the keyboard can reach, in reading order."""
        places = self._change, *self._deeds, *self._links
        return [*places, *self._asking.controls, *self._talking.buttons]

    # What it shows

    def show_row(self, row: InputRow, look: WellLook, talk: Talk | None = None) -> None:
        """Shows an input's value, and what is to be said about it meanwhile."""
        if row == self._row and look == self._look and talk == self._talk:
            return
        if self._row is not None and row.value != self._row.value and self.is_asking:
            # It has another value now, so the question is answered.
            self._stop_asking()
        self._row, self._look = row, look
        self._show_talk(talk)
        self._name.setText(talk.title if talk else texts.media_name(row.value, row.spec.kind))
        # The description is set too, so nobody hears the markup of the tip.
        self.setToolTip(tooltip(look.origin) if look.origin else "")
        self._warning.say(row.fault)
        self._note.setText(look.size.note)
        self._change.setVisible(look.size.has_choice)
        self._offer(row, look)
        self._choose_lines()
        self._fit()
        if not self.is_asking:
            self._facts.setText(self._facts_text(row, look, talk))
        self.setAccessibleDescription(self._description(row, look, talk))
        self.update()

    def _offer(self, row: InputRow, look: WellLook) -> None:
        """What can be done with the value, and the words beside it."""
        is_huge = isinstance(row.value, MediaFile) and row.value.above_cap
        again: list[QPushButton] = [self._again] if look.again else []
        self._again.setText(look.again)
        links: list[QPushButton] = [self._mask] if look.takes_mask else []
        links += [self._browse, self._paste]
        if is_huge or look.size.wants_address:
            deeds = [self._shrink] if is_own_picture(row) else []
            setting: list[QPushButton] = [self._setting] if look.size.wants_address else []
            self._offered = [*deeds, self._instead, *setting, *again, *links]
        else:
            # Beside a note there is no room for everything.
            address = [] if look.note else [self._address]
            self._offered = [*again, *links, *address]
        usual = "" if self._instead in self._offered else texts.drop_hint(row.spec.kind)
        self._hint.setText(look.note or usual)
        self._hint.set_role("text" if look.note else "muted")

    def _facts_text(self, row: InputRow, look: WellLook, talk: Talk | None) -> str:
        if talk is not None:
            return talk.text
        # A note is worth more than the facts where there is room for one of them only.
        is_hidden = bool(look.note) and not self._hint.isVisibleTo(self._actions)
        return look.note if is_hidden else texts.media_facts(row.value, has_size=not look.size.note)

    def _description(self, row: InputRow, look: WellLook, talk: Talk | None) -> str:
        if talk is not None:
            return f"{talk.title}, {talk.text}"
        spoken = texts.accessible_text(row)
        return ", ".join(filter(None, (spoken, look.size.note, look.note)))

    def _show_talk(self, talk: Talk | None) -> None:
        if talk is not None:
            had_keyboard = self.has_keyboard()
            if self.is_asking:
                self._stop_asking()
            if self._talking.show_talk(talk):
                self._keys.watch(list(self._talking.buttons))
            self._talk = talk
            self._choose_lines()
            if had_keyboard and not self.has_keyboard():
                self._keys.take()
        elif self._talk is not None:
            had_keyboard = self.has_keyboard()
            self._talk = None
            self._choose_lines()
            if had_keyboard:
                self._keys.take()

    def _choose_lines(self) -> None:
        """Of the lines of buttons only one is there."""
        row = self._row
        self._talking.setVisible(self._talk is not None)
        # In a narrow window its answers take two lines.
        self._column.setSpacing(STEP if self._talk is None else STEP // 2)
        self._actions.setVisible(self._talk is None and not self.is_asking)
        is_faulty = row is not None and row.fault is not None
        is_calm = self._talk is None and not self.is_asking
        self._warning.setVisible(is_faulty and is_calm)
        has_note = bool(self._look.size.note) and not is_faulty
        self._note_line.setVisible(has_note and is_calm)

    def forget(self) -> None:
        """Gets ready for another input: nothing of this one may be seen in it."""
        if self.is_asking:
            self._stop_asking()
        self.key = None
        self._row = None
        self._show_talk(None)
        self.set_lit(False)

    def chain_after(self, before: QWidget) -> QWidget:
        """Puts its controls behind `before` in the order of the Tab key; returns the last."""
        for control in self._controls():
            self.setTabOrder(before, control)
            before = control
        return before

    def set_lit(self, is_lit: bool) -> None:
        """Whether something that is dragged would go in here."""
        if is_lit != self._is_lit:
            self._is_lit = is_lit
            self.update()

    @property
    def is_lit(self) -> bool:
        return self._is_lit

    @property
    def is_asking(self) -> bool:
        """Whether an address is being typed, which would be lost with the widget."""
        return not self._asking.isHidden()

    @property
    def typed_address(self) -> str:
        """What is being typed, "" as long as it is no address."""
        return self._asking.address if self.is_asking else ""

    @property
    def thumb(self) -> Thumb:
        return self._look.thumb

    def has_keyboard(self) -> bool:
        return self._keys.is_here()

    def take_keyboard(self, *, last: bool = False) -> None:
        """Puts the keyboard on the first of its controls, or on the last."""
        self._keys.take(last=last)

    # Addresses

    def ask_address(self) -> None:
        """Lets an address be typed in the place of the buttons."""
        value = None if self._row is None else self._row.value
        is_address = isinstance(value, str) and texts.is_address(value)
        self._asking.ask(str(value) if is_address else "")
        self._choose_lines()

    def _on_address_faulty(self, wrong: str) -> None:
        usual = _("RunComfy's servers fetch it themselves, without a login.")
        self._facts.setText(wrong or usual)
        self._facts.set_role("error" if wrong else "muted")

    def _on_address_given(self, address: str) -> None:
        had_keyboard = self.has_keyboard()
        self._stop_asking()
        self.address_given.emit(address)
        if had_keyboard:
            self.closed.emit()

    def _on_address_cancelled(self) -> None:
        self._stop_asking()
        self._address.setFocus() if self._address.isVisible() else self.take_keyboard()

    def _on_escaped(self) -> None:
        if self.is_asking:
            self._asking.leave()
            if self.is_asking:
                # No address yet: it stays to be finished.
                self.closed.emit()
        elif self._talk is not None and any(each.name == CANCEL for each in self._talk.answers):
            self.answered.emit(CANCEL)
        else:
            self.closed.emit()

    def _stop_asking(self) -> None:
        self._asking.hide()
        self._choose_lines()
        self._dress()
        if self._row is not None:
            row = self._row
            self._row = None
            self.show_row(row, self._look, self._talk)

    # Looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if self._row is not None and not self.is_asking:
            self._facts.setText(self._facts_text(self._row, self._look, self._talk))

    def _fit(self) -> None:
        """Gives up the picture, then the last of the buttons, where there is no room for them.

        What is left out can still be done from the row's menu and by keyboard.
        """
        pad = 2 * STEP
        self._has_thumb = self.width() >= ROOMY_WELL
        left = pad + (self._side() + 3 * STEP if self._has_thumb else 0)
        self._column.setContentsMargins(left, STEP, pad, STEP)
        room = self.width() - left - pad
        for button in (*self._deeds, *self._links):
            room -= button.sizeHint().width() + STEP if button in self._offered else 0
            button.setVisible(button in self._offered and room >= 0)
        # A hint of which only a letter is left tells nobody anything.
        has_hint = bool(self._hint.text())
        self._hint.setVisible(has_hint and room >= self._hint.sizeHint().width() + STEP)

    def _side(self) -> int:
        """Of the picture, which is larger in a form of few inputs."""
        is_large = self._row is not None and has_large_well(self._row, self.width())
        return THUMBNAIL + LARGER_WELL if is_large else THUMBNAIL

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._dress()

    def _dress(self) -> None:
        metrics = metrics_for(self.font().toString())
        self._name.setFont(metrics.bold)
        for widget in (self._facts, self._note, self._warning, self._hint, self._talking):
            widget.setFont(metrics.small)
        for button in (
            self._change,
            *self._deeds,
            *self._links,
            *self._asking.links,
            *self._talking.buttons,
        ):
            button.setFont(metrics.small)
        self._facts.set_role("muted")
        self._hint.set_role("text" if self._look.note else "muted")

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self._row
        colour, style = roles.muted, Qt.PenStyle.DashLine
        if row is not None and row.fault is not None:
            colour = roles.error if row.fault.blocks else roles.warning
            style = Qt.PenStyle.SolidLine
        elif row is not None and row.is_changed:
            colour = roles.accent
        if self._is_lit:
            colour, style = roles.accent, Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2 if self._is_lit else 1, style))
        painter.setBrush(QColor(roles.accent_soft if self._is_lit else roles.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if self._has_thumb:
            side = min(self._side(), self.height() - 4 * STEP)
            place = QRect(2 * STEP, (self.height() - side) // 2, side, side)
            draw_thumb(painter, place, roles, self._look if self._talk is None else _TALK_LOOK)
        painter.end()


def _line(parent: QWidget, *widgets: QWidget) -> QWidget:
    """A row of widgets that do not stretch."""
    holder = QWidget(parent)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(STEP)
    for widget in widgets:
        widget.setParent(holder)
        row.addWidget(widget)
    row.addStretch(1)
    return holder
