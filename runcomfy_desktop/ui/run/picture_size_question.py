"""The question before a run with pictures that are larger than RunComfy recommends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.media.media_checks import limit_text
from runcomfy_desktop.domain.validation.large_media import SHRUNK_KB
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import file_size, one_line
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.media.media import MediaFile

DIALOG_NAME = "confirm_size"


def ask_picture_size(
    owner: QWidget, files: Sequence[MediaFile], on_choice: Callable[[bool], object]
) -> None:
    """Calls `on_choice` with whether these pictures are to go out smaller; not at all when nothing
    is to be run. One question stands at a time."""
    open_dialog = owner.window().findChild(Dialog, DIALOG_NAME)
    if open_dialog is not None:
        open_dialog.raise_()
        open_dialog.activateWindow()
        return
    count = len(files)
    title = n_("Send %d large picture as it is?", "Send %d large pictures as they are?", count)
    text = n_(
        "%s is above the %s that RunComfy recommends for a picture in a request. It can be sent as "
        "it is, which takes longer, or shrunk. Your file stays as it is.",
        "%s are above the %s that RunComfy recommends for a picture in a request. They can be sent "
        "as they are, which takes longer, or shrunk. Your files stay as they are.",
        count,
    )
    ask_confirmation(
        owner.window(),
        DIALOG_NAME,
        title=title % count,
        text=text % (_names(files), limit_text(INLINE_LIMIT_BYTES)),
        button_text=_("Send as it is") if count == 1 else _("Send as they are"),
        on_yes=lambda: on_choice(False),
        decline_text=_("Do not run"),
        alternative=(_("Shrink to about %d KB") % SHRUNK_KB, lambda: on_choice(True)),
    )


def _names(files: Sequence[MediaFile]) -> str:
    """`forest.png (1.2 MB)`, and how many more there are."""
    first = f"{one_line(files[0].name)} ({file_size(files[0].size_bytes)})"
    more = len(files) - 1
    if not more:
        return first
    return n_("%s and %d more", "%s and %d more", more) % (first, more)
