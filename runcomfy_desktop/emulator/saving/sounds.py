"""Sounds: FLAC and MP3. Opus would need a whole codec: that one fails, and says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.media_files import flac, mp3
from runcomfy_desktop.emulator.saving.output_folder import NodeOutput, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.media_files.tune import Tune
    from runcomfy_desktop.emulator.saving.output_folder import OutputFolder

_FLAC, _MP3 = OutputFormat("flac", "audio/flac"), OutputFormat("mp3", "audio/mpeg")
_KBPS = {"V0": 128, "128k": 128, "320k": 320}
_NO_SIZE = (0, 0)


def save_flac(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    files = [
        folder.output(step, _FLAC, _flac_writer(tune, folder), _NO_SIZE) for tune in _sounds(step)
    ]
    return NodeOutput({"audio": tuple(files)}, {})


def save_mp3(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    kbps = _KBPS.get(step.text("quality") or step.text("format.quality"), 128)
    files = [folder.output(step, _MP3, _mp3_writer(tune, kbps), _NO_SIZE) for tune in _sounds(step)]
    return NodeOutput({"audio": tuple(files)}, {})


def save_opus(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    message = f"{step.class_type}: This demo cannot write Opus sound. Save it as FLAC or MP3."
    raise RunError(message, step.node_id, "ValueError")


def save_sound(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """The node that has the format as a choice."""
    saver = {"flac": save_flac, "mp3": save_mp3}.get(step.text("format"), save_opus)
    return saver(step, folder)


def preview_sound(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    digest = step.flow("audio").digest
    files = [folder.temp(digest, _FLAC, _flac_writer(tune, folder)) for tune in _sounds(step)]
    return NodeOutput({"audio": tuple(files)}, {})


def _sounds(step: ExecutionStep) -> tuple[Tune, ...]:
    sounds = step.flow("audio").sounds
    if not sounds:
        raise RunError(f"{step.class_type}: no audio", step.node_id, "ValueError")
    return sounds


def _flac_writer(tune: Tune, folder: OutputFolder) -> Callable[[], bytes]:
    return lambda: flac.write(tune.samples(), {"prompt": json.dumps(folder.workflow)})


def _mp3_writer(tune: Tune, kbps: int) -> Callable[[], bytes]:
    return lambda: mp3.write(tune, kbps)
