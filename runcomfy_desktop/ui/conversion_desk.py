"""The conversion desk: shows the report on the workflow in view, when a user asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.ui.dialogs.conversion_report import ConversionReportDialog
    from runcomfy_desktop.ui.parts import WindowParts


class ConversionDesk(QObject):
    """Keeps one report on screen, of the draft in view. Emits `input_wanted` with the key of a
    node to be shown."""

    input_wanted = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._dialog: ConversionReportDialog | None = None
        self._shown: Report | None = None

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.workbench.report_wished, lambda _nothing: self.open())
        self._links.add(parts.workbench.changed, self._on_workbench_changed)

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        self._put_away()

    def open(self) -> None:
        """Shows the report, or brings the one that is shown to the front."""
        bench = self._parts.workbench.state if self._parts is not None else None
        if bench is None or bench.conversion is None or bench.draft is None:
            return
        if self._dialog is None:
            # Late: most files are read whole and need no conversion.
            from runcomfy_desktop.ui.dialogs.conversion_report import ConversionReportDialog

            self._shown = bench.conversion
            name = bench.draft.source.name
            if bench.conversion.is_stored and bench.deployment is not None:
                name = bench.deployment.name
            self._dialog = ConversionReportDialog(name, bench.conversion, self._window)
            self._dialog.finished.connect(lambda _result: self._forget())
            self._dialog.node_wished.connect(self._on_node_wished)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_workbench_changed(self, bench: BenchState) -> None:
        if self._dialog is None or bench.conversion == self._shown:
            return
        self._put_away()
        if bench.conversion is not None:
            # The same file, converted anew, or another one: the report in sight is the one to read.
            self.open()

    def _on_node_wished(self, node_id: str) -> None:
        self.input_wanted.emit(InputKey(node_id, ""))

    def _put_away(self) -> None:
        if self._dialog is not None:
            self._dialog.reject()

    def _forget(self) -> None:
        self._dialog = None
        self._shown = None
