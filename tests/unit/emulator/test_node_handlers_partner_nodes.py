"""Nodes that call a paid service fail without a key, as in ComfyUI, and make a picture with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import sample_workflows
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.node_handlers import PARTNER_HANDLERS as PARTNERS
from runcomfy_desktop.emulator.run_outcome import run_workflow
from tests.unit.emulator.image_tools import opened

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject

CLASSES = NodeClasses(sample_workflows.read_object_info())


def test_all_of_them_are_described_as_such() -> None:
    received = [CLASSES.object_info[name] for name in PARTNERS]
    assert all(isinstance(each, dict) and each["api_node"] is True for each in received)


def postcard() -> JsonObject:
    card: JsonObject = {"prompt": "a harbour", "seed": 3}
    return {
        "1": {"class_type": "PostcardImageApiNode", "inputs": card},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }


def test_a_partner_node_without_a_key_fails_as_it_does_in_comfyui() -> None:
    (error,) = run_workflow(postcard(), {}, CLASSES, 0.0).errors
    assert error.message == "Unauthorized: Please login first to use this node."
    assert error.debug_info == "node 1: Exception"


def test_a_partner_node_with_a_key_makes_a_small_picture() -> None:
    outcome = run_workflow(postcard(), {}, CLASSES, 0.0, partner_key="comfyui-of-somebody")
    (file,) = outcome.files().values()
    assert opened(file.write()).size == (256, 256)
    assert b"of-somebody" not in file.write()
