"""Which output node is written by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.saving import other_outputs, pictures, sounds, videos

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.saving.output_folder import NodeOutput, OutputFolder


def run_output_node(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """What the output node of `step` reports.

    A class that is not known here fails the run: a result without it would look as if the
    workflow had made nothing there.
    """
    saver = OUTPUT_HANDLERS.get(step.class_type)
    if saver is None:
        message = f"{step.class_type}: This demo cannot make what this output node makes."
        raise RunError(message, step.node_id, "NotImplementedError")
    return saver(step, folder)


OUTPUT_HANDLERS: dict[str, Callable[[ExecutionStep, OutputFolder], NodeOutput]] = {
    "SaveImage": pictures.save_image,
    "SaveImageAdvanced": pictures.save_image_advanced,
    "PreviewImage": pictures.preview_image,
    "MaskPreview": pictures.preview_mask,
    "ImageCompare": pictures.compare_images,
    "PanoramaViewer": pictures.save_panorama,
    "SaveAnimatedWEBP": videos.save_webp,
    "SaveAnimatedPNG": videos.save_png,
    "SaveWEBM": videos.save_webm,
    "SaveVideo": videos.save_video,
    "VHS_VideoCombine": videos.combine_video,
    "SaveAudio": sounds.save_flac,
    "SaveAudioMP3": sounds.save_mp3,
    "SaveAudioOpus": sounds.save_opus,
    "SaveAudioAdvanced": sounds.save_sound,
    "PreviewAudio": sounds.preview_sound,
    "SaveGLB": other_outputs.save_glb,
    "Preview3D": other_outputs.preview_3d,
    "SaveLatent": other_outputs.save_latent,
    "PreviewAny": other_outputs.preview_any,
    "ShowText|pysssss": other_outputs.show_text,
    "SaveText": other_outputs.save_text,
    "SaveImageWebsocket": other_outputs.no_output,
}
