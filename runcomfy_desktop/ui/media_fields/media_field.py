"""Field of a media input: its current value, and all ways to set another value."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.issue_layout import severity
from runcomfy_desktop.ui.input_tree.rows.row_layout import (
    ARROW_WIDTH,
    ISSUE_LINES,
    MIN_THUMB_FIELD_WIDTH,
    metrics_for,
)
from runcomfy_desktop.ui.input_tree.rows.text_block import text_block
from runcomfy_desktop.ui.media_fields.address_edit import AddressEdit
from runcomfy_desktop.ui.media_fields.inline_prompt import CANCEL, InlinePrompt, InlinePromptBar
from runcomfy_desktop.ui.media_fields.media_thumb import (
    MediaFieldContent,
    MediaThumbKind,
    draw_thumb,
)
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.underlined_button import UnderlinedButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow

THUMBNAIL_SIZE = 18 * STEP
"""Side of the picture in a media field."""
_PROMPT_CONTENT = MediaFieldContent(MediaThumbKind.EMPTY, icon="copy")
_ICON_SIZE = 3 * STEP + 2


class MediaFieldKeys(QObject):
    """Handles keys in a media field: Tab through the controls, Enter and Escape.

    The list of controls is queried at each key. Emits `exited(forwards)` for Tab past the last
    control or back before the first one, `escaped` for Escape, and `entered` when the field gets
    the focus.
    """

    exited = Signal(bool)
    escaped = Signal()
    entered = Signal()

    def __init__(self, media_field: QWidget, controls: Callable[[], list[QWidget]]) -> None:
        super().__init__(media_field)
        self._media_field = media_field
        self._controls = controls

    def watch(self, controls: list[QWidget]) -> None:
        for control in controls:
            control.installEventFilter(self)

    def has_focus(self) -> bool:
        return any(control.hasFocus() for control in self._controls())

    def take_focus(self, *, last: bool = False) -> None:
        """Moves the focus to the first of the controls, or the last."""
        shown = self._reachable_controls()
        if shown:
            reason = Qt.FocusReason.BacktabFocusReason if last else Qt.FocusReason.TabFocusReason
            shown[-1 if last else 0].setFocus(reason)

    def eventFilter(self, control: object, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.gotFocus():
            self.entered.emit()
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            shown = self._reachable_controls()
            current_index = next((index for index, each in enumerate(shown) if each.hasFocus()), 0)
            next_index = current_index + (1 if key == Qt.Key.Key_Tab else -1)
            if 0 <= next_index < len(shown):
                shown[next_index].setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.exited.emit(next_index > 0)
            return True
        if key == Qt.Key.Key_Escape:
            self.escaped.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._press_focused(event)
        return False

    def _press_focused(self, event: QKeyEvent) -> bool:
        """Presses the focused button on plain Enter; leaves Enter with modifiers to shortcuts."""
        allowed_modifiers = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.KeypadModifier
        if event.modifiers() & ~allowed_modifiers:
            return False
        for each in self._controls():
            if each.hasFocus() and isinstance(each, QPushButton):
                each.click()
                return True
        return False

    def _reachable_controls(self) -> list[QWidget]:
        return [each for each in self._controls() if each.isVisibleTo(self._media_field)]


class InfoLabel(ElidedLabel):
    """Muted line with an information icon; for facts that need no action, never for warnings.

    The icon's colour is determined at each painting.
    """

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent=parent, object_name=object_name)
        self.set_role("muted")

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(ARROW_WIDTH, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = colours(self.palette()).muted
        painter = QPainter(self)
        painter.setPen(QColor(colour))
        icon_rect = QRect(0, (self.height() - _ICON_SIZE) // 2, _ICON_SIZE, _ICON_SIZE)
        icons.icon("info", colour).paint(painter, icon_rect)
        text_rect = self.rect().adjusted(ARROW_WIDTH, 0, 0, 0)
        mode = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), mode, text_rect.width())
        flags = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(text_rect, int(flags), shown)
        painter.end()


class IssueLabel(QLabel):
    """Shows a media file's issue as plain text with the icon of its severity.

    Its height is always two lines, so that the layout never jumps.
    """

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent)
        self._severity = "error"
        self.setObjectName(object_name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_issue(self, issue: InputIssue | None) -> None:
        text = "" if issue is None else issue.text
        self._severity = "error" if issue is None else severity(issue)
        self.setText(text)
        self.setToolTip(tooltip(text))
        self.setAccessibleName("" if issue is None else texts.issue_text(issue))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * STEP, ISSUE_LINES * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = getattr(colours(self.palette()), self._severity)
        painter = QPainter(self)
        line = self.fontMetrics().height()
        icon_rect = QRect(0, (line - _ICON_SIZE) // 2, _ICON_SIZE, _ICON_SIZE)
        icons.icon(self._severity, colour).paint(painter, icon_rect)
        width = self.width() - ARROW_WIDTH
        block = text_block(self.text(), self.font().toString(), width, ISSUE_LINES)
        block.draw(painter, ARROW_WIDTH, 0, colour)
        painter.end()


class MediaField(QFrame):
    """Field of one media input.

    Most signals are the user's requests; `answered` carries the user's answer to an inline prompt.
    Emits `exited(forwards)` for Tab past the last control or back before the first one, `closed`
    for Escape, and `entered` when the field gets the focus.
    """

    browse_requested = Signal()
    paste_requested = Signal()
    address_entered = Signal(str)
    size_choice_requested = Signal(object)  # the button that was pressed
    shrink_requested = Signal()
    mask_requested = Signal()
    reload_requested = Signal()
    answered = Signal(str)
    exited = Signal(bool)
    closed = Signal()
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key: InputKey | None = None
        self._row: InputRow | None = None
        self._content = MediaFieldContent(MediaThumbKind.EMPTY)
        self._prompt: InlinePrompt | None = None
        self._is_drop_target = False
        self._has_thumb = True
        self._available_buttons: list[QPushButton] = []
        self.setObjectName("media_well")
        self._build()
        self._connect()
        self._apply_style()

    def _build(self) -> None:
        self._name = ElidedLabel(parent=self, object_name="media_name")
        self._info = ElidedLabel(parent=self, object_name="media_facts")
        self._note = InfoLabel(self, object_name="media_size_note")
        self._change_size_button = UnderlinedButton(_("Change…"), "media_change_size", self)
        self._note_row = _button_row(self, self._note, self._change_size_button)
        self._issue_label = IssueLabel(self, object_name="media_warning")
        self._hint = ElidedLabel(parent=self, object_name="media_hint")
        self._browse_button = UnderlinedButton(_("Browse…"), "media_browse", self)
        self._paste_button = UnderlinedButton(_("Paste"), "media_paste", self)
        self._address_button = UnderlinedButton(_("Use an address…"), "media_address", self)
        self._mask_button = UnderlinedButton(_("Mask…"), "media_mask", self)
        self._reload_button = UnderlinedButton("", "media_take_again", self)
        self._shrink_button = text_button(_("Shrink…"), "media_shrink", self)
        self._primary_address_button = text_button(_("Use an address…"), "media_use_address", self)
        self._change_setting_button = UnderlinedButton(_("Change…"), "media_change_setting", self)
        self._primary_buttons = [self._shrink_button, self._primary_address_button]
        self._link_buttons: list[QPushButton] = [
            self._change_setting_button,
            self._mask_button,
            self._reload_button,
            self._browse_button,
            self._paste_button,
            self._address_button,
        ]
        primary, links = self._primary_buttons, self._link_buttons
        self._action_row = _button_row(self, *primary, self._hint, *links)
        self._address_edit = AddressEdit(self)
        self._prompt_bar = InlinePromptBar(self)
        for button in (self._change_size_button, self._change_setting_button):
            button.setAccessibleName(_("Change how large pictures are sent"))
        self._column = column(
            STRETCH,
            *(self._name, self._info, self._note_row, self._issue_label),
            *(self._action_row, self._address_edit, self._prompt_bar),
            STRETCH,
            owner=self,
            spacing=STEP,
        )
        self._keys = MediaFieldKeys(self, self._controls)

    def _connect(self) -> None:
        self._browse_button.clicked.connect(self.browse_requested)
        self._paste_button.clicked.connect(self.paste_requested)
        self._reload_button.clicked.connect(self.reload_requested)
        self._shrink_button.clicked.connect(self.shrink_requested)
        self._mask_button.clicked.connect(self.mask_requested)
        for button in (self._change_size_button, self._change_setting_button):
            button.clicked.connect(partial(self.size_choice_requested.emit, button))
        self._address_button.clicked.connect(self.edit_address)
        self._primary_address_button.clicked.connect(self.edit_address)
        self._address_edit.address_entered.connect(self._on_address_entered)
        self._address_edit.cancelled.connect(self._on_address_cancelled)
        self._address_edit.error_changed.connect(self._on_address_error_changed)
        self._prompt_bar.answered.connect(self.answered)
        self._keys.exited.connect(self.exited)
        self._keys.entered.connect(self.entered)
        self._keys.escaped.connect(self._on_escaped)
        self._keys.watch(self._controls())

    def _controls(self) -> list[QWidget]:
        """Returns all focusable controls in reading order."""
        buttons = self._change_size_button, *self._primary_buttons, *self._link_buttons
        return [*buttons, *self._address_edit.controls, *self._prompt_bar.buttons]

    # Contents

    def show_row(
        self, row: InputRow, content: MediaFieldContent, prompt: InlinePrompt | None = None
    ) -> None:
        """Shows an input's value, and the inline prompt if there is one."""
        if row == self._row and content == self._content and prompt == self._prompt:
            return
        if self._row is not None and row.value != self._row.value and self.is_editing_address:
            # The input has another value, so the typed address is obsolete.
            self._close_address_edit()
        self._row, self._content = row, content
        self._show_prompt(prompt)
        self._name.setText(prompt.title if prompt else texts.media_name(row.value, row.spec.kind))
        # The description is set too, so that a screen reader does not read the tooltip's markup.
        self.setToolTip(tooltip(content.origin) if content.origin else "")
        self._issue_label.show_issue(row.issue)
        self._note.setText(content.large_file_hint.note)
        self._change_size_button.setVisible(content.large_file_hint.has_choice)
        self._update_buttons(row, content)
        self._update_rows()
        self._fit()
        if not self.is_editing_address:
            self._info.setText(self._info_text(row, content, prompt))
        self.setAccessibleDescription(self._description(row, content, prompt))
        self.update()

    def _update_buttons(self, row: InputRow, content: MediaFieldContent) -> None:
        """Chooses the buttons that apply to the value, and the hint next to them."""
        is_huge = isinstance(row.value, MediaFile) and row.value.is_above_inline_cap
        reload: list[QPushButton] = [self._reload_button] if content.reload_text else []
        self._reload_button.setText(content.reload_text)
        links: list[QPushButton] = [self._mask_button] if content.accepts_mask else []
        links += [self._browse_button, self._paste_button]
        if is_huge or content.large_file_hint.wants_address:
            primary_buttons = [self._shrink_button] if row.is_local_picture else []
            setting: list[QPushButton] = (
                [self._change_setting_button] if content.large_file_hint.wants_address else []
            )
            self._available_buttons = [
                *primary_buttons,
                self._primary_address_button,
                *setting,
                *reload,
                *links,
            ]
        else:
            # There is not enough space for all buttons next to a note.
            address = [] if content.note else [self._address_button]
            self._available_buttons = [*reload, *links, *address]
        usual = (
            ""
            if self._primary_address_button in self._available_buttons
            else texts.drop_hint(row.spec.kind)
        )
        self._hint.setText(content.note or usual)
        self._hint.set_role("text" if content.note else "muted")

    def _info_text(
        self, row: InputRow, content: MediaFieldContent, prompt: InlinePrompt | None
    ) -> str:
        if prompt is not None:
            return prompt.text
        # If there is space for only one of them, a note is more important than the facts.
        is_hidden = bool(content.note) and not self._hint.isVisibleTo(self._action_row)
        return (
            content.note
            if is_hidden
            else texts.media_info(row.value, with_size=not content.large_file_hint.note)
        )

    def _description(
        self, row: InputRow, content: MediaFieldContent, prompt: InlinePrompt | None
    ) -> str:
        if prompt is not None:
            return f"{prompt.title}, {prompt.text}"
        spoken = texts.accessible_text(row)
        return ", ".join(filter(None, (spoken, content.large_file_hint.note, content.note)))

    def _show_prompt(self, prompt: InlinePrompt | None) -> None:
        if prompt is not None:
            had_focus = self.has_focus_inside()
            if self.is_editing_address:
                self._close_address_edit()
            if self._prompt_bar.show_prompt(prompt):
                self._keys.watch(list(self._prompt_bar.buttons))
            self._prompt = prompt
            self._update_rows()
            if had_focus and not self.has_focus_inside():
                self._keys.take_focus()
        elif self._prompt is not None:
            had_focus = self.has_focus_inside()
            self._prompt = None
            self._update_rows()
            if had_focus:
                self._keys.take_focus()

    def _update_rows(self) -> None:
        """Shows one row of buttons: the actions, the address or the prompt's answers."""
        row = self._row
        self._prompt_bar.setVisible(self._prompt is not None)
        # In a narrow window the answers take two lines.
        self._column.setSpacing(STEP if self._prompt is None else STEP // 2)
        self._action_row.setVisible(self._prompt is None and not self.is_editing_address)
        has_issue = row is not None and row.issue is not None
        is_idle = self._prompt is None and not self.is_editing_address
        self._issue_label.setVisible(has_issue and is_idle)
        has_note = bool(self._content.large_file_hint.note) and not has_issue
        self._note_row.setVisible(has_note and is_idle)

    def recycle(self) -> None:
        """Prepares the field for another input: nothing of the previous one may remain visible."""
        if self.is_editing_address:
            self._close_address_edit()
        self.key = None
        self._row = None
        self._show_prompt(None)
        self.set_drop_target(False)

    def set_tab_order_after(self, before: QWidget) -> QWidget:
        """Puts the controls after `before` in the tab order; returns the last one."""
        for control in self._controls():
            self.setTabOrder(before, control)
            before = control
        return before

    def set_drop_target(self, is_drop_target: bool) -> None:
        """Highlights the field as the target of a drag."""
        if is_drop_target != self._is_drop_target:
            self._is_drop_target = is_drop_target
            self.update()

    @property
    def is_drop_target(self) -> bool:
        return self._is_drop_target

    @property
    def is_editing_address(self) -> bool:
        """True while an address is being typed, which would be lost with the widget."""
        return not self._address_edit.isHidden()

    @property
    def typed_address(self) -> str:
        """The typed address; "" while it is not valid."""
        return self._address_edit.address if self.is_editing_address else ""

    @property
    def thumb_kind(self) -> MediaThumbKind:
        return self._content.thumb_kind

    def has_focus_inside(self) -> bool:
        return self._keys.has_focus()

    def take_focus(self, *, last: bool = False) -> None:
        """Moves the focus to the first of the controls, or the last."""
        self._keys.take_focus(last=last)

    # Addresses

    def edit_address(self) -> None:
        """Replaces the buttons with a line edit for an address."""
        value = None if self._row is None else self._row.value
        is_address = isinstance(value, str) and texts.is_address(value)
        self._address_edit.start(str(value) if is_address else "")
        self._update_rows()

    def _on_address_error_changed(self, error: str) -> None:
        usual = _("RunComfy's servers fetch it themselves, without a login.")
        self._info.setText(error or usual)
        self._info.set_role("error" if error else "muted")

    def _on_address_entered(self, address: str) -> None:
        had_focus = self.has_focus_inside()
        self._close_address_edit()
        self.address_entered.emit(address)
        if had_focus:
            self.closed.emit()

    def _on_address_cancelled(self) -> None:
        self._close_address_edit()
        self._address_button.setFocus() if self._address_button.isVisible() else self.take_focus()

    def _on_escaped(self) -> None:
        if self.is_editing_address:
            self._address_edit.finish()
            if self.is_editing_address:
                # The address is not valid: its edit stays open for correction.
                self.closed.emit()
        elif self._prompt is not None and any(each.name == CANCEL for each in self._prompt.answers):
            self.answered.emit(CANCEL)
        else:
            self.closed.emit()

    def _close_address_edit(self) -> None:
        self._address_edit.hide()
        self._update_rows()
        self._apply_style()
        if self._row is not None:
            row = self._row
            self._row = None
            self.show_row(row, self._content, self._prompt)

    # Appearance

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if self._row is not None and not self.is_editing_address:
            self._info.setText(self._info_text(self._row, self._content, self._prompt))

    def _fit(self) -> None:
        """Hides the picture, then the last buttons, if there is not enough space.

        The actions of hidden buttons are still available from the row's menu and the keyboard.
        """
        pad = 2 * STEP
        self._has_thumb = self.width() >= MIN_THUMB_FIELD_WIDTH
        left = pad + (THUMBNAIL_SIZE + 3 * STEP if self._has_thumb else 0)
        self._column.setContentsMargins(left, STEP, pad, STEP)
        space = self.width() - left - pad
        for button in (*self._primary_buttons, *self._link_buttons):
            space -= button.sizeHint().width() + STEP if button in self._available_buttons else 0
            button.setVisible(button in self._available_buttons and space >= 0)
        # A hint elided to one character is useless.
        has_hint = bool(self._hint.text())
        self._hint.setVisible(has_hint and space >= self._hint.sizeHint().width() + STEP)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._apply_style()

    def _apply_style(self) -> None:
        metrics = metrics_for(self.font().toString())
        self._name.setFont(metrics.bold_font)
        for widget in (self._info, self._note, self._issue_label, self._hint, self._prompt_bar):
            widget.setFont(metrics.small_font)
        for button in (
            self._change_size_button,
            *self._primary_buttons,
            *self._link_buttons,
            *self._address_edit.links,
            *self._prompt_bar.buttons,
        ):
            button.setFont(metrics.small_font)
        self._info.set_role("muted")
        self._hint.set_role("text" if self._content.note else "muted")

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self._row
        colour, style = roles.muted, Qt.PenStyle.DashLine
        if row is not None and row.issue is not None:
            colour = roles.error if row.issue.blocks else roles.warning
            style = Qt.PenStyle.SolidLine
        elif row is not None and row.is_changed:
            colour = roles.accent
        if self._is_drop_target:
            colour, style = roles.accent, Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2 if self._is_drop_target else 1, style))
        painter.setBrush(QColor(roles.accent_soft if self._is_drop_target else roles.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if self._has_thumb:
            side = min(THUMBNAIL_SIZE, self.height() - 4 * STEP)
            thumb_rect = QRect(2 * STEP, (self.height() - side) // 2, side, side)
            draw_thumb(
                painter,
                thumb_rect,
                roles,
                self._content if self._prompt is None else _PROMPT_CONTENT,
            )
        painter.end()


def _button_row(parent: QWidget, *widgets: QWidget) -> QWidget:
    """Creates a row of widgets that do not stretch."""
    holder = QWidget(parent)
    row(*widgets, STRETCH, owner=holder, spacing=STEP)
    return holder
