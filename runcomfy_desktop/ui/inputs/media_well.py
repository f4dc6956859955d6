"""The well of a picture input: what is sent now, and every way to give it another picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.media import INLINE_CAP_BYTES, MediaFile, check_address
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.fault_label import FaultLabel
from runcomfy_desktop.ui.inputs.layout import metrics_for
from runcomfy_desktop.ui.inputs.link_button import LinkButton
from runcomfy_desktop.ui.inputs.thumb import Thumb, draw_thumb
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.models.inputs import InputRow

THUMBNAIL = 18 * STEP
"""The side of the picture in the well."""
_ROOMY = 104 * STEP
"""The least width of a well in which there is room for a picture."""


class MediaWell(QFrame):
    """One picture input. Signals say what the person wishes; the panel does it.

    `left(forwards)` is Tab past the last control or back before the first one, `closed` Escape,
    `entered` that the keyboard came in.
    """

    browse_wished = Signal()
    paste_wished = Signal()
    address_given = Signal(str)
    send_anyway_wished = Signal()
    shrink_wished = Signal()
    left = Signal(bool)
    closed = Signal()
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key: InputKey | None = None
        self._row: InputRow | None = None
        self._thumb = Thumb.EMPTY
        self._picture: QPixmap | None = None
        self._is_lit = False
        self._has_thumb = True
        self._has_hint = True
        self._offered: list[QPushButton] = []
        self.setObjectName("media_well")
        self._build()
        self._connect()
        self._dress()

    def _build(self) -> None:
        self._name = ElidedLabel(parent=self, object_name="media_name")
        self._facts = ElidedLabel(parent=self, object_name="media_facts")
        self._warning = FaultLabel(self, object_name="media_warning")
        self._hint = ElidedLabel(parent=self, object_name="media_hint")
        self._hint.setText(_("Drop an image or a web address here"))
        self._browse = LinkButton(_("Browse…"), "media_browse", self)
        self._paste = LinkButton(_("Paste"), "media_paste", self)
        self._address = LinkButton(_("Use an address…"), "media_address", self)
        self._shrink = text_button(_("Shrink…"), "media_shrink", self)
        self._anyway = text_button(_("Send anyway"), "media_send_anyway", self)
        self._instead = text_button(_("Use an address"), "media_use_address", self)
        links = (self._hint, self._browse, self._paste, self._address)
        self._actions = _line(self, self._shrink, self._anyway, self._instead, *links)
        self._build_address_line()
        column = self._column = QVBoxLayout(self)
        column.setSpacing(STEP)
        column.addStretch(1)
        for widget in (self._name, self._facts, self._warning, self._actions, self._asking):
            column.addWidget(widget)
        column.addStretch(1)
        self._controls: list[QWidget] = [
            self._shrink,
            self._anyway,
            self._instead,
            self._browse,
            self._paste,
            self._address,
            self._edit,
            self._use,
            self._cancel,
        ]

    def _build_address_line(self) -> None:
        self._edit = QLineEdit(self)
        self._edit.setObjectName("media_address_edit")
        self._edit.setAccessibleName(_("Address of the picture"))
        self._edit.setPlaceholderText("https://")
        self._edit.setAcceptDrops(False)
        self._use = LinkButton(_("Use"), "media_address_use", self)
        self._cancel = LinkButton(_("Cancel"), "media_address_cancel", self)
        self._asking = _line(self, self._edit, self._use, self._cancel)
        self._asking.hide()

    def _connect(self) -> None:
        self._browse.clicked.connect(self.browse_wished)
        self._paste.clicked.connect(self.paste_wished)
        self._shrink.clicked.connect(self.shrink_wished)
        self._anyway.clicked.connect(self.send_anyway_wished)
        self._address.clicked.connect(self.ask_address)
        self._instead.clicked.connect(self.ask_address)
        self._use.clicked.connect(self._on_address_entered)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._edit.returnPressed.connect(self._on_address_entered)
        self._edit.textEdited.connect(self._on_address_edited)
        for control in self._controls:
            control.installEventFilter(self)

    # What it shows

    def show_row(self, row: InputRow, thumb: Thumb, picture: QPixmap | None = None) -> None:
        """Shows an input's value; `picture` goes with Thumb.PICTURE."""
        if row == self._row and thumb is self._thumb and picture is self._picture:
            return
        if self._row is not None and row.value != self._row.value and self.is_asking:
            # It has another value now, so the question is answered.
            self._stop_asking()
        self._row = row
        self._thumb = thumb
        self._picture = picture
        self._name.setText(texts.media_name(row.value))
        if not self.is_asking:
            self._facts.setText(texts.media_facts(row.value))
        is_large = isinstance(row.value, MediaFile) and row.value.needs_choice
        fits = isinstance(row.value, MediaFile) and row.value.size_bytes <= INLINE_CAP_BYTES
        self._warning.say("" if row.fault is None else row.fault.text)
        self._warning.setVisible(row.fault is not None and not self.is_asking)
        deeds = [self._shrink, *([self._anyway] if fits else [])]
        links = [self._browse, self._paste]
        self._offered = [*deeds, self._instead, *links] if is_large else [*links, self._address]
        self._has_hint = not is_large
        self._fit()
        self.setAccessibleDescription(texts.accessible_text(row))
        self.update()

    def forget(self) -> None:
        """Gets ready for another input: nothing of this one may be seen in it."""
        if self.is_asking:
            self._stop_asking()
        self.key = None
        self._row = None
        self.set_lit(False)

    def chain_after(self, before: QWidget) -> QWidget:
        """Puts its controls behind `before` in the order of the Tab key; returns the last."""
        for control in self._controls:
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
    def thumb(self) -> Thumb:
        return self._thumb

    def has_keyboard(self) -> bool:
        return any(control.hasFocus() for control in self._controls)

    def take_keyboard(self, *, last: bool = False) -> None:
        """Puts the keyboard on the first of its controls, or on the last."""
        shown = self._reachable()
        if shown:
            reason = Qt.FocusReason.BacktabFocusReason if last else Qt.FocusReason.TabFocusReason
            shown[-1 if last else 0].setFocus(reason)

    # Addresses

    def ask_address(self) -> None:
        """Lets an address be typed in the place of the buttons."""
        value = None if self._row is None else self._row.value
        is_address = isinstance(value, str) and texts.is_address(value)
        self._edit.setText(str(value) if is_address else "")
        self._actions.hide()
        self._warning.hide()
        self._asking.show()
        self._on_address_edited()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def _on_address_edited(self) -> None:
        self._edit.setProperty("fault", False)
        self._restyle()
        self._facts.setText(_("RunComfy's servers fetch it themselves, without a login."))
        self._facts.set_role("muted")

    def _on_address_entered(self) -> None:
        address = self._edit.text().strip()
        wrong = check_address(address)
        if wrong:
            self._edit.setProperty("fault", True)
            self._restyle()
            self._facts.setText(wrong)
            self._facts.set_role("error")
            return
        had_keyboard = self.has_keyboard()
        self._stop_asking()
        self.address_given.emit(address)
        if had_keyboard:
            self.closed.emit()

    def _on_cancel_clicked(self) -> None:
        self._stop_asking()
        self._address.setFocus() if self._address.isVisible() else self.take_keyboard()

    def _stop_asking(self) -> None:
        self._asking.hide()
        self._actions.show()
        self._dress()
        if self._row is not None:
            row = self._row
            self._row = None
            self.show_row(row, self._thumb, self._picture)

    def _restyle(self) -> None:
        # Property rules of a style sheet are looked up again only when asked for.
        self._edit.style().unpolish(self._edit)
        self._edit.style().polish(self._edit)

    # The keyboard

    def eventFilter(self, control: object, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.gotFocus():
            self.entered.emit()
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            shown = self._reachable()
            here = next((at for at, each in enumerate(shown) if each.hasFocus()), 0)
            there = here + (1 if key == Qt.Key.Key_Tab else -1)
            if 0 <= there < len(shown):
                shown[there].setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.left.emit(there > 0)
            return True
        if key == Qt.Key.Key_Escape:
            if self.is_asking:
                self._on_cancel_clicked()
            else:
                self.closed.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._press_focused(event)
        return False

    def _press_focused(self, event: QKeyEvent) -> bool:
        """Enter presses a button here as Space does; with a modifier it is somebody's shortcut."""
        plain = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.KeypadModifier
        if event.modifiers() & ~plain:
            return False
        pressed = next(
            (each for each in self._controls if each.hasFocus() and isinstance(each, QPushButton)),
            None,
        )
        if pressed is None:
            return False
        pressed.click()
        return True

    def _reachable(self) -> list[QWidget]:
        return [each for each in self._controls if each.isVisibleTo(self)]

    # Looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Gives up the picture, then the last of the buttons, where there is no room for them.

        What is left out can still be done from the row's menu and by keyboard.
        """
        pad = 2 * STEP
        self._has_thumb = self.width() >= _ROOMY
        left = pad + (THUMBNAIL + 3 * STEP if self._has_thumb else 0)
        self._column.setContentsMargins(left, STEP, pad, STEP)
        room = self.width() - left - pad
        for button in (
            self._shrink,
            self._anyway,
            self._instead,
            self._browse,
            self._paste,
            self._address,
        ):
            room -= button.sizeHint().width() + STEP if button in self._offered else 0
            button.setVisible(button in self._offered and room >= 0)
        # A hint of which only a letter is left tells nobody anything.
        self._hint.setVisible(self._has_hint and room >= self._hint.sizeHint().width() + STEP)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._dress()

    def _dress(self) -> None:
        metrics = metrics_for(self.font().toString())
        self._name.setFont(metrics.bold)
        for widget in (self._facts, self._warning, self._hint):
            widget.setFont(metrics.small)
        for control in self._controls:
            if control is not self._edit:
                control.setFont(metrics.small)
        self._facts.set_role("muted")
        self._hint.set_role("muted")

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self._row
        colour, style = roles.muted, Qt.PenStyle.DashLine
        if row is not None and row.fault is not None:
            colour, style = roles.error, Qt.PenStyle.SolidLine
        elif row is not None and row.is_changed:
            colour = roles.accent
        if self._is_lit:
            colour, style = roles.accent, Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2 if self._is_lit else 1, style))
        painter.setBrush(QColor(roles.accent_soft if self._is_lit else roles.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if self._has_thumb:
            side = min(THUMBNAIL, self.height() - 4 * STEP)
            place = QRect(2 * STEP, (self.height() - side) // 2, side, side)
            draw_thumb(painter, place, roles, self._thumb, self._picture)
        painter.end()


def _line(parent: QWidget, *widgets: QWidget) -> QWidget:
    """A row of widgets that do not stretch, but for a line edit."""
    holder = QWidget(parent)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(STEP)
    for widget in widgets:
        widget.setParent(holder)
        row.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
    if not any(isinstance(widget, QLineEdit) for widget in widgets):
        row.addStretch(1)
    return holder
