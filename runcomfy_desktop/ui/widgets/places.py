"""How large a place on the disk is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import file_size

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import Place


def size_words(place: Place) -> str:
    """`3.2 MB in 14 files`; for a single file its size."""
    if place.fault:
        return _("cannot be looked at: %s") % place.fault
    if place.size_bytes is None:
        return _("nothing there yet")
    size = file_size(place.size_bytes)
    if place.is_file:
        return size
    words = n_("%(size)s in %(count)d file", "%(size)s in %(count)d files", place.files) % {
        "size": size,
        "count": place.files,
    }
    return _("more than %s") % words if place.is_partly else words
