"""Controller for many runs at once: opens the dialogs and submits the chosen runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec, SweepSpec
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.controllers import WindowContext
    from runcomfy_desktop.ui.sweeps.batch_dialog import BatchDialog
    from runcomfy_desktop.ui.sweeps.input_list import InputList
    from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext
    from runcomfy_desktop.ui.sweeps.sweep_dialog import SweepDialog


class BatchesController(QObject):
    """Opens the batch and sweep dialogs, and remembers the last choices for each draft.

    The choices are kept while the program runs: the number of runs, typed lists, and the axes of a
    grid.
    """

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._services: SessionServices | None = None
        self._batch_plans: dict[str, BatchPlan] = {}
        # Each specification with those of its axes that are only proposals.
        self._sweep_specs: dict[str, tuple[SweepSpec, Collection[AxisSpec]]] = {}
        self._batch_dialog: BatchDialog | None = None
        self._sweep_dialog: SweepDialog | None = None
        self._input_list: InputList | None = None
        actions = context.main_actions.batches
        actions.run_batch.triggered.connect(lambda _checked=False: self.open_batch())
        actions.sweep.triggered.connect(lambda _checked=False: self.open_sweep())
        context.central_widget.inputs_created.connect(self._on_inputs_created)
        context.run_bar.set_run_actions([context.main_actions.run, *actions.all_actions()])

    def attach(self, services: SessionServices) -> None:
        self._services = services

    def detach(self) -> None:
        self._services = None
        # The dialogs concern a draft and a queue that no longer exist.
        for dialog in (self._batch_dialog, self._sweep_dialog):
            if dialog is not None:
                dialog.reject()

    def open_batch(self) -> None:
        """Opens or raises the batch dialog, or reports why there is nothing to run."""
        services, key = self._services, self._draft_key(self.open_batch)
        if _bring_to_front(self._batch_dialog) or services is None or not key:
            return
        # Imported late: the first frame has no dialogs.
        from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
        from runcomfy_desktop.ui.sweeps.batch_dialog import BatchDialog

        plan = self._batch_plans.get(key, BatchPlan())
        dialog = BatchDialog(services.draft_editor, services.budget, plan, self._context.window)
        dialog.finished.connect(lambda _result: self._on_batch_finished(key, dialog))
        self._batch_dialog = dialog
        dialog.open()

    def open_sweep(self, key: InputKey | None = None) -> None:
        """Opens or raises the sweep dialog, and adds an axis for the input `key` if given."""
        services, draft_key = self._services, self._draft_key(lambda: self.open_sweep(key))
        if not draft_key or services is None:
            return
        if not _bring_to_front(self._sweep_dialog):
            from runcomfy_desktop.domain.sweeps.spec import SweepSpec
            from runcomfy_desktop.ui.sweeps.sweep_dialog import SweepDialog

            sweep_spec, proposals = self._sweep_specs.get(draft_key, (SweepSpec(()), ()))
            dialog = SweepDialog(
                self._sweep_context(services), sweep_spec, self._context.window, proposals=proposals
            )
            dialog.prepared.connect(self._context.commands.run_grid)
            dialog.finished.connect(lambda _result: self._on_sweep_finished(draft_key, dialog))
            self._sweep_dialog = dialog
            dialog.open()
        if key is not None and self._sweep_dialog is not None:
            self._sweep_dialog.add_input(key)

    def _draft_key(self, retry: Callable[[], object]) -> str:
        """Returns the key of the open draft; "" if there is none.

        In that case the reason is reported, or `retry` is called as soon as it is known whether
        there is a key.
        """
        if self._services is not None:
            self._services.draft_editor.commit_requested.publish(None)
            draft = self._services.draft_editor.state.draft
            if draft is not None:
                return draft.key
        self._context.commands.explain_blocked_run(retry)
        return ""

    def _sweep_context(self, services: SessionServices) -> SweepContext:
        def deployments() -> list[tuple[str, str]]:
            state = services.catalogue.state
            return [
                (each.deployment_id, each.name)
                for each in state.deployments
                if each.is_enabled and not state.is_unsupported(each.deployment_id)
            ]

        def presets() -> list[tuple[str, str]]:
            summaries = services.preset_library.state.summaries
            return [(summary.path, summary.name) for summary in summaries if not summary.problem]

        def current_deployment_id() -> str:
            deployment = services.draft_editor.state.deployment
            return "" if deployment is None else deployment.deployment_id

        from runcomfy_desktop.ui.sweeps.input_list import InputList
        from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext

        self._input_list = self._input_list or InputList(self._context.central_widget)
        return SweepContext(
            services.draft_editor,
            services.sweeps,
            services.budget,
            self._input_list.entries,
            presets,
            deployments,
            current_deployment_id,
        )

    def _on_inputs_created(self) -> None:
        panel = self._context.central_widget.inputs
        assert panel is not None
        panel.view.sweep_requested.connect(self.open_sweep)

    def _on_sweep_finished(self, key: str, dialog: SweepDialog) -> None:
        self._sweep_dialog = None
        self._sweep_specs[key] = dialog.sweep_spec, dialog.proposals

    def _on_batch_finished(self, key: str, dialog: BatchDialog) -> None:
        if self._batch_dialog is not dialog:
            return
        self._batch_dialog = None
        self._batch_plans[key] = dialog.plan
        if dialog.result() and self._services is not None:
            self._context.commands.run_batch(dialog.plan)


def _bring_to_front(dialog: QDialog | None) -> bool:
    """Raises an open dialog; returns False if there is none."""
    if dialog is None:
        return False
    dialog.raise_()
    dialog.activateWindow()
    return True
