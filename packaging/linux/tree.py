"""Files that a Linux package installs, in a folder that represents the root."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from typing import TYPE_CHECKING

from project import NAME, ONEDIR, PACKAGE, PACKAGING, Failed, app_id, epoch, run
from trust import notices

if TYPE_CHECKING:
    from pathlib import Path

_LINUX = PACKAGING / "linux"
# File in which the program looks up how it was installed; it says `source` in a checkout.
CHANNEL = f"_internal/{PACKAGE}/resources/channel"


def install(root: Path, channel: str, onedir: Path = ONEDIR) -> None:
    """Fills `root` with usr/: the program for `channel` and its desktop integration."""
    copy_program(onedir, root / "usr/lib" / NAME, channel)
    launcher = root / "usr/bin" / NAME
    launcher.parent.mkdir(parents=True)
    launcher.symlink_to(f"../lib/{NAME}/{NAME}")
    share = root / "usr/share"
    _place(_LINUX / f"{app_id()}.desktop", share / "applications")
    _place(_LINUX / f"{app_id()}.metainfo.xml", share / "metainfo")
    _place(_LINUX / f"{app_id()}.xml", share / "mime/packages")
    _compressed(_LINUX / f"{NAME}.1", share / "man/man1" / f"{NAME}.1.gz")
    run(
        [sys.executable, PACKAGING / "icons.py", "hicolor", share / "icons/hicolor"],
        env={"QT_QPA_PLATFORM": "offscreen"},
    )
    _add_notices(share / "doc" / NAME)


def _add_notices(documents: Path) -> None:
    """Adds the licence notices where Linux users look for them; the texts are in the program."""
    documents.mkdir(parents=True)
    shutil.copyfile(_LINUX / "copyright", documents / "copyright")
    there = f"../../../lib/{NAME}/_internal/{PACKAGE}/{notices.PLACE.as_posix()}"
    for name in (notices.NOTICES, notices.LGPL, notices.GPL):
        (documents / name).symlink_to(f"{there}/{name}")


def copy_program(onedir: Path, target: Path, channel: str) -> None:
    """Copies the one-folder program and writes its channel."""
    if not (onedir / NAME).is_file():
        raise Failed(f"{onedir} holds no program; make it with: packaging/build.py wheel onedir")
    shutil.copytree(onedir, target, symlinks=True)
    (target / CHANNEL).write_text(f"{channel}\n", encoding="utf-8")


def even_out(root: Path) -> None:
    """Sets file modes and dates, so that two builds are equal."""
    program = str(root / "usr/lib" / NAME / NAME)
    for folder, _folders, names in os.walk(root):
        paths = [os.path.join(folder, name) for name in names]  # noqa: PTH118 - thousands of files
        for path in paths:
            if not os.path.islink(path):  # noqa: PTH114
                runs = path == program
                os.chmod(path, 0o755 if runs else 0o644)  # noqa: PTH101
        os.chmod(folder, 0o755)  # noqa: PTH101
        for path in (*paths, folder):
            os.utime(path, (epoch(), epoch()), follow_symlinks=False)


def write_compressed(text: bytes, target: Path) -> None:
    """Writes `text` like gzip -9n, without a date."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text, 9, mtime=0))


def _compressed(source: Path, target: Path) -> None:
    write_compressed(source.read_bytes(), target)


def _place(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)
