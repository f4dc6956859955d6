"""Controller for many runs at once: opens the dialogs and submits the chosen runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec, SweepSpec
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.run.run_controller import RunController
    from runcomfy_desktop.ui.sweeps.batch_actions import BatchActions
    from runcomfy_desktop.ui.sweeps.batch_dialog import BatchDialog
    from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext
    from runcomfy_desktop.ui.sweeps.sweep_dialog import SweepDialog


class SweepChoice(NamedTuple):
    """Last choice in the sweep dialog; `proposals` are those of its axes that are only proposed."""

    sweep_spec: SweepSpec
    proposals: Collection[AxisSpec] = ()


@dataclass(frozen=True, slots=True)
class BatchChoices:
    """Last choices by draft key: the number of runs, typed lists, and the axes of a grid.

    The window keeps them while the program runs, so that they survive a change of the session.
    """

    batch_plans: dict[str, BatchPlan] = field(default_factory=dict)
    sweep_choices: dict[str, SweepChoice] = field(default_factory=dict)


class BatchesController(QObject):
    """Opens the batch and sweep dialogs, which begin with the last `choices` for the draft.

    `inputs_model` returns the model of the open draft.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        actions: BatchActions,
        run_controller: RunController,
        choices: BatchChoices,
        inputs_model: Callable[[], InputsModel],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._run_controller = run_controller
        self._choices = choices
        self._inputs_model = inputs_model
        self._batch_dialog: BatchDialog | None = None
        self._sweep_dialog: SweepDialog | None = None
        scope.connect_signal(actions.run_batch.triggered, lambda _checked=False: self.open_batch())
        scope.connect_signal(actions.sweep.triggered, lambda _checked=False: self.open_sweep())

    def open_batch(self) -> None:
        """Opens or raises the batch dialog, or reports why there is nothing to run."""
        key = self._draft_key(self.open_batch)
        if _bring_to_front(self._batch_dialog) or not key:
            return
        # Imported late: the first frame has no dialogs.
        from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
        from runcomfy_desktop.ui.sweeps.batch_dialog import BatchDialog

        dialog = BatchDialog(
            self._services.draft_editor,
            self._services.budget,
            self._choices.batch_plans.get(key, BatchPlan()),
            self._scope.dialog_parent,
        )
        dialog.finished.connect(lambda _result: self._on_batch_finished(key, dialog))
        self._batch_dialog = dialog
        dialog.open()

    def open_sweep(self, key: InputKey | None = None) -> None:
        """Opens or raises the sweep dialog, and adds an axis for the input `key` if given."""
        draft_key = self._draft_key(lambda: self.open_sweep(key))
        if not draft_key:
            return
        dialog = self._sweep_dialog
        if dialog is None:
            dialog = self._sweep_dialog = self._make_sweep_dialog(draft_key)
            dialog.open()
        else:
            _bring_to_front(dialog)
        if key is not None:
            dialog.add_input(key)

    def _make_sweep_dialog(self, draft_key: str) -> SweepDialog:
        from runcomfy_desktop.domain.sweeps.spec import SweepSpec
        from runcomfy_desktop.ui.sweeps.sweep_dialog import SweepDialog

        choice = self._choices.sweep_choices.get(draft_key, SweepChoice(SweepSpec(())))
        dialog = SweepDialog(
            self._sweep_context,
            choice.sweep_spec,
            self._scope.dialog_parent,
            choice.proposals,
        )
        dialog.prepared.connect(self._run_controller.run_grid)
        dialog.finished.connect(lambda _result: self._on_sweep_finished(draft_key, dialog))
        return dialog

    def _draft_key(self, retry: Callable[[], object]) -> str:
        """Returns the key of the open draft; "" if there is none.

        In that case the reason is reported, or `retry` is called as soon as it is known whether
        there is a key.
        """
        self._services.draft_editor.commit_requested.publish(None)
        draft = self._services.draft_editor.state.draft
        if draft is not None:
            return draft.key
        self._run_controller.explain_blocked_run(retry)
        return ""

    @cached_property
    def _sweep_context(self) -> SweepContext:
        from runcomfy_desktop.ui.sweeps.input_button import InputList
        from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext

        services = self._services

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

        return SweepContext(
            services.draft_editor,
            services.sweeps,
            services.budget,
            InputList(self._inputs_model).entries,
            presets,
            deployments,
            current_deployment_id,
        )

    def _on_sweep_finished(self, key: str, dialog: SweepDialog) -> None:
        self._sweep_dialog = None
        self._choices.sweep_choices[key] = SweepChoice(dialog.sweep_spec, dialog.proposals)

    def _on_batch_finished(self, key: str, dialog: BatchDialog) -> None:
        if self._batch_dialog is not dialog:
            # It was accepted once more while it closed.
            return
        self._batch_dialog = None
        self._choices.batch_plans[key] = dialog.plan
        if dialog.result():
            self._run_controller.run_batch(dialog.plan)


def _bring_to_front(dialog: QDialog | None) -> bool:
    """Raises an open dialog; returns False if there is none."""
    if dialog is None:
        return False
    dialog.raise_()
    dialog.activateWindow()
    return True
