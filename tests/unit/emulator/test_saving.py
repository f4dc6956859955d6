"""Results of every output node: channel, name, and a valid file."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageSequence

from runcomfy_desktop.emulator import (
    latent_decoder,
    media_nodes,
    node_handlers,
    output_nodes,
    sample_workflows,
)
from runcomfy_desktop.emulator.execution_step import ExecutionStep
from runcomfy_desktop.emulator.flow import DataFlow
from runcomfy_desktop.emulator.http_messages import ApiError
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.output_folder import OutputFolder, OutputFormat
from runcomfy_desktop.emulator.run_outcome import RunOutcome, run_workflow
from runcomfy_desktop.emulator.submit_validation import read_submit_request
from tests.support import output_workflows as ow
from tests.unit.emulator import media_readers
from tests.unit.emulator.image_tools import likeness, opened

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject

CLASSES = NodeClasses(sample_workflows.read_object_info())
_NOW_S = 1_770_000_000.0


def run(*saver: dict[str, Any], seed: int = 7) -> RunOutcome:
    return run_workflow(ow.clip(*saver, seed=seed), {}, CLASSES, _NOW_S)


def report(*saver: dict[str, Any]) -> Any:
    """Returns the outputs of the first saver node."""
    return run(*saver).outputs_json("http://s/r").get("s1")


def only_file(*saver: dict[str, Any], seed: int = 7) -> bytes:
    (file,) = run(*saver, seed=seed).files().values()
    return file.write()


def entry(channel: str, saver: dict[str, Any]) -> Any:
    (found,) = report(saver)[channel]
    return found


def refused(*saver: dict[str, Any]) -> str:
    outcome = run(*saver)
    assert not outcome.outputs
    (error,) = outcome.errors
    return error.message


def frames_of(data: bytes) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(opened(data))]


# Channels and names


@pytest.mark.parametrize(
    ("saver", "name", "subfolder"),
    [
        (ow.SAVE_WEBP, "a_00001_.webp", ""),
        (ow.SAVE_PNG, "a_00001_.png", ""),
        (ow.SAVE_WEBM, "clip_00001_.webm", ""),
        (ow.SAVE_VIDEO, "ComfyUI_00001_.mp4", "video"),
    ],
)
def test_films_of_comfyui_stand_among_the_images(
    saver: dict[str, Any], name: str, subfolder: str
) -> None:
    place = f"{subfolder}/{name}".lstrip("/")
    assert report(saver) == {
        "images": [
            {
                "url": f"http://s/r/output/{place}",
                "filename": name,
                "subfolder": subfolder,
                "type": "output",
            }
        ],
        "animated": [True],
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("image/gif", "AnimateDiff_00001.gif"),
        ("image/webp", "AnimateDiff_00001.webp"),
        ("video/webm", "AnimateDiff_00001.webm"),
        ("video/h264-mp4", "AnimateDiff_00001.mp4"),
    ],
)
def test_combined_films_stand_among_the_gifs(kind: str, name: str) -> None:
    assert report(ow.combine(kind)) == {
        "gifs": [
            {
                "url": f"http://s/r/output/{name}",
                "filename": name,
                "subfolder": "",
                "type": "output",
                "format": kind,
                "frame_rate": 10,
                "fullpath": f"/workspace/ComfyUI/output/{name}",
            }
        ]
    }


def test_a_combined_film_may_be_a_mere_preview() -> None:
    found = entry("gifs", ow.combine("image/gif", save_output=False))
    assert found["type"] == "temp"
    assert found["filename"].startswith("ComfyUI_temp_")


@pytest.mark.parametrize(
    ("channel", "saver", "name", "folder"),
    [
        ("audio", ow.SAVE_FLAC, "ComfyUI_00001_.flac", "audio"),
        ("audio", ow.SAVE_MP3, "song_00001_.mp3", "audio"),
        ("audio", ow.save_sound("flac"), "s_00001_.flac", ""),
        ("audio", ow.save_sound("mp3", **{"format.quality": "320k"}), "s_00001_.mp3", ""),
        ("3d", ow.SAVE_GLB, "ComfyUI_00001_.glb", "3d"),
        ("latents", ow.SAVE_LATENT, "ComfyUI_00001_.latent", "latents"),
        ("files", ow.SAVE_TEXT, "notes_00001_.md", ""),
    ],
)
def test_other_files_have_channels_of_their_own(
    channel: str, saver: dict[str, Any], name: str, folder: str
) -> None:
    found = entry(channel, saver)
    assert (found["filename"], found["subfolder"], found["type"]) == (name, folder, "output")


def test_a_preview_of_sound_is_temporary() -> None:
    found = entry("audio", ow.PREVIEW_AUDIO)
    assert found["type"] == "temp"
    assert found["filename"].endswith("_00001_.flac")


def test_a_comparison_has_two_channels_of_previews() -> None:
    workflow = ow.clip(ow.COMPARE)
    workflow["turned"] = ow.INVERTED
    outcome = run_workflow(workflow, {}, CLASSES, _NOW_S)
    outputs: Any = outcome.outputs_json("http://s/r")["s1"]
    assert set(outputs) == {"a_images", "b_images"}
    assert {each["type"] for each in outputs["a_images"] + outputs["b_images"]} == {"temp"}
    assert len(outputs["a_images"]) == len(outputs["b_images"]) == ow.FRAMES
    data = {file.filename: file.write() for file in outcome.files().values()}
    one, two = (opened(data[outputs[each][0]["filename"]]) for each in ("a_images", "b_images"))
    assert likeness(one, two) < -0.9


def test_a_preview_of_a_model_is_a_list_without_any_file_entry() -> None:
    name, camera, background = report(ow.PREVIEW_3D)["result"]
    assert name.endswith(".glb")
    assert camera["cameraType"] == "perspective"
    assert background is None
    assert not run(ow.PREVIEW_3D).files()
    literal = ow.node("Preview3D", model_file="kept.glb")
    assert report(literal)["result"][0] == "kept.glb"


def test_texts_are_flat_nested_or_beside_a_file() -> None:
    words = "Grüße,\nzwei Zeilen"
    assert report(ow.PREVIEW_ANY) == {"text": [words]}
    assert report(ow.SHOW_TEXT) == {"text": [[words]]}
    assert report(ow.SAVE_TEXT)["text"] == [words]
    assert only_file(ow.SAVE_TEXT) == words.encode()


def test_a_node_may_have_channels_that_nobody_knows() -> None:
    outputs = report(ow.PANORAMA)
    assert {each["type"] for each in outputs["pano_input_images"]} == {"temp"}
    assert [each["type"] for each in outputs["pano_output_images"]] == ["output"]
    assert outputs["pano_yaw"] == 90.0
    assert outputs["pano_note"] is None
    assert outputs["pano_labels"] == ["north", None, 90.0]
    assert outputs["pano_ready"] is True


def test_a_node_may_report_nothing() -> None:
    outcome = run(ow.NOTHING)
    assert not outcome.errors
    assert outcome.outputs_json("http://s/r") == {}


def test_several_nodes_report_side_by_side() -> None:
    outcome = run(ow.SAVE_IMAGE, ow.PREVIEW_IMAGE, ow.SAVE_FLAC, ow.PREVIEW_ANY)
    outputs: Any = outcome.outputs_json("http://s/r")
    assert set(outputs) == {"s1", "s2", "s3", "s4"}
    assert len(outcome.files()) == 2 * ow.FRAMES + 1


# The files


@pytest.mark.parametrize(
    "saver",
    [ow.SAVE_WEBP, ow.SAVE_PNG, ow.combine("image/gif"), ow.combine("image/webp")],
    ids=["webp", "png", "gif", "combined webp"],
)
def test_an_animation_has_every_frame_and_moves(saver: dict[str, Any]) -> None:
    frames = frames_of(only_file(saver))
    assert len(frames) == ow.FRAMES
    assert {frame.size for frame in frames} == {ow.SIZE}
    assert len({frame.tobytes() for frame in frames}) == ow.FRAMES


@pytest.mark.parametrize(
    ("saver", "kind"),
    [
        (ow.SAVE_WEBM, "webm"),
        (ow.combine("video/webm", crf=20), "webm"),
        (ow.SAVE_VIDEO, "mp4"),
        (ow.combine("video/h264-mp4"), "mp4"),
        (ow.SAVE_FLAC, "flac"),
        (ow.PREVIEW_AUDIO, "flac"),
        (ow.SAVE_MP3, "mp3"),
        (ow.save_sound("mp3", **{"format.quality": "320k"}), "mp3"),
        (ow.SAVE_GLB, "glb"),
    ],
)
def test_a_sample_carries_the_workflow_that_ran(saver: dict[str, Any], kind: str) -> None:
    prompt = media_readers.PROMPT_READERS[kind](only_file(saver))
    assert json.loads(prompt) == ow.clip(saver)


def test_a_video_has_sound_if_it_was_given_some() -> None:
    def tracks(saver: dict[str, Any]) -> int:
        return media_readers.boxes(only_file(saver))[b"moov"].count(b"trak")

    assert tracks(ow.SAVE_VIDEO) == tracks(ow.combine("video/h264-mp4")) == 1
    assert tracks(ow.SAVE_VIDEO_WITH_SOUND) == 2
    assert tracks(ow.combine("video/h264-mp4", audio=["song", 0])) == 2


def test_an_animation_that_swings_runs_back_again() -> None:
    frames = frames_of(only_file(ow.combine("image/webp", pingpong=True)))
    assert len(frames) == 2 * ow.FRAMES - 2


def test_a_latent_can_be_read() -> None:
    facts, content = media_readers.latent_parts(only_file(ow.SAVE_LATENT))
    assert facts["latent_tensor"]["shape"] == [ow.FRAMES, 4, 8, 12]
    assert len(content) == 4 * ow.FRAMES * 4 * 8 * 12
    empty = ow.node("SaveLatent", samples=["55", 2], filename_prefix="x")
    shape = media_readers.latent_parts(only_file(empty))[0]["latent_tensor"]["shape"]
    assert shape == [1, 4, 8, 12]


def test_masks_and_pictures_of_the_newer_node_are_png() -> None:
    depth = {"format": "png", "format.bit_depth": "8-bit"}
    newer = ow.node("SaveImageAdvanced", images=["8", 0], filename_prefix="n", **depth)
    workflow = ow.clip(newer, ow.node("MaskPreview", mask=["mask", 0]))
    workflow["mask"] = ow.node("LoadImageMask", image="bike.jpg", channel="red")
    outcome = run_workflow(workflow, {}, CLASSES, _NOW_S)
    kinds = {opened(file.write()).format for file in outcome.files().values()}
    assert kinds == {"PNG"}


@pytest.mark.parametrize(
    "saver",
    [
        ow.SAVE_WEBP,
        ow.SAVE_PNG,
        ow.SAVE_WEBM,
        ow.SAVE_VIDEO_WITH_SOUND,
        ow.combine("image/gif"),
        ow.SAVE_FLAC,
        ow.SAVE_MP3,
        ow.PREVIEW_AUDIO,
        ow.SAVE_GLB,
        ow.SAVE_LATENT,
    ],
    ids=lambda saver: saver["class_type"],
)
def test_the_seed_decides_the_bytes(saver: dict[str, Any]) -> None:
    first = only_file(saver)
    assert first == only_file(saver)
    assert first != only_file(saver, seed=8)


# Unsupported formats


def test_opus_is_refused_with_what_to_take_instead() -> None:
    words = "This demo cannot write Opus sound. Save it as FLAC or MP3."
    assert refused(ow.SAVE_OPUS) == f"SaveAudioOpus: {words}"
    assert (
        refused(ow.save_sound("opus", **{"format.quality": "96k"})) == f"SaveAudioAdvanced: {words}"
    )


def test_other_formats_are_refused_by_name() -> None:
    depth = {"format": "exr", "format.bit_depth": "32-bit float"}
    exr = ow.node("SaveImageAdvanced", images=["8", 0], filename_prefix="n", **depth)
    assert refused(exr) == "SaveImageAdvanced: This demo writes PNG only, not exr."
    (error,) = run(ow.combine("video/h265-mp4")).errors
    assert error.kind == "value_not_in_list"
    assert "'video/h264-mp4'" in error.message
    step = ExecutionStep(
        "1", "VHS_VideoCombine", {"format": "video/ProRes"}, {"images": _one()}, {}
    )
    with pytest.raises(Exception, match="cannot write video/ProRes"):
        output_nodes.combine_video(step, OutputFolder({}, 0.0))


def _one() -> DataFlow:
    return latent_decoder.decode_latent(DataFlow(size=(16, 16), sampled=True))


def test_wires_that_bring_the_wrong_thing_fail_the_run() -> None:
    wrong = ow.node("SaveAudio", audio=["8", 0], filename_prefix="x")
    assert refused(wrong).endswith("received_type(IMAGE) mismatch input_type(AUDIO)")


def test_a_literal_in_place_of_a_wire_fails_the_run() -> None:
    sound = ow.node("SaveAudio", audio="a.flac", filename_prefix="x")
    assert refused(sound).endswith("no audio")
    film = ow.node("SaveVideo", video="a.mp4", filename_prefix="x", format="auto")
    assert refused(film).endswith("no images")


def test_a_rate_of_nothing_fails_the_run() -> None:
    step = ExecutionStep("1", "VHS_VideoCombine", {"format": "image/gif", "frame_rate": 0}, {}, {})
    flow = {"images": _one()}
    with pytest.raises(Exception, match="frame_rate must be above 0"):
        output_nodes.combine_video(
            ExecutionStep(step.node_id, step.class_type, step.values, flow, {}),
            OutputFolder({}, 0.0),
        )


def test_the_savers_are_the_ones_in_the_table() -> None:
    known = {
        output_nodes.save_image,
        output_nodes.save_flac,
        output_nodes.save_glb,
        output_nodes.save_webm,
    }
    assert known <= set(output_nodes.OUTPUT_HANDLERS.values())
    folder = OutputFolder({}, 0.0)
    first, second = (folder.temp("00000", OutputFormat("x", "a/b"), bytes) for _number in range(2))
    assert (first.filename, second.filename) == (
        "ComfyUI_temp_aaaaa_00001_.x",
        "ComfyUI_temp_aaaaa_00002_.x",
    )


# Dynamic inputs in the API's form


def test_a_choice_with_parts_is_checked_like_any_other() -> None:
    saved = ow.clip(ow.SAVE_VIDEO)

    def order(value: Any) -> JsonObject:
        body: Any = {"overrides": {"s1": {"inputs": {"format": value}}}}
        return read_submit_request(body, saved, CLASSES, needs_overrides=True).workflow

    changed: Any = order("mp4")
    assert changed["s1"]["inputs"]["format"] == "mp4"
    with pytest.raises(ApiError):
        order("avi")
    body: Any = {"overrides": {"s1": {"inputs": {"format.codec": "h264"}}}}
    read_submit_request(body, saved, CLASSES, needs_overrides=True)


# Incoming media


def uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def with_media(loader: dict[str, Any], *saver: dict[str, Any]) -> RunOutcome:
    workflow = ow.clip(*saver)
    workflow["in"] = loader
    return run_with_media(workflow)


def run_with_media(workflow: JsonObject) -> RunOutcome:
    body: Any = {"workflow_api_json": workflow}
    order = read_submit_request(body, {}, CLASSES, needs_overrides=False)
    return run_workflow(order.workflow, order.media, CLASSES, _NOW_S)


def load_video(data: bytes, mime: str = "video/mp4") -> RunOutcome:
    saver = ow.node("SaveVideo", video=["in", 0], filename_prefix="x", format="auto")
    return with_media(ow.node("LoadVideo", file=uri(data, mime)), saver)


def test_a_moving_picture_that_came_in_goes_out_again() -> None:
    source = only_file(ow.combine("image/gif"))
    loader = ow.node("LoadVideo", file=uri(source, "image/gif"))
    parts = ow.node("GetVideoComponents", video=["in", 0])
    workflow: Any = ow.clip(ow.node("PreviewImage", images=["parts", 0]))
    workflow.update({"in": loader, "parts": parts})
    files = run_with_media(workflow).files().values()
    assert len(files) == ow.FRAMES
    third = list(files)[2].write()
    assert likeness(opened(third), frames_of(source)[2]) > 0.95


def test_a_film_that_came_in_goes_out_with_sound() -> None:
    (file,) = load_video(only_file(ow.SAVE_VIDEO)).files().values()
    assert media_readers.boxes(file.write())[b"moov"].count(b"trak") == 2


@pytest.mark.parametrize("data", [b"<html>not found</html>", b"RIFF"])
def test_what_is_no_film_or_sound_fails_the_run(data: bytes) -> None:
    (error,) = load_video(data).errors
    assert "cannot open the video" in error.message
    saver = ow.node("SaveAudio", audio=["in", 0], filename_prefix="x")
    (error,) = with_media(ow.node("LoadAudio", audio=uri(data, "audio/flac")), saver).errors
    assert "cannot open the sound" in error.message


def test_a_sound_that_came_in_goes_out_again() -> None:
    saver = ow.node("SaveAudio", audio=["in", 0], filename_prefix="x")
    loader = ow.node("LoadAudio", audio=uri(only_file(ow.SAVE_FLAC), "audio/flac"))
    (file,) = with_media(loader, saver).files().values()
    assert "LoadAudio" in media_readers.flac_prompt(file.write())


def test_a_film_is_taken_apart() -> None:
    parts = ow.node("GetVideoComponents", video=["sung", 0])
    workflow = ow.clip(
        ow.node("PreviewImage", images=["parts", 0]),
        ow.node("PreviewAudio", audio=["parts", 1]),
        ow.node("PreviewAny", source=["parts", 2]),
    )
    workflow["parts"] = parts
    outcome = run_workflow(workflow, {}, CLASSES, _NOW_S)
    outputs: Any = outcome.outputs_json("http://s/r")
    assert len(outputs["s1"]["images"]) == ow.FRAMES
    assert len(outputs["s2"]["audio"]) == 1
    assert outputs["s3"]["text"] == ["10"]


def test_the_container_has_a_film_of_its_own() -> None:
    loader = ow.node(
        "VHS_LoadVideo",
        video="waves.mp4",
        force_rate=0,
        custom_width=0,
        custom_height=0,
        frame_load_cap=0,
        skip_first_frames=0,
        select_every_nth=1,
    )
    savers_ = (
        ow.node("PreviewImage", images=["in", 0]),
        ow.node("PreviewAny", source=["in", 1]),
        ow.node("PreviewAudio", audio=["in", 2]),
    )
    outputs: Any = with_media(loader, *savers_).outputs_json("http://s/r")
    assert outputs["s2"]["text"] == [str(len(outputs["s1"]["images"]))]
    assert outputs["s3"]["audio"]
    assert set(media_nodes.HANDLERS) <= set(CLASSES.object_info)
    assert node_handlers.run_node(ExecutionStep("1", "Reroute", {}, {"x": _one()}, {}))[0].pictures


def test_sound_of_several_lines_is_several_files() -> None:
    workflow: Any = ow.clip(ow.SAVE_FLAC)
    workflow["silence"]["inputs"]["batch_size"] = 2
    files = run_workflow(workflow, {}, CLASSES, _NOW_S).files()
    assert list(files) == [f"output/audio/ComfyUI_0000{number}_.flac" for number in (1, 2)]


def test_an_animated_png_is_marked_as_one() -> None:
    data = only_file(ow.SAVE_PNG)
    assert struct.unpack(">I", data[data.index(b"acTL") + 4 :][:4]) == (ow.FRAMES,)
    assert Image.open(io.BytesIO(data)).format == "PNG"
