"""Workflows edited during measurements, and ComfyUI's description of their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.input_files import node

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

LAST_SEED = 2**64 - 1
LONG = "a lighthouse at dusk, painted with a broad brush, waves, rain and a small boat; "


def workflow(nodes: int) -> JsonObject:
    """Returns `nodes` nodes of 12 inputs in one chain that ends in an output node."""
    graph: JsonObject = {str(number): node(number) for number in range(1, nodes + 1)}
    graph["1"]["inputs"]["model"] = ["0", 0]  # type: ignore[index, call-overload]
    graph["0"] = {"class_type": "Loader", "inputs": {"name": "first.safetensors"}}
    graph["end"] = {"class_type": "Save", "inputs": {"model": [str(nodes), 0], "prefix": "a"}}
    return graph


def long_prompts(nodes: int, chars: int) -> JsonObject:
    """Returns the same workflow with prompts of `chars` characters."""
    graph = workflow(nodes)
    for number in range(1, nodes + 1):
        text = (LONG * (chars // len(LONG) + 1))[:chars]
        graph[str(number)]["inputs"]["text"] = text  # type: ignore[index, call-overload]
    return graph


def object_info() -> JsonObject:
    """Returns the description of the node classes in `workflow`."""
    floats: JsonObject = {
        f"amount_{at}": ["FLOAT", {"min": 0.0, "max": 100.0, "step": 0.1}] for at in range(4)
    }
    steps: JsonObject = {f"steps_{at}": ["INT", {"min": 0, "max": LAST_SEED}] for at in range(3)}
    step: JsonObject = {
        **floats,
        **steps,
        "sampler_name": [["euler", "heun", "dpmpp_2m"], {}],
        "is_on": ["BOOLEAN", {}],
        "text": ["STRING", {"multiline": True}],
        "negative": ["STRING", {}],
        "model": ["MODEL"],
    }
    return {
        "KSampler": _class(step, ["MODEL"]),
        "Loader": _class({"name": [["first.safetensors"], {}]}, ["MODEL"]),
        "Save": _class({"model": ["MODEL"], "prefix": ["STRING", {}]}, [], ends=True),
    }


def _class(inputs: JsonObject, output: list[str], *, ends: bool = False) -> JsonObject:
    return {"input": {"required": inputs}, "output": [*output], "output_node": ends}
