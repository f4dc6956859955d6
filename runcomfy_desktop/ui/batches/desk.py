"""The desk for many runs at once: opens the dialogs, and brings what was chosen to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.domain.sweep.several import Several

if TYPE_CHECKING:
    from runcomfy_desktop.ui.batches.several import SeveralDialog
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.parts import WindowParts


class BatchDesk(QObject):
    """Remembers, while the program runs, what was chosen last for each draft."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._parts: WindowParts | None = None
        self._chosen: dict[str, Several] = {}
        self._several: SeveralDialog | None = None
        actions = frame.menu.batches
        actions.run_several.triggered.connect(lambda _checked=False: self.open_several())
        frame.run_bar.offer([frame.menu.run, *actions.all()])

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts

    def detach(self) -> None:
        self._parts = None
        # It is about a draft and a queue that are gone.
        if self._several is not None:
            self._several.reject()

    def open_several(self) -> None:
        """Opens the dialog, brings it forward, or says why there is nothing to run."""
        if self._several is not None:
            self._several.raise_()
            self._several.activateWindow()
            return
        if self._parts is not None:
            self._parts.workbench.settling.publish(None)
        draft = self._parts.workbench.state.draft if self._parts is not None else None
        if self._parts is None or draft is None:
            self._frame.deeds.explain_run()
            return
        # Late: the first frame has no dialogs.
        from runcomfy_desktop.ui.batches.several import SeveralDialog

        parts = self._parts
        key = draft.key
        chosen = self._chosen.get(key, Several())
        dialog = SeveralDialog(parts.workbench, parts.purse, chosen, self._frame.window)
        dialog.finished.connect(lambda _result: self._on_several_finished(key, dialog))
        self._several = dialog
        dialog.open()

    def _on_several_finished(self, key: str, dialog: SeveralDialog) -> None:
        self._several = None
        self._chosen[key] = dialog.several
        if dialog.result() and self._parts is not None:
            self._frame.deeds.run_several(dialog.several)
