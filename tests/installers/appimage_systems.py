"""Clean systems on which AppImages are started, and small AppImages for tests."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linux import needed, roots, tools
from linux.appimage import bundle
from project import ONEDIR

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

    from linux.places import Place

SUITE = "trixie"
X_SOCKETS = Path("/tmp/.X11-unix")
INSTALLED_PATH = "/opt/program.AppImage"
# Start script of a small AppImage: reports how it was started, then does what its arguments
# request.
APP_RUN_SCRIPT = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
case $1 in
    told) echo "$APPDIR|$APPIMAGE|$ARGV0|$OWD|$PWD|$2|$3" ;;
    rc) exit "$2" ;;
    wait) echo $$ >"$2"; exec sleep 60 ;;
    child)
        (cd "$here"; echo >"$2.there"; sleep 3; cat usr/data) >"$2" 2>&1 &
        # Nothing but standing there holds the folder: a shell's child lets go of the script.
        until [ -e "$2.there" ]; do sleep 0.05; done ;;
    data) cat "$here/usr/data" ;;
esac
"""


def make(folder: Path, runtime: Path, fill: Callable[[Path], None] | None = None) -> Path:
    """Creates a small AppImage with the real runtime; `fill` adds files to its folder."""
    app = folder / "AppDir"
    (app / "usr").mkdir(parents=True)
    (app / "usr" / "data").write_text("the data\n")
    (app / "link").symlink_to("usr/data")
    (app / "AppRun").write_text(APP_RUN_SCRIPT)
    (app / "AppRun").chmod(0o755)
    if fill is not None:
        fill(app)
    return join_appimage(folder / "small.AppImage", runtime, bundle.press(folder, quick=True))


def join_appimage(target: Path, runtime: Path, image: Path) -> Path:
    target.write_bytes(bundle.join(runtime.read_bytes(), image.read_bytes()))
    target.chmod(0o755)
    return target


def make_image(folder: Path, *options: str, compression: str = "zstd") -> Path:
    """Returns an image of `folder`/AppDir, made with options other than those of the real one."""
    command = ["mksquashfs", "/work/AppDir", "/work/odd", "-quiet", "-no-progress", "-noappend"]
    with tools.root().enter(((folder, "/work", "rw"),)) as place:
        place.must([*command, "-comp", compression, "-all-root", *options])
    return folder / "odd"


def desktop_layers() -> roots.Layers:
    """Returns layers with the libraries and fonts that the bundle requires from the desktop."""
    wanted = needed.depends(needed.needs(ONEDIR)).split(", ")
    packages = [each.partition(" ")[0] for each in wanted if not each.startswith("libc6")]
    packages += ["fontconfig-config", "xkb-data"]

    def fill(place: Place) -> None:
        place.apt("install", *packages)

    return roots.current(SUITE).with_layer("appimage-desktop", " ".join(packages), fill)


@contextmanager
def system(
    appimage: Path, *, fuse: bool, layers: roots.Layers | None = None, screen: bool = False
) -> Iterator[Place]:
    """Enters a clean system with the AppImage and an ordinary user, with FUSE or without."""
    layers = layers or roots.current(SUITE)
    if fuse:
        layers = layers.with_layer(f"{layers.folders[0].name}-fuse", "fuse3", _add_fuse)
    binds = ((X_SOCKETS, str(X_SOCKETS), "rw"),) if screen else ()
    with layers.enter(binds, fuse=fuse) as place:
        place.add_person()
        copy_into(place, appimage, INSTALLED_PATH)
        if fuse:
            # udev creates /dev/fuse in this way, and every system with an init has it.
            words = "umount /dev/fuse && rm /dev/fuse && mknod -m 666 /dev/fuse c 10 229"
            place.must(["sh", "-c", f"{words} && ln -sf /proc/self/mounts /etc/mtab"])
        yield place


def _add_fuse(place: Place) -> None:
    place.apt("install", "fuse3")


def copy_into(place: Place, file: Path, name: str) -> None:
    place.bring(file, name)
    place.must(["chmod", "755", name])


def run(
    place: Place, *words: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the AppImage as the ordinary user, to completion."""
    return place.run([INSTALLED_PATH, *words], user=True, env=env, limit_s=60)


def start_in_background(place: Place, *words: str, env: Mapping[str, str] | None = None) -> int:
    """Starts the AppImage in the background; returns its process id in the system, once it runs."""
    script = """
rm -f ~/number
"$@" ~/number >/dev/null 2>&1 &
until [ -s ~/number ]; do sleep 0.05; done
cat ~/number
"""
    return int(place.must(["sh", "-c", script, "sh", INSTALLED_PATH, *words], user=True, env=env))


def end(place: Place, number: int, signal: str = "TERM") -> None:
    place.must(["sh", "-c", f"kill -{signal} {number}"])


def folders(place: Place) -> list[str]:
    """Returns the folders that AppImages created, in all possible places."""
    listed = place.must(["ls", "-a", "/tmp", "/var/tmp", "/home/person"]).splitlines()
    return [each for each in listed if each.startswith(".runcomfy-desktop-")]


def leftovers(place: Place, limit_s: float = 10.0) -> list[str]:
    """Returns the mounts, folders and processes of AppImages left after at most `limit_s`."""
    end_s = time.monotonic() + limit_s
    while (found := _appimage_traces(place)) and time.monotonic() < end_s:
        time.sleep(0.1)
    return found


def _appimage_traces(place: Place) -> list[str]:
    mounts = place.must(["cat", "/proc/mounts"]).splitlines()
    # Zombies have no executable and do not count.
    script = 'for each in /proc/[0-9]*/exe; do readlink "$each"; done; true'
    processes = place.must(["sh", "-c", script]).splitlines()
    return [
        *(each for each in mounts if "runcomfy-desktop" in each),
        *(each for each in processes if "AppImage" in each or "runcomfy" in each),
        *folders(place),
    ]
