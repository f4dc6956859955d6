"""Files used in measurements: a large workflow, a 50 MB picture and a 4K PNG."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

NODES = 1000
INPUTS_PER_NODE = 12


def large_workflow() -> JsonObject:
    """Returns 1,000 nodes of 12 inputs each: numbers, choices, switches, two prompts and a link."""
    return {str(number): node(number) for number in range(1, NODES + 1)}


def node(number: int) -> JsonObject:
    """Returns the `number`th node of the workflow, counted from 1."""
    inputs: JsonObject = {f"amount_{at}": at * 1.5 for at in range(4)}
    inputs |= {f"steps_{at}": number + at for at in range(3)}
    inputs["sampler_name"] = "euler"
    inputs["is_on"] = number % 2 == 0
    inputs["text"] = "a red bicycle in front of a white wall, morning light, " * (number % 7 + 1)
    inputs["negative"] = "blurry, text, watermark"
    inputs["model"] = [str(max(1, number - 1)), 0] if number > 1 else "first.safetensors"
    assert len(inputs) == INPUTS_PER_NODE
    return {"class_type": "KSampler", "_meta": {"title": f"Step {number}"}, "inputs": inputs}


def write_workflow(path: Path) -> Path:
    path.write_text(json.dumps(large_workflow()), encoding="utf-8")
    return path


def write_large_picture(path: Path) -> Path:
    """Writes a picture of 50 MB: 4096 x 4096 pixels, not compressed."""
    _noisy((4096, 4096)).save(path, "PNG", compress_level=0)
    return path


def write_output(path: Path) -> Path:
    """Writes a picture like a workflow's output: 3840 x 2160 pixels with some noise."""
    _noisy((3840, 2160)).save(path, "PNG", compress_level=1)
    return path


def _noisy(size: tuple[int, int]) -> Image.Image:
    slope = Image.linear_gradient("L").resize(size)
    bands = (slope, slope.transpose(Image.Transpose.FLIP_TOP_BOTTOM), slope)
    noise = Image.effect_noise(size, 12)
    return Image.merge("RGB", [ImageChops.add(band, noise, 1, -128) for band in bands])
