"""Human-readable file sizes."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.base.file_sizes import file_size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (188416, "184 KB"),
        (3355443, "3.2 MB"),
        (5 * 1024**3, "5.0 GB"),
    ],
)
def test_sizes(size_bytes: int, text: str) -> None:
    assert file_size(size_bytes) == text
