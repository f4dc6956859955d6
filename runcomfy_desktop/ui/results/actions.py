"""Actions on the shown output: buttons, and the viewer's menu with the same entries."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, action_text
from runcomfy_desktop.ui.results.file_actions import may_open
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, text_button
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.results.picture_view import PictureView

_LINE_HEIGHT = 46
_SPACING = 2 * STEP


class OutputActions(QWidget):
    """One line of buttons for the shown output; what does not fit is in the menu of the last.

    The buttons keep their places and their height, whatever is shown: an action that is impossible
    is disabled. A message about the last action is above them. Emits `open_pressed`,
    `folder_pressed`, `save_pressed`, `inputs_pressed`, `fetch_pressed`.
    """

    open_pressed = Signal()
    folder_pressed = Signal()
    save_pressed = Signal()
    inputs_pressed = Signal()
    fetch_pressed = Signal()

    def __init__(
        self, view: PictureView, parent: QWidget, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._output: Output | None = None
        self._target: tuple[str, ...] = ()
        self._can_fetch = False
        self._open_menu: QMenu | None = None
        self._open_button = text_button(_("Open"), "open_output", self)
        self._inputs_button = text_button(_("Use these inputs"), "use_these_inputs", self)
        self._save_button = text_button(_("Save as…"), "save_output_as", self)
        self._more_button = text_button("", "more_output_actions", self)
        self._message_label = muted_label("", "output_words", self, wrap=True)
        # The last of them is the first that goes into the menu.
        self._buttons = (self._open_button, self._inputs_button, self._save_button)
        self._guards = [PressGuard(each, now) for each in (*self._buttons, self._more_button)]
        self._build()
        self._connect()

    def update_for(self, job_id: str, output: Output | None, *, can_fetch: bool) -> None:
        """Enables the actions that are possible with an output of a job.

        `can_fetch`: the file can be downloaded again.
        """
        self._output, self._can_fetch = output, can_fetch
        self._open_button.setEnabled(output is not None and may_open(output.path))
        self._save_button.setEnabled(self._has_file or self._has_text)
        self._update_tooltips()
        file = (output.node_id, output.channel, output.filename) if output is not None else ()
        target = (job_id, *file)
        if target == self._target:
            return
        self._target = target
        # A press that is on its way was meant for another file.
        for guard in self._guards:
            guard.change_meaning()
        if self._open_menu is not None and isValid(self._open_menu):
            self._open_menu.close()

    def _update_tooltips(self) -> None:
        """Says of disabled buttons why they are."""
        reason = ""
        if not self._open_button.isEnabled():
            reason = (
                _("The program does not open files of this kind by itself.")
                if self._has_file
                else _("There is no file to open.")
            )
        self._open_button.setToolTip(reason)
        self._save_button.setToolTip(
            _(
                "Saves a copy. A picture of ComfyUI carries the workflow and its texts inside; "
                "think of that before you give it away."
            )
            if self._save_button.isEnabled()
            else _("There is nothing to save.")
        )

    @property
    def _has_file(self) -> bool:
        return self._output is not None and bool(self._output.path)

    @property
    def _has_text(self) -> bool:
        return self._output is not None and bool(self._output.text) and not self._has_file

    def show_message(self, message: str) -> None:
        """Shows the result of the last action; "" for none."""
        self._message_label.setText(message)
        self._message_label.setVisible(bool(message))

    def message(self) -> str:
        return self._message_label.text()

    def menu(self) -> QMenu:
        """Returns the viewer's context menu, which deletes itself after use."""
        view, menu = self._view, self._new_menu()
        if self._shows_picture:
            _add_menu_entry(menu, "menu_fit", _("Fit"), view.fit)
            _add_menu_entry(menu, "menu_true_size", _("100 %"), view.actual_size)
            _add_menu_entry(menu, "menu_rotate", _("Rotate"), view.rotate)
            if view.is_transparent:
                board = menu.addAction(_("Checkerboard"))
                board.setObjectName("menu_checkerboard")
                board.setCheckable(True)
                board.setChecked(view.has_checkerboard)
                board.toggled.connect(view.set_checkerboard)
            menu.addSeparator()
        self._add_entries(menu, (button for button in self._buttons if button.isEnabled()))
        return menu

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("output_menu")
        menu.setAccessibleName(self._more_button.accessibleName())
        menu.aboutToHide.connect(menu.deleteLater)
        self._open_menu = menu
        return menu

    def _add_entries(self, menu: QMenu, buttons: Iterable[QPushButton]) -> None:
        """Adds the actions of `buttons`, and those that have none."""
        for button in buttons:
            _add_menu_entry(menu, f"menu_{button.objectName()}", button.text(), button.click)
        entries: list[tuple[bool, str, str, Callable[[], object]]] = [
            (self._shows_picture, "menu_copy", _("Copy picture"), self._copy_picture),
            (self._has_text, "menu_copy_output_text", _("Copy text"), self._copy_text),
            (
                self._has_file,
                "menu_show_output_in_folder",
                _("Show in folder"),
                self.folder_pressed.emit,
            ),
            (
                self._can_fetch,
                "menu_fetch_output_again",
                action_text(JobAction.FETCH_AGAIN),
                self.fetch_pressed.emit,
            ),
        ]
        for is_possible, name, text, handler in entries:
            if is_possible:
                _add_menu_entry(menu, name, text, handler)

    @property
    def _shows_picture(self) -> bool:
        picture = self._view.picture
        return self._view.isVisible() and picture is not None and not picture.is_thumbnail

    # Building

    def _build(self) -> None:
        self.setObjectName("output_actions")
        self._more_button.setAccessibleName(_("More actions"))
        self._more_button.setToolTip(_("More actions"))
        TintedIcon(self._more_button, "dots", "text")
        # No larger than a line of text, or the button would be higher than the others.
        side = min(ICON_SIZE.height(), self.fontMetrics().height())
        self._more_button.setIconSize(QSize(side, side))
        line = row(*self._buttons, self._more_button, STRETCH)
        line.addStrut(_LINE_HEIGHT)
        column(self._message_label, line, owner=self, spacing=0)
        self.show_message("")

    def _connect(self) -> None:
        self._open_button.clicked.connect(self.open_pressed)
        self._inputs_button.clicked.connect(self.inputs_pressed)
        self._save_button.clicked.connect(self.save_pressed)
        self._more_button.clicked.connect(self._on_more_clicked)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._open_button.sizeHint().width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hide_what_does_not_fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._hide_what_does_not_fit()

    def _hide_what_does_not_fit(self) -> None:
        was_hidden = [button.isHidden() for button in self._buttons]
        used = self._more_button.sizeHint().width()
        for button in self._buttons:
            used += button.sizeHint().width() + _SPACING
            button.setVisible(used <= self.width())
        if was_hidden != [button.isHidden() for button in self._buttons]:
            for guard in self._guards:
                guard.change_position()

    # Actions

    def _on_more_clicked(self) -> None:
        menu, button = self._new_menu(), self._more_button
        hidden = (each for each in self._buttons if each.isHidden() and each.isEnabled())
        self._add_entries(menu, hidden)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._view.pixmap())

    def _copy_text(self) -> None:
        if self._output is not None:
            QGuiApplication.clipboard().setText(self._output.text)


def _add_menu_entry(menu: QMenu, name: str, text: str, handler: Callable[[], object]) -> None:
    action = menu.addAction(text)
    action.setObjectName(name)
    action.triggered.connect(lambda: handler())
