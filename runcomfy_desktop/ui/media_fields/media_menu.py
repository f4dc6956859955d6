"""Menu entries for an input whose value is a local picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.ui.image_tools.image_tools_controller import ImageToolsController
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow


def is_local_picture(row: InputRow) -> bool:
    """Reports whether a picture input's value is a local picture.

    A GIF in a video input does not count: the image tools would make a still picture of it.
    """
    value = row.value
    is_file = isinstance(value, MediaFile) and value.family is MediaFamily.IMAGE
    return is_file and row.spec.kind is InputKind.IMAGE


def add_media_actions(menu: QMenu, controller: ImageToolsController | None, row: InputRow) -> None:
    if controller is None or not is_local_picture(row):
        return
    shrink = menu.addAction(_("Shrink…"), lambda: controller.shrink(row.key))
    shrink.setObjectName("shrink_picture")
    if controller.accepts_mask(row.key):
        mask = menu.addAction(_("Paint a mask…"), lambda: controller.paint_mask(row.key))
        mask.setObjectName("paint_mask")
