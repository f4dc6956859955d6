"""Workflow with one input of every kind, and a deployment's description of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

BIG = 18_446_744_073_709_551_615

SEED = InputKey("1", "seed")
WIDTH = InputKey("1", "width")
CFG = InputKey("1", "cfg")
STRENGTH = InputKey("1", "strength")
TILES = InputKey("1", "tiles")
NAME = InputKey("2", "name")
PROMPT = InputKey("2", "prompt")
TILED = InputKey("2", "tiled")
SAMPLER = InputKey("3", "sampler")
BATCH = InputKey("3", "batch")
UNKNOWN_CHOICE = InputKey("3", "stranger")
STYLES = InputKey("3", "styles")
REMOTE = InputKey("3", "checkpoint")
TINT = InputKey("4", "tint")
CROP = InputKey("4", "crop")
CURVE = InputKey("4", "curve")
LEVELS = InputKey("4", "levels")
IMAGE = InputKey("5", "image")
VIDEO = InputKey("5", "video")
AUDIO = InputKey("5", "audio")
MESH = InputKey("5", "mesh")
FORMAT = InputKey("6", "format")
CODEC = InputKey("6", "format.codec")
CRF = InputKey("6", "format.codec.crf")
FRAME = InputKey("6", "frames.image0")
EXTRA = InputKey("7", "extra")

WORKFLOW: JsonObject = {
    "1": {
        "class_type": "Numbers",
        "inputs": {"seed": BIG, "width": 512, "cfg": 7.5, "strength": 0.65, "tiles": 4},
        "_meta": {"title": "Numbers"},
    },
    "2": {
        "class_type": "Texts",
        "inputs": {
            "name": "ComfyUI",
            "prompt": "a lighthouse at dusk, (warm light:1.2)\nheavy sea",
            "tiled": True,
        },
        "_meta": {"title": "Texts and ticks"},
    },
    "3": {
        "class_type": "Choices",
        "inputs": {
            "sampler": "euler",
            "batch": 2,
            "stranger": "gone.safetensors",
            "styles": {"__value__": ["ink", "oil"]},
            "checkpoint": "sd15.safetensors",
        },
        "_meta": {"title": "Choices"},
    },
    "4": {
        "class_type": "Shapes",
        "inputs": {
            "tint": "#ff8800",
            "crop": {"x": 0, "y": 16, "width": 512, "height": 768, "unit": "px"},
            "curve": {
                "points": [[0, 0.1], [0.35, 0.75], [1.0, 0.9]],
                "interpolation": "monotone_cubic",
            },
            "levels": {"min": 0.1, "max": 0.9, "midpoint": 0.5},
        },
        "_meta": {"title": "Colours and shapes"},
    },
    "5": {
        "class_type": "Media",
        "inputs": {
            "image": "bike.jpg",
            "video": "clip.mp4",
            "audio": "song.mp3",
            "mesh": "chair.glb",
        },
        "_meta": {"title": "Media"},
    },
    "6": {
        "class_type": "Dynamic",
        "inputs": {
            "format": "mp4",
            "format.codec": "h264",
            "format.codec.crf": 20,
            "frames.image0": ["5", 0],
        },
        "_meta": {"title": "Children of a choice"},
    },
    "7": {
        "class_type": "Fixed",
        "inputs": {"model": ["1", 0], "extra": {"on": True, "deep": [1, 2]}},
        "_meta": {"title": "What is not edited"},
    },
}

_CODEC: Json = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {
                "key": "h264",
                "inputs": {
                    "required": {"crf": ["FLOAT", {"default": 23.0, "min": 0.0, "max": 51.0}]}
                },
            },
        ]
    },
]
_FORMAT: Json = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {"key": "mp4", "inputs": {"required": {"codec": _CODEC}}},
            {
                "key": "gif",
                "inputs": {
                    "required": {
                        "colours": ["INT", {"default": 64, "min": 2, "max": 256}],
                        "note": ["STRING", {"default": "small"}],
                    }
                },
            },
        ]
    },
]
_SLIDER: JsonObject = {"min": 0.0, "max": 1.0, "step": 0.05, "round": 0.01, "display": "slider"}


def object_info() -> JsonObject:
    """Returns ComfyUI's description (`object_info`) of the workflow's classes."""
    several: JsonObject = {"multiselect": True, "options": ["ink", "watercolour", "oil", "chalk"]}
    classes: dict[str, JsonObject] = {
        "Numbers": {
            "seed": ["INT", {"min": 0, "max": BIG, "control_after_generate": True}],
            "width": ["INT", {"min": 64, "max": 2048, "step": 64}],
            "cfg": ["FLOAT", {"min": 0.0, "max": 100.0, "step": 0.1, "round": 0.01}],
            "strength": ["FLOAT", _SLIDER],
            "tiles": ["INT", {"min": 1, "max": 16, "display": "slider", "advanced": True}],
        },
        "Texts": {
            "name": ["STRING", {"display_name": "file name"}],
            "prompt": ["STRING", {"multiline": True, "placeholder": "describe"}],
            "tiled": ["BOOLEAN", {"label_on": "tiled", "label_off": "plain"}],
        },
        "Choices": {
            "sampler": [["euler", "euler_ancestral", "dpmpp_2m", "heun"], {}],
            "batch": ["COMBO", {"options": [1, 2, 4, 8]}],
            "stranger": ["COMBO", {"options": ["a.safetensors", "b.safetensors"]}],
            "styles": ["COMBO", several],
            "checkpoint": ["COMBO", {"remote": {"route": "/models", "refresh_button": True}}],
        },
        "Shapes": {
            "tint": ["COLOR", {"default": "#ffffff"}],
            "crop": ["BOUNDING_BOX", {}],
            "curve": ["CURVE", {}],
            "levels": ["RANGE", {}],
        },
        "Media": {
            "image": [["bike.jpg"], {"image_upload": True}],
            "video": ["COMBO", {"options": ["clip.mp4"], "video_upload": True}],
            "audio": ["COMBO", {"options": ["song.mp3"], "audio_upload": True}],
            "mesh": ["COMBO", {"options": ["chair.glb"], "file_upload": True}],
        },
        "Dynamic": {
            "format": _FORMAT,
            "frames": [
                "COMFY_AUTOGROW_V3",
                {
                    "template": {
                        "input": {"required": {"image": ["IMAGE", {}]}},
                        "prefix": "image",
                        "min": 1,
                        "max": 4,
                    }
                },
            ],
        },
        "Fixed": {"model": ["MODEL"], "extra": ["LOAD_3D", {}]},
    }
    flags: dict[str, JsonObject] = {
        "Choices": {"deprecated": True},
        "Shapes": {"experimental": True},
        "Media": {"api_node": True},
    }
    return {
        name: {
            "display_name": name,
            "input": {"required": inputs},
            "output": ["IMAGE"],
            **flags.get(name, {}),
        }
        for name, inputs in classes.items()
    }
