"""NodeSchema: the node classes of one deployment's container, from `GET /object_info`.

The single entry point for the specs of inputs; parsing is in `node_class` and `input_declaration`.
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
    """Node classes by name; each is parsed on first access."""

    def __init__(self, object_info: Mapping[str, Json]) -> None:
        self._raw = object_info
        self._classes: dict[str, NodeClass] = {}

    @property
    def classes(self) -> Mapping[str, Json]:
        """Classes in the form of `object_info`."""
        return self._raw

    def __contains__(self, class_type: object) -> bool:
        return isinstance(class_type, str) and isinstance(self._raw.get(class_type), dict)

    def read_ahead(self, class_types: Iterable[str]) -> None:
        """Parses these classes now, on a worker thread, so that no window waits for them."""
        if isinstance(self._raw, LazyJsonObject):
            self._raw.read_ahead(self._type_or_replacement(each) for each in class_types)

    def node_class(self, class_type: str) -> NodeClass | None:
        """Returns a class, or None if it does not exist."""
        found = self._classes.get(class_type)
        if found is None:
            raw = self._raw.get(class_type)
            if not isinstance(raw, dict):
                return None
            found = self._classes[class_type] = NodeClass(class_type, raw)
        return found

    def replacement(self, class_type: str) -> NodeReplacement | None:
        """Returns the class that ComfyUI runs in place of a missing one; None if there is none."""
        return replacement(class_type, self)

    def class_or_replacement(self, class_type: str) -> NodeClass | None:
        """Returns the class that ComfyUI runs for a node of `class_type`; None if there is none."""
        return self.node_class(self._type_or_replacement(class_type))

    def _type_or_replacement(self, class_type: str) -> str:
        found = self.replacement(class_type)
        return class_type if found is None else found.class_type

    def is_partner(self, class_type: str) -> bool:
        """Returns True if nodes of the class call a paid service outside the container."""
        found = self.node_class(class_type)
        return found is not None and found.is_api_node

    def display_name(self, class_type: str) -> str:
        """Returns the class's label; "" if it has none or is unknown."""
        found = self.node_class(class_type)
        return "" if found is None else found.display_name

    def is_output(self, class_type: str) -> bool:
        """Returns True if a class produces results; False if it is unknown."""
        found = self.node_class(class_type)
        return found is not None and found.is_output

    def spec(
        self, class_type: str, name: str, inputs: Mapping[str, Json] | None = None
    ) -> InputSpec | None:
        """Returns the spec of an input, or None if it is not declared.

        `inputs` are the node's values: dynamic inputs among them control which others exist.
        """
        inputs, substitute = inputs or {}, self.replacement(class_type)
        if substitute is not None:
            name, inputs = substitute.names.get(name, ""), substitute.new_inputs(inputs)
        found = self.class_or_replacement(class_type)
        declaration = None if found is None else found.declared_inputs(inputs).get(name)
        return None if declaration is None else declaration.spec


def input_spec(schema: NodeSchema | None, node: Node, name: str) -> InputSpec:
    """Returns the spec of the input `name` of `node`, from the schema or else from its value.

    For an input whose siblings were changed, `active_spec` uses their current values.
    """
    value = node.inputs.get(name)
    if link_of(value) is not None:
        return InputSpec(InputKind.LINK)
    spec = None if schema is None else schema.spec(node.class_type, name, node.inputs)
    if spec is None:
        spec = infer_spec(node.class_type, name, value)
    else:
        spec = refine_spec(spec, node.class_type, name, value)
    # A value that the typed editor could not show unchanged is not editable.
    if name not in node.inputs or fits_editor(spec.kind, value):
        return spec
    return InputSpec(InputKind.OTHER, type_name=spec.type_name, is_known=spec.is_known)
