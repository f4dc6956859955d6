"""Finds and reads the bundled workflows and the description of their node classes.

It has its own search for the folder, because the emulator imports nothing from the client.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject

_PACKAGE = Path(__file__).resolve().parent.parent


@functools.cache
def workflows_folder() -> Path:
    """Returns `resources/workflows` in a checkout, an installed wheel or a frozen build."""
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [] if frozen is None else [Path(frozen)]
    roots += [_PACKAGE, _PACKAGE.parent]
    for root in roots:
        folder = root / "resources" / "workflows"
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the folder resources/workflows is missing from this installation")


def read_workflow(name: str) -> JsonObject:
    return _read(workflows_folder() / f"{name}.json")


def read_object_info() -> JsonObject:
    """Returns all node classes.

    Classes that only output files and texts are in a separate file.
    """
    folder = workflows_folder() / "schema"
    return {**_read(folder / "object_info.json"), **_read(folder / "outputs.json")}


def _read(path: Path) -> JsonObject:
    content = json.loads(path.read_bytes())
    assert isinstance(content, dict)
    return content
