"""Checks of the installed files: metadata, licences, and the resources that come with the program.

A file that is not listed here is never missed; a test compares the list with `resources/`. The
notices, which only a packaged program has, are checked separately.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import runcomfy_desktop
from runcomfy_desktop.assets import asset, resources_folder
from runcomfy_desktop.selftest.failure import require

_NAME = "runcomfy-desktop"
_NOTICES = {"NOTICES.txt": 10_000, "LGPL-3.txt": 7_000, "GPL-3.txt": 30_000}

_ICON_NAMES = """
app archive arrow-left arrow-right arrow-up-left braces check chevron-down chevron-left
chevron-right chevron-up clock close cloud cloud-off copy cube dice dot dots download error expand
external eye eye-off file film fit folder folder-open folder-plus graph image info key link list
minus music output paste pause pin play plus preset redo refresh reset ring rotate save search
server settings star star-filled state-cancelled state-done state-failed state-fetching state-held
state-lost state-queued state-running state-sending state-starting state-trouble state-uncertain
state-waiting stop text trash undo wallet warning zoom-in zoom-out
"""
ICONS = tuple(_ICON_NAMES.split())
FILES = (
    *(f"icons/{name}.svg" for name in ICONS),
    "channel",
    "deployments/deployments.json",
    "deployments/flux-dev.md",
    "deployments/flux-kontext.md",
    "deployments/new-sound.md",
    "deployments/old-upscaler.md",
    "deployments/souvenir.md",
    "deployments/two-photos.md",
    "deployments/wan-clip.md",
    "deployments/watercolour-lora.md",
    "presets/night-scene.json",
    "presets/preset.schema.json",
    "presets/quick-sketch.json",
    "presets/weather-by-chance.json",
    "presets/wide-clip.json",
    "samples/clip-with-sound.mp4",
    "samples/clip.mp4",
    "samples/clip.webm",
    "samples/song.flac",
    "samples/song.mp3",
    "samples/vessel.glb",
    "style/arrow-dark.svg",
    "style/arrow-light.svg",
    "style/tick-dark.svg",
    "style/tick-light.svg",
    "style/window.qss",
    "workflows/flux-dev.json",
    "workflows/flux-kontext.json",
    "workflows/new-sound.json",
    "workflows/old-upscaler.json",
    "workflows/schema/object_info.json",
    "workflows/schema/outputs.json",
    "workflows/souvenir.json",
    "workflows/two-photos.json",
    "workflows/wan-clip.json",
)


def metadata(_folder: Path) -> str:
    """Checks the version in the installed package's metadata, which only a checkout may lack."""
    is_checkout = (Path(runcomfy_desktop.__file__).parents[1] / "pyproject.toml").is_file()
    try:
        installed = version(_NAME)
    except PackageNotFoundError:
        require(is_checkout, f"the metadata of {_NAME} (its .dist-info) are missing")
        return "not installed: run from a checkout"
    own = runcomfy_desktop.__version__
    require(installed == own or is_checkout, f"the metadata say {installed}, the program {own}")
    return installed


def licence_texts(_folder: Path) -> str:
    """Checks the licence texts, which a packaged program must include for its libraries."""
    if not getattr(sys, "frozen", False):
        return "nothing is packaged with it"
    for name, min_bytes in _NOTICES.items():
        file = resources_folder() / "notices" / name
        require(file.is_file(), f"{file} is missing")
        require(file.stat().st_size >= min_bytes, f"{file} is cut short")
    return ", ".join(_NOTICES)


def bundled_files(_folder: Path) -> str:
    """Checks that no listed file is missing or empty."""
    root = resources_folder()
    files = {name: root / name for name in FILES}
    missing = [
        name for name, file in files.items() if not file.is_file() or not file.stat().st_size
    ]
    require(not missing, f"missing in {root}: {', '.join(missing)}")
    return f"{len(FILES)} files in {root}"


def workflows(_folder: Path) -> str:
    """Checks that each sample workflow and each file about node classes can be read."""
    from runcomfy_desktop.domain.workflow.workflow import workflow_from_json

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
    from runcomfy_desktop.domain.presets.reader import read_preset

    files = [asset(name) for name in FILES if name.startswith("presets/") and "schema" not in name]
    inputs = sum(len(read_preset(file.read_bytes()).entries) for file in files)
    return f"{len(files)} files, {inputs} inputs"
