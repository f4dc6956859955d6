"""The reserved disk space is held, released once, and held again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.disk_reserve import SIZE_BYTES, DiskReserve
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_held_once_and_given_up_once(tmp_path: Path) -> None:
    file = tmp_path / "reserve"
    reserve = DiskReserve(file)
    assert not reserve.release()
    reserve.hold()
    reserve.hold()
    assert file.stat().st_size == SIZE_BYTES
    assert reserve.release()
    assert not file.exists()
    assert not reserve.release()


def test_the_one_of_an_earlier_program_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "reserve"
    DiskReserve(file).hold()
    before = file.read_bytes()
    reserve = DiskReserve(file)
    reserve.hold()
    assert file.read_bytes() == before
    assert reserve.release()


def test_one_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "reserve"
    file.write_bytes(b"short")
    DiskReserve(file).hold()
    assert file.stat().st_size == SIZE_BYTES


@pytest.mark.root
def test_it_holds_room_that_is_there_and_leaves_nothing_where_it_is_not(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2048) as disk:
        reserve = DiskReserve(disk.path / "reserve")
        reserve.hold()
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.path / "more").write_bytes(b"x")
        assert reserve.release()
        (disk.path / "more").write_bytes(b"x" * 1000)
        with pytest.raises(OSError, match="No space left"):
            reserve.hold()
        assert not (disk.path / "reserve").exists()
        disk.empty()
        reserve.hold()
