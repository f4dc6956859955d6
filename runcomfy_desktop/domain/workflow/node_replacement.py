"""Classes that ComfyUI replaces with another class, before it checks anything.

Taken from the source of ComfyUI 0.33 (`GET /node_replacements`). An input that is not carried over
is lost. No replacement there changes the slot of an output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from runcomfy_desktop.domain.base.json_value import Json


@dataclass(frozen=True, slots=True)
class NodeReplacement:
    """Replacement class; `names` maps old input names to new ones, `values` are set in addition.

    If a node lacks one of the old names, ComfyUI's check of the whole workflow fails.
    """

    class_type: str
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Json] = field(default_factory=dict)

    def new_inputs(self, inputs: Mapping[str, Json]) -> dict[str, Json]:
        """Returns the inputs of the new node."""
        carried = {new: inputs[old] for old, new in self.names.items() if old in inputs}
        return {**self.values, **carried}

    def old_name(self, name: str) -> str:
        """Returns the name that an input of the new class has in the workflow."""
        return next((old for old, new in self.names.items() if new == name), name)


REPLACEMENTS: Mapping[str, NodeReplacement] = {
    "T2IAdapterLoader": NodeReplacement(
        "ControlNetLoader", {"t2i_adapter_name": "control_net_name"}
    ),
    "Load3DAnimation": NodeReplacement("Load3D"),
    "Preview3DAnimation": NodeReplacement("Preview3D"),
    "SDV_img2vid_Conditioning": NodeReplacement("SVD_img2vid_Conditioning"),
    "ConditioningAverage ": NodeReplacement("ConditioningAverage"),
    # ComfyUI 0.33 still has these classes, so they are not replaced there.
    "ResizeImagesByLongerEdge": NodeReplacement(
        "ImageScaleToMaxDimension",
        {"images": "image", "longer_edge": "largest_size"},
        {"upscale_method": "lanczos"},
    ),
    "ImageBatch": NodeReplacement(
        "BatchImagesNode", {"image1": "images.image0", "image2": "images.image1"}
    ),
    "ImageScaleBy": NodeReplacement(
        "ResizeImageMaskNode",
        {
            "image": "input",
            "scale_by": "resize_type.multiplier",
            "upscale_method": "scale_method",
        },
        {"resize_type": "scale by multiplier"},
    ),
}


def replacement(class_type: str, classes: Container[str]) -> NodeReplacement | None:
    """Returns the replacement of a class, given the available `classes`; None if there is none."""
    found = REPLACEMENTS.get(class_type)
    if found is None or class_type in classes or found.class_type not in classes:
        return None
    return found
