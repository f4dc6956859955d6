"""Human-readable file sizes, for every text that names one."""

from __future__ import annotations

from runcomfy_desktop.i18n import n_

_MB = 1024 * 1024


def file_size(size_bytes: int) -> str:
    """Returns a size such as `184 KB`, `3.2 MB` or `2.0 GB`.

    Units are binary, like those of RunComfy's limits.
    """
    if size_bytes < 1024:
        return n_("%d byte", "%d bytes", size_bytes) % size_bytes
    if size_bytes < _MB:
        return f"{size_bytes / 1024:.0f} KB"
    if size_bytes < 1024 * _MB:
        return f"{size_bytes / _MB:.1f} MB"
    return f"{size_bytes / (1024 * _MB):.1f} GB"
