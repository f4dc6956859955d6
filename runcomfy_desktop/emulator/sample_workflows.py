"""Reads the bundled workflows and the description of their node classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.resource_files import resource_folder

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.emulator.http_messages import JsonObject


def read_workflow(name: str) -> JsonObject:
    return _read(resource_folder("workflows") / f"{name}.json")


def read_object_info() -> JsonObject:
    """Returns all node classes.

    Classes that only output files and texts are in a separate file.
    """
    folder = resource_folder("workflows") / "schema"
    return {**_read(folder / "object_info.json"), **_read(folder / "outputs.json")}


def _read(path: Path) -> JsonObject:
    content = json.loads(path.read_bytes())
    assert isinstance(content, dict)
    return content
