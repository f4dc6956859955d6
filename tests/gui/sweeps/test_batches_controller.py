"""The controller of the dialogs for many runs: choices that are kept, and the session's end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
from runcomfy_desktop.ui.sweeps.batch_actions import BatchActions
from runcomfy_desktop.ui.sweeps.batches_controller import BatchChoices, BatchesController
from tests.gui.support.grid_window_harness import begin_session
from tests.gui.support.gui_program import process_events_async, show_window
from tests.gui.support.user_input import find, retype
from tests.support.grid_harness import GridHarness, open_grid_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.run.run_controller import RunController

GRAPH: JsonObject = {"1": {"class_type": "KSampler", "inputs": {"seed": 7}}}


@dataclass
class _RunControllerStub:
    """Records what the controller submits and why it cannot."""

    batches: list[BatchPlan] = field(default_factory=list)
    grids: list[PreparedSweep] = field(default_factory=list)
    retries: list[Callable[[], object]] = field(default_factory=list)

    def run_batch(self, plan: BatchPlan) -> None:
        self.batches.append(plan)

    def run_grid(self, prepared: PreparedSweep) -> None:
        self.grids.append(prepared)

    def explain_blocked_run(self, retry: Callable[[], object]) -> None:
        self.retries.append(retry)


@dataclass
class BatchesHarness:
    """The controller with real drafts and grids; the actions and choices outlive its sessions."""

    grid_harness: GridHarness
    window: QWidget
    actions: BatchActions
    run_controller: _RunControllerStub
    choices: BatchChoices

    def begin_session(self, draft_editor: DraftEditor | None = None) -> SessionScope:
        """Connects the actions until the returned scope is closed."""
        draft_editor = draft_editor or self.grid_harness.draft_editor
        scope = SessionScope(QWidget(self.window))
        model = InputsModel(scope, draft_editor, scope)
        services = SimpleNamespace(
            draft_editor=draft_editor,
            budget=self.grid_harness.queue_harness.queue.budget,
            sweeps=self.grid_harness.sweeps,
        )
        BatchesController(
            scope,
            cast("SessionServices", services),
            self.actions,
            cast("RunController", self.run_controller),
            self.choices,
            lambda: model,
        )
        self.actions.set_session_open(is_open=True)
        return scope

    def visible_dialogs(self) -> list[str]:
        dialogs = self.window.findChildren(QDialog)
        return [each.objectName() for each in dialogs if each.isVisible()]


@asynccontextmanager
async def open_harness(folder: Path) -> AsyncIterator[BatchesHarness]:
    async with open_grid_harness(folder, billed=True) as grid_harness:
        await begin_session(grid_harness)
        window = QWidget()
        await show_window(window)
        actions = BatchActions(window)
        yield BatchesHarness(grid_harness, window, actions, _RunControllerStub(), BatchChoices())
        window.close()
        window.deleteLater()
        await process_events_async()


async def test_the_number_of_runs_is_kept_for_the_next_session(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        scope = harness.begin_session()
        harness.actions.run_batch.trigger()
        assert harness.visible_dialogs() == ["several_dialog"]
        retype(find(harness.window, QLineEdit, "several_runs"), "7")
        scope.close()
        assert harness.visible_dialogs() == []
        assert harness.run_controller.batches == []
        harness.actions.run_batch.trigger()
        assert harness.visible_dialogs() == []
        scope = harness.begin_session()
        harness.actions.run_batch.trigger()
        assert find(harness.window, QLineEdit, "several_runs").text() == "7"
        scope.close()


async def test_a_grid_is_kept_for_the_next_session(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        scope = harness.begin_session()
        harness.actions.sweep.trigger()
        assert harness.visible_dialogs() == ["sweep_dialog"]
        retype(find(harness.window, QLineEdit, "sweep_name"), "mine")
        scope.close()
        assert harness.visible_dialogs() == []
        [choice] = harness.choices.sweep_choices.values()
        assert choice.sweep_spec.name == "mine"
        scope = harness.begin_session()
        harness.actions.sweep.trigger()
        assert find(harness.window, QLineEdit, "sweep_name").text() == "mine"
        scope.close()


async def test_without_a_draft_it_is_explained_and_can_be_repeated(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        draft_editor = DraftEditor()
        scope = harness.begin_session(draft_editor)
        harness.actions.run_batch.trigger()
        harness.actions.sweep.trigger()
        assert harness.visible_dialogs() == []
        assert len(harness.run_controller.retries) == 2
        draft_editor.open_deployment(Deployment("d", "D", payload=DeploymentPayload(GRAPH)))
        for retry in harness.run_controller.retries:
            retry()
        assert harness.visible_dialogs() == ["several_dialog", "sweep_dialog"]
        scope.close()


async def test_an_accepted_dialog_submits_its_runs_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        scope = harness.begin_session()
        harness.actions.run_batch.trigger()
        dialog = find(harness.window, QDialog, "several_dialog")
        dialog.accept()
        dialog.accept()
        assert [each.run_count for each in harness.run_controller.batches] == [4]
        scope.close()
