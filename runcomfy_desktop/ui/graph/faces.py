"""What is shown of each node in the graph, read from the draft in view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.workflow import Node
    from runcomfy_desktop.ui.models.inputs import InputsModel


class Mark(IntEnum):
    """How bad the worst fault of a node is."""

    NONE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Face:
    """One node; texts are single lines. `node_id` names it, `number` is what people read."""

    node_id: str
    number: str
    title: str
    class_type: str
    is_output: bool = False
    is_changed: bool = False
    mark: Mark = Mark.NONE
    fault: str = ""

    def spoken(self) -> str:
        """All of it, for a person who listens."""
        words = [self.title, self.class_type, self.number]
        words += [_("output")] if self.is_output else []
        words += [_("changed")] if self.is_changed else []
        words += [self.fault] if self.fault else []
        return ", ".join(words)


class Faces:
    """Reads faces; what does not change with an edit is read once."""

    def __init__(self) -> None:
        self._about: tuple[object, object] = (None, None)
        self._plain: dict[str, Face] = {}

    def read(self, model: InputsModel, used: Collection[str]) -> dict[str, Face]:
        """The nodes of the draft in view; `used` are those whose values others take."""
        draft, schema = model.draft, model.state.schema
        if draft is None:
            return {}
        about = (draft.workflow, schema)
        if about[0] is not self._about[0] or about[1] is not self._about[1]:
            nodes = draft.workflow.nodes
            self._plain = {each: _plain(node, model, used) for each, node in nodes.items()}
            self._about = about
        faces = dict(self._plain)
        for key in draft.changes:
            if key.node_id in faces:
                faces[key.node_id] = replace(faces[key.node_id], is_changed=True)
        for key, fault in model.state.faults.items():
            face = faces.get(key.node_id)
            mark = Mark.ERROR if fault.blocks else Mark.WARNING
            if face is not None and mark > face.mark:
                name = one_line(key.name)
                text = f"{name}: {fault.text}" if name else fault.text
                faces[key.node_id] = replace(face, mark=mark, fault=text)
        return faces


def _plain(node: Node, model: InputsModel, used: Collection[str]) -> Face:
    schema, class_type = model.state.schema, node.class_type
    is_output = node.node_id not in used
    if schema is not None and class_type in schema:
        is_output = schema.is_output(class_type)
    return Face(
        node.node_id,
        f"#{one_line(node.node_id)}",
        model.title_of(node),
        one_line(class_type),
        is_output=is_output,
    )
