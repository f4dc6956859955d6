"""Checks of the files that come with the program: all are present, and the samples are readable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.assets import asset
from runcomfy_desktop.assets import resources_folder as folder_of_all
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from runcomfy_desktop.selftest.expected_files import FILES
from runcomfy_desktop.selftest.failure import require

if TYPE_CHECKING:
    from pathlib import Path


def bundled_files(_folder: Path) -> str:
    """Checks that no listed file is missing or empty."""
    missing = [name for name in FILES if not _is_present(asset(name))]
    path = folder_of_all()
    require(not missing, f"missing in {path}: {', '.join(missing)}")
    return f"{len(FILES)} files in {path}"


def _is_present(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def workflows(_folder: Path) -> str:
    """Checks that each sample workflow and each file about node classes can be read."""
    names = [name for name in FILES if name.startswith("workflows/")]
    nodes = 0
    for name in names:
        value = json.loads(asset(name).read_text(encoding="utf-8"))
        if "/schema/" in name:
            require(isinstance(value, dict) and value, f"{name} says nothing")
        else:
            nodes += len(workflow_from_json(value).nodes)
    return f"{len(names)} files, {nodes} nodes"


def presets(_folder: Path) -> str:
    """Checks that each preset that comes with the program can be read."""
    names = [name for name in FILES if name.startswith("presets/")]
    own = [name for name in names if not name.endswith(".schema.json")]
    inputs = sum(len(read_preset(asset(name).read_bytes()).entries) for name in own)
    return f"{len(own)} files, {inputs} inputs"
