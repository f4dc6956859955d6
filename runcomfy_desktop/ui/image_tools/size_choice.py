"""Hint about a file above the recommended size, and the menu for sending such pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, INLINE_LIMITS, MediaFile
from runcomfy_desktop.domain.media.media_checks import limit_text
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.validation.large_media import SHRUNK_KB, may_be_animated
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import file_size
from runcomfy_desktop.ui.media_fields.media_thumb import LargeFileHint

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


def large_file_hint(
    file: MediaFile, choice: LargePictures, *, is_picture: bool, has_mask: bool
) -> LargeFileHint:
    """Returns the hint about a file above the recommended size; empty for other files.

    `is_picture` is True if the value is a local picture in a picture input, `has_mask` if the node
    takes a mask from it.
    """
    if not file.is_above_inline_limit or file.is_above_inline_cap:
        return LargeFileHint()
    size = file_size(file.size_bytes)
    as_is_text = _("%s · sent as it is (%s recommended)") % (
        size,
        limit_text(INLINE_LIMITS[file.family]),
    )
    if not is_picture:
        return LargeFileHint(as_is_text)
    if choice is LargePictures.ADDRESS:
        return LargeFileHint(wants_address=True, has_choice=True)
    if choice is LargePictures.AS_IS:
        text = as_is_text
    elif has_mask:
        text = _("%s · sent as it is: a mask is made of it") % size
    elif may_be_animated(file):
        text = _("%s · sent as it is: a GIF may have several frames") % size
    elif choice is LargePictures.SHRINK and file.mime == "image/webp":
        # Only the bytes show whether a WebP is animated; they are read when it is shrunk.
        text = _("%s · shrunk to %d KB when sent, if not animated") % (size, SHRUNK_KB)
    elif choice is LargePictures.SHRINK:
        text = _("%s · shrunk to %d KB when sent") % (size, SHRUNK_KB)
    else:
        text = _("%s · Run asks how to send it") % size
    return LargeFileHint(text, has_choice=True)


def choice_text(choice: LargePictures) -> str:
    """Returns the label of a choice in the menu and in the settings."""
    return {
        LargePictures.AS_IS: _("Send them as they are"),
        LargePictures.SHRINK: _("Shrink them to about %d KB when sent") % SHRUNK_KB,
        LargePictures.ASK: _("Ask at each run"),
        LargePictures.ADDRESS: _("Use an address instead"),
    }[choice]


def size_menu(
    parent: QWidget,
    choice_now: LargePictures,
    on_choice: Callable[[LargePictures], object],
    on_shrink: Callable[[], object],
) -> QMenu:
    """Creates the menu: the choice for all large pictures, and actions for the current one."""
    menu = QMenu(parent)
    menu.setObjectName("size_menu")
    title = menu.addAction(_("Pictures above %s") % limit_text(INLINE_LIMIT_BYTES))
    title.setEnabled(False)
    group = QActionGroup(menu)
    for choice in LargePictures:
        action = QAction(choice_text(choice), group)
        action.setObjectName(f"large_pictures_{choice.value}")
        action.setCheckable(True)
        action.setChecked(choice is choice_now)
        action.triggered.connect(lambda _on=False, choice=choice: on_choice(choice))
        menu.addAction(action)
    menu.addSeparator()
    shrink = menu.addAction(_("Shrink this picture now…"), lambda: on_shrink())
    shrink.setObjectName("shrink_this_picture")
    return menu
