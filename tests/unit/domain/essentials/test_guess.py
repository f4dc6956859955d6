"""The essentials of a workflow without choices of its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.essentials.guess import (
    MAX_ROWS,
    Essential,
    EssentialKind,
    guess_essentials,
)
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_TEXT: Json = ["STRING", {"multiline": True}]
_SEED: Json = ["INT", {"control_after_generate": True}]
SCHEMA = NodeSchema(
    {
        "LoadImage": {
            "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
            "output": ["IMAGE"],
        },
        "CLIPTextEncode": {"input": {"required": {"text": _TEXT}}, "output": ["CONDITIONING"]},
        "EmptyLatentImage": {
            "input": {"required": {"width": ["INT"], "height": ["INT"], "batch_size": ["INT"]}},
            "output": ["LATENT"],
        },
        "Crop": {"input": {"required": {"width": ["INT"], "height": ["INT"]}}, "output": ["MASK"]},
        "KSampler": {
            "input": {"required": {"seed": _SEED, "steps": ["INT"], "scheduler": [["normal"]]}},
            "output": ["LATENT"],
        },
        "PrimitiveInt": {"input": {"required": {"value": _SEED}}, "output": ["INT"]},
        "Partner": {
            "input": {"required": {"model": [["fast", "good"]], "prompt": _TEXT}},
            "output": ["IMAGE"],
            "api_node": True,
        },
        "LoadModel": {"input": {"required": {"model": [["a"]]}}, "output": ["MODEL"]},
        "SaveImage": {
            "input": {"required": {"filename_prefix": ["STRING"]}},
            "output": [],
            "output_node": True,
        },
    }
)


def _node(class_type: str, title: str = "", **inputs: Json) -> dict[str, Json]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


def _guess(graph: dict[str, Json], *, with_schema: bool = True) -> list[Essential]:
    return list(guess_essentials(workflow_from_json(graph), SCHEMA if with_schema else None))


def _row(kind: EssentialKind, *keys: tuple[str, str]) -> Essential:
    return Essential(kind, tuple(InputKey(*key) for key in keys))


_PICTURE_TO_PICTURE: dict[str, Json] = {
    "1": _node("SaveImage", filename_prefix="A", images=["2", 0]),
    "2": _node(
        "KSampler",
        seed=7,
        steps=20,
        scheduler="normal",
        positive=["3", 0],
        negative=["4", 0],
        latent_image=["5", 0],
        model=["6", 0],
        image=["7", 0],
    ),
    "3": _node("CLIPTextEncode", text="a red bicycle"),
    "4": _node("CLIPTextEncode", text="blurry"),
    "5": _node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": _node("LoadModel", model="a"),
    "7": _node("LoadImage", image="a.png"),
}


def test_the_order_is_that_of_an_artists_work() -> None:
    assert _guess(_PICTURE_TO_PICTURE) == [
        _row(EssentialKind.MEDIA, ("7", "image")),
        _row(EssentialKind.PROMPT, ("3", "text")),
        _row(EssentialKind.NEGATIVE_PROMPT, ("4", "text")),
        _row(EssentialKind.SEED, ("2", "seed")),
        _row(EssentialKind.SIZE, ("5", "width"), ("5", "height")),
        _row(EssentialKind.STRENGTH, ("2", "steps")),
    ]


def test_most_of_it_is_found_without_the_classes() -> None:
    kinds = [row.kind for row in _guess(_PICTURE_TO_PICTURE, with_schema=False)]
    assert kinds == [
        EssentialKind.MEDIA,
        EssentialKind.PROMPT,
        EssentialKind.NEGATIVE_PROMPT,
        EssentialKind.SEED,
        EssentialKind.SIZE,
        EssentialKind.STRENGTH,
    ]


def test_a_node_that_leads_to_no_output_does_not_count() -> None:
    graph = {**_PICTURE_TO_PICTURE, "8": _node("LoadImage", image="b.png")}
    assert _guess(graph)[0] == _row(EssentialKind.MEDIA, ("7", "image"))
    assert len(_guess(graph)) == len(_guess(_PICTURE_TO_PICTURE))


def test_linked_inputs_do_not_count_and_a_primitive_is_what_it_feeds() -> None:
    found = _guess(
        {
            "1": _node("SaveImage", images=["2", 0]),
            "2": _node("KSampler", seed=["3", 0], steps=["4", 0], noise=["5", 0]),
            "3": _node("PrimitiveInt", value=7),
            "4": _node("PrimitiveInt", value=20),
            "5": _node("PrimitiveInt", value=1),
        }
    )
    assert found == [
        _row(EssentialKind.SEED, ("3", "value")),
        _row(EssentialKind.STRENGTH, ("4", "value")),
    ]


def test_all_seeds_are_one_row() -> None:
    found = _guess(
        {
            "1": _node("SaveImage", images=["2", 0]),
            "2": _node("KSampler", seed=7, latent_image=["3", 0]),
            "3": _node("KSampler", seed=8),
        }
    )
    assert found == [_row(EssentialKind.SEED, ("2", "seed"), ("3", "seed"))]


def test_a_size_counts_only_where_a_picture_or_a_latent_is_made() -> None:
    graph: dict[str, Json] = {
        "1": _node("SaveImage", images=["2", 0]),
        "2": _node("Crop", width=8, height=8),
    }
    assert _guess(graph) == []


@pytest.mark.parametrize("title", ["System prompt", "system"])
def test_a_system_prompt_is_left_out(title: str) -> None:
    graph: dict[str, Json] = {
        "1": _node("SaveImage", images=["2", 0]),
        "2": _node("CLIPTextEncode", title, text="You are a helpful assistant."),
    }
    assert _guess(graph) == []


def test_the_model_is_a_choice_only_of_partner_nodes() -> None:
    found = _guess(
        {
            "1": _node("SaveImage", images=["2", 0]),
            "2": _node("Partner", model="fast", prompt="a boat", image=["3", 0]),
            "3": _node("LoadModel", model="a"),
        }
    )
    assert found == [
        _row(EssentialKind.PROMPT, ("2", "prompt")),
        _row(EssentialKind.PARTNER, ("2", "model")),
    ]


def test_many_pictures_leave_room_for_one_row_of_every_other_kind() -> None:
    pictures = [str(each) for each in range(100, 130)]
    links: dict[str, Json] = {f"image{each}": [each, 0] for each in pictures}
    graph: dict[str, Json] = {
        "1": _node("SaveImage", images=["2", 0]),
        "2": {"class_type": "KSampler", "inputs": {"seed": 7, "positive": ["3", 0], **links}},
        "3": _node("CLIPTextEncode", text="a red bicycle"),
        **{each: _node("LoadImage", image="a.png") for each in pictures},
    }
    kinds = [row.kind for row in _guess(graph)]
    assert kinds == [
        *[EssentialKind.MEDIA] * (MAX_ROWS - 2),
        EssentialKind.PROMPT,
        EssentialKind.SEED,
    ]
