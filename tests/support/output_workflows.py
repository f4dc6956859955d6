"""Small workflows for every kind of output node that the emulator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator import sample_workflows

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject

SEED_NODE = "3"
FRAMES = 5
SIZE = (96, 64)
_IMAGES, _LATENT = ["8", 0], ["3", 0]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def clip(*savers: dict[str, Any], seed: int = 7) -> JsonObject:
    """Returns a short video workflow with the nodes `savers`; their ids are "s1", "s2", ...

    The savers can take the pictures of node 8.
    """
    workflow: Any = sample_workflows.read_workflow("wan-clip")
    del workflow["28"]
    width, height = SIZE
    workflow["55"]["inputs"].update(width=width, height=height, length=FRAMES)
    workflow[SEED_NODE]["inputs"]["seed"] = seed
    workflow["video"] = node("CreateVideo", images=_IMAGES, fps=10)
    workflow["sung"] = node("CreateVideo", images=_IMAGES, fps=10, audio=["song", 0])
    workflow["silence"] = node("EmptyLatentAudio", seconds=1.0, batch_size=1)
    source = {**workflow[SEED_NODE]["inputs"], "latent_image": ["silence", 0]}
    workflow["singer"] = node("KSampler", **source)
    workflow["song"] = node("VAEDecodeAudio", samples=["singer", 0], vae=["39", 0])
    workflow["voxel"] = node(
        "VAEDecodeHunyuan3D",
        samples=_LATENT,
        vae=["39", 0],
        num_chunks=8000,
        octree_resolution=256,
    )
    workflow["mesh"] = node("VoxelToMeshBasic", voxel=["voxel", 0], threshold=0.6)
    workflow["words"] = node("PrimitiveStringMultiline", value="Grüße,\nzwei Zeilen")
    for number, saver in enumerate(savers, 1):
        workflow[f"s{number}"] = saver
    workflow_nodes: JsonObject = workflow
    return workflow_nodes


# Videos

SAVE_WEBP = node(
    "SaveAnimatedWEBP",
    images=_IMAGES,
    filename_prefix="a",
    fps=10,
    lossless=False,
    quality=80,
    method="default",
)
SAVE_PNG = node("SaveAnimatedPNG", images=_IMAGES, filename_prefix="a", fps=10, compress_level=4)
SAVE_WEBM = node("SaveWEBM", images=_IMAGES, filename_prefix="clip", codec="vp9", fps=10, crf=32)
SAVE_VIDEO = node(
    "SaveVideo",
    video=["video", 0],
    filename_prefix="video/ComfyUI",
    format="auto",
    **{"format.codec": "auto"},
)
SAVE_VIDEO_WITH_SOUND = {**SAVE_VIDEO, "inputs": {**SAVE_VIDEO["inputs"], "video": ["sung", 0]}}


def combine(kind: str, **inputs: Any) -> dict[str, Any]:
    defaults = {"frame_rate": 10, "loop_count": 0, "filename_prefix": "AnimateDiff"}
    more = {"pingpong": False, "save_output": True, **inputs}
    return node("VHS_VideoCombine", images=_IMAGES, format=kind, **defaults, **more)


# Sounds

SAVE_FLAC = node("SaveAudio", audio=["song", 0], filename_prefix="audio/ComfyUI")
SAVE_MP3 = node("SaveAudioMP3", audio=["song", 0], filename_prefix="audio/song", quality="V0")
SAVE_OPUS = node("SaveAudioOpus", audio=["song", 0], filename_prefix="audio/o", quality="128k")
PREVIEW_AUDIO = node("PreviewAudio", audio=["song", 0])


def save_sound(kind: str, **inputs: Any) -> dict[str, Any]:
    return node("SaveAudioAdvanced", audio=["song", 0], filename_prefix="s", format=kind, **inputs)


# Others

SAVE_IMAGE = node("SaveImage", images=_IMAGES, filename_prefix="frame")
PREVIEW_IMAGE = node("PreviewImage", images=_IMAGES)
SAVE_GLB = node("SaveGLB", mesh=["mesh", 0], filename_prefix="3d/ComfyUI")
PREVIEW_3D = node("Preview3D", model_file=["mesh", 0])
SAVE_LATENT = node("SaveLatent", samples=_LATENT, filename_prefix="latents/ComfyUI")
PREVIEW_ANY = node("PreviewAny", source=["words", 0])
SHOW_TEXT = node("ShowText|pysssss", text=["words", 0])
SAVE_TEXT = node("SaveText", text=["words", 0], filename_prefix="notes", format="md")
COMPARE = node(
    "ImageCompare", compare_view={"__value__": ["", ""]}, image_a=_IMAGES, image_b=["turned", 0]
)
INVERTED = node("ImageInvert", image=_IMAGES)
PANORAMA = node("PanoramaViewer", images=_IMAGES, filename_prefix="pano", yaw=90.0)
NOTHING = node("SaveImageWebsocket", images=_IMAGES)
