"""Sounds: FLAC and MP3. Opus would need a whole codec: that one fails, and says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.media_files import flac, mp3
from runcomfy_desktop.emulator.saving.desk import Kind, NodeOutput
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.media_files.tune import Tune
    from runcomfy_desktop.emulator.saving.desk import Desk
    from runcomfy_desktop.emulator.step import Step

_FLAC, _MP3 = Kind("flac", "audio/flac"), Kind("mp3", "audio/mpeg")
_KBPS = {"V0": 128, "128k": 128, "320k": 320}
_NO_SIZE = (0, 0)


def save_flac(step: Step, desk: Desk) -> NodeOutput:
    files = [desk.output(step, _FLAC, _flac(tune, desk), _NO_SIZE) for tune in _sounds(step)]
    return NodeOutput({"audio": tuple(files)}, {})


def save_mp3(step: Step, desk: Desk) -> NodeOutput:
    kbps = _KBPS.get(step.text("quality") or step.text("format.quality"), 128)
    files = [desk.output(step, _MP3, _mp3(tune, kbps), _NO_SIZE) for tune in _sounds(step)]
    return NodeOutput({"audio": tuple(files)}, {})


def save_opus(step: Step, _desk: Desk) -> NodeOutput:
    message = f"{step.class_type}: This demo cannot write Opus sound. Save it as FLAC or MP3."
    raise RunError(message, step.node_id, "ValueError")


def save_sound(step: Step, desk: Desk) -> NodeOutput:
    """The node that has the format as a choice."""
    saver = {"flac": save_flac, "mp3": save_mp3}.get(step.text("format"), save_opus)
    return saver(step, desk)


def preview_sound(step: Step, desk: Desk) -> NodeOutput:
    digest = step.flow("audio").digest
    files = [desk.temp(digest, _FLAC, _flac(tune, desk)) for tune in _sounds(step)]
    return NodeOutput({"audio": tuple(files)}, {})


def _sounds(step: Step) -> tuple[Tune, ...]:
    sounds = step.flow("audio").sounds
    if not sounds:
        raise RunError(f"{step.class_type}: no audio", step.node_id, "ValueError")
    return sounds


def _flac(tune: Tune, desk: Desk) -> Callable[[], bytes]:
    return lambda: flac.write(tune.samples(), {"prompt": json.dumps(desk.workflow)})


def _mp3(tune: Tune, kbps: int) -> Callable[[], bytes]:
    return lambda: mp3.write(tune, kbps)
