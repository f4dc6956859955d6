"""Which output node is written by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.saving import films, others, pictures, sounds
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.saving.desk import Desk, NodeOutput
    from runcomfy_desktop.emulator.step import Step


def save(step: Step, desk: Desk) -> NodeOutput:
    """What the output node of `step` reports.

    A class that is not known here fails the run: a result without it would look as if the
    workflow had made nothing there.
    """
    saver = SAVERS.get(step.class_type)
    if saver is None:
        message = f"{step.class_type}: This demo cannot make what this output node makes."
        raise RunError(message, step.node_id, "NotImplementedError")
    return saver(step, desk)


SAVERS: dict[str, Callable[[Step, Desk], NodeOutput]] = {
    "SaveImage": pictures.save_image,
    "SaveImageAdvanced": pictures.save_image_advanced,
    "PreviewImage": pictures.preview_image,
    "MaskPreview": pictures.preview_mask,
    "ImageCompare": pictures.compare_images,
    "PanoramaViewer": pictures.panorama,
    "SaveAnimatedWEBP": films.save_webp,
    "SaveAnimatedPNG": films.save_png,
    "SaveWEBM": films.save_webm,
    "SaveVideo": films.save_video,
    "VHS_VideoCombine": films.combine,
    "SaveAudio": sounds.save_flac,
    "SaveAudioMP3": sounds.save_mp3,
    "SaveAudioOpus": sounds.save_opus,
    "SaveAudioAdvanced": sounds.save_sound,
    "PreviewAudio": sounds.preview_sound,
    "SaveGLB": others.save_glb,
    "Preview3D": others.preview_3d,
    "SaveLatent": others.save_latent,
    "PreviewAny": others.preview_any,
    "ShowText|pysssss": others.show_text,
    "SaveText": others.save_text,
    "SaveImageWebsocket": others.say_nothing,
}
