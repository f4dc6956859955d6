"""Names of media files are found in stored text.

The references in each kind of data are tested together with the cleaning of the folder, in
tests/unit/core/media/test_media_cleaner.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.media_files import UnreadableReferences
from runcomfy_desktop.store.media_references import MediaReferences
from runcomfy_desktop.store.preset_scan import MAX_DEPTH

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER = "0a" * 32, "1b" * 32


def references() -> MediaReferences:
    return MediaReferences((ONE, OTHER), lambda: None)


@pytest.mark.parametrize(
    "before", [0, 128 * 1024 - 64, 128 * 1024 - 63, 128 * 1024 - 1, 128 * 1024]
)
def test_a_name_is_found_wherever_a_long_text_is_cut(before: int) -> None:
    found = references()
    found.add_text(f"{'z' * before}{ONE}.png{'z' * 200_000}")
    assert found.unreferenced == {OTHER}


def test_large_letters_name_a_file_too() -> None:
    """Some file systems do not distinguish upper case from lower case."""
    found = references()
    found.add_text(f'"{ONE.upper()}.PNG"')
    assert found.unreferenced == {OTHER}


def test_whoever_is_not_wanted_any_more_ends_at_the_next_piece() -> None:
    class Enough(Exception):  # noqa: N818 - not an error
        pass

    def heed() -> None:
        if len(looks) == 2:
            raise Enough
        looks.append(None)

    looks: list[None] = []
    with pytest.raises(Enough):
        MediaReferences((ONE,), heed).add_text("z" * 1_000_000)


def test_presets_deeper_than_a_list_looks_are_not_passed_over(tmp_path: Path) -> None:
    folder = tmp_path
    for level in range(MAX_DEPTH + 1):
        folder /= str(level)
    folder.mkdir(parents=True)
    assert references().read_presets(tmp_path) == 0
    (folder / "a.json").write_text("{}")
    with pytest.raises(UnreadableReferences, match="more files"):
        references().read_presets(tmp_path)


def test_links_and_hidden_folders_hold_no_presets(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "a.json").write_text(f'{{"format": 1, "inputs": [], "note": "{ONE}"}}')
    root = tmp_path / "presets"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "a.json").write_text("no JSON")
    (root / "link").symlink_to(tmp_path / "away")
    found = references()
    assert found.read_presets(root) == 0
    assert found.unreferenced == {ONE, OTHER}
    assert found.read_presets(tmp_path / "away") == 1
    assert found.unreferenced == {OTHER}
