"""The desk for many runs at once: opens the dialogs, and brings what was chosen to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.domain.sweep.several import Several
    from runcomfy_desktop.domain.sweep.spec import AxisSpec, SweepSpec
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.batches.input_list import InputList
    from runcomfy_desktop.ui.batches.offer import Offer
    from runcomfy_desktop.ui.batches.several import SeveralDialog
    from runcomfy_desktop.ui.batches.sweep import SweepDialog
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.parts import WindowParts


class BatchDesk(QObject):
    """Remembers, while the program runs, what was chosen last for each draft: how many runs and
    typed lists, and the axes of a grid."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._parts: WindowParts | None = None
        self._chosen: dict[str, Several] = {}
        # With the axes of it that were only proposed.
        self._wished: dict[str, tuple[SweepSpec, Collection[AxisSpec]]] = {}
        self._several: SeveralDialog | None = None
        self._sweep: SweepDialog | None = None
        self._inputs: InputList | None = None
        actions = frame.menu.batches
        actions.run_several.triggered.connect(lambda _checked=False: self.open_several())
        actions.sweep.triggered.connect(lambda _checked=False: self.open_sweep())
        frame.centre.inputs_made.connect(self._on_inputs_made)
        frame.run_bar.offer([frame.menu.run, *actions.all()])

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts

    def detach(self) -> None:
        self._parts = None
        # It is about a draft and a queue that are gone.
        for dialog in (self._several, self._sweep):
            if dialog is not None:
                dialog.reject()

    def open_several(self) -> None:
        """Opens the dialog, brings it forward, or says why there is nothing to run."""
        parts, key = self._parts, self._draft_key(self.open_several)
        if _raised(self._several) or parts is None or not key:
            return
        # Late: the first frame has no dialogs.
        from runcomfy_desktop.domain.sweep.several import Several
        from runcomfy_desktop.ui.batches.several import SeveralDialog

        chosen = self._chosen.get(key, Several())
        dialog = SeveralDialog(parts.workbench, parts.purse, chosen, self._frame.window)
        dialog.finished.connect(lambda _result: self._on_several_finished(key, dialog))
        self._several = dialog
        dialog.open()

    def open_sweep(self, key: InputKey | None = None) -> None:
        """The same for a grid; with a `key` it goes over that input."""
        parts, of_draft = self._parts, self._draft_key(lambda: self.open_sweep(key))
        if not of_draft or parts is None:
            return
        if not _raised(self._sweep):
            from runcomfy_desktop.domain.sweep.spec import SweepSpec
            from runcomfy_desktop.ui.batches.sweep import SweepDialog

            wish, proposals = self._wished.get(of_draft, (SweepSpec(()), ()))
            dialog = SweepDialog(self._offer(parts), wish, self._frame.window, proposals=proposals)
            dialog.prepared.connect(self._frame.deeds.run_grid)
            dialog.finished.connect(lambda _result: self._on_sweep_finished(of_draft, dialog))
            self._sweep = dialog
            dialog.open()
        if key is not None and self._sweep is not None:
            self._sweep.vary(key)

    def _draft_key(self, again: Callable[[], object]) -> str:
        """Names the draft in view; "" when there is none, and why is said, or `again` done when
        that is known."""
        if self._parts is not None:
            self._parts.workbench.settling.publish(None)
            draft = self._parts.workbench.state.draft
            if draft is not None:
                return draft.key
        self._frame.deeds.explain_run(again)
        return ""

    def _offer(self, parts: WindowParts) -> Offer:
        def deployments() -> list[tuple[str, str]]:
            state = parts.catalogue.state
            return [
                (each.deployment_id, each.name)
                for each in state.deployments
                if each.is_enabled and not state.is_other(each.deployment_id)
            ]

        def presets() -> list[tuple[str, str]]:
            heads = parts.library.state.heads
            return [(head.path, head.name) for head in heads if not head.problem]

        def own() -> str:
            deployment = parts.workbench.state.deployment
            return "" if deployment is None else deployment.deployment_id

        from runcomfy_desktop.ui.batches.input_list import InputList
        from runcomfy_desktop.ui.batches.offer import Offer

        self._inputs = self._inputs or InputList(self._frame.centre)
        return Offer(
            parts.workbench,
            parts.sweeps,
            parts.purse,
            self._inputs.entries,
            presets,
            deployments,
            own,
        )

    def _on_inputs_made(self) -> None:
        panel = self._frame.centre.inputs
        assert panel is not None
        panel.view.sweep_wished.connect(self.open_sweep)

    def _on_sweep_finished(self, key: str, dialog: SweepDialog) -> None:
        self._sweep = None
        self._wished[key] = dialog.wish, dialog.proposals

    def _on_several_finished(self, key: str, dialog: SeveralDialog) -> None:
        if self._several is not dialog:
            return
        self._several = None
        self._chosen[key] = dialog.several
        if dialog.result() and self._parts is not None:
            self._frame.deeds.run_several(dialog.several)


def _raised(dialog: QDialog | None) -> bool:
    """Brings a dialog forward that is open already."""
    if dialog is None:
        return False
    dialog.raise_()
    dialog.activateWindow()
    return True
