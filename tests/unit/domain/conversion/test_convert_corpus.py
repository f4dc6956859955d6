"""Real workflows: the conversion of each one equals the graph that ComfyUI's own export gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.json_value import same_json
from runcomfy_desktop.domain.conversion.convert import convert
from tests.support.workflow_files import object_info

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

_CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
_PAIRS = sorted(
    (folder, each.name)
    for folder in ("converted", "small_conversions")
    for each in (_CORPUS / folder / "ui").glob("*.json")
)
_ALONE = sorted(each.name for each in (_CORPUS / "ui_format").glob("*.json"))
_TABLES = ["object_info.json.gz", "validation/object_info_with_models.json.gz"]


def classes(table: str) -> JsonObject:
    return object_info(_CORPUS / table)


def differences(folder: str, name: str, table: str) -> list[str]:
    ui = json.loads((_CORPUS / folder / "ui" / name).read_bytes())
    expected = json.loads((_CORPUS / folder / "api" / name).read_bytes())
    found = convert(ui, classes(table))
    nodes = found.workflow.nodes
    faults = [f"{key} is missing" for key in expected if key not in nodes]
    for key, each in nodes.items():
        theirs = expected.get(key)
        if theirs is None:
            faults.append(f"{key} {each.class_type} is too much")
        elif "class_type" not in theirs:
            # The editor did not know this class, so its export has no names for the values either.
            faults += [] if key in {told.node_id for told in found.report.remarks} else [key]
        elif theirs["class_type"] != each.class_type:
            faults.append(f"{key} is a {each.class_type}, not a {theirs['class_type']}")
        else:
            faults += [
                f"{key} {each.class_type}.{name}: {each.inputs.get(name)!r:.60}"
                for name in sorted(theirs["inputs"].keys() | each.inputs.keys())
                if name not in each.inputs
                or name not in theirs["inputs"]
                or not same_json(each.inputs[name], theirs["inputs"][name])
            ]
    return faults


# The workflows are not part of the project. Without them there is nothing to compare with, and the
# rules are tested with the project's own samples.
if _PAIRS:

    @pytest.mark.parametrize("table", _TABLES)
    @pytest.mark.parametrize(("folder", "name"), _PAIRS)
    def test_the_graph_is_the_one_that_the_editor_exports(
        folder: str, name: str, table: str
    ) -> None:
        assert differences(folder, name, table) == []


if _ALONE:

    @pytest.mark.parametrize("name", _ALONE)
    def test_workflows_with_classes_that_nobody_knows_open_with_a_report(name: str) -> None:
        ui = json.loads((_CORPUS / "ui_format" / name).read_bytes())
        for known in (classes(_TABLES[0]), None):
            found = convert(ui, known)
            assert found.workflow.nodes
            assert found.report.node_count == len(found.workflow.nodes)
            strange = [
                n for n in found.workflow.nodes.values() if n.class_type not in (known or {})
            ]
            told = {each.node_id for each in found.report.remarks}
            if known is None:
                assert found.report.lacks_schema
            else:
                assert {each.node_id for each in strange} <= told
