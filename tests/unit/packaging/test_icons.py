"""The icons of the three systems match the one drawing that they are made from."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SCRIPT = Path("packaging/icons.py")
SVG = Path("resources/icons/app.svg")
ICO = Path("packaging/windows/runcomfy-desktop.ico")
ICNS = Path("packaging/macos/runcomfy-desktop.icns")
SIDEBAR = Path("packaging/windows/sidebar.bmp")
STORED = (ICO, ICNS, SIDEBAR)
_LIMIT_S = 60


def icons(*words: str, project: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(project / SCRIPT), *words],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copies the files that the script reads to a folder in which they may be changed."""
    for file in (SCRIPT, SVG, *STORED):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / file, tmp_path / file)
    return tmp_path


def ico_entries(file: bytes) -> dict[int, bytes]:
    """Returns the bytes of each picture of an .ico by its width."""
    kind, count = struct.unpack_from("<HH", file, 2)
    assert kind == 1
    found = {}
    for index in range(count):
        width, height, _, _, _, bits, length, start = struct.unpack_from(
            "<BBBBHHII", file, 6 + 16 * index
        )
        assert width == height
        assert bits == 32
        found[width or 256] = file[start : start + length]
    return found


def icns_entries(file: bytes) -> dict[str, bytes]:
    assert file[:4] == b"icns"
    assert struct.unpack_from(">I", file, 4)[0] == len(file)
    found = {}
    at = 8
    while at < len(file):
        length = struct.unpack_from(">I", file, at + 4)[0]
        found[file[at : at + 4].decode()] = file[at + 8 : at + length]
        at += length
    return found


def png_width(file: bytes) -> int:
    assert file.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack_from(">II", file, 16)
    assert width == height
    return int(width)


def test_the_icons_that_are_checked_in_show_the_drawing() -> None:
    ended = icons("check")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_changed_drawing_is_noticed(copy: Path) -> None:
    drawing = (copy / SVG).read_text(encoding="utf-8")
    (copy / SVG).write_text(drawing.replace("#ffbf66", "#ff6666"), encoding="utf-8")
    ended = icons("check", project=copy)
    assert ended.returncode == 1
    assert "runcomfy-desktop.ico does not show app.svg" in ended.stdout
    assert "runcomfy-desktop.icns does not show app.svg" in ended.stdout
    assert "sidebar.bmp does not show app.svg" in ended.stdout
    assert "icons.py write" in ended.stdout


def test_a_missing_icon_is_noticed(copy: Path) -> None:
    (copy / ICO).unlink()
    ended = icons("check", project=copy)
    assert ended.returncode == 1
    assert "runcomfy-desktop.ico is missing" in ended.stdout


def test_writing_makes_the_same_bytes_each_time(copy: Path) -> None:
    made = []
    for _ in range(2):
        assert icons("write", project=copy).returncode == 0
        made.append([(copy / file).read_bytes() for file in STORED])
        for file in STORED:
            (copy / file).unlink()
    assert made[0] == made[1]


def test_windows_gets_every_size_it_asks_for() -> None:
    entries = ico_entries((PROJECT / ICO).read_bytes())
    assert set(entries) >= {16, 20, 24, 32, 40, 48, 64, 256}
    for width, body in entries.items():
        if body.startswith(b"\x89PNG"):
            assert width >= 64  # older readers of small sizes support only uncompressed pixels
            assert png_width(body) == width
        else:
            assert struct.unpack_from("<Iii", body) == (40, width, 2 * width)


def test_a_mac_gets_every_size_it_asks_for() -> None:
    entries = icns_entries((PROJECT / ICNS).read_bytes())
    assert {kind: png_width(body) for kind, body in entries.items()} == {
        "icp4": 16,
        "ic11": 32,
        "icp5": 32,
        "ic12": 64,
        "ic07": 128,
        "ic13": 256,
        "ic08": 256,
        "ic14": 512,
        "ic09": 512,
        "ic10": 1024,
    }


def test_linux_gets_a_theme_folder(tmp_path: Path) -> None:
    assert icons("hicolor", str(tmp_path)).returncode == 0
    name = "io.github.runcomfy_desktop.RunComfyDesktop"
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*g")}
    sizes = (16, 22, 24, 32, 48, 64, 128, 256, 512)
    assert files == {f"{n}x{n}/apps/{name}.png" for n in sizes} | {f"scalable/apps/{name}.svg"}
    for size in sizes:
        body = (tmp_path / f"{size}x{size}" / "apps" / f"{name}.png").read_bytes()
        assert png_width(body) == size
    drawing = tmp_path / "scalable" / "apps" / f"{name}.svg"
    assert drawing.read_bytes() == (PROJECT / SVG).read_bytes()


def test_unknown_words_get_the_usage() -> None:
    ended = icons("paint")
    assert ended.returncode == 2
    assert "usage: icons.py" in ended.stderr
