"""Real-life workflows: every editable input is changed and reset once."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.schema.schema import InputKind, NodeSchema
from runcomfy_desktop.ui.input_tree.inputs_model import InputRow, InputsModel
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.ui.base.session_scope import SessionScope

_ROOT = Path(__file__).parents[3]
_CORPUS = _ROOT.parent / "shared" / "corpus"
_OWN = sorted((_ROOT / "resources" / "workflows").glob("*.json"))
FILES = _OWN + sorted((_CORPUS / "api").glob("*.json"))
_IN_VIEW = FILES[:: max(1, len(FILES) // 10)][:10]


@lru_cache(maxsize=1)
def schema() -> NodeSchema:
    real = _CORPUS / "object_info.json.gz"
    if real.exists():
        return NodeSchema(json.loads(gzip.decompress(real.read_bytes())))
    own = _ROOT / "resources" / "workflows" / "schema" / "object_info.json"
    return NodeSchema(json.loads(own.read_text(encoding="utf-8")))


def opened(file: Path) -> Workflow:
    return read_workflow(file.read_bytes())


def as_json(workflow: Workflow) -> JsonObject:
    return {
        node.node_id: {"class_type": node.class_type, "inputs": dict(node.inputs)}
        for node in workflow.nodes.values()
    }


def another_value(row: InputRow) -> Value:
    """Returns a value of the same kind that differs from the saved one."""
    saved: Json = row.original_value
    kind = row.spec.kind
    if kind is InputKind.MULTI:
        return {"__value__": list(row.spec.choices[:1])}
    if kind is InputKind.BOX and isinstance(saved, dict):
        return {**saved, "width": 77}
    if kind is InputKind.RANGE and isinstance(saved, dict):
        return {**saved, "max": 0.77}
    if kind is InputKind.CURVE and isinstance(saved, dict):
        return {**saved, "points": [[0.0, 1.0], [1.0, 0.0]]}
    if kind is InputKind.COLOR:
        return "#123456"
    if isinstance(saved, bool):
        return not saved
    if row.spec.kind is InputKind.COMBO:
        return next((each for each in row.spec.choices if each != saved), "something else")
    if isinstance(saved, int | float):
        return saved + 1
    return f"{saved} and more"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem[-40:])
def test_each_input_can_be_changed_and_reset(scope: SessionScope, file: Path) -> None:
    workflow = opened(file)
    draft_editor = DraftEditor()
    model = InputsModel(scope, draft_editor)
    payload = DeploymentPayload(as_json(workflow))
    draft_editor.open_deployment(Deployment("corpus:1", file.stem, payload=payload))
    draft_editor.set_schema("corpus:1", schema())
    assert model.rowCount() == len(workflow.nodes)
    for key in workflow.input_keys():
        row = model.input_row_of(key)
        if not row.spec.kind.is_editable:
            continue
        value = another_value(row)
        model.edit(key, value, "change")
        assert draft_editor.state.draft is not None
        below = f"{key.name}."
        changes = dict(draft_editor.state.draft.changes)
        assert changes.pop(key) == value
        # A choice adds the inputs that depend on it, and nothing else.
        assert all(each.node_id == key.node_id and each.name.startswith(below) for each in changes)
        model.reset_input(key)
        assert draft_editor.state.draft.changes == {}


def two_of_each_kind(rows: list[InputRow]) -> list[InputRow]:
    kinds = dict.fromkeys(row.spec.kind for row in rows)
    return [row for kind in kinds for row in [r for r in rows if r.spec.kind is kind][:2]]


async def _change_by_input(harness: InputsHarness, row: InputRow) -> None:
    """Changes an input like a user: a click, and unless it is a check box, another value and
    Tab."""
    if row.spec.kind is InputKind.BOOLEAN:
        harness.click(row.key, RowPart.CHECK)
        return
    harness.click(row.key)
    if row.spec.kind is InputKind.COMBO:
        harness.close_popup()
    value = another_value(row)
    is_text = row.spec.kind in (InputKind.STRING, InputKind.TEXT)
    harness.retype("自行车, in blue" if is_text else str(value))
    if row.spec.kind is InputKind.COMBO and harness.view.delegate.editor is not None:
        harness.close_popup()
    harness.key(Qt.Key.Key_Tab)


@pytest.mark.parametrize("file", _IN_VIEW, ids=lambda file: file.stem[-40:])
async def test_in_the_view_a_change_is_that_change_and_a_reset_is_none(
    tmp_path: Path, file: Path
) -> None:
    workflow = opened(file)
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(as_json(workflow))
        harness.draft_editor.set_schema("blue:1", schema())
        rows = [harness.model.input_row_of(key) for key in workflow.input_keys()]
        by_hand = [row for row in rows if row.spec.kind.is_editable and not row.spec.kind.is_media]
        for row in two_of_each_kind(by_hand):
            await _change_by_input(harness, row)
            changed = set(harness.changes)
            assert row.key in changed
            # A choice adds the inputs that depend on it, and nothing else.
            below = f"{row.key.name}."
            assert all(each.name.startswith(below) for each in changed - {row.key})
            harness.click_reset(row.key)
            assert harness.changes == {}
        assert not harness.screenshot().isNull()
