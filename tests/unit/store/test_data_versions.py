"""Version of a data folder: older versions are accepted, newer ones refused, copies limited."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.store import drafts, migrations, settings
from runcomfy_desktop.store.data_versions import (
    DATA_VERSION,
    MAX_BACKUPS,
    back_up_file,
    check_data_folder,
    mark_data_folder,
    remove_old_backups,
)
from tests.support import hostile_environments
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from pathlib import Path

# A change to a store's version adds a line here, and so increases the folder's version.
STORES = {
    1: {"history": 1, "settings": 1, "drafts": 1},
    2: {"history": 2, "settings": 1, "drafts": 1},
}


def test_the_folder_gets_a_new_version_with_every_store() -> None:
    now = {
        "history": migrations.SCHEMA.version,
        "settings": settings.VERSION,
        "drafts": drafts.FORMAT,
    }
    assert max(STORES) == DATA_VERSION
    assert STORES[DATA_VERSION] == now


def test_a_new_folder_and_one_of_the_first_program_are_let_in(tmp_path: Path) -> None:
    check_data_folder(tmp_path / "nothing" / "data-version.json")
    (tmp_path / "settings.json").write_text("{}")
    check_data_folder(tmp_path / "data-version.json")
    assert not (tmp_path / "data-version.json").exists()


def test_a_folder_that_was_marked_is_let_in_and_refused_by_older_programs(tmp_path: Path) -> None:
    note = tmp_path / "data-version.json"
    mark_data_folder(note, "0.3.0", 7)
    check_data_folder(note, 7)
    check_data_folder(note, 8)
    before = note.read_bytes()
    with pytest.raises(Problem) as caught:
        check_data_folder(note, 6)
    sentence = hostile_environments.NEWER_FOLDER.text_with(folder=tmp_path, version="0.3.0")
    assert caught.value.sentence() == sentence
    assert note.read_bytes() == before


def test_a_mark_only_ever_rises(tmp_path: Path) -> None:
    note = tmp_path / "data-version.json"
    mark_data_folder(note, "0.3.0", 7)
    mark_data_folder(note, "0.2.0", 6)
    assert json.loads(note.read_bytes()) == {"data_version": 7, "program": "0.3.0"}
    mark_data_folder(note, "0.4.0", 8)
    assert json.loads(note.read_bytes()) == {"data_version": 8, "program": "0.4.0"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"data_version": "many"}',
        b'{"data_version": true}',
        b'{"data_version": -1}',
        b"[" * 60_000,
        b" " * 100_000,
    ],
)
def test_a_note_that_is_none_says_nothing_and_is_written_anew(
    tmp_path: Path, content: bytes
) -> None:
    note = tmp_path / "data-version.json"
    note.write_bytes(content)
    check_data_folder(note)
    mark_data_folder(note, "0.3.0", 7)
    assert json.loads(note.read_bytes())["data_version"] == 7


def test_words_in_a_note_do_not_get_into_the_sentence(tmp_path: Path) -> None:
    note = tmp_path / "data-version.json"
    note.write_text(json.dumps({"data_version": 99, "program": "1 <b>call</b> 555\n"}))
    with pytest.raises(Problem) as caught:
        check_data_folder(note)
    assert "555" not in caught.value.sentence()


@pytest.mark.root
def test_a_full_disk_does_not_keep_a_folder_from_being_used(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        disk.fill()
        mark_data_folder(disk.path / "data-version.json", "0.3.0")
        assert not (disk.path / "data-version.json").exists()


def test_copies_are_named_by_version_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    (tmp_path / "settings.version-2x.json").write_text("somebody's own")
    (tmp_path / "other.version-1.json").write_text("of something else")
    for version in (9, 10, 11, 12):
        path.write_text(f"of {version}")
        remove_old_backups(path, back_up_file(path, version))
    stored = {each.name for each in tmp_path.glob("settings.version-*.json")}
    assert stored == {
        "settings.version-11.json",
        "settings.version-12.json",
        "settings.version-2x.json",
    }
    assert len(stored) == MAX_BACKUPS + 1
    assert (tmp_path / "settings.version-12.json").read_text() == "of 12"
    assert (tmp_path / "other.version-1.json").exists()


def test_a_copy_is_never_written_over_and_the_same_is_not_kept_twice(tmp_path: Path) -> None:
    """Covers a user who goes back to an earlier program and then upgrades again."""
    path = tmp_path / "settings.json"
    for text in ("of spring", "of spring", "of summer", "of summer"):
        path.write_text(text)
        assert back_up_file(path, 1).read_text() == text
    stored = {each.name: each.read_text() for each in tmp_path.glob("settings.version-*.json")}
    assert stored == {
        "settings.version-1.json": "of spring",
        "settings.version-1-copy-2.json": "of summer",
    }


def test_of_many_copies_the_one_just_made_is_kept_and_no_name_comes_twice(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for version, text in ((8, "a"), (9, "b"), (1, "c")):
        path.write_text(text)
        remove_old_backups(path, back_up_file(path, version))
    names = {each.name for each in tmp_path.glob("settings.version-*.json")}
    assert names == {"settings.version-9.json", "settings.version-1.json"}
    for text in "def":
        path.write_text(text)
        remove_old_backups(path, back_up_file(path, 9))
    stored = {each.name: each.read_text() for each in tmp_path.glob("settings.version-*.json")}
    assert stored == {
        "settings.version-9-copy-3.json": "e",
        "settings.version-9-copy-4.json": "f",
    }
