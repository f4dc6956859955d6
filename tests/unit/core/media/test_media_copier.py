"""The stored copy of a file for each kind of input, and the original that is recorded."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.media.media_copier import CopyOptions, MediaCopier, probe_file
from runcomfy_desktop.core.media.media_refusals import MediaRefusal, MediaRefusalReason, reason_of
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.schema.schema import InputKind
from tests.support import media_bytes as made

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.media.media import MediaFile

IMAGE, VIDEO, AUDIO, MESH = InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO, InputKind.MESH


def store_file(folder: Path, path: Path, kind: InputKind) -> MediaFile:
    order = CopyOptions(kind, lambda _name: None)
    return MediaCopier(folder / "media", lambda _path: None).store_file(path, order)


def at(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "kind", "facts"),
    [
        ("a.mp4", made.mp4(640, 360, 2.5), VIDEO, ("video/mp4", "mp4", 640, 360, 2.5)),
        ("a.webm", made.matroska(), VIDEO, ("video/webm", "webm", 640, 360, 2.5)),
        ("no ending", made.avi(), VIDEO, ("video/x-msvideo", "avi", 640, 360, 2.48)),
        ("a.wav", made.wav(2.0), AUDIO, ("audio/wav", "wav", 0, 0, 2.0)),
        ("film.mov", made.mp4(), AUDIO, ("video/mp4", "mp4", 640, 360, 2.5)),
        ("a.glb", made.GLB, MESH, ("model/gltf-binary", "glb", 0, 0, 0.0)),
        ("chair.obj", made.OBJ, MESH, ("model/obj", "obj", 0, 0, 0.0)),
        ("cloud.SPLAT", b"1234", MESH, ("application/octet-stream", "splat", 0, 0, 0.0)),
        ("any", b"1234", MESH, ("application/octet-stream", "bin", 0, 0, 0.0)),
    ],
)
def test_any_media_is_kept_with_its_facts(
    tmp_path: Path, name: str, data: bytes, kind: InputKind, facts: tuple[object, ...]
) -> None:
    path = at(tmp_path, name, data)
    stored = store_file(tmp_path, path, kind)
    ending = stored.stored_name.rpartition(".")[2]
    assert (stored.mime, ending, stored.width, stored.height, stored.length_s) == facts
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "media" / stored.stored_name).read_bytes() == data
    assert (stored.path, stored.mtime_ns) == (str(path), path.stat().st_mtime_ns)


def test_the_original_is_remembered_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path as AnyPath

    path = at(tmp_path, "a.wav", made.wav())
    monkeypatch.chdir(tmp_path)
    assert store_file(tmp_path, AnyPath("a.wav"), AUDIO).path == str(path)


@pytest.mark.parametrize(
    ("name", "data", "kind", "why", "words"),
    [
        (
            "clip.png",
            made.mp4(),
            IMAGE,
            MediaRefusalReason.OTHER_KIND,
            "clip.png is a video (MP4) and not",
        ),
        (
            "a.mp4",
            made.wav(),
            VIDEO,
            MediaRefusalReason.OTHER_KIND,
            "a.mp4 is a sound file (WAV) and not",
        ),
        (
            "a.mp3",
            b"hello",
            AUDIO,
            MediaRefusalReason.OTHER_KIND,
            "a.mp3 is not a sound file that can be",
        ),
        (
            "a.mp4",
            b"hello",
            VIDEO,
            MediaRefusalReason.OTHER_KIND,
            "a.mp4 is not a video that can be sent.",
        ),
        ("a.glb", b"", MESH, MediaRefusalReason.EMPTY, "a.glb is empty."),
    ],
)
def test_what_the_input_does_not_take_is_refused_before_it_is_copied(
    tmp_path: Path, name: str, data: bytes, kind: InputKind, why: MediaRefusalReason, words: str
) -> None:
    path = at(tmp_path, name, data)
    with pytest.raises(MediaRefusal) as refused:
        store_file(tmp_path, path, kind)
    assert refused.value.reason is why
    assert refused.value.title.startswith(words)
    assert not (tmp_path / "media").exists()
    with pytest.raises(MediaRefusal):
        probe_file(path, kind)


def test_a_file_that_is_still_being_written_is_not_taken(tmp_path: Path) -> None:
    path = at(tmp_path, "a.wav", made.wav(20))

    def grow(_name: str) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(MediaRefusal) as refused:
        MediaCopier(tmp_path / "media", lambda _path: None).store_file(
            path, CopyOptions(AUDIO, grow)
        )
    assert refused.value.title == "a.wav is being written to just now."


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), MediaRefusalReason.FOLDER),
        (lambda path: os.mkfifo(path), MediaRefusalReason.UNREADABLE),
        (lambda path: path.symlink_to("/dev/zero"), MediaRefusalReason.UNREADABLE),
        (lambda path: path.symlink_to(path), MediaRefusalReason.UNREADABLE),
        (lambda path: path.touch(), MediaRefusalReason.EMPTY),
    ],
)
def test_what_is_no_file_is_looked_at_without_waiting(
    tmp_path: Path, make: object, why: MediaRefusalReason
) -> None:
    path = tmp_path / "a.png"
    assert callable(make)
    make(path)
    with pytest.raises(Problem) as refused:
        probe_file(path, MESH)
    assert reason_of(refused.value) is why


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    data = at(tmp_path, "real.wav", made.wav())
    link = tmp_path / "link.wav"
    link.symlink_to(data)
    stored = store_file(tmp_path, link, AUDIO)
    assert (stored.name, stored.path) == ("link.wav", str(link))


def test_five_gigabytes_are_refused_by_size_alone(tmp_path: Path) -> None:
    path = at(tmp_path, "film.mp4", made.mp4())
    with path.open("r+b") as file:
        file.truncate(5 * 1024**3)
    with pytest.raises(MediaRefusal) as refused:
        store_file(tmp_path, path, VIDEO)
    assert refused.value.reason is MediaRefusalReason.TOO_LARGE
    assert not (tmp_path / "media").exists()


def test_it_is_on_the_disk_itself_before_anybody_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft names a pasted picture. After a power cut, the stored copy is the only one."""
    folder, data, really = tmp_path / "media", made.wav(), os.fsync
    synced: list[tuple[str, list[str]]] = []

    def fsync(handle: int) -> None:
        about = os.fstat(handle)
        what = "folder" if stat.S_ISDIR(about.st_mode) else f"{about.st_size} bytes"
        endings = [each.name.partition("-")[0] for each in folder.iterdir()]
        synced.append((what, endings))
        really(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    keeper = MediaCopier(folder, lambda _path: None)
    stored = keeper.store(io.BytesIO(data), "a.wav", CopyOptions(AUDIO, lambda _name: None))
    of_folder = [] if sys.platform == "win32" else [("folder", [stored.stored_name])]
    assert synced == [(f"{len(data)} bytes", ["incoming"]), *of_folder]
