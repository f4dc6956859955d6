"""Actions on the shown output: buttons, and the viewer's menu with the same entries."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, action_text
from runcomfy_desktop.ui.results.file_actions import may_open
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.flow_layout import FlowLayout
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.press_guard import PressGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.results.picture_view import PictureView


class OutputActions(QWidget):
    """Buttons for the actions on one output, with a message below them.

    Emits `open_pressed`, `folder_pressed`, `save_pressed`, `inputs_pressed`, `fetch_pressed`.
    """

    open_pressed = Signal()
    folder_pressed = Signal()
    save_pressed = Signal()
    inputs_pressed = Signal()
    fetch_pressed = Signal()

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._output: Output | None = None
        self._target: tuple[str, ...] = ()
        self._open_button = text_button(_("Open"), "open_output", self)
        self._folder_button = text_button(_("Show in folder"), "show_output_in_folder", self)
        self._copy_button = text_button(_("Copy"), "copy_output_text", self)
        self._inputs_button = text_button(_("Use these inputs"), "use_these_inputs", self)
        self._save_button = text_button(_("Save as…"), "save_output_as", self)
        self._fetch_button = text_button(
            action_text(JobAction.FETCH_AGAIN), "fetch_output_again", self
        )
        self._message_label = muted_label("", "output_words", self, wrap=True)
        self._buttons = (
            self._open_button,
            self._copy_button,
            self._inputs_button,
            self._save_button,
            self._folder_button,
            self._fetch_button,
        )
        self._guards = [PressGuard(button, now) for button in self._buttons]
        self._build()
        self._connect()

    def update_for(
        self, job_id: str, output: Output | None, *, is_in_card: bool, can_fetch: bool
    ) -> None:
        """Shows the actions that are possible with an output of a job.

        `is_in_card`: the file is shown as a card, which has its own buttons to open it.
        `can_fetch`: the file can be downloaded again, and the card has no button for that.
        """
        self._output = output
        was_hidden = [button.isHidden() for button in self._buttons]
        has_file = output is not None and bool(output.path)
        has_text = output is not None and bool(output.text) and not has_file
        openable = output is not None and may_open(output.path)
        self._open_button.setVisible(openable and not is_in_card)
        self._folder_button.setVisible(has_file and not is_in_card)
        self._copy_button.setVisible(has_text)
        self._save_button.setVisible(has_file or has_text)
        self._fetch_button.setVisible(can_fetch)
        has_shifted = was_hidden != [button.isHidden() for button in self._buttons]
        self._guard_presses(job_id, output, has_shifted=has_shifted)

    def _guard_presses(self, job_id: str, output: Output | None, *, has_shifted: bool) -> None:
        """Ignores presses that were meant for another file or another button."""
        file = (output.node_id, output.channel, output.filename) if output is not None else ()
        target = (job_id, *file)
        is_other = target != self._target
        self._target = target
        for guard in self._guards:
            if is_other:
                guard.change_meaning()
            elif has_shifted:
                guard.change_position()

    def show_message(self, message: str) -> None:
        """Shows the result of the last action; "" for none."""
        self._message_label.setText(message)
        self._message_label.setVisible(bool(message))

    def message(self) -> str:
        return self._message_label.text()

    def menu(self, view: PictureView) -> QMenu:
        """Returns the viewer's context menu, which deletes itself after use."""
        menu = QMenu(self)
        menu.setObjectName("output_menu")
        menu.setAccessibleName(view.accessibleName())
        menu.aboutToHide.connect(menu.deleteLater)
        entries: list[tuple[str, str, Callable[[], object]]] = [
            ("menu_fit", _("Fit to view"), view.fit),
            ("menu_true_size", _("True pixels"), view.actual_size),
            ("menu_copy", _("Copy picture"), lambda: _copy_picture(view)),
        ]
        for name, text, handler in entries:
            _add_menu_entry(menu, name, text, handler)
        menu.addSeparator()
        for button in (
            self._open_button,
            self._folder_button,
            self._save_button,
            self._inputs_button,
            self._fetch_button,
        ):
            if not button.isHidden():
                _add_menu_entry(menu, f"menu_{button.objectName()}", button.text(), button.click)
        return menu

    def _build(self) -> None:
        self.setObjectName("output_actions")
        self._save_button.setToolTip(
            _(
                "Saves a copy. A picture of ComfyUI carries the workflow and its texts inside; "
                "think of that before you give it away."
            )
        )
        self._fetch_button.setToolTip(
            _(
                "Downloads this file from RunComfy once more, which costs nothing. The copy here "
                "stays until the new one is complete."
            )
        )
        row = FlowLayout(None, 2 * STEP)
        for button in self._buttons:
            row.addWidget(button)
        column(row, self._message_label, owner=self, spacing=STEP)
        self.show_message("")

    def _connect(self) -> None:
        self._open_button.clicked.connect(self.open_pressed)
        self._folder_button.clicked.connect(self.folder_pressed)
        self._inputs_button.clicked.connect(self.inputs_pressed)
        self._save_button.clicked.connect(self.save_pressed)
        self._fetch_button.clicked.connect(self.fetch_pressed)
        self._copy_button.clicked.connect(self._on_copy_clicked)

    def _on_copy_clicked(self) -> None:
        if self._output is not None:
            QGuiApplication.clipboard().setText(self._output.text)


def _add_menu_entry(menu: QMenu, name: str, text: str, handler: Callable[[], object]) -> None:
    action = menu.addAction(text)
    action.setObjectName(name)
    action.triggered.connect(lambda: handler())


def _copy_picture(view: PictureView) -> None:
    QGuiApplication.clipboard().setPixmap(view.pixmap())
