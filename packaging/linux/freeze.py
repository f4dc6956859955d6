"""Freezes the checkout into the one-folder program: wheel, build root, PyInstaller.

Everything runs inside the oldest supported Debian, with Debian's own Python and with packages whose
hashes are in the lock files. The checkout itself is only read.
"""

from __future__ import annotations

import ast
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linux import roots
from project import BUILD, DIST, NAME, PACKAGE, PACKAGING, ROOT, Failed, reproducible, run
from trust import notices

if TYPE_CHECKING:
    from linux.places import Place

WORK = BUILD / "linux" / "work"
_LOCKS = (ROOT / "requirements.lock", PACKAGING / "requirements-build.lock")
VENV = "/opt/program"
# Owner of each file of the bundle; stored next to the bundle, for the notices and the bill.
FACTS = "facts.json"
_PIP = [f"{VENV}/bin/pip", "--disable-pip-version-check"]
# Packages that PyInstaller bundles from the system, or must find to follow Qt's libraries. A
# library that is missing here is missing in the bundle, without a warning.
_SYSTEM = (
    *("python3", "python3-venv", "libpython3.11", "binutils"),
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-render-util0"),
    *("libxcb-util1", "libxcb-xkb1", "libxcb-glx0", "libxcb-randr0", "libxcb-render0"),
    *("libxcb-shape0", "libxcb-shm0", "libxcb-sync1", "libxcb-xfixes0", "libxkbcommon-x11-0"),
    *("libegl1", "libgl1", "libfontconfig1", "libfreetype6", "libdbus-1-3", "libglib2.0-0"),
    *("libgssapi-krb5-2", "libx11-6", "libx11-xcb1", "libwayland-client0", "libwayland-cursor0"),
    *("libwayland-egl1", "libbrotli1", "libzstd1", "libpng16-16"),
)
# Modules are not compressed one by one, which would make each start 8 ms longer; the packages
# compress all files together, and better.
_UNPACKED = {"PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0"}
# pip settings of this computer that are needed to reach an index; others are not passed on.
_WAYS = frozenset(
    {"index-url", "extra-index-url", "find-links", "cert", "client-cert", "proxy", "trusted-host"}
    | {"timeout", "default-timeout", "retries", "no-index"}
)
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def build_root() -> roots.Layers:
    """Returns the system with Python, PyInstaller and all dependencies of the program."""
    system = roots.debian(roots.BUILT_ON).with_layer("build-system", " ".join(_SYSTEM), _add_system)
    environment, binds = pip_ways()

    def add_packages(place: Place) -> None:
        place.must(["python3", "-m", "venv", VENV])
        for lock in _LOCKS:
            place.bring(lock, f"/tmp/{lock.name}")
        wanted = [word for lock in _LOCKS for word in ("-r", f"/tmp/{lock.name}")]
        only = ["--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--no-compile"]
        place.must([*_PIP, "install", "--no-input", *only, *wanted], env=environment, limit_s=1500)

    made_of = "\n".join(lock.read_text(encoding="utf-8") for lock in _LOCKS)
    return system.with_layer("build-packages", made_of, add_packages, binds)


def _add_system(place: Place) -> None:
    place.apt("update")
    place.apt("upgrade")
    place.apt("install", *_SYSTEM)


def pip_ways() -> tuple[dict[str, str], tuple[tuple[Path, str, str], ...]]:
    """Returns the environment with which pip reaches its index, and bind mounts for its files."""
    said = run([sys.executable, "-m", "pip", "config", "list"])
    found = {"PIP_CONFIG_FILE": "/dev/null"}
    # Later assignments win, and the environment's lines come first: reversed, they take precedence.
    for line in reversed(said.splitlines()):
        key, _equals, value = line.partition("=")
        name = key.rpartition(".")[2]
        if name in _WAYS:
            # The value is a Python literal; several indexes are on separate lines.
            words = str(ast.literal_eval(value)).split()
            found[f"PIP_{name.upper().replace('-', '_')}"] = " ".join(words)
    found.update({name: os.environ[name] for name in _PROXIES if name in os.environ})
    binds = []
    for name, value in found.items():
        if value.startswith("/") and name != "PIP_CONFIG_FILE" and Path(value).exists():
            inside = f"/mnt/{name.lower()}"
            binds.append((Path(value).resolve(), inside, "ro"))
            found[name] = inside
    return found, tuple(binds)


@dataclass(frozen=True)
class Places:
    """Output folders of a build: the folder program below `work`, the wheel in `dist`."""

    work: Path = BUILD / "linux"
    dist: Path = DIST

    @property
    def onedir(self) -> Path:
        return self.work / NAME


_USUAL = Places()


def make_wheel(places: Places = _USUAL) -> Path:
    """Builds the wheel of the checkout with the locked hatchling; returns its path."""
    source = places.work / "source"
    copy_source(source)
    places.dist.mkdir(parents=True, exist_ok=True)
    for old in places.dist.glob("*.whl"):
        old.unlink()
    binds = ((source, "/source", "rw"), (places.dist, "/dist", "rw"))
    with build_root().enter(binds) as place:
        words = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir"]
        place.must([*_PIP, *words, "-w", "/dist", "/source"], env=reproducible())
    return wheel_in(places.dist)


def wheel_in(folder: Path) -> Path:
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        raise Failed(f"There should be one wheel in {folder}, and there are {len(found)}")
    return found[0]


def copy_source(target: Path, root: Path = ROOT) -> None:
    """Copies the files that go into a wheel, as listed by git: leftovers are not included."""
    shutil.rmtree(target, ignore_errors=True)
    wanted = (PACKAGE, "resources", "pyproject.toml", "README.md", "LICENSE")
    for name in filter(None, run(["git", "-C", root, "ls-files", "-z", "--", *wanted]).split("\0")):
        if (root / name).is_file():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((root / name).read_bytes())
            copy.chmod(0o644)


def make_onedir(places: Places = _USUAL) -> Path:
    """Freezes the installed wheel into the one-folder program; returns its folder."""
    wheel = wheel_in(places.dist)
    for old in (places.onedir, places.work / "work"):
        shutil.rmtree(old, ignore_errors=True)
    (places.work / "work").mkdir(parents=True)
    binds = ((places.work, "/build", "rw"), (PACKAGING, "/packaging", "ro"))
    with build_root().enter((*binds, (places.dist, "/dist", "ro"))) as place:
        place.must(
            [*_PIP, "install", "--no-compile", "--no-deps", "--no-index", f"/dist/{wheel.name}"]
        )
        # Not `python -m PyInstaller`: that would search for the program in the current folder.
        words = ["--noconfirm", "--clean", "--log-level", "WARN", "--distpath", "/build"]
        words += ["--workpath", "/build/work", f"/packaging/pyinstaller/{NAME}.spec"]
        env = {**reproducible(), **_UNPACKED}
        said = place.must([f"{VENV}/bin/pyinstaller", *words], env=env, limit_s=1500)
        facts = ["/packaging/trust/facts.py", f"/build/work/{NAME}", f"/build/{FACTS}"]
        place.must([f"{VENV}/bin/python", *facts])
    notices.write(
        places.onedir / "_internal" / PACKAGE / notices.PLACE,
        notices.read_facts(places.work / FACTS),
    )
    (places.work / "work" / "pyinstaller.log").write_text(said, encoding="utf-8")
    print("\n".join(line for line in said.splitlines() if line.startswith("bundle: ")))
    return places.onedir


def size_mb(folder: Path) -> float:
    """Returns the size of the files in MB (a million bytes); links are not counted."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6
