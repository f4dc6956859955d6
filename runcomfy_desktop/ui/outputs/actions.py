"""What can be done with the output in view: buttons, and the viewer's menu which repeats them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.jobs.words import Deed, deed_text
from runcomfy_desktop.ui.outputs.files import may_open
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.flow_layout import FlowLayout
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.press_guard import PressGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.ui.outputs.viewer import PictureView


class OutputActions(QWidget):
    """Emits `open_pressed`, `folder_pressed`, `save_pressed`, `inputs_pressed`,
    `fetch_pressed`."""

    open_pressed = Signal()
    folder_pressed = Signal()
    save_pressed = Signal()
    inputs_pressed = Signal()
    fetch_pressed = Signal()

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._output: Output | None = None
        self._stands_for: tuple[str, ...] = ()
        self._open = text_button(_("Open"), "open_output", self)
        self._folder = text_button(_("Show in folder"), "show_output_in_folder", self)
        self._copy = text_button(_("Copy"), "copy_output_text", self)
        self._inputs = text_button(_("Use these inputs"), "use_these_inputs", self)
        self._save = text_button(_("Save as…"), "save_output_as", self)
        self._fetch = text_button(deed_text(Deed.FETCH_AGAIN), "fetch_output_again", self)
        self._words = muted_label("", "output_words", self, wrap=True)
        self._buttons = (
            self._open,
            self._copy,
            self._inputs,
            self._save,
            self._folder,
            self._fetch,
        )
        self._guards = [PressGuard(button, now) for button in self._buttons]
        self._build()
        self._connect()

    def offer(self, job_id: str, output: Output | None, *, in_card: bool, can_fetch: bool) -> None:
        """Shows what is possible with `output` of a job; a card offers to open it by itself.
        `can_fetch` says whether it can be had again, and nothing else offers that."""
        self._output = output
        before = [button.isHidden() for button in self._buttons]
        has_file = output is not None and bool(output.path)
        has_text = output is not None and bool(output.text) and not has_file
        openable = output is not None and may_open(output.path)
        self._open.setVisible(openable and not in_card)
        self._folder.setVisible(has_file and not in_card)
        self._copy.setVisible(has_text)
        self._save.setVisible(has_file or has_text)
        self._fetch.setVisible(can_fetch)
        has_shifted = before != [button.isHidden() for button in self._buttons]
        self._keep_presses_off(job_id, output, has_shifted=has_shifted)

    def _keep_presses_off(self, job_id: str, output: Output | None, *, has_shifted: bool) -> None:
        """A press that was on its way to another file, or to another button, is none."""
        file = (output.node_id, output.channel, output.filename) if output is not None else ()
        stands_for = (job_id, *file)
        is_other = stands_for != self._stands_for
        self._stands_for = stands_for
        for guard in self._guards:
            if is_other:
                guard.change_meaning()
            elif has_shifted:
                guard.change_place()

    def say(self, words: str) -> None:
        """What became of the last action; "" for nothing to say."""
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def words(self) -> str:
        return self._words.text()

    def menu(self, view: PictureView) -> QMenu:
        """The viewer's context menu; it deletes itself after use."""
        menu = QMenu(self)
        menu.setObjectName("output_menu")
        menu.setAccessibleName(view.accessibleName())
        menu.aboutToHide.connect(menu.deleteLater)
        entries: list[tuple[str, str, Callable[[], object]]] = [
            ("menu_fit", _("Fit to view"), view.fit),
            ("menu_true_size", _("True pixels"), view.true_size),
            ("menu_copy", _("Copy picture"), lambda: _copy_picture(view)),
        ]
        for name, text, deed in entries:
            _add(menu, name, text, deed)
        menu.addSeparator()
        for button in (self._open, self._folder, self._save, self._inputs, self._fetch):
            if not button.isHidden():
                _add(menu, f"menu_{button.objectName()}", button.text(), button.click)
        return menu

    def _build(self) -> None:
        self.setObjectName("output_actions")
        self._save.setToolTip(
            _(
                "Saves a copy. A picture of ComfyUI carries the workflow and its texts inside; "
                "think of that before you give it away."
            )
        )
        self._fetch.setToolTip(
            _(
                "Downloads this file from RunComfy once more, which costs nothing. The copy here "
                "stays until the new one is complete."
            )
        )
        row = FlowLayout(None, 2 * STEP)
        for button in self._buttons:
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(STEP)
        layout.addLayout(row)
        layout.addWidget(self._words)
        self.say("")

    def _connect(self) -> None:
        self._open.clicked.connect(self.open_pressed)
        self._folder.clicked.connect(self.folder_pressed)
        self._inputs.clicked.connect(self.inputs_pressed)
        self._save.clicked.connect(self.save_pressed)
        self._fetch.clicked.connect(self.fetch_pressed)
        self._copy.clicked.connect(self._on_copy_clicked)

    def _on_copy_clicked(self) -> None:
        if self._output is not None:
            QGuiApplication.clipboard().setText(self._output.text)


def _add(menu: QMenu, name: str, text: str, deed: Callable[[], object]) -> None:
    action = menu.addAction(text)
    action.setObjectName(name)
    action.triggered.connect(lambda: deed())


def _copy_picture(view: PictureView) -> None:
    QGuiApplication.clipboard().setPixmap(view.pixmap())
