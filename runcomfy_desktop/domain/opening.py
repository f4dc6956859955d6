"""What can be opened: a graph that is run, or one of the editor's, in a file of either or a
picture that carries one. The graph that is run comes first: nothing is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.json_pieces import TooDeep, TooLong, TooMany, read_json
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import (
    MAX_DEPTH,
    Workflow,
    find_graph,
    is_editor_format,
    read_file,
    too_long,
    unwrapped,
    workflow_from_json,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

# The editor writes places, sizes and colours beside each value: five times what is run.
MAX_EDITOR_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class EditorForm:
    """A workflow as the editor saves it; it has to be converted before it can be run."""

    ui: JsonObject


def opened_file(data: bytes) -> Workflow | EditorForm:
    """The workflow in the bytes of a JSON file.

    Raises Problem: too large, not text, not JSON, JSON of another kind.
    """
    return opened_json(read_file(data, MAX_EDITOR_VALUES))


def opened_json(value: Json) -> Workflow | EditorForm:
    """The workflow in parsed JSON, unwrapped where needed. Raises Problem."""
    graph = find_graph(value)
    if graph is not None:
        # What lies beside it is not counted: often the editor's graph, which is larger.
        return workflow_from_json(graph)
    found = _editor_form(value)
    if found is not None:
        return found
    inner = _spelt_out(value)
    return workflow_from_json(value) if inner is None else inner


def opened_picture(texts: Mapping[str, str]) -> Workflow | EditorForm:
    """The workflow that a picture carries in these texts, see `carried_texts`. Raises Problem."""
    # What has no name may be either, or both in one.
    for name in ("prompt", "", "workflow"):
        found = None if name not in texts else _in_text(texts[name])
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


def _in_text(text: str) -> Workflow | EditorForm | None:
    try:
        value = read_json(text.strip(), depth=MAX_DEPTH, values=MAX_EDITOR_VALUES)
    except TooLong:
        raise too_long() from None
    except (TooDeep, TooMany, ValueError):
        return None
    graph = find_graph(value)
    return _editor_form(value) if graph is None else workflow_from_json(graph)


def _editor_form(value: Json) -> EditorForm | None:
    for each in unwrapped(value):
        if isinstance(each, dict) and is_editor_format(each):
            return EditorForm(each)
    return None


def _spelt_out(value: Json) -> Workflow | EditorForm | None:
    """A graph that is written as a text within JSON, as lists of a picture's texts do."""
    for each in unwrapped(value):
        if isinstance(each, str) and each.lstrip().startswith("{"):
            found = _in_text(each)
            if found is not None:
                return found
    return None
