"""Lines on the large files of a job, for its details: as they were, or smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import file_size, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job


def large_file_lines(job: Job) -> list[str]:
    """`forest.png: 1.2 MB sent as 248 KB JPEG`, a line for each file above the recommended size;
    none before the job is sent."""
    if not job.sent_s:
        return []
    lines: dict[str, None] = {}
    for key, file in job.changes.items():
        if isinstance(file, MediaFile) and file.is_above_inline_limit:
            sent = job.smaller.get(key)
            lines[_line(file, sent, is_requested=key in job.smaller)] = None
    return list(lines)


def _line(file: MediaFile, sent: MediaFile | None, *, is_requested: bool) -> str:
    name, size = one_line(file.name), file_size(file.size_bytes)
    if sent is not None and sent != file:
        return _("%s: %s sent as %s %s") % (name, size, file_size(sent.size_bytes), sent.type.name)
    if is_requested:
        return _("%s: sent as it is, %s, because it could not be made smaller") % (name, size)
    return _("%s: sent as it is, %s") % (name, size)
