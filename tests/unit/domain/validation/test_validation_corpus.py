"""Agreement with ComfyUI: its recorded responses to valid and invalid prompts, case by case.

If a node breaks ComfyUI's check, the input named in the response depends on the order of hashes:
any input that led to the node is right.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.draft_checker import DraftChecker
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.support.expected_validation import (
    ExpectedValidation,
    expected_for_body,
    expected_validation,
)
from tests.support.workflow_files import CORPUS, object_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

_FOLDER = CORPUS / "validation"
_SCHEMA = _FOLDER / "object_info_with_models.json.gz"


class RecordedAnswer(NamedTuple):
    """Recorded response of ComfyUI to one prompt.

    `entries` has (node id, input name, error type) of each error in `node_errors`.
    """

    status: int
    error: str
    entries: frozenset[tuple[str, str, str]]


@lru_cache(maxsize=1)
def schema() -> NodeSchema:
    return NodeSchema(object_info(_SCHEMA))


def answer_of(status: int, body: Json) -> RecordedAnswer:
    if not isinstance(body, dict):
        return RecordedAnswer(status, "", frozenset())
    error, nodes = body.get("error"), body.get("node_errors")
    assert isinstance(nodes, dict)
    entries = set()
    for node_id, entry in nodes.items():
        assert isinstance(entry, dict)
        assert isinstance(entry["errors"], list)
        for each in entry["errors"]:
            assert isinstance(each, dict)
            # The single cases have the complete response, the lines in bulk only the relevant part.
            facts = each.get("extra_info", each)
            assert isinstance(facts, dict)
            entries.add((node_id, str(facts.get("input_name") or ""), str(each["type"])))
    return RecordedAnswer(
        status, str(error["type"]) if isinstance(error, dict) else "", frozenset(entries)
    )


def disagreements(
    said: RecordedAnswer, ours: ExpectedValidation, counts: Counter[str]
) -> list[str]:
    """Returns the differences between a verdict and ComfyUI's; counts ComfyUI's errors by type."""
    found = []
    if (said.status, said.error) != (ours.status, ours.error):
        found.append(f"refusal: {said.status} {said.error}, foretold {ours.status} {ours.error}")
    left = list(ours.issues)
    for entry in said.entries:
        counts[entry[2]] += 1
        same = next((each for each in left if each.matches(*entry)), None)
        if same is None:
            found.append(f"{entry[2]}: not foretold {entry}")
        else:
            left.remove(same)
    return found + [f"{each.kind.value}: not said {each}" for each in left if each.is_certain]


def cases() -> Iterator[tuple[str, RecordedAnswer, ExpectedValidation]]:
    for path in sorted(_FOLDER.glob("*.json")):
        case = json.loads(path.read_bytes())
        request, response = case["request"], case["response"]
        try:
            body = request["body"] if "body" in request else json.loads(request["raw_body"])
        except ValueError:
            body = None
        said = answer_of(response["status"], response["body"])
        yield path.stem, said, expected_for_body(body, schema())


def bulk() -> Iterator[tuple[str, RecordedAnswer, JsonObject]]:
    path = _FOLDER / "bulk.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        received = json.loads(line)
        graph = json.loads((CORPUS / received["file"]).read_bytes())
        for step in received["at"]:
            graph = graph[step]
        change = received["mutation"]
        if change is not None:
            inputs = graph[change["node"]]["inputs"]
            inputs[change["input"]] = change["new"]
            if change["kind"].startswith("delete"):
                del inputs[change["input"]]
        said = answer_of(received["status"], received["response"])
        yield f"line {number}: {received['file']} {change}", said, graph


def test_every_case_and_every_line_is_foretold() -> None:
    counts, wrong, number = Counter[str](), list[str](), 0
    lines = ((name, said, expected_validation(graph, schema())) for name, said, graph in bulk())
    for name, said, ours in (*cases(), *lines):
        number += 1
        wrong += [f"{name}: {each}" for each in disagreements(said, ours, counts)]
        counts[f"status {said.status}"] += 1
    print(f"{number} prompts, {len(wrong)} disagreements, of {dict(counts.most_common())}")
    assert not wrong, "\n".join(wrong)
    # If the corpus is present, it must have enough cases.
    assert number >= 600 or not _FOLDER.exists()


def test_what_comfyui_takes_blocks_nothing_and_what_it_refuses_does() -> None:
    """The check that users see agrees with ComfyUI if the graph itself is run.

    The only difference: on RunComfy the files that a class loads are not checked.
    """
    wrong = []
    for name, said, graph in bulk():
        draft = Draft(workflow_from_json(graph), DraftSource("a", "a.json"), runs_file=True)
        faults = DraftChecker().issues(draft, schema())
        blocking = [(key, fault) for key, fault in faults.items() if fault.blocks]
        is_taken = said.status == 200 and not said.entries
        kinds = {kind for _node_id, _name, kind in said.entries}
        if is_taken == bool(blocking) and kinds != {"custom_validation_failed"}:
            wrong.append(f"{name}: {said} {blocking}")
    assert not wrong, "\n".join(wrong)
