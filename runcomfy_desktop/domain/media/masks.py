"""Inputs that take a mask together with their picture, and the channel in which ComfyUI reads it.

`LoadImage` outputs a mask made from transparency: 1 where the picture is transparent. The mask
matters only if that output is linked. `LoadImageMask` outputs only a mask, and has an input for the
channel: transparency is inverted, as above; colours are used unchanged.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import Node, NodeLink, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import InputSpec

CHANNEL = "channel"
"""Name of the input of `LoadImageMask` that selects the mask's channel."""
_LOADER, _MASK_LOADER = "LoadImage", "LoadImageMask"
_PICTURE = "image"
_MASK_SLOT = 1


class MaskChannel(Enum):
    """Channel of a picture that contains its mask, with ComfyUI's names."""

    ALPHA = "alpha"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"

    @property
    def is_transparency(self) -> bool:
        return self is MaskChannel.ALPHA


class MaskInputs:
    """Finds the inputs of one workflow that take a mask; scans its links once."""

    def __init__(self, workflow: Workflow) -> None:
        nodes = workflow.nodes.values()
        self._linked_outputs = {link for node in nodes for _name, link in node.links()}

    def takes_mask(self, node: Node, name: str, spec: InputSpec | None = None) -> bool:
        """Returns True if a mask painted on the picture of this input has an effect."""
        if node.class_type == _MASK_LOADER:
            return name == _PICTURE
        if node.class_type == _LOADER:
            return name == _PICTURE and NodeLink(node.node_id, _MASK_SLOT) in self._linked_outputs
        return spec is not None and spec.kind.is_media and spec.takes_mask


def mask_channel(node: Node, channel: object) -> MaskChannel:
    """Returns the channel in which `node` reads the mask.

    `channel` is the current value of the node's `channel` input.
    """
    if node.class_type == _MASK_LOADER and isinstance(channel, str):
        return next((each for each in MaskChannel if each.value == channel), MaskChannel.ALPHA)
    return MaskChannel.ALPHA
