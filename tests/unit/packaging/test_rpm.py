"""Name of the .rpm; its behaviour is tested in tests/installers."""

from __future__ import annotations

from pathlib import Path

import pytest

from linux.rpm import package


@pytest.mark.parametrize(
    ("python", "rpm"),
    [("1.0", "1.0"), ("1.0rc1", "1.0~rc1"), ("1.0a2", "1.0~a2"), ("2.1.dev3", "2.1~dev3")],
)
def test_a_version_before_a_release_sorts_before_it(python: str, rpm: str) -> None:
    assert package.rpm_version(python) == rpm


def test_the_file_says_name_version_and_processor() -> None:
    made = package.path("1.0rc1", Path("dist"))
    assert made == Path("dist/runcomfy-desktop-1.0~rc1-1.x86_64.rpm")
