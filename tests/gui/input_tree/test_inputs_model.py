"""The item model: the contents of its rows, and minimal change signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.schema.schema import InputKind, NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from tests.gui.support.inputs_harness import (
    BIG_SEED,
    CFG,
    DEPLOYMENT,
    MODEL,
    PROMPT,
    SCHEDULER,
    SEED,
    STEPS,
    WORKFLOW,
    object_info,
)

if TYPE_CHECKING:
    from runcomfy_desktop.ui.base.session_scope import SessionScope

ROLE = Qt.ItemDataRole


def opened(scope: SessionScope) -> tuple[DraftEditor, InputsModel]:
    draft_editor = DraftEditor()
    model = InputsModel(scope, draft_editor)
    draft_editor.open_deployment(
        Deployment(DEPLOYMENT, "Blue", payload=DeploymentPayload(WORKFLOW))
    )
    draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
    return draft_editor, model


def test_keeps_the_promises_of_an_item_model(scope: SessionScope) -> None:
    draft_editor = DraftEditor()
    model = InputsModel(scope, draft_editor)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    draft_editor.open_deployment(
        Deployment(DEPLOYMENT, "Blue", payload=DeploymentPayload(WORKFLOW))
    )
    draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
    draft_editor.edit({STEPS: 30, PROMPT: "red"}, "x")
    model.set_filter_function(lambda: {"31": ("seed", "cfg")})
    assert tester.model() is model


def test_nodes_and_inputs_stand_in_the_order_of_the_file(scope: SessionScope) -> None:
    _draft_editor, model = opened(scope)
    assert [model.node_row_at(model.index(row, 0)).node_id for row in range(3)] == [  # type: ignore[union-attr]
        "189",
        "6",
        "31",
    ]
    node = model.index_of_node("31")
    names = [model.key_at(model.index(row, 0, node)) for row in range(model.rowCount(node))]
    assert [key.name for key in names if key] == list(WORKFLOW["31"]["inputs"])  # type: ignore[index,call-overload,arg-type]


def test_a_node_is_called_by_its_title_then_its_display_name_then_its_class(
    scope: SessionScope,
) -> None:
    _draft_editor, model = opened(scope)
    assert model.data(model.index_of_node("6")) == "Positive prompt"
    assert model.data(model.index_of_node("31")) == "KSampler"
    assert model.data(model.index_of_node("38")) == "Load model"


def test_one_edit_is_one_row_and_no_reset(scope: SessionScope) -> None:
    draft_editor, model = opened(scope)
    changed, reset = QSignalSpy(model.dataChanged), QSignalSpy(model.modelReset)
    draft_editor.edit({STEPS: 30}, "x")
    assert reset.count() == 0
    assert changed.count() == 1
    first: QModelIndex = changed.at(0)[0]
    assert model.key_at(first) == STEPS
    draft_editor.edit({STEPS: 30}, "x")
    assert changed.count() == 1


def test_a_fault_and_a_seed_mode_touch_their_row_too(scope: SessionScope) -> None:
    draft_editor, model = opened(scope)
    changed = QSignalSpy(model.dataChanged)
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    draft_editor.edit({SCHEDULER: "simpel"}, "x")
    draft_editor.undo()
    keys = [model.key_at(changed.at(at)[0]) for at in range(changed.count())]
    assert keys == [SEED, SCHEDULER, SCHEDULER]


def test_another_workflow_and_a_schema_are_resets(scope: SessionScope) -> None:
    draft_editor, model = opened(scope)
    reset = QSignalSpy(model.modelReset)
    draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
    assert reset.count() == 1
    other = Deployment(
        "red:1", "Red", payload=DeploymentPayload({"1": {"class_type": "A", "inputs": {}}})
    )
    draft_editor.open_deployment(other)
    assert reset.count() == 2
    assert model.rowCount() == 1


def test_numbers_beyond_64_bits_of_sign_stay_whole(scope: SessionScope) -> None:
    draft_editor, model = opened(scope)
    draft_editor.edit({SEED: BIG_SEED}, "x")
    assert model.input_row_of(SEED).value == BIG_SEED
    assert model.data(model.index_of(SEED)) == str(BIG_SEED)


def test_a_screen_reader_hears_name_value_change_and_fault(scope: SessionScope) -> None:
    draft_editor, model = opened(scope)
    draft_editor.edit({STEPS: 0}, "x")
    spoken = str(model.data(model.index_of(STEPS), ROLE.AccessibleTextRole))
    assert spoken.startswith("steps: 0, changed, Error: 0 is below the minimum.")
    assert model.data(model.index_of(MODEL), ROLE.AccessibleTextRole) == "model: from Load model"
    assert model.data(model.index_of(STEPS, InputColumn.RESET)) == "Reset steps"
    assert model.data(model.index_of(CFG, InputColumn.RESET)) == ""


def test_only_what_can_be_edited_says_so(scope: SessionScope) -> None:
    _draft_editor, model = opened(scope)
    editable = Qt.ItemFlag.ItemIsEditable
    assert model.flags(model.index_of(STEPS)) & editable
    assert not model.flags(model.index_of(STEPS, InputColumn.NAME)) & editable
    assert not model.flags(model.index_of(MODEL)) & editable
    assert not model.flags(model.index_of_node("31")) & editable
    assert model.buddy(model.index_of(STEPS, InputColumn.NAME)) == model.index_of(STEPS)


def test_without_a_schema_the_saved_value_decides(scope: SessionScope) -> None:
    draft_editor = DraftEditor()
    model = InputsModel(scope, draft_editor)
    draft_editor.open_deployment(
        Deployment(DEPLOYMENT, "Blue", payload=DeploymentPayload(WORKFLOW))
    )
    kinds = {name: model.spec_of(InputKey("31", name)).kind for name in ("seed", "sampler_name")}
    assert kinds == {"seed": InputKind.INT, "sampler_name": InputKind.STRING}
    assert model.spec_of(InputKey("189", "image")).kind is InputKind.IMAGE
