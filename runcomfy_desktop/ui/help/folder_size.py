"""Size of a folder or file as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import file_size

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import StorageLocation


def folder_size_text(location: StorageLocation) -> str:
    """Returns the size of a folder, such as `3.2 MB in 14 files`, or of a single file."""
    if location.error:
        return _("cannot be looked at: %s") % location.error
    if location.size_bytes is None:
        return _("nothing there yet")
    size = file_size(location.size_bytes)
    if location.is_file:
        return size
    text = n_("%(size)s in %(count)d file", "%(size)s in %(count)d files", location.file_count) % {
        "size": size,
        "count": location.file_count,
    }
    return _("more than %s") % text if location.is_partial else text
