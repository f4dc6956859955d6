"""NodeSchema: the node classes of one deployment's container, as `GET /object_info` tells them.

The one door to how an input is edited; what it says is read in `node_class` and
`input_declaration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.node_class import NodeClass
from runcomfy_desktop.domain.schema.spec_inference import (
    MAX_EDITED_CHARS,
    fits_editor,
    infer_spec,
    refine_spec,
)
from runcomfy_desktop.domain.workflow.node_replacement import replacement
from runcomfy_desktop.domain.workflow.workflow import Node, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.workflow.node_replacement import NodeReplacement

__all__ = ["MAX_EDITED_CHARS", "InputKind", "InputSpec", "NodeSchema", "input_spec"]


class NodeSchema:
    """The classes by name; reads a class when it is first asked for."""

    def __init__(self, object_info: Mapping[str, Json]) -> None:
        self._raw = object_info
        self._classes: dict[str, NodeClass] = {}

    @property
    def classes(self) -> Mapping[str, Json]:
        """The classes as `object_info` has them."""
        return self._raw

    def __contains__(self, class_type: object) -> bool:
        return isinstance(class_type, str) and isinstance(self._raw.get(class_type), dict)

    def read_ahead(self, class_types: Iterable[str]) -> None:
        """Reads these classes now, on a worker thread, so that nobody has to wait for them."""
        if isinstance(self._raw, LazyJsonObject):
            self._raw.read_ahead(self._type_or_replacement(each) for each in class_types)

    def node_class(self, class_type: str) -> NodeClass | None:
        """What is said of a class; None when it is not there."""
        found = self._classes.get(class_type)
        if found is None:
            raw = self._raw.get(class_type)
            if not isinstance(raw, dict):
                return None
            found = self._classes[class_type] = NodeClass(class_type, raw)
        return found

    def replacement(self, class_type: str) -> NodeReplacement | None:
        """The class that ComfyUI runs in place of one that is not there; None for nothing."""
        return replacement(class_type, self)

    def class_or_replacement(self, class_type: str) -> NodeClass | None:
        """The class that ComfyUI runs for a node of `class_type`; None when it knows none."""
        return self.node_class(self._type_or_replacement(class_type))

    def _type_or_replacement(self, class_type: str) -> str:
        found = self.replacement(class_type)
        return class_type if found is None else found.class_type

    def is_partner(self, class_type: str) -> bool:
        """Whether a node of the class calls a paid service outside the container."""
        found = self.node_class(class_type)
        return found is not None and found.is_api_node

    def display_name(self, class_type: str) -> str:
        """The class's label; "" when it has none or is unknown."""
        found = self.node_class(class_type)
        return "" if found is None else found.display_name

    def is_output(self, class_type: str) -> bool:
        """Whether a class makes results; false when it is unknown."""
        found = self.node_class(class_type)
        return found is not None and found.is_output

    def spec(
        self, class_type: str, name: str, inputs: Mapping[str, Json] | None = None
    ) -> InputSpec | None:
        """What is said of an input, None when nothing is.

        `inputs` are the node's values: with dynamic inputs they decide which others it has.
        """
        inputs, substitute = inputs or {}, self.replacement(class_type)
        if substitute is not None:
            name, inputs = substitute.names.get(name, ""), substitute.new_inputs(inputs)
        found = self.class_or_replacement(class_type)
        declaration = None if found is None else found.declared_inputs(inputs).get(name)
        return None if declaration is None else declaration.spec


def input_spec(schema: NodeSchema | None, node: Node, name: str) -> InputSpec:
    """How `name` of `node` is edited: by its schema, else by the type of the node's value.

    For an input whose siblings were changed, `active_spec` asks with the values as they are now.
    """
    value = node.inputs.get(name)
    if link_of(value) is not None:
        return InputSpec(InputKind.LINK)
    spec = None if schema is None else schema.spec(node.class_type, name, node.inputs)
    if spec is None:
        spec = infer_spec(node.class_type, name, value)
    else:
        spec = refine_spec(spec, node.class_type, name, value)
    # A value the typed editor could not show without changing it stays as it is.
    if name not in node.inputs or fits_editor(spec.kind, value):
        return spec
    return InputSpec(InputKind.OTHER, type_name=spec.type_name, is_known=spec.is_known)
