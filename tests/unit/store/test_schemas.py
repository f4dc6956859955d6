"""Cached schemas: equal schemas are stored once, size is limited, damaged files do no harm."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject
from runcomfy_desktop.store.schemas import SchemaRecord, SchemaStore, hash_of_classes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE = LazyJsonObject({"KSampler": '{"input":{}}', "ä\t": '"\u4e2d"'})
OTHER = LazyJsonObject({"Other": '{"input":{}}'})


def note_of(deployment_id: str, classes: LazyJsonObject, **facts: str) -> SchemaRecord:
    return SchemaRecord(deployment_id, "v1", "then", hash_of_classes(classes), 5.5, **facts)


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"*{ending}"))


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    note = note_of("blue:1/ü", ONE, etag='"e"', last_modified="Sat")
    SchemaStore(tmp_path / "new").save(note, ONE)
    store = SchemaStore(tmp_path / "new")
    assert store.load_record("blue:1/ü") == note
    found = store.read(note.content)
    assert found is not None
    assert dict(found) == dict(ONE)
    assert store.load_record("other") is None
    assert store.read("0" * 64) is None


def test_equal_content_lies_there_once(tmp_path: Path) -> None:
    store = SchemaStore(tmp_path)
    for deployment_id in ("a", "b"):
        store.save(note_of(deployment_id, ONE), ONE)
    store.save(note_of("c", OTHER), OTHER)
    assert len(files(tmp_path, ".schema")) == 2
    assert len(files(tmp_path, ".note.json")) == 3
    store.save(note_of("c", ONE), None)
    assert len(files(tmp_path, ".schema")) == 1, "what nobody refers to any more is gone"


def test_what_one_service_said_is_not_believed_of_another(tmp_path: Path) -> None:
    here = SchemaStore(tmp_path, service="https://api.example.org")
    elsewhere = SchemaStore(tmp_path, service="https://other.example.org")
    elsewhere.save(note_of("a", ONE), ONE)
    assert here.load_record("a") is None
    here.save(note_of("a", OTHER), OTHER)
    assert (elsewhere.load_record("a"), here.load_record("a")) == (
        note_of("a", ONE),
        note_of("a", OTHER),
    )
    assert elsewhere.read(hash_of_classes(ONE)) is not None, (
        "neither drives the other's content out"
    )


def test_a_note_without_its_content_is_no_use_and_goes(tmp_path: Path) -> None:
    store = SchemaStore(tmp_path)
    store.save(note_of("a", ONE), ONE)
    files(tmp_path, ".schema")[0].unlink()
    assert store.read(hash_of_classes(ONE)) is None
    store.save(note_of("a", ONE), ONE)
    assert store.read(hash_of_classes(ONE)) is not None


def test_beyond_the_bound_the_longest_unused_goes(tmp_path: Path) -> None:
    classes = [LazyJsonObject({f"{n}": f'"{os.urandom(4000).hex()}"'}) for n in range(4)]
    SchemaStore(tmp_path / "probe").save(note_of("0", classes[0]), classes[0])
    size = files(tmp_path / "probe", ".schema")[0].stat().st_size
    store = SchemaStore(tmp_path / "kept", max_bytes=3 * size + size // 2)
    for n in range(3):
        store.save(note_of(f"{n}", classes[n]), classes[n])
        for path in files(tmp_path / "kept", ".note.json"):
            old = path.stat().st_mtime - 100
            os.utime(path, (old, old))
    assert store.load_record("0") is not None, "being asked for is being used"
    store.save(note_of("3", classes[3]), classes[3])
    stored = {n for n in range(4) if store.load_record(f"{n}") is not None}
    assert stored == {0, 2, 3}
    assert len(files(tmp_path / "kept", ".schema")) == 3


@pytest.mark.parametrize(
    "harm",
    [
        lambda data, _other: data[:-5],
        lambda _data, _other: b"rubbish",
        lambda _data, other: other,
        lambda _data, _other: b"",
        lambda data, _other: data + b"more",
        lambda _data, _other: zlib.compress(b"x" * 200_000_000, 1),
    ],
    ids=["cut", "rubbish", "other", "empty", "more", "bomb"],
)
def test_a_damaged_content_is_put_aside(
    tmp_path: Path, harm: Callable[[bytes, bytes], bytes]
) -> None:
    store = SchemaStore(tmp_path)
    store.save(note_of("a", ONE), ONE)
    store.save(note_of("b", OTHER), OTHER)
    path, other = (tmp_path / f"{hash_of_classes(each)}.schema" for each in (ONE, OTHER))
    path.write_bytes(harm(path.read_bytes(), other.read_bytes()))
    assert store.read(hash_of_classes(ONE)) is None
    assert not path.exists()
    assert len(files(tmp_path, ".broken-1.schema")) == 1
    store.save(note_of("a", ONE), ONE)
    assert store.read(hash_of_classes(ONE)) is not None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 1}', '{"format": 1, "content": "../x", "deployment_id": "a"}'],
)
def test_a_damaged_note_is_put_aside(tmp_path: Path, text: str) -> None:
    store = SchemaStore(tmp_path)
    store.save(note_of("a", ONE), ONE)
    (path,) = files(tmp_path, ".note.json")
    path.write_text(text)
    assert store.load_record("a") is None
    assert not path.exists()
    store.save(note_of("a", ONE), ONE)
    assert store.load_record("a") == note_of("a", ONE)


def test_a_note_of_a_newer_program_is_no_note_and_no_damage(tmp_path: Path) -> None:
    store = SchemaStore(tmp_path)
    store.save(note_of("a", ONE), ONE)
    (path,) = files(tmp_path, ".note.json")
    path.write_text('{"format": 2, "deployment_id": "a"}')
    assert store.load_record("a") is None
    store.save(note_of("b", OTHER), OTHER)
    assert path.exists(), "it is not removed as useless either"


def test_only_the_last_damaged_file_stays(tmp_path: Path) -> None:
    store = SchemaStore(tmp_path)
    for _n in range(3):
        store.save(note_of("a", ONE), ONE)
        (tmp_path / f"{hash_of_classes(ONE)}.schema").write_bytes(b"rubbish")
        assert store.read(hash_of_classes(ONE)) is None
    store.save(note_of("a", ONE), ONE)
    assert len([*tmp_path.glob("*.broken-*")]) == 1


def test_a_folder_that_cannot_be_made_is_an_error_for_whoever_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SchemaStore(tmp_path / "file" / "schemas")
    with pytest.raises(OSError, match="file"):
        store.save(note_of("a", ONE), ONE)
