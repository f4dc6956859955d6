"""Opens workflows of both formats, from a file or from a picture that contains one.

The graph in the API format is preferred, since it can be run directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import TooLong, read_json
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_DEPTH,
    Workflow,
    find_graph,
    is_editor_format,
    json_problem,
    parse_json_bytes,
    unwrapped,
    workflow_from_json,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

# The editor adds positions, sizes and colours to each value: five times the values of a run.
MAX_EDITOR_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class EditorWorkflow:
    """Workflow in the editor's format; it has to be converted before it can be run."""

    ui: JsonObject


def parse_workflow_file(data: bytes) -> Workflow | EditorWorkflow:
    """Returns the workflow in the bytes of a JSON file.

    Raises Problem if it is too large, not text, not JSON, or JSON of another kind.
    """
    return parse_workflow_json(parse_json_bytes(data, MAX_EDITOR_VALUES))


def parse_workflow_json(value: Json) -> Workflow | EditorWorkflow:
    """Returns the workflow in parsed JSON, unwrapped if needed. Raises Problem."""
    graph = find_graph(value)
    if graph is not None:
        # Data next to the graph is not counted: often it is the editor's graph, which is larger.
        return workflow_from_json(graph)
    return _editor_workflow(value) or _workflow_in_text(value) or workflow_from_json(value)


def parse_image_workflow(texts: Mapping[str, str]) -> Workflow | EditorWorkflow:
    """Returns the workflow in a picture's texts, see `embedded_texts`. Raises Problem."""
    # A text without a name may be either, or contain both.
    for name in ("prompt", "", "workflow"):
        found = None if name not in texts else _parse_text(texts[name])
        if found is not None:
            return found
    raise Problem(
        _("This picture carries no workflow."),
        _(
            "ComfyUI writes one into the pictures that it saves, but many programs and web sites "
            "take it out again."
        ),
        _("Choose the picture as ComfyUI saved it, or a workflow file."),
    )


def _parse_text(text: str) -> Workflow | EditorWorkflow | None:
    try:
        value = read_json(text.strip(), max_depth=MAX_DEPTH, max_values=MAX_EDITOR_VALUES)
    except TooLong as error:
        raise json_problem(error, MAX_EDITOR_VALUES) from None
    except ValueError:
        return None
    graph = find_graph(value)
    return _editor_workflow(value) if graph is None else workflow_from_json(graph)


def _editor_workflow(value: Json) -> EditorWorkflow | None:
    for each in unwrapped(value):
        if isinstance(each, dict) and is_editor_format(each):
            return EditorWorkflow(each)
    return None


def _workflow_in_text(value: Json) -> Workflow | EditorWorkflow | None:
    """Returns a graph written as a string within JSON, as in lists of a picture's texts.

    Returns None if there is none.
    """
    texts = (each for each in unwrapped(value) if isinstance(each, str))
    found = (_parse_text(each) for each in texts if each.lstrip().startswith("{"))
    return next((each for each in found if each is not None), None)
