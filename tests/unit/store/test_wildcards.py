"""Wildcard files are read within limits, with the usual variants of text files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store import wildcards
from runcomfy_desktop.store.wildcards import read, scan

if TYPE_CHECKING:
    from pathlib import Path


def test_one_line_is_one_entry(tmp_path: Path) -> None:
    (tmp_path / "birds").mkdir()
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\n\r\n# not this\r\n  two \r\n\xff\n")
    (tmp_path / "birds" / "sea.TXT").write_text("gull", encoding="utf-8")
    (tmp_path / "birds" / "notes.md").write_text("no", encoding="utf-8")
    (tmp_path / ".hidden.txt").write_text("no", encoding="utf-8")
    found = scan(tmp_path)
    assert [name for name, _size, _changed in found] == ["a", "birds/sea"]
    assert read(tmp_path, found)[0]["a"] == ("one", "two", "\ufffd")


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert scan(tmp_path / "none") == ()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        scan(tmp_path / "file")


def test_what_changes_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one", encoding="utf-8")
    before = scan(tmp_path)
    path.write_text("one more", encoding="utf-8")
    assert scan(tmp_path) != before


def test_everything_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wildcards, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(wildcards, "MAX_FILES", 3)
    monkeypatch.setattr(wildcards, "MAX_LINES", 3)
    monkeypatch.setattr(wildcards, "MAX_LINE_CHARS", 2)
    for name, text in (("a", "abc"), ("b", "x" * 11), ("c", "1\n2\n3\n4"), ("d", "more")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    found = scan(tmp_path)
    assert [name for name, _size, _changed in found] == ["a", "b", "c"]
    lines, left_out = read(tmp_path, found)
    # A file beyond the limit is left out completely: a part of its lines would give other choices
    # than the user expects.
    assert lines == {"a": ("ab",)}
    assert left_out.keys() == {"b", "c"}
    assert "b.txt has more than" in left_out["b"]
    assert "3 lines" in left_out["c"]
    (tmp_path / "a.txt").unlink()
    lines, left_out = read(tmp_path, found)
    assert "a.txt cannot be read" in left_out["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such links without rights")
def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one", encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path)
    names = [name for name, _size, _changed in scan(tmp_path)]
    assert "a" in names
    assert len(names) < 20
