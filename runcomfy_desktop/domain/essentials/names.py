"""Names of the essentials, for people who do not know the names of a node's inputs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.essentials.guess import EssentialKind, essential_finder, last_part
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow


def essential_names(
    keys: Sequence[InputKey], workflow: Workflow, schema: NodeSchema | None
) -> dict[InputKey, str]:
    """Returns names for inputs; inputs without a better name than their own are left out.

    A node's title is the name of its input if the author of the workflow gave it and no other of
    `keys` is in that node; but not of a number with a name that says more, such as the frame rate
    in a node "Save the clip". Otherwise the name says of which kind the input is. Equal names are
    numbered in the workflow's order.
    """
    if not keys:
        return {}
    namer = _Namer(workflow, schema, Counter(key.node_id for key in keys))
    order = {node_id: place for place, node_id in enumerate(workflow.nodes)}
    sorted_keys = sorted(
        (key for key in keys if key.node_id in order), key=lambda key: order[key.node_id]
    )
    names = {key: name for key in sorted_keys if (name := namer.name_of(key))}
    counts, numbers = Counter(names.values()), Counter[str]()
    for key, name in names.items():
        if counts[name] > 1:
            numbers[name] += 1
            names[key] = _("%s %d") % (name, numbers[name])
    return names


class _Namer:
    """Names single inputs of a workflow."""

    def __init__(
        self, workflow: Workflow, schema: NodeSchema | None, counts: Mapping[str, int]
    ) -> None:
        self._workflow = workflow
        self._schema = schema
        self._counts = counts
        self._finder = essential_finder(workflow, schema)

    def name_of(self, key: InputKey) -> str:
        """Returns the name of an input; "" if it has none better than its own."""
        node = self._workflow.nodes[key.node_id]
        kind = self._finder.kind_of(node, key)
        is_number = kind is not None and kind >= EssentialKind.SEED
        says_more = is_number and self._finder.usual_name(key) == last_part(key.name)
        if self._counts[key.node_id] == 1 and self._is_title_custom(node) and not says_more:
            return one_line(node.title)
        if kind is EssentialKind.MEDIA:
            return _media_name(input_spec(self._schema, node, key.name).kind)
        if kind is EssentialKind.PROMPT:
            return _("Prompt")
        if kind is EssentialKind.NEGATIVE_PROMPT:
            return _("Negative prompt")
        return "" if kind is None else _name_of_value(self._finder.usual_name(key), kind)

    def _is_title_custom(self, node: Node) -> bool:
        """Reports whether the author has given the node a title of its own.

        A title such as "CLIP Text Encode (Positive Prompt)" is the class's name with an addition.
        """
        label = "" if self._schema is None else self._schema.display_name(node.class_type)
        title = _letters(node.title)
        names = [_letters(node.class_type), _letters(label.partition("(")[0])]
        return bool(title) and not any(name and title.startswith(name) for name in names)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _media_name(kind: InputKind) -> str:
    names = {
        InputKind.IMAGE: _("Picture"),
        InputKind.VIDEO: _("Video"),
        InputKind.AUDIO: _("Sound"),
    }
    return names.get(kind, _("File"))


def _name_of_value(name: str, kind: EssentialKind) -> str:
    names = {
        "width": _("Width"),
        "height": _("Height"),
        "aspect_ratio": _("Aspect ratio"),
        "ratio": _("Aspect ratio"),
        "resolution": _("Resolution"),
        "megapixels": _("Megapixels"),
        "length": _("Length"),
        "duration": _("Duration"),
        "num_frames": _("Frames"),
        "frame_rate": _("Frame rate"),
        "fps": _("Frame rate"),
        "denoise": _("Denoise"),
        "strength_model": _("Strength"),
        "steps": _("Steps"),
        "cfg": _("CFG"),
        "guidance": _("Guidance"),
        "model": _("Model"),
        "quality": _("Quality"),
    }
    return _("Seed") if kind is EssentialKind.SEED else names.get(name, "")
