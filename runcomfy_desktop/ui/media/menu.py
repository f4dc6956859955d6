"""What the menu of an input offers for a picture of one's own that lies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_types import Family
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.ui.media.desk import MediaDesk
    from runcomfy_desktop.ui.models.inputs import InputRow


def add_media(menu: QMenu, desk: MediaDesk | None, row: InputRow) -> None:
    is_picture = isinstance(row.value, MediaFile) and row.value.family is Family.IMAGE
    if desk is None or not is_picture:
        return
    shrink = menu.addAction(_("Shrink…"), lambda: desk.shrink(row.key))
    shrink.setObjectName("shrink_picture")
    if desk.takes_mask(row.key):
        mask = menu.addAction(_("Paint a mask…"), lambda: desk.paint_mask(row.key))
        mask.setObjectName("paint_mask")
