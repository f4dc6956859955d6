"""Builds the AppImage: one file that contains the program and runs from any folder."""

from __future__ import annotations

import platform
import shutil
import tempfile
from pathlib import Path

from linux import tools, tree
from linux.appimage import runtime
from project import DIST, NAME, ONEDIR, PACKAGE, app_id, epoch, reproducible, version
from trust import notices

# Bytes 8 to 10 of the ELF file say "AppImage, type 2".
_MARK = b"AI\x02"
_MARK_AT = 8


def path(of_version: str, folder: Path = DIST) -> Path:
    return folder / f"RunComfy_Desktop-{of_version}-{platform.machine()}.AppImage"


def make(
    onedir: Path = ONEDIR, out: Path = DIST, of_version: str = "", *, quick: bool = False
) -> Path:
    """Builds the AppImage in the folder `out`; `quick` makes a larger one faster, for tests."""
    started_by = runtime.make()
    out.mkdir(parents=True, exist_ok=True)
    target = path(of_version or version(), out)
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder) / "AppDir", onedir)
        _tell_of_runtime(Path(folder) / "AppDir")
        tree.even_out(Path(folder) / "AppDir")
        image = press(Path(folder), quick=quick)
        target.write_bytes(join(started_by.read_bytes(), image.read_bytes()))
    target.chmod(0o755)
    return target


def lay_out(folder: Path, onedir: Path = ONEDIR) -> None:
    """Creates the image's files: those of every Linux package, plus AppImage's own at the top."""
    tree.install(folder, "appimage", onedir)
    shutil.rmtree(folder / "usr/share/man")
    (folder / "AppRun").symlink_to(f"usr/lib/{NAME}/{NAME}")
    (folder / f"{app_id()}.desktop").symlink_to(f"usr/share/applications/{app_id()}.desktop")
    icon = f"usr/share/icons/hicolor/256x256/apps/{app_id()}.png"
    shutil.copyfile(folder / icon, folder / f"{app_id()}.png")
    (folder / ".DirIcon").symlink_to(f"{app_id()}.png")
    # File name that AppImage's own tools look for.
    metadata = folder / "usr/share/metainfo"
    (metadata / f"{app_id()}.appdata.xml").symlink_to(f"{app_id()}.metainfo.xml")


def _tell_of_runtime(folder: Path) -> None:
    """Adds the notices for the libraries in the runtime."""
    told = folder / "usr/lib" / NAME / "_internal" / PACKAGE / notices.PLACE / notices.NOTICES
    with told.open("a", encoding="utf-8") as file:
        file.write(notices.appended(runtime.linked()))


def press(folder: Path, *, quick: bool = False) -> Path:
    """Creates a reproducible squashfs image of `folder`/AppDir."""
    level = "1" if quick else "19"
    date = str(epoch())
    words = ["mksquashfs", "/work/AppDir", "/work/image", "-quiet", "-no-progress", "-noappend"]
    words += ["-comp", "zstd", "-Xcompression-level", level, "-b", "128K"]
    words += ["-all-root", "-no-xattrs", "-mkfs-time", date, "-all-time", date]
    # mksquashfs refuses both the variable and the options for the date.
    env = {name: value for name, value in reproducible().items() if name != "SOURCE_DATE_EPOCH"}
    with tools.root().enter(((folder, "/work", "rw"),)) as place:
        place.must(words, env=env, limit_s=900)
    return folder / "image"


def join(started_by: bytes, image: bytes) -> bytes:
    """Returns the runtime with the AppImage mark, followed by the image."""
    head, tail = started_by[:_MARK_AT], started_by[_MARK_AT + len(_MARK) :]
    return head + _MARK + tail + image
