"""Which inputs take a mask together with their picture, and in which channel ComfyUI looks for it.

`LoadImage` gives out a mask made of what is transparent: 1 where nothing is to be seen. It is only
of use where something takes it. `LoadImageMask` gives out nothing else, and has an input that says
which channel it is: transparency counts the wrong way round, as above, the colours as they are.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import Node, NodeLink, Workflow, link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import InputSpec

CHANNEL = "channel"
"""The input of `LoadImageMask` that says where the mask is."""
_LOADER, _MASK_LOADER = "LoadImage", "LoadImageMask"
_PICTURE = "image"
_MASK_SLOT = 1


class MaskChannel(Enum):
    """Where in a picture its mask is, in ComfyUI's words."""

    ALPHA = "alpha"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"

    @property
    def is_transparency(self) -> bool:
        return self is MaskChannel.ALPHA


class MaskInputs:
    """Answers for one workflow; looks through its links once."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._linked_outputs = {
            link
            for node in workflow.nodes.values()
            for value in node.inputs.values()
            if (link := link_of(value)) is not None
        }

    def takes_mask(self, node: Node, name: str, spec: InputSpec | None = None) -> bool:
        """Whether a mask painted on the picture of this input reaches anything."""
        if node.class_type == _MASK_LOADER:
            return name == _PICTURE
        if node.class_type == _LOADER:
            return name == _PICTURE and NodeLink(node.node_id, _MASK_SLOT) in self._linked_outputs
        return spec is not None and spec.kind.is_media and spec.takes_mask


def mask_channel(node: Node, channel: object) -> MaskChannel:
    """Where `node` looks for the mask; `channel` is the value of its input of that name now."""
    if node.class_type == _MASK_LOADER and isinstance(channel, str):
        return next((each for each in MaskChannel if each.value == channel), MaskChannel.ALPHA)
    return MaskChannel.ALPHA
