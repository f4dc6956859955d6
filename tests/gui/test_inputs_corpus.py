"""Workflows as people have them: each input that can be changed is changed and reset once."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.schema import InputKind, Schema
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.models.inputs import InputRow, InputsModel
from tests.gui.support.bench import Bench, shown_bench
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import Workflow

_ROOT = Path(__file__).parents[2]
_CORPUS = _ROOT.parent / "shared" / "corpus"
_OWN = sorted((_ROOT / "resources" / "workflows").glob("*.json"))
FILES = _OWN + sorted((_CORPUS / "api").glob("*.json"))
_IN_VIEW = FILES[:: max(1, len(FILES) // 10)][:10]


@lru_cache(maxsize=1)
def schema() -> Schema:
    real = _CORPUS / "object_info.json.gz"
    if real.exists():
        return Schema(json.loads(gzip.decompress(real.read_bytes())))
    own = _ROOT / "resources" / "workflows" / "schema" / "object_info.json"
    return Schema(json.loads(own.read_text(encoding="utf-8")))


def opened(file: Path) -> Workflow:
    return read_workflow(file.read_bytes())


def as_json(workflow: Workflow) -> JsonObject:
    return {
        node.node_id: {"class_type": node.class_type, "inputs": dict(node.inputs)}
        for node in workflow.nodes.values()
    }


def another_value(row: InputRow) -> Value:
    """A value of the same kind that is not the saved one."""
    saved: Json = row.saved
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
def test_each_input_can_be_changed_and_reset(file: Path) -> None:
    workflow = opened(file)
    bench, model = Workbench(), InputsModel()
    model.attach(bench)
    payload = Payload(as_json(workflow))
    bench.open_deployment(Deployment("corpus:1", file.stem, payload=payload))
    bench.set_schema("corpus:1", schema())
    assert model.rowCount() == len(workflow.nodes)
    for key in workflow.input_keys():
        row = model.row_of(key)
        if not row.spec.kind.editable:
            continue
        value = another_value(row)
        model.edit(key, value, "change")
        assert bench.state.draft is not None
        below = f"{key.name}."
        changes = dict(bench.state.draft.changes)
        assert changes.pop(key) == value
        # A choice brings the inputs that hang on it, and nothing else.
        assert all(each.node_id == key.node_id and each.name.startswith(below) for each in changes)
        model.reset_input(key)
        assert bench.state.draft.changes == {}


def two_of_each_kind(rows: list[InputRow]) -> list[InputRow]:
    kinds = dict.fromkeys(row.spec.kind for row in rows)
    return [row for kind in kinds for row in [r for r in rows if r.spec.kind is kind][:2]]


async def _change_by_hand(bench: Bench, row: InputRow) -> None:
    """As a person does it: a click, another value, Enter."""
    if row.spec.kind is InputKind.BOOLEAN:
        bench.click(row.key, Part.CHECK)
        return
    bench.click(row.key)
    if row.spec.kind is InputKind.COMBO:
        bench.close_list()
    value = another_value(row)
    is_text = row.spec.kind in (InputKind.STRING, InputKind.TEXT)
    bench.retype("自行车, in blue" if is_text else str(value))
    if row.spec.kind is InputKind.COMBO and bench.view.delegate.editor is not None:
        bench.close_list()
    bench.key(Qt.Key.Key_Tab)


@pytest.mark.parametrize("file", _IN_VIEW, ids=lambda file: file.stem[-40:])
async def test_in_the_view_a_change_is_that_change_and_a_reset_is_none(
    tmp_path: Path, file: Path
) -> None:
    workflow = opened(file)
    async with shown_bench(tmp_path) as bench:
        bench.open(as_json(workflow))
        bench.workbench.set_schema("blue:1", schema())
        rows = [bench.model.row_of(key) for key in workflow.input_keys()]
        by_hand = [row for row in rows if row.spec.kind.editable and not row.spec.kind.is_media]
        for row in two_of_each_kind(by_hand):
            await _change_by_hand(bench, row)
            changed = set(bench.changes)
            assert row.key in changed
            # A choice brings the inputs that hang on it, and nothing else.
            below = f"{row.key.name}."
            assert all(each.name.startswith(below) for each in changed - {row.key})
            bench.click_reset(row.key)
            assert bench.changes == {}
        assert not bench.picture().isNull()
