"""Outcomes of runs: files of output nodes, texts, and failures."""

from __future__ import annotations

import base64
import copy
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from runcomfy_desktop.emulator import execution_step, image_nodes, output_nodes, sample_workflows
from runcomfy_desktop.emulator.flow import DataFlow, merged
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.painting import container_images as container
from runcomfy_desktop.emulator.run_outcome import RunOutcome, run_workflow
from runcomfy_desktop.emulator.submit_validation import read_submit_request
from tests.unit.emulator.image_tools import likeness, opened

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject

CLASSES = NodeClasses(sample_workflows.read_object_info())
_NOW_S = 1_770_000_000.0
_SMALL = {"5": {"inputs": {"width": 128, "height": 96}}}


def run(name: str, overrides: Any = None) -> RunOutcome:
    body: Json = {"overrides": overrides or {}}
    order = read_submit_request(
        body, sample_workflows.read_workflow(name), CLASSES, needs_overrides=True
    )
    return run_workflow(order.workflow, order.media, CLASSES, _NOW_S)


def run_inline(workflow: JsonObject) -> RunOutcome:
    return run_workflow(workflow, {}, CLASSES, _NOW_S)


def only_file(outcome: RunOutcome) -> bytes:
    (file,) = outcome.files().values()
    return file.write()


def small(**more: Any) -> bytes:
    """Returns the output bytes of a small text-to-picture run, with the given inputs changed."""
    overrides: dict[str, Any] = copy.deepcopy(_SMALL)
    for node_id, inputs in more.items():
        overrides.setdefault(node_id.lstrip("_"), {"inputs": {}})["inputs"].update(inputs)
    return only_file(run("flux-dev", overrides))


def picture_uri(picture: Image.Image, kind: str = "PNG") -> str:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"


def small_file(name: str, load: str, scale: str) -> JsonObject:
    """Returns two nodes: one loads a file from the container, one scales it to a tenth."""
    return {
        load: {"class_type": "LoadImage", "inputs": {"image": name}},
        scale: {
            "class_type": "ImageScaleBy",
            "inputs": {"image": [load, 0], "upscale_method": "area", "scale_by": 0.1},
        },
    }


def bike() -> Image.Image:
    """Returns the container's bicycle picture, which is painted once per process."""
    return container.picture("bike.jpg").image


def scaled(class_type: str, **inputs: Any) -> Image.Image:
    """Returns the output of an image node for a small bicycle picture of 125 x 83 pixels."""
    workflow: JsonObject = {
        **small_file("bike.jpg", "1", "2"),
        "3": {"class_type": class_type, "inputs": {"image": ["2", 0], **inputs}},
        "4": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["3", 0]}},
    }
    return opened(only_file(run_inline(workflow)))


def test_a_saved_picture_has_comfyuis_name_and_place() -> None:
    outputs = run("flux-kontext").outputs_json("http://s/r")
    assert outputs == {
        "136": {
            "images": [
                {
                    "url": "http://s/r/output/Blue_00001_.png",
                    "filename": "Blue_00001_.png",
                    "subfolder": "",
                    "type": "output",
                }
            ]
        }
    }


def test_a_png_carries_the_workflow_that_ran() -> None:
    picture = opened(small(_6={"text": "hills"}))
    prompt = json.loads(picture.info["prompt"])
    assert prompt["6"]["inputs"]["text"] == "hills"
    assert prompt["5"]["inputs"]["width"] == 128
    assert set(prompt) == set(sample_workflows.read_workflow("flux-dev"))
    assert picture.size == (128, 96)


def test_the_same_inputs_give_the_same_bytes_and_others_do_not() -> None:
    first = small()
    assert first == small()
    others = [
        small(_25={"noise_seed": 1}),
        small(_6={"text": "hills at night"}),
        small(_5={"width": 136}),
        small(_17={"steps": 21}),
        small(_12={"unet_name": "flux1-dev-kontext_fp8_scaled.safetensors"}),
    ]
    pixels = {opened(data).tobytes() for data in [first, *others]}
    assert len(pixels) == len(others) + 1


def test_a_batch_is_several_pictures_of_different_seeds() -> None:
    outcome = run("flux-dev", {"5": {"inputs": {"width": 64, "height": 64, "batch_size": 3}}})
    files = outcome.files()
    assert list(files) == [f"output/Light_0000{number}_.png" for number in (1, 2, 3)]
    assert len({file.write() for file in files.values()}) == 3


def test_the_containers_picture_is_recognised_in_the_output() -> None:
    painted = opened(only_file(run("flux-kontext")))
    assert likeness(bike(), painted) > 0.9


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_came_inline_is_recognised_in_the_output(kind: str) -> None:
    source = Image.linear_gradient("L").rotate(33).convert("RGB")
    source.paste((250, 30, 30), (60, 60, 120, 200))
    overrides = {"189": {"inputs": {"image": picture_uri(source, kind)}}}
    data = only_file(run("flux-kontext", overrides))
    assert likeness(source, opened(data)) > 0.8
    name = json.loads(opened(data).info["prompt"])["189"]["inputs"]["image"]
    assert name.endswith({"JPEG": "jpg"}.get(kind, kind.lower()))
    assert b"base64" not in data


def test_a_wide_picture_keeps_its_proportions() -> None:
    source = Image.new("RGB", (400, 100), "green")
    overrides = {"189": {"inputs": {"image": picture_uri(source)}}}
    width, height = opened(only_file(run("flux-kontext", overrides))).size
    assert width / height == pytest.approx(4, rel=0.03)
    assert width * height == pytest.approx(1024 * 1024, rel=0.05)


def test_an_address_is_not_fetched_but_stands_for_a_picture() -> None:
    overrides = {"189": {"inputs": {"image": "https://files.example.org/bike.jpg"}}}
    assert opened(only_file(run("flux-kontext", overrides))).format == "PNG"


def test_several_output_nodes_report_each_their_own() -> None:
    outputs: Any = run("two-photos").outputs_json("http://s/r")
    assert set(outputs) == {"136", "137", "173", "181"}
    names = [each["url"] for each in outputs["136"]["images"]]
    assert names == [f"http://s/r/output/shore/Evening_0000{n}_.png" for n in (1, 2)]
    assert outputs["136"]["images"][0]["subfolder"] == "shore"
    assert outputs["173"]["images"][0]["type"] == "temp"
    assert outputs["181"] == {
        "text": ["one long evening shore,\nboth photos in the same warm light"]
    }


def test_both_pictures_of_two_are_recognised() -> None:
    files = run("two-photos").files()
    preview = next(file for path, file in files.items() if path.startswith("temp/"))
    painted = files["output/shore/Evening_00001_.png"]
    assert likeness(opened(preview.write()), opened(painted.write())) > 0.9


def test_a_clip_is_an_animation_that_moves() -> None:
    overrides = {"55": {"inputs": {"width": 96, "height": 64, "length": 9}}}
    outcome = run("wan-clip", overrides)
    outputs: Any = outcome.outputs_json("http://s/r")
    assert outputs["28"]["animated"] == [True]
    assert outputs["28"]["images"][0]["filename"] == "Wan_00001_.webp"
    data = only_file(outcome)
    clip = opened(data)
    assert clip.format == "WEBP"
    assert getattr(clip, "n_frames", 1) == 9
    assert data == only_file(run("wan-clip", overrides))
    other = {**overrides, "3": {"inputs": {"seed": 1}}}
    assert data != only_file(run("wan-clip", other))


def test_file_names_count_on_and_fill_in_sizes_and_dates() -> None:
    workflow = sample_workflows.read_workflow("flux-dev")
    workflow["5"] = {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 64, "height": 64, "batch_size": 1},
    }
    prefix = "%year%-%month%/a b%width%x%height%"
    for node_id in ("9", "90"):
        workflow[node_id] = {
            "class_type": "SaveImage",
            "inputs": {"filename_prefix": prefix, "images": ["8", 0]},
        }
    outputs: Any = run_inline(workflow).outputs_json("http://s/r")
    urls = [outputs[node_id]["images"][0]["url"] for node_id in ("9", "90")]
    assert urls == [f"http://s/r/output/2026-02/a%20b64x64_0000{n}_.png" for n in (1, 2)]


@pytest.mark.parametrize("prefix", ["../up", "a/../../b", "/etc/x"])
def test_a_name_outside_the_folder_fails(prefix: str) -> None:
    overrides = {**_SMALL, "9": {"inputs": {"filename_prefix": prefix}}}
    (error,) = run("flux-dev", overrides).errors
    assert "outside" in error.message


@pytest.mark.parametrize(
    ("word", "kind"), [("[fail]", "RuntimeError"), ("[oom]", "OutOfMemoryError")]
)
def test_a_failure_on_demand_names_the_node(word: str, kind: str) -> None:
    (error,) = run("flux-kontext", {"6": {"inputs": {"text": f"blue {word}"}}}).errors
    assert error.kind == kind
    assert error.code == execution_step.EXECUTION_ERROR
    assert error.debug_info == f"node 31: {kind}"


def test_a_huge_picture_runs_out_of_memory() -> None:
    (error,) = run("flux-dev", {"5": {"inputs": {"width": 16384, "height": 16384}}}).errors
    assert error.kind == "OutOfMemoryError"


@pytest.mark.parametrize("data", [b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_an_unreadable_picture_fails_the_run(data: bytes) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    (error,) = run("flux-kontext", {"189": {"inputs": {"image": uri}}}).errors
    assert "cannot identify image file" in error.message
    assert error.debug_info.startswith("node 189")


def test_a_picture_cut_short_fails_the_run() -> None:
    whole = picture_uri(Image.effect_mandelbrot((200, 200), (-2, -1, 1, 1), 50).convert("RGB"))
    data = base64.b64decode(whole.partition(",")[2])
    uri = f"data:image/png;base64,{base64.b64encode(data[: len(data) // 2]).decode()}"
    assert run("flux-kontext", {"189": {"inputs": {"image": uri}}}).errors


def test_an_unknown_class_fails_the_run() -> None:
    (error,) = run_inline({"1": {"class_type": "NoSuchNode", "inputs": {}}}).errors
    assert error.kind == "missing_node_type"
    assert "NoSuchNode" in error.message


def test_a_workflow_without_outputs_fails() -> None:
    workflow: JsonObject = {"1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}}}
    (error,) = run_inline(workflow).errors
    assert error.kind == "prompt_no_outputs"


def test_a_broken_branch_is_missing_and_the_other_runs() -> None:
    workflow = sample_workflows.read_workflow("flux-dev")
    workflow["5"]["inputs"].update(width=64, height=64)  # type: ignore[union-attr,call-overload,index]
    workflow["90"] = {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}
    assert list(run_inline(workflow).outputs) == ["9"]


def test_a_circle_fails() -> None:
    workflow: JsonObject = {
        "1": {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    errors = run_inline(workflow).errors
    assert {error.kind for error in errors} == {"dependency_cycle"}


def test_image_nodes_do_what_they_say() -> None:
    double = scaled("ImageScaleBy", upscale_method="bicubic", scale_by=2)
    assert double.size == (250, 166)
    assert likeness(bike(), double) > 0.97
    sides = {"upscale_method": "bilinear", "width": 50}
    assert scaled("ImageScale", height=0, crop="disabled", **sides).size == (50, 33)
    assert scaled("ImageScale", height=50, crop="center", **sides).size == (50, 50)
    to_pixels = {"megapixels": 0.04, "resolution_steps": 8}
    tiny = scaled("ImageScaleToTotalPixels", upscale_method="area", **to_pixels)
    assert tiny.width * tiny.height == pytest.approx(0.04 * 1024 * 1024, rel=0.05)
    assert likeness(bike(), scaled("ImageInvert")) < -0.95
    assert set(image_nodes.HANDLERS) <= set(CLASSES.object_info)


def two(class_type: str, **inputs: Any) -> list[Image.Image]:
    """Returns a node's outputs for the small bicycle picture and a meadow of 90 x 90 pixels."""
    workflow: JsonObject = {
        **small_file("bike.jpg", "1", "2"),
        **small_file("meadow.png", "3", "4"),
        "5": {
            "class_type": class_type,
            "inputs": {"image1": ["2", 0], "image2": ["4", 0], **inputs},
        },
        "6": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}},
    }
    return [opened(file.write()) for file in run_inline(workflow).files().values()]


def test_two_pictures_are_batched_stitched_and_blended() -> None:
    first, second = two("ImageBatch")
    assert first.size == second.size == (125, 83)
    stitch = {"match_image_size": True, "spacing_width": 10, "spacing_color": "red"}
    (row,) = two("ImageStitch", direction="right", **stitch)
    assert row.size == (125 + 10 + 83, 83)
    assert row.getpixel((130, 40)) == (255, 0, 0)
    (column,) = two("ImageStitch", direction="up", **stitch)
    assert column.size == (125, 83 + 10 + 125)
    (blend,) = two("ImageBlend", blend_factor=0.25, blend_mode="normal")
    assert blend.size == (125, 83)
    assert likeness(bike(), blend) > 0.7


def test_flows_are_merged_without_losing_or_doubling_anything() -> None:
    flow = merged(
        [DataFlow(texts=("a",), seed=1), DataFlow(texts=("a", "b"), size=(8, 8)), DataFlow(batch=3)]
    )
    assert flow == DataFlow(texts=("a", "b"), seed=1, size=(8, 8), batch=3)


def test_every_output_node_of_the_container_has_its_saver() -> None:
    outputs = {name for name in CLASSES.object_info if CLASSES.is_output(name)}
    assert outputs == set(output_nodes.OUTPUT_HANDLERS)


def test_an_output_node_that_is_not_known_here_fails_the_run_and_is_named() -> None:
    info = copy.deepcopy(CLASSES.object_info)
    info["SaveHologram"] = info["SaveImage"]
    workflow = sample_workflows.read_workflow("flux-dev")
    workflow["90"] = {
        "class_type": "SaveHologram",
        "inputs": {"filename_prefix": "x", "images": ["8", 0]},
    }
    outcome = run_workflow(workflow, {}, NodeClasses(info), _NOW_S)
    (error,) = outcome.errors
    assert error.message == "SaveHologram: This demo cannot make what this output node makes."
    assert error.debug_info == "node 90: NotImplementedError"
    assert not outcome.outputs


@pytest.mark.parametrize(
    ("inputs", "size"),
    [
        ({"resize_type": "scale by multiplier", "resize_type.multiplier": 2}, (250, 166)),
        ({"resize_type": "scale longer dimension", "resize_type.longer_size": 50}, (50, 33)),
        (
            {
                "resize_type": "scale dimensions",
                "resize_type.width": 40,
                "resize_type.height": 40,
                "resize_type.crop": "center",
            },
            (40, 40),
        ),
    ],
)
def test_a_dynamic_input_says_how_a_picture_is_resized(
    inputs: dict[str, Any], size: tuple[int, int]
) -> None:
    workflow: JsonObject = {
        **small_file("bike.jpg", "1", "2"),
        "3": {
            "class_type": "ResizeImageMaskNode",
            "inputs": {"input": ["2", 0], "scale_method": "area", **inputs},
        },
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
    }
    assert opened(only_file(run_inline(workflow))).size == size
