"""Guesses the essentials of a workflow without choices of its author.

The order is that of an artist's work: pictures and other files, prompts, seed, size, length,
strength, and the choices of a paid partner service.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.prompt_inputs import find_prompt_inputs
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES, InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow


class EssentialKind(IntEnum):
    """Kind of an essential, in the order in which the kinds are shown."""

    MEDIA = 1
    PROMPT = 2
    NEGATIVE_PROMPT = 3
    SEED = 4
    SIZE = 5
    LENGTH = 6
    STRENGTH = 7
    PARTNER = 8


@dataclass(frozen=True, slots=True)
class Essential:
    """Row of the essentials: one input, or several that belong together.

    Several `keys` are the width and the height of one node, or all seeds.
    """

    kind: EssentialKind
    keys: tuple[InputKey, ...]


MAX_ROWS = 10
_SIDES = ("width", "height")
_KINDS_BY_NAME: Mapping[str, EssentialKind] = {
    name: kind
    for kind, names in (
        (EssentialKind.SEED, tuple(SEED_NAMES)),
        (EssentialKind.SIZE, (*_SIDES, "aspect_ratio", "ratio", "resolution", "megapixels")),
        (EssentialKind.LENGTH, ("length", "duration", "num_frames", "frame_rate", "fps")),
        (EssentialKind.STRENGTH, ("denoise", "strength_model", "steps", "cfg", "guidance")),
        (EssentialKind.PARTNER, ("model", "quality")),
    )
    for name in names
}
# A node with a value for other nodes calls it so; the inputs that it feeds say what it is.
_PRIMITIVE_NAME = "value"
# A prompt for a language model that the author of the workflow wrote once.
_SYSTEM_PROMPT = "system"
_MAKERS_OF_SIZE = frozenset({"LATENT", "IMAGE", "INT"})


def guess_essentials(workflow: Workflow, schema: NodeSchema | None) -> tuple[Essential, ...]:
    """Returns the inputs that a user probably wants to change, the most important one first.

    Only inputs with a value of their own count, of nodes on the way to an output. Returns at most
    MAX_ROWS rows, with at least one of each kind that the workflow has.
    """
    finder = essential_finder(workflow, schema)
    found = [
        (kind, key)
        for node in _nodes_to_outputs(workflow, schema)
        for key in (InputKey(node.node_id, name) for name in node.inputs)
        if (kind := finder.kind_of(node, key)) is not None
    ]
    return _selected(_grouped(sorted(found, key=lambda each: each[0])))


class EssentialFinder:
    """Tells the kind of an input by its spec and its name, and by what it feeds."""

    def __init__(self, workflow: Workflow, schema: NodeSchema | None) -> None:
        self._schema = schema
        prompts = find_prompt_inputs(workflow, schema)
        self._prompts = dict.fromkeys(prompts.positive, EssentialKind.PROMPT)
        self._prompts |= dict.fromkeys(prompts.negative, EssentialKind.NEGATIVE_PROMPT)
        self._fed_names: dict[str, list[str]] = {}
        for node in workflow.nodes.values():
            for name, link in node.links():
                self._fed_names.setdefault(link.node_id, []).append(last_part(name))
        self._kinds: dict[InputKey, EssentialKind | None] = {}

    def kind_of(self, node: Node, key: InputKey) -> EssentialKind | None:
        """Returns the kind of an input; None if it is linked, or not essential."""
        if key not in self._kinds:
            self._kinds[key] = self._find_kind(node, key)
        return self._kinds[key]

    def _find_kind(self, node: Node, key: InputKey) -> EssentialKind | None:
        value = node.inputs.get(key.name)
        if isinstance(value, list) and link_of(value) is not None:
            return None
        if key in self._prompts:
            is_system = _SYSTEM_PROMPT in f"{key.name} {node.title}".lower()
            return None if is_system else self._prompts[key]
        spec = input_spec(self._schema, node, key.name)
        if not spec.kind.is_editable:
            return None
        if spec.kind.is_media:
            return EssentialKind.MEDIA
        name = self.usual_name(key)
        if last_part(key.name) == _PRIMITIVE_NAME:
            return _KINDS_BY_NAME.get(name)
        kind = EssentialKind.SEED if spec.is_seed else _KINDS_BY_NAME.get(name)
        return kind if kind is None or self._fits_class(kind, name, node) else None

    def usual_name(self, key: InputKey) -> str:
        """Returns the name by which an input is known; for a primitive, that of what it feeds."""
        name = last_part(key.name)
        fed = self._fed_names.get(key.node_id, ()) if name == _PRIMITIVE_NAME else ()
        return next((each for each in fed if each in _KINDS_BY_NAME), name)

    def _fits_class(self, kind: EssentialKind, name: str, node: Node) -> bool:
        """Reports whether a node's class gives the name its usual sense."""
        found = None if self._schema is None else self._schema.class_or_replacement(node.class_type)
        if kind is EssentialKind.PARTNER:
            return found is not None and found.is_api_node
        if name in _SIDES and found is not None and found.output_types is not None:
            return any(each in _MAKERS_OF_SIZE for each in found.output_types)
        return True


essential_finder = cache_last(EssentialFinder)
"""Returns the finder of a workflow; the last one is kept, since it is needed several times."""


def last_part(name: str) -> str:
    """Returns the name of an input without the names of the choices that it depends on."""
    return name.rpartition(".")[2]


def _nodes_to_outputs(workflow: Workflow, schema: NodeSchema | None) -> list[Node]:
    """Returns the nodes that a run needs, in the workflow's order.

    A node of an unknown class is an output if nothing is linked to it.
    """
    nodes = workflow.nodes
    used = {link.node_id for node in nodes.values() for _name, link in node.links()}

    def is_output(node: Node) -> bool:
        if schema is not None and node.class_type in schema:
            return schema.is_output(node.class_type)
        return node.node_id not in used

    to_visit = [node for node in nodes.values() if is_output(node)]
    found: set[str] = set()
    while to_visit:
        node = to_visit.pop()
        if node.node_id not in found:
            found.add(node.node_id)
            to_visit += [nodes[link.node_id] for _n, link in node.links() if link.node_id in nodes]
    return [node for node_id, node in nodes.items() if node_id in found]


def _grouped(found: Iterable[tuple[EssentialKind, InputKey]]) -> tuple[Essential, ...]:
    """Returns the rows: the sides of a size are one row, and so are all seeds."""
    rows: dict[object, Essential] = {}
    for kind, key in found:
        row: object = key
        if kind is EssentialKind.SEED:
            row = kind
        elif last_part(key.name) in _SIDES:
            row = (kind, key.node_id)
        keys = rows[row].keys if row in rows else ()
        rows[row] = Essential(kind, (*keys, key))
    return tuple(rows.values())


def _selected(rows: Sequence[Essential]) -> tuple[Essential, ...]:
    """Returns the rows to show: twenty pictures must not push out the only prompt."""
    first_of_kind = {row.kind: row for row in reversed(rows)}
    kept = list(dict.fromkeys([*first_of_kind.values(), *rows]))[:MAX_ROWS]
    return tuple(row for row in rows if row in kept)
